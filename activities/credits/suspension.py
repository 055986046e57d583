"""Suspending what a loss touches and reinstating what is made good, inside a step of either."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from activities import lookups
from activities.credits import ledger_writes
from activities.credits.reservation import release_for_loss
from activities.ports.database import UnitOfWork
from domain.accounts.notifications import NotificationKind
from domain.accounts.roles import Account
from domain.credits.ledger import CreditEntry, CreditTransaction, EntryStatus
from domain.credits.obligation import Obligation, reinstatable_units
from domain.credits.reversal import Reversal
from domain.credits.suspension import pro_rata, reinstate, suspend
from domain.identifiers import derived_id
from domain.projects.verification import EventType, TimelineEvent
from domain.publishing.events import EventName
from domain.quantities import format_tonnes


async def suspend_all(
    work: UnitOfWork, obligation: Obligation, reversal: Reversal, actor: Account
) -> Sequence[CreditEntry]:
    """
    Block as many of the project's active units as are owed, or all there are; answers what is blocked.

    What is set aside for somebody counts as active: its reservation ends.
    """
    unspent = await work.credits.entries.lock_unspent(reversal.project_id, reversal.vintage)
    active = await release_for_loss(work, unspent, actor, reversal.recorded_at)
    suspended = []
    for drawn in pro_rata(active, obligation.owed_units):
        write = await ledger_writes.move_units(
            work,
            partial(suspend, actor=actor, reversal=reversal),
            drawn.entry,
            drawn.quantity_units,
            becomes=EntryStatus.SUSPENDED,
            event=EventName.CREDITS_SUSPENDED,
            transaction_id=derived_id(reversal.id, f"suspension/{drawn.entry.serial}"),
            actor=actor,
            at=reversal.recorded_at,
            waiting_workflow_id=ledger_writes.present_workflow_id(),
        )
        suspended.append(write.moved)
    return suspended


async def reinstate_all(
    work: UnitOfWork,
    obligation: Obligation,
    *,
    reason: str,
    cause: CreditTransaction,
    actor: Account,
    at: datetime,
) -> tuple[int, tuple[UUID, ...]]:
    """
    Make active again what is suspended beyond what is owed, pro rata.

    Answers how many units, and what their holders were told.
    """
    suspended = await work.credits.entries.lock_suspended(obligation.cause_id)
    suspended_units = sum(entry.units.quantity_units for entry in suspended)
    reinstated_units = reinstatable_units(obligation, suspended_units)
    told: tuple[UUID, ...] = ()
    for drawn in pro_rata(suspended, reinstated_units):
        write = await ledger_writes.move_units(
            work,
            partial(reinstate, reason=reason),
            drawn.entry,
            drawn.quantity_units,
            becomes=EntryStatus.ACTIVE,
            event=EventName.CREDITS_REINSTATED,
            transaction_id=derived_id(cause.id, f"reinstatement/{drawn.entry.serial}"),
            actor=actor,
            at=at,
            waiting_workflow_id=ledger_writes.present_workflow_id(),
        )
        told += await ledger_writes.tell_holder(
            work,
            write,
            NotificationKind.CREDITS_REINSTATED,
            f"{format_tonnes(drawn.quantity_units)} t CO2e of yours are active again as "
            f"{write.moved.serial}: the loss is made good so far.",
        )
    return reinstated_units, told


async def add_to_timeline(
    work: UnitOfWork,
    reversal: Reversal,
    event_type: EventType,
    message: str,
    actor_id: UUID | None,
    at: datetime,
) -> None:
    """Of the project's verification, whose timeline is the project's."""
    verification = lookups.found(
        await work.projects.verifications.for_project(reversal.project_id), "verification"
    )
    await work.projects.verifications.add_event(
        TimelineEvent(
            id=derived_id(reversal.id, event_type),
            verification_id=verification.id,
            event_type=event_type,
            message=message,
            user_id=actor_id,
            created_at=at,
        )
    )
