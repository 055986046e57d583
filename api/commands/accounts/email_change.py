"""Another e-mail address for an account: asked for with the password, counted once it is confirmed (ADR 0098)."""

from activities.audit_and_notify import audit
from api.commands.accounts.account_mails import ask_for_mail, start_mail
from api.commands.accounts.passwords import require_password
from api.http.resources import Resources
from domain.accounts.membership import TokenPurpose
from domain.accounts.messages import AccountMessageKind
from domain.accounts.roles import Account
from domain.errors import Fault, Invalid, NotFound

LINKS = (TokenPurpose.CHANGE_EMAIL,)


async def ask_to_change_email(
    parts: Resources, account: Account, email: str, *, current: str
) -> None:
    """
    Have a link mailed to the new address; the present one is told. Asked again, the former link is void.

    Whether the new address is somebody's is not looked at here, so that the answer cannot tell.

    Raises:
        Invalid: the password is wrong, or the account has this address already.
        TooManyRequests: the account has used up its minute, or too many passwords wait.
    """
    await parts.account_requests.count(str(account.id))
    present = await require_password(parts, account, current)
    if email == present:
        sentence = "Email must be another one than before."
        raise Invalid(sentence, Fault("/email", sentence))
    now = parts.clock.now()
    async with parts.database.transaction() as work:
        await work.accounts.members.lock(account.id)
        await work.accounts.members.set_pending_email(account.id, email, now)
        await work.accounts.tokens.use_up(account.id, LINKS, now)
        audit(
            work,
            "account.email_change_requested",
            ("account", account.id),
            actor_id=account.id,
            before=None,
            after=None,
            at=now,
        )
        messages = [
            await ask_for_mail(work, kind, at=now, user_id=account.id)
            for kind in (AccountMessageKind.CHANGE_EMAIL, AccountMessageKind.EMAIL_CHANGE_ASKED)
        ]
    for message_id in messages:
        start_mail(parts, message_id)


async def keep_email(parts: Resources, account: Account) -> None:
    """
    Raises:
        NotFound: no other address waits to be confirmed.
    """
    now = parts.clock.now()
    async with parts.database.transaction() as work:
        await work.accounts.members.lock(account.id)
        if await work.accounts.members.pending_email(account.id) is None:
            raise NotFound("No other e-mail address waits to be confirmed.")
        await work.accounts.members.set_pending_email(account.id, None, now)
        await work.accounts.tokens.use_up(account.id, LINKS, now)
        audit(
            work,
            "account.email_change_withdrawn",
            ("account", account.id),
            actor_id=account.id,
            before=None,
            after=None,
            at=now,
        )
