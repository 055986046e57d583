"""Assessing a project's risk of reversal, and the buffer share that follows from it (ADR 0100)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from activities import lookups
from activities.audit_and_notify import Message, audit, by_topic, tell, tell_staff
from activities.ports.database import UnitOfWork
from activities.projects.buffer_share import write_buffer_share
from adapters.postgres.identity import SYSTEM, done_as
from adapters.postgres.projects.reads.assurance import risk_assessments as reads
from api.commands.notices import mail_notice
from api.commands.projects.projects import visible_project
from api.http.resources import Resources
from domain.accounts.notifications import NotificationKind, risk_place
from domain.accounts.roles import Account, Permission, Role
from domain.errors import Forbidden
from domain.identifiers import derived_id, operation_id
from domain.projects.interests import Party, require_no_interest
from domain.projects.programme import risk_assessment as rules
from domain.projects.programme.risk_assessment import RiskAssessment, RiskOutcome, ScoredFactor
from domain.projects.projects import Project
from domain.projects.verification import Verification
from domain.publishing import events
from domain.visible_text import isolated


@dataclass(frozen=True)
class RiskView:
    """All assessments of a project by number, as those see them who work on it."""

    project: Project
    assessments: Sequence[RiskAssessment]

    @property
    def standing(self) -> RiskAssessment | None:
        return rules.standing_assessment(self.assessments)


@done_as(SYSTEM)
async def assess(
    parts: Resources,
    account: Account,
    key: str,
    project_id: UUID,
    scored: Sequence[ScoredFactor],
) -> RiskView:
    """
    Enter an assessment; it counts once an administrator other than whoever entered it countersigns.

    Raises:
        NotFound: there is no such project, or this account may not see it.
        Forbidden, Conflict, Invalid: as `domain.projects.programme.risk_assessment.assess`.
    """
    view = await visible_project(parts, account, project_id)
    account.require(Permission.ASSESS_RISK)
    now = parts.clock.now()
    told: tuple[UUID, ...] = ()
    assessment_id = operation_id(account.id, "assess-risk", key)
    async with parts.database.transaction() as work:
        project = await lookups.locked_project(work, project_id)
        before = await work.projects.risk_assessments.of_project(project_id)
        if not any(one.id == assessment_id for one in before):
            await _require_its_verifier(work, account, project_id)
            entered = rules.assess(project, assessment_id, scored, before, actor=account, at=now)
            await work.projects.risk_assessments.add(entered)
            await _leave_traces(work, entered, account)
            message = Message(
                NotificationKind.RISK_ASSESSMENT_WAITS,
                f"“{isolated(project.title)}”: risk assessment {entered.number} waits for a countersignature.",
                risk_place(project_id),
            )
            told = await tell_staff(
                work,
                message,
                notification_id=by_topic(entered.id, "risk"),
                at=now,
                but_not=account.id,
            )
    for notice_id in told:
        parts.later.do(mail_notice(parts, notice_id))
    return await visible_assessments(parts, account, view.project.id)


@done_as(SYSTEM)
async def decide(
    parts: Resources,
    account: Account,
    project_id: UUID,
    number: int,
    outcome: RiskOutcome,
    reason: str | None,
) -> RiskView:
    """
    Countersign an assessment, from when on coming issuances follow it, or refuse to; who entered it is told.

    Raises:
        NotFound: there is no such project or assessment, or this account may not see it.
        Forbidden, RiskAssessmentSettled, Invalid: as `domain.projects.programme.risk_assessment.decide`.
    """
    await visible_project(parts, account, project_id)
    account.require(Permission.COUNTERSIGN_ASSESSMENT)
    now = parts.clock.now()
    async with parts.database.transaction() as work:
        # As the approval does: what it fixes of the buffer share and this come one after the other.
        project = await lookups.locked_project(work, project_id)
        require_no_interest(Party(account.id), [Party(project.developer_id)])
        known = await work.projects.risk_assessments.of_project(project_id)
        found = next((one for one in known if one.number == number), None)
        decided = rules.decide(
            lookups.found(found, "risk assessment"), outcome, reason, actor=account, at=now
        )
        if decided.decision is None:
            raise RuntimeError("what was decided has a decision")
        await work.projects.risk_assessments.decide(decided.decision)
        await _leave_traces(work, decided, account)
        if decided.stands:
            share = await work.projects.buffer_shares.get(project_id)
            await write_buffer_share(work, share, rules.share_of(decided))
        told = await _tell_of(work, project, decided)
    for notice_id in told:
        parts.later.do(mail_notice(parts, notice_id))
    return await visible_assessments(parts, account, project_id)


async def visible_assessments(parts: Resources, account: Account, project_id: UUID) -> RiskView:
    """
    Raises:
        NotFound: there is no such project, or this account may not see it.
    """
    view = await visible_project(parts, account, project_id)
    async with parts.reading() as connection:
        return RiskView(view.project, await reads.assessments_of(connection, project_id))


async def _require_its_verifier(work: UnitOfWork, account: Account, project_id: UUID) -> None:
    """
    Staff assess any project, a verifier that of their newest round.

    Raises:
        Forbidden: the newest round is not with this verifier.
    """
    if account.role is not Role.VERIFIER:
        return
    rounds: Sequence[Verification] = await work.projects.verifications.rounds(project_id)
    newest = max(rounds, key=lambda one: one.number)
    if newest.verifier_id != account.id:
        raise Forbidden("The newest round of this project is not with you.")


async def _leave_traces(work: UnitOfWork, assessment: RiskAssessment, actor: Account) -> None:
    """Without reasons, which are for those who work on the project."""
    decision = assessment.decision
    await work.publishing.outbox.add(events.risk_assessed(assessment))
    audit(
        work,
        f"risk_assessment.{decision.outcome.value if decision else 'entered'}",
        ("project", assessment.project_id),
        actor_id=actor.id,
        before=None,
        after={
            "number": assessment.number,
            "tool": f"{assessment.tool} {assessment.tool_version}",
            "scores": {one.factor.value: one.score for one in assessment.factors},
            "percent": f"{assessment.percent:.2f}",
        },
        at=decision.decided_at if decision else assessment.entered_at,
    )


async def _tell_of(
    work: UnitOfWork, project: Project, assessment: RiskAssessment
) -> tuple[UUID, ...]:
    decision = assessment.decision
    if decision is None:
        return ()
    what = (
        f"is countersigned: {assessment.percent:.2f} % of each coming issuance go into the buffer."
        if decision.outcome is RiskOutcome.COUNTERSIGNED
        else "was refused."
    )
    message = Message(
        NotificationKind.RISK_ASSESSMENT_DECIDED,
        f"“{isolated(project.title)}”: risk assessment {assessment.number} {what}",
        risk_place(project.id),
    )
    told = {project.developer_id, assessment.entered_by}
    return await tell(
        work,
        *(
            message.to(
                one,
                notification_id=derived_id(assessment.id, f"decided/{one}"),
                at=decision.decided_at,
            )
            for one in sorted(told)
        ),
    )
