"""Linking and unlinking an account's wallet, each with an audit entry and a word to its owner (ADR 0062)."""

from datetime import datetime
from uuid import UUID, uuid4

from activities.audit_and_notify import Message, audit, tell
from activities.ports.database import UnitOfWork
from domain.accounts.notifications import NotificationKind
from domain.errors import NotFound

PAGE = "/account/wallet"
LINKED = (
    "A wallet was linked to your account: from now on signing in asks for its signature too. If this"
    " was not you, sign in, unlink it, and change your password."
)
UNLINKED = (
    "The wallet was unlinked from your account: signing in asks for the password alone again. If this"
    " was not you, change your password and link your wallet again."
)


async def link(
    work: UnitOfWork, account_id: UUID, address: str, key_hash: str, *, at: datetime
) -> UUID:
    """The notification's id. `address` is proven, `key_hash` (hex) that of the key that signed."""
    await work.accounts.linked_wallets.link(account_id, address, key_hash, at)
    note(work, account_id, "linked", actor_id=account_id, at=at)
    return await _tell(work, account_id, NotificationKind.WALLET_LINKED, LINKED, at)


async def unlink(
    work: UnitOfWork, account_id: UUID, *, actor_id: UUID | None, at: datetime
) -> UUID:
    """
    The notification's id; `actor_id` None is whoever runs the registry.

    Raises:
        NotFound: no wallet is linked.
    """
    if await work.accounts.linked_wallets.of(account_id) is None:
        raise NotFound("No wallet is linked to this account.")
    await work.accounts.linked_wallets.unlink(account_id)
    note(work, account_id, "unlinked", actor_id=actor_id, at=at)
    return await _tell(work, account_id, NotificationKind.WALLET_UNLINKED, UNLINKED, at)


def note(
    work: UnitOfWork, account_id: UUID, action: str, *, actor_id: UUID | None, at: datetime
) -> None:
    """Without the address: it is a person's, and the audit log is for ever."""
    audit(
        work,
        f"wallet.{action}",
        ("account", account_id),
        actor_id=actor_id,
        before={"walletLinked": action != "linked"},
        after={"walletLinked": action != "unlinked"},
        at=at,
    )


async def _tell(
    work: UnitOfWork, account_id: UUID, kind: NotificationKind, text: str, at: datetime
) -> UUID:
    message = Message(kind, text, PAGE)
    (told,) = await tell(work, message.to(account_id, notification_id=uuid4(), at=at))
    return told
