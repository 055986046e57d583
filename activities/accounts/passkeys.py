"""Adding and removing an account's passkeys, each with an audit entry and a word to its owner (ADR 0069)."""

from datetime import datetime
from uuid import UUID, uuid4

from activities.audit_and_notify import Message, audit, tell
from activities.ports.database import UnitOfWork
from domain.accounts.notifications import NotificationKind
from domain.accounts.passkeys import Passkey
from domain.accounts.sign_in import lock_period
from domain.identifiers import derived_id

PAGE = "/account/passkeys"
ADDED = (
    "A passkey was added to your account: it is a second step of signing in from now on. If this was"
    " not you, sign in, remove it, and change your password."
)
REMOVED = (
    "A passkey was removed from your account. If this was not you, change your password and look at"
    " what is left there."
)
REFUSED = (
    "A passkey of your account was refused: its counter went back, as it does when somebody has copied"
    " it. Remove it, add another one, and change your password."
)


async def add(work: UnitOfWork, passkey: Passkey, *, at: datetime) -> UUID:
    """
    The notification's id.

    Raises:
        IntegrityError: its credential is an account's already.
    """
    await work.accounts.passkeys.add(passkey)
    _note(work, passkey, "added", actor_id=passkey.user_id, at=at)
    return await _tell(work, passkey, NotificationKind.PASSKEY_ADDED, ADDED, uuid4(), at)


async def remove(
    work: UnitOfWork, passkey: Passkey, *, actor_id: UUID | None, at: datetime
) -> UUID:
    """The notification's id; `actor_id` None is whoever runs the registry."""
    await work.accounts.passkeys.remove(passkey.id)
    _note(work, passkey, "removed", actor_id=actor_id, at=at)
    return await _tell(work, passkey, NotificationKind.PASSKEY_REMOVED, REMOVED, uuid4(), at)


async def tell_of_refused(work: UnitOfWork, passkey: Passkey, *, at: datetime) -> UUID:
    """
    The notification's id: that of a passkey whose counter went back. Its owner is told once in half an hour.

    Nobody knows who it was, so it is nobody's act.
    """
    _note(work, passkey, "refused", actor_id=None, at=at)
    notice_id = derived_id(passkey.id, f"counter/{lock_period(at)}")
    return await _tell(work, passkey, NotificationKind.PASSKEY_REFUSED, REFUSED, notice_id, at)


def _note(
    work: UnitOfWork, passkey: Passkey, action: str, *, actor_id: UUID | None, at: datetime
) -> None:
    """Without its name, which is what a person wrote, and without its credential's identifier."""
    audit(
        work,
        f"passkey.{action}",
        ("account", passkey.user_id),
        actor_id=actor_id,
        before=None,
        after={"passkeyId": str(passkey.id)},
        at=at,
    )


async def _tell(
    work: UnitOfWork,
    passkey: Passkey,
    kind: NotificationKind,
    text: str,
    notification_id: UUID,
    at: datetime,
) -> UUID:
    message = Message(kind, text, PAGE)
    (told,) = await tell(work, message.to(passkey.user_id, notification_id=notification_id, at=at))
    return told
