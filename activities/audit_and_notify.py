"""What every use case leaves behind for people: an entry in the audit log, and notifications."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from activities.asked_from import ASKED_FROM
from activities.payloads import AskedFrom
from activities.ports.database import UnitOfWork
from domain.accounts.notifications import (
    TOLD_TO_ORGANISATION,
    Notification,
    NotificationKind,
)
from domain.audit.log import AuditEntry
from domain.identifiers import derived_id


@dataclass(frozen=True)
class Message:
    """
    A notification's text, whoever it goes to; `link` is a path below the registry's public address.

    The text names projects and serials, never people.
    """

    kind: NotificationKind
    text: str
    link: str

    def to(self, user_id: UUID, *, notification_id: UUID, at: datetime) -> Notification:
        return Notification(notification_id, user_id, self.kind, self.text, self.link, at)


def audit(
    work: UnitOfWork,
    event_type: str,
    resource: tuple[str, UUID],
    *,
    actor_id: UUID | None,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    at: datetime,
    action: str = "",
    more: Mapping[str, Any] | None = None,
) -> None:
    """
    Note a change in the audit log, to be written with this transaction (domain.audit.log.AuditEntry).

    The entry keeps where the person asked from, for staff (ADR 0054).

    `resource` is a type and an identifier; `action` is the last word of `event_type` unless it is
    given; `actor_id` None is the registry itself. `more` stands beside `before` and `after`.
    """
    resource_type, resource_id = resource
    work.audit.add(
        AuditEntry(
            event_type=event_type,
            action=action or event_type.rpartition(".")[2],
            user_id=actor_id,
            resource_type=resource_type,
            resource_id=resource_id,
            changes={"before": before, "after": after, **(more or {})},
            at=at,
            source=source_of(ASKED_FROM.get()) if actor_id is not None else None,
        )
    )


def source_of(asked_from: AskedFrom | None) -> Mapping[str, str | None] | None:
    """As an audit entry keeps it; None when nothing is known."""
    if asked_from is None or asked_from == AskedFrom():
        return None
    by_key = asked_from.api_key_id
    return {
        "network": asked_from.network,
        "browser": asked_from.browser,
        **({"apiKeyId": str(by_key)} if by_key else {}),
    }


async def tell(
    work: UnitOfWork,
    *notifications: Notification,
    told: Mapping[UUID, Sequence[UUID]] | None = None,
) -> tuple[UUID, ...]:
    """
    Add any number of notifications and answer their ids; those that are there already stay.

    What concerns an organisation goes to everybody who acts for it now, and not to who has left. They are
    asked for, unless they are known already: `told`, by the account under which an organisation holds.
    """
    holders = {one.user_id for one in notifications if one.kind in TOLD_TO_ORGANISATION}
    if told is None:
        told = await work.organisations.memberships.told_under(holders) if holders else {}
    copies = [
        copy
        for one in notifications
        for copy in (_copies(one, told[one.user_id]) if one.user_id in holders else [one])
    ]
    return await _add(work, copies)


def _copies(notification: Notification, told: Sequence[UUID]) -> Sequence[Notification]:
    if notification.kind not in TOLD_TO_ORGANISATION:
        return [notification]
    return [
        replace(
            notification,
            user_id=user_id,
            id=notification.id
            if user_id == notification.user_id
            else derived_id(notification.id, f"member/{user_id}"),
        )
        for user_id in told
    ]


async def _add(work: UnitOfWork, notifications: Sequence[Notification]) -> tuple[UUID, ...]:
    if len(notifications) == 1:
        # Sent with the other writes of the transaction, where `add_all` is a statement of its own.
        await work.accounts.notifications.add(notifications[0])
    else:
        await work.accounts.notifications.add_all(notifications)
    return tuple(notification.id for notification in notifications)


def by_topic(cause_id: UUID, topic: str) -> Callable[[UUID], UUID]:
    """For `tell_staff`: each administrator is told once of each `topic`, a word or sentence, of a cause."""
    return lambda staff_id: derived_id(cause_id, f"{topic}/{staff_id}")


async def tell_staff(
    work: UnitOfWork,
    message: Message,
    *,
    notification_id: Callable[[UUID], UUID],
    at: datetime,
    but_not: UUID | None = None,
) -> tuple[UUID, ...]:
    """
    Tell every administrator, once for each identifier; `but_not` is left out unless it is the only one.

    `notification_id` derives it from the administrator's account and from what the message is about.
    """
    everybody: Sequence[UUID] = await work.accounts.accounts.administrators()
    administrators = [one for one in everybody if one != but_not] or everybody
    return await tell(
        work,
        *(
            message.to(staff_id, notification_id=notification_id(staff_id), at=at)
            for staff_id in administrators
        ),
    )
