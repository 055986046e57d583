"""Opening a later round of a project: for a monitoring period, or for what was rejected or withdrawn."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from temporalio import activity

from activities import lookups
from activities.audit_and_notify import Message, audit, by_topic, tell_staff
from activities.payloads import Payload, PersonalRequest
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from activities.projects.findings import carry_forward_actions
from activities.projects.verification_steps import put_on_timeline
from activities.run_once import run_once
from domain.accounts.notifications import NotificationKind, round_place
from domain.accounts.roles import Account
from domain.projects.assurance.methodologies import choose_methodology
from domain.projects.monitoring_periods import NewRound, open_monitoring_period, resubmit
from domain.projects.programme.appeals import AppealStatus
from domain.projects.projects import Project, reopen
from domain.projects.verification import EventType, MonitoringPeriod, Verification
from domain.publishing import events
from domain.publishing.events import EventName
from domain.visible_text import isolated


class RoundPayload(Payload):
    """What a supplier says is other than in the round that was rejected or withdrawn."""

    what_changed: str | None = None


class OpenRound(PersonalRequest):
    """
    The words are the stored request `verification_id`.

    With `resubmits` a round for what that one was about; otherwise for the days from `first_day` to
    `last_day`. Without `methodology_version_id` it is verified by what the round before it was.
    """

    verification_id: UUID
    project_id: UUID
    actor_id: UUID
    first_day: date | None = None
    last_day: date | None = None
    resubmits: UUID | None = None
    methodology_version_id: UUID | None = None


class RoundOpened(Payload):
    """`notification_ids`: what staff are told of it, for the mail; `carried`: forward actions of earlier rounds."""

    verification_id: UUID
    number: int
    monitoring_period: str | None = None
    notification_ids: tuple[UUID, ...] = ()
    carried: int = 0


class RoundActivities:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @activity.defn
    async def open_round(self, request: OpenRound) -> RoundOpened:
        """
        Open a round of a project (domain.projects.monitoring_periods) and tell staff.

        The project is held until the commit, so that of two rounds at once one is refused.
        """
        async with self._database.transaction() as work:
            return await run_once(
                work,
                f"open-round/{request.verification_id}",
                RoundOpened,
                lambda: self._open(work, request),
            )

    async def _open(self, work: UnitOfWork, request: OpenRound) -> RoundOpened:
        now = self._clock.now()
        project = await lookups.locked_project(work, request.project_id)
        actor = await lookups.account(work, request.actor_id)
        body = await lookups.stored_request(work, request.verification_id)
        written = RoundPayload.model_validate(body)
        opened = await self._opened(work, request, project, actor, written.what_changed)
        if opened.monitoring_period is None:
            await work.projects.projects.save(reopen(project, at=now))
        await work.projects.verifications.add(opened)
        resubmitted = opened.resubmits is not None
        await put_on_timeline(
            work,
            opened,
            EventType.RESUBMITTED if resubmitted else EventType.MONITORING_PERIOD_OPENED,
            actor.id,
            f"Round {opened.number}, {opened.subject}, was "
            f"{'opened again' if resubmitted else 'opened'}.",
            at=now,
        )
        await work.publishing.outbox.add(
            events.verification_step(EventName.VERIFICATION_OPENED, opened)
        )
        _audit_opened(work, opened, actor, at=now)
        carried = await carry_forward_actions(work, opened, actor.id)
        told = await self._tell(work, project, opened)
        return RoundOpened(
            verification_id=opened.id,
            number=opened.number,
            monitoring_period=None
            if opened.monitoring_period is None
            else str(opened.monitoring_period),
            notification_ids=told,
            carried=len(carried),
        )

    async def _opened(
        self,
        work: UnitOfWork,
        request: OpenRound,
        project: Project,
        actor: Account,
        what_changed: str | None,
    ) -> Verification:
        rounds = await work.projects.verifications.rounds(project.id)
        appeal = (
            await work.projects.appeals.against(request.resubmits) if request.resubmits else None
        )
        upheld = appeal is not None and appeal.status is AppealStatus.UPHELD
        opened = self._round(request, project, rounds, actor, what_changed, upheld)
        chosen = request.methodology_version_id or rounds[-1].methodology_version_id
        methodology = await lookups.chosen_methodology(work, chosen)
        return choose_methodology(opened, methodology, project, at=self._clock.now())

    def _round(
        self,
        request: OpenRound,
        project: Project,
        rounds: Sequence[Verification],
        actor: Account,
        what_changed: str | None,
        appeal_upheld: bool,
    ) -> Verification:
        now = self._clock.now()
        if request.resubmits is not None:
            ended = lookups.found(
                next((one for one in rounds if one.id == request.resubmits), None), "verification"
            )
            return resubmit(
                project,
                rounds,
                ended,
                request.verification_id,
                what_changed or "",
                actor=actor,
                at=now,
                appeal_upheld=appeal_upheld,
            )
        if request.first_day is None or request.last_day is None:
            raise RuntimeError("a round is of a monitoring period, or resubmits one")
        period = MonitoringPeriod(request.first_day, request.last_day)
        asked = NewRound(request.verification_id, period, what_changed)
        return open_monitoring_period(project, rounds, asked, actor=actor, at=now)

    async def _tell(
        self, work: UnitOfWork, project: Project, opened: Verification
    ) -> tuple[UUID, ...]:
        message = Message(
            NotificationKind.VERIFICATION_OPENED,
            f"“{isolated(project.title)}”: round {opened.number}, {opened.subject}, is open and waits for a "
            "verifier.",
            round_place(opened.id),
        )
        return await tell_staff(
            work,
            message,
            notification_id=by_topic(opened.id, EventType.MONITORING_PERIOD_OPENED),
            at=self._clock.now(),
        )


def _audit_opened(work: UnitOfWork, opened: Verification, actor: Account, *, at: datetime) -> None:
    period = opened.monitoring_period
    audit(
        work,
        "verification.opened",
        ("verification", opened.id),
        action="open",
        actor_id=actor.id,
        before=None,
        after={
            "status": opened.status.value,
            "projectId": str(opened.project_id),
            "round": opened.number,
            "monitoringPeriod": None if period is None else str(period),
            "resubmits": None if opened.resubmits is None else str(opened.resubmits),
        },
        at=at,
    )
