"""Fee schedules: proposed by one administrator, in force once another countersigns (ADR 0122)."""

from collections.abc import Sequence
from uuid import UUID

from activities import lookups
from activities.audit_and_notify import Message, audit, by_topic, tell, tell_staff
from activities.ports.database import UnitOfWork
from adapters.postgres.identity import SYSTEM, done_as
from adapters.postgres.payments import reads
from api.commands.notices import mail_notice
from api.http.resources import Resources
from domain.accounts.notifications import FEES_PLACE, NotificationKind
from domain.accounts.roles import Account, Permission
from domain.identifiers import derived_id, operation_id
from domain.payments import fees as rules
from domain.payments.fees import FeeOutcome, FeeSchedule, FeeTerms


async def fee_schedules(parts: Resources, account: Account) -> Sequence[FeeSchedule]:
    """
    All of them by number.

    Raises:
        Forbidden: the account is not staff.
    """
    account.require(Permission.SET_FEES)
    async with parts.reading() as connection:
        return await reads.fee_schedules_by_number(connection)


@done_as(SYSTEM)
async def propose_fees(
    parts: Resources, account: Account, key: str, terms: FeeTerms
) -> Sequence[FeeSchedule]:
    """
    Propose what is charged from its countersignature on; the other administrators are told.

    Raises:
        Forbidden, Conflict, Invalid: as `domain.payments.fees.propose_fees`.
    """
    account.require(Permission.SET_FEES)
    now = parts.clock.now()
    told: tuple[UUID, ...] = ()
    schedule_id = operation_id(account.id, "propose-fees", key)
    async with parts.database.transaction() as work:
        await work.payments.fees.lock()
        known = await work.payments.fees.all()
        if not any(one.id == schedule_id for one in known):
            proposed = rules.propose_fees(terms, schedule_id, known, actor=account, at=now)
            await work.payments.fees.add(proposed)
            _audit(work, proposed, account)
            message = Message(
                NotificationKind.FEES_PROPOSED,
                f"Fee schedule {proposed.number} waits for another administrator: countersign it, or refuse it.",
                FEES_PLACE,
            )
            told = await tell_staff(
                work,
                message,
                notification_id=by_topic(proposed.id, "proposed"),
                at=now,
                but_not=account.id,
            )
    for notice_id in told:
        parts.later.do(mail_notice(parts, notice_id))
    return await fee_schedules(parts, account)


@done_as(SYSTEM)
async def decide_fees(
    parts: Resources, account: Account, number: int, outcome: FeeOutcome, reason: str | None
) -> Sequence[FeeSchedule]:
    """
    Countersign a schedule, which is in force from then on, or refuse it; who proposed it is told.

    Raises:
        NotFound: there is no schedule of this number.
        Forbidden, FeeScheduleSettled, Invalid: as `domain.payments.fees.decide_fees`.
    """
    account.require(Permission.COUNTERSIGN_FEES)
    now = parts.clock.now()
    async with parts.database.transaction() as work:
        await work.payments.fees.lock()
        known = await work.payments.fees.all()
        found = lookups.found(
            next((one for one in known if one.number == number), None), "fee schedule"
        )
        decided = rules.decide_fees(found, outcome, reason, actor=account, at=now)
        if decided.decision is None:
            raise RuntimeError("what was decided has a decision")
        await work.payments.fees.decide(decided.decision)
        _audit(work, decided, account)
        message = Message(
            NotificationKind.FEES_DECIDED,
            f"Fee schedule {number}, which you proposed, was {outcome}.",
            FEES_PLACE,
        )
        told = await tell(
            work,
            message.to(
                decided.proposed_by, notification_id=derived_id(decided.id, "decided"), at=now
            ),
        )
    for notice_id in told:
        parts.later.do(mail_notice(parts, notice_id))
    return await fee_schedules(parts, account)


def _audit(work: UnitOfWork, schedule: FeeSchedule, account: Account) -> None:
    decision = schedule.decision
    audit(
        work,
        f"fee_schedule.{decision.outcome.value if decision else 'proposed'}",
        ("fee_schedule", schedule.id),
        actor_id=account.id,
        before=None,
        after={
            "number": schedule.number,
            "currency": schedule.currency,
            "issuanceRate": str(schedule.issuance_rate),
            "retirementRate": str(schedule.retirement_rate),
            "minimumMinor": str(schedule.minimum_minor),
            "daysToPay": schedule.days_to_pay,
        },
        at=decision.decided_at if decision else schedule.proposed_at,
    )
