"""Choosing a password: by the link in a mail, or knowing the present one (ADR 0064)."""

from uuid import UUID

from activities.audit_and_notify import audit
from adapters.common_passwords import is_common
from adapters.postgres.accounts.sessions import PostgresSessions
from adapters.postgres.identity import SIGN_IN, done_as
from api.commands.accounts.account_mails import ask_for_mail, start_mail
from api.http.identity.sessions import token_hash
from api.http.resources import Resources
from domain.accounts.membership import AccountStatus, TokenPurpose, require_token
from domain.accounts.messages import AccountMessageKind
from domain.accounts.passwords import password_faults
from domain.accounts.roles import Account
from domain.errors import Conflict, Fault, Invalid

BY_MAIL = (TokenPurpose.RESET_PASSWORD, TokenPurpose.INVITATION)


@done_as(SIGN_IN)
async def link_purpose(parts: Resources, token: str) -> TokenPurpose:
    """
    What a link leads to: another password, or the first one of somebody who was invited.

    Raises:
        Invalid: it is good for nothing (any more).
    """
    async with parts.database.transaction() as work:
        found = await work.accounts.tokens.get(token_hash(token))
    return require_token(found, BY_MAIL, at=parts.clock.now()).purpose


@done_as(SIGN_IN)
async def reset_password(parts: Resources, token: str, password: str, *, host: str) -> None:
    """
    Set a password by the link in a mail, which is good once; all sessions of the account end.

    Whoever has the link reads the mailbox, so the e-mail counts as confirmed too.

    Raises:
        Invalid: the link is good for nothing (any more), or the password is the account's e-mail.
        Conflict: staff locked the account.
        TooManyRequests: this address has used up its minute, or too many passwords wait.
    """
    await parts.account_requests.count(host)
    now = parts.clock.now()
    async with parts.database.transaction() as work:
        found = require_token(await work.accounts.tokens.get(token_hash(token)), BY_MAIL, at=now)
        email = await work.accounts.members.email(found.user_id)
    _require_fit(password, email, "/password")
    password_hash = await parts.passwords.hash(password)
    async with parts.database.transaction() as work:
        used = require_token(await work.accounts.tokens.lock(token_hash(token)), BY_MAIL, at=now)
        member = await work.accounts.members.lock(used.user_id)
        if member is None or member.status is AccountStatus.LOCKED:
            raise Conflict("Staff of the registry have locked this account; ask them why.")
        # First: the database lets a password be set by a link that this transaction has used up.
        await work.accounts.tokens.use_up(used.user_id, tuple(TokenPurpose), now)
        await work.accounts.members.set_password(used.user_id, password_hash, now)
        if not member.email_verified:
            await work.accounts.members.confirm_email(used.user_id, now)
        await work.accounts.members.end_sessions(used.user_id, now)
        audit(
            work,
            "account.password_reset",
            ("account", used.user_id),
            actor_id=used.user_id,
            before={"emailVerified": member.email_verified},
            after={"emailVerified": True},
            at=now,
        )
        message_id = await ask_for_mail(
            work, AccountMessageKind.PASSWORD_CHANGED, at=now, user_id=used.user_id
        )
    start_mail(parts, message_id)


async def change_password(
    parts: Resources, account: Account, family_id: UUID, *, current: str, new: str
) -> None:
    """
    Set another password; all sessions but those of this log-in (`family_id`) end.

    Raises:
        Invalid: the current password is wrong, or the new one is the same or the account's e-mail.
        TooManyRequests: the account has used up its minute, or too many passwords wait.
    """
    await parts.account_requests.count(str(account.id))
    email = await require_password(parts, account, current)
    if current == new:
        sentence = "Password must be another one than before."
        raise Invalid(sentence, Fault("/newPassword", sentence))
    _require_fit(new, email, "/newPassword")
    password_hash = await parts.passwords.hash(new)
    now = parts.clock.now()
    async with parts.database.transaction() as work:
        await work.accounts.members.lock(account.id)
        await work.accounts.members.set_password(account.id, password_hash, now)
        await work.accounts.tokens.use_up(account.id, (TokenPurpose.RESET_PASSWORD,), now)
        await work.accounts.members.end_sessions(account.id, now, but_family=family_id)
        audit(
            work,
            "account.password_changed",
            ("account", account.id),
            actor_id=account.id,
            before=None,
            after=None,
            at=now,
        )
        message_id = await ask_for_mail(
            work, AccountMessageKind.PASSWORD_CHANGED, at=now, user_id=account.id
        )
    start_mail(parts, message_id)


async def require_password(parts: Resources, account: Account, current: str) -> str | None:
    """
    The account's e-mail address, to whoever knows its password.

    Raises:
        Invalid: the password is wrong.
        TooManyRequests: too many passwords wait.
    """
    async with parts.database.transaction() as work:
        email = await work.accounts.members.email(account.id)
    async with parts.reading() as connection:
        login = await PostgresSessions(connection).login(email or "")
    stored = login[1] if login else ""
    if not await parts.sign_ins.passwords.is_right(current, stored):
        sentence = "Current password is wrong."
        raise Invalid(sentence, Fault("/currentPassword", sentence))
    return email


def _require_fit(password: str, email: str | None, pointer: str) -> None:
    """The shape knows all rules but the one that needs the account's address; all are asked again."""
    faults = password_faults(password, email=email, is_common=is_common)
    if faults:
        sentences = [f"Password {fault}." for fault in faults]
        raise Invalid(" ".join(sentences), *(Fault(pointer, sentence) for sentence in sentences))
