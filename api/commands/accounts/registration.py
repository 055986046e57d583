"""
Opening an account, and confirming its e-mail (ADR 0064).

Whether an e-mail is known is told to its owner alone: every request does the same work and gives the
same answer, and what is mailed is decided afterwards by an activity.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from activities.audit_and_notify import audit
from activities.ports.accounts import NewMember
from activities.ports.database import UnitOfWork
from adapters.postgres.accounts.reads import ProfileView, profile
from adapters.postgres.identity import SIGN_IN, done_as
from api.commands.accounts.account_mails import ask_for_mail, start_mail
from api.http.identity.sessions import token_hash
from api.http.resources import Resources
from domain.accounts.membership import (
    AccountStatus,
    TokenPurpose,
    require_self_registered,
    require_token,
)
from domain.accounts.messages import AccountMessageKind
from domain.accounts.personal_data import Consent, ConsentKind
from domain.accounts.roles import Role
from domain.errors import Conflict, Fault, Invalid

VERIFY = (TokenPurpose.VERIFY_EMAIL, TokenPurpose.CHANGE_EMAIL)


@dataclass(frozen=True)
class Registration:
    """What somebody typed who wants an account; `password` keeps the rules of the passwords."""

    email: str
    password: str
    name: str
    company: str | None
    role: Role
    accepts_terms: str | None = None
    """The version of the terms that the person accepts."""


@done_as(SIGN_IN)
async def register(parts: Resources, wanted: Registration, *, host: str) -> ProfileView:
    """
    Make an account that whoever reads the e-mail confirms; its owner is told when there is one already.

    The answer is made of what was typed. Its `id` is the account's, unless the e-mail was known.
    Registering an e-mail again that nobody has confirmed replaces what was registered before.

    Raises:
        Forbidden: nobody registers in this role by themselves.
        Invalid: the terms that are accepted are not those that hold.
        TooManyRequests: this address has used up its minute, or too many passwords wait.
    """
    await parts.account_requests.count(host)
    require_self_registered(wanted.role)
    _require_present_terms(parts, wanted.accepts_terms)
    password_hash = await parts.passwords.hash(wanted.password)
    now = parts.clock.now()
    member = NewMember(
        id=uuid4(),
        email=wanted.email,
        password_hash=password_hash,
        name=wanted.name,
        company=wanted.company,
        role=wanted.role,
        invited_at=None,
        created_at=now,
    )
    async with parts.database.transaction() as work:
        await work.accounts.members.register(member)
        if wanted.accepts_terms is not None:
            await work.accounts.own_data.add_consent_of_unconfirmed(
                Consent(uuid4(), member.id, ConsentKind.TERMS, wanted.accepts_terms, True, now),
                email=wanted.email,
            )
        message_id = await ask_for_mail(
            work, AccountMessageKind.REGISTRATION, at=now, email=wanted.email
        )
        # The same for an e-mail that is known: the log is public, as far as its events' names go.
        audit(
            work,
            "account.registration_requested",
            ("account", member.id),
            actor_id=None,
            before=None,
            after={"role": wanted.role.value},
            at=now,
        )
    start_mail(parts, message_id)
    return ProfileView(
        id=member.id,
        email=member.email,
        name=member.name,
        company=member.company,
        role=member.role,
        wallet_address=None,
        email_verified=False,
        mails_notifications=True,
        created_at=now,
    )


@done_as(SIGN_IN)
async def ask_for_confirmation(parts: Resources, email: str, *, host: str) -> None:
    """
    Send the link once more, where there is an account that waits for it.

    Raises:
        TooManyRequests: this address has used up its minute.
    """
    await _ask(
        parts, AccountMessageKind.VERIFY_EMAIL, "account.confirmation_requested", email, host
    )


@done_as(SIGN_IN)
async def ask_for_reset(parts: Resources, email: str, *, host: str) -> None:
    """
    Send a link to choose another password with, where there is an account.

    Raises:
        TooManyRequests: this address has used up its minute.
    """
    await _ask(parts, AccountMessageKind.RESET_PASSWORD, "account.reset_requested", email, host)


@done_as(SIGN_IN)
async def who_confirms(parts: Resources, token: str) -> ProfileView:
    """
    The account that the link would confirm; it is confirmed by `confirm_email` and not by looking.

    Raises:
        Invalid: the link is good for nothing (any more).
    """
    async with parts.database.transaction() as work:
        found = await work.accounts.tokens.get(token_hash(token))
    account_id = require_token(found, VERIFY, at=parts.clock.now()).user_id
    async with parts.reading() as connection:
        return await profile(connection, account_id)


@done_as(SIGN_IN)
async def confirm_email(parts: Resources, token: str, *, host: str) -> ProfileView:
    """
    The e-mail is the account's: whoever read the mail has come with its link.

    Also a new one that the account asked for (ADR 0098).

    Raises:
        Invalid: the link is good for nothing (any more).
        Conflict: staff locked the account meanwhile, or the new address became another account's.
        TooManyRequests: this address has used up its minute.
    """
    await parts.account_requests.count(host)
    now = parts.clock.now()
    async with parts.database.transaction() as work:
        used = require_token(await work.accounts.tokens.lock(token_hash(token)), VERIFY, at=now)
        member = await work.accounts.members.lock(used.user_id)
        if member is None or member.status is AccountStatus.LOCKED:
            raise Conflict("Staff of the registry have locked this account; ask them why.")
        if used.purpose is TokenPurpose.CHANGE_EMAIL:
            message_id = await _take_new_email(work, used.user_id, at=now)
        else:
            message_id = None
            await work.accounts.members.confirm_email(used.user_id, now)
            await work.accounts.tokens.use_up(used.user_id, VERIFY, now)
            audit(
                work,
                "account.confirmed",
                ("account", used.user_id),
                actor_id=used.user_id,
                before={"emailVerified": member.email_verified},
                after={"emailVerified": True},
                at=now,
            )
    if message_id is not None:
        start_mail(parts, message_id)
    async with parts.reading() as connection:
        return await profile(connection, used.user_id)


def _require_present_terms(parts: Resources, accepted: str | None) -> None:
    version = parts.settings.rules.terms_version
    if accepted not in {None, version}:
        sentence = f"Accepts terms must be {version}, the version that stands on /terms."
        raise Invalid(sentence, Fault("/acceptsTerms", sentence))


async def _take_new_email(work: UnitOfWork, account_id: UUID, *, at: datetime) -> UUID:
    if not await work.accounts.members.take_pending_email(account_id, at):
        raise Conflict("This e-mail address belongs to another account meanwhile.")
    # Links to the former mailbox are good for nothing any more.
    await work.accounts.tokens.use_up(account_id, tuple(TokenPurpose), at)
    audit(
        work,
        "account.email_changed",
        ("account", account_id),
        actor_id=account_id,
        before=None,
        after=None,
        at=at,
    )
    return await ask_for_mail(work, AccountMessageKind.EMAIL_CHANGED, at=at, user_id=account_id)


async def _ask(
    parts: Resources, kind: AccountMessageKind, event: str, email: str, host: str
) -> None:
    await parts.account_requests.count(host)
    now = parts.clock.now()
    async with parts.database.transaction() as work:
        message_id = await ask_for_mail(work, kind, at=now, email=email)
        audit(
            work,
            event,
            ("account_message", message_id),
            actor_id=None,
            before=None,
            after=None,
            at=now,
        )
    start_mail(parts, message_id)
