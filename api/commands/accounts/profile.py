"""What people change of their own account: profile, preferences, sessions, read marks (ADR 0064)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from activities.audit_and_notify import audit
from activities.ports.database import UnitOfWork
from adapters.postgres.accounts.reads import ProfileView, profile
from api.http.fields import Text
from api.http.resources import Resources
from domain.accounts.roles import Account
from domain.errors import Conflict, Fault, NotFound
from domain.organisations.organisations import Membership, Organisation, require_owner

PersonName = Annotated[str, Text(255)]
"""A person's name, as JSON and forms take it: any script, one line."""

CompanyName = Annotated[str, Text(255)]
"""The organisation somebody acts for, likewise."""

COMPANY_IS_PUBLIC = (
    "Your organisation stands on public pages, with projects that you registered or verify, so it"
    " stays as it is; ask staff of the registry."
)


async def change_profile(
    parts: Resources, account: Account, changes: Mapping[str, Any]
) -> ProfileView:
    """
    Change what `changes` names: `name`, `company`, `mails_notifications`.

    The audit log tells which, and neither the former nor the new value: they are personal.

    Raises:
        Forbidden, Conflict: the organisation's name is not to be changed, or not by this account.
    """
    now = parts.clock.now()
    async with parts.database.transaction() as work:
        await work.accounts.members.lock(account.id)
        async with parts.reading() as connection:
            before = await profile(connection, account.id)
        changed = {name: new for name, new in changes.items() if new != getattr(before, name)}
        if "company" in changed:
            await rename(work, account, changed["company"], at=now)
        if changed:
            of_account = {name: new for name, new in changed.items() if name != "company"}
            await work.accounts.members.change_profile(account.id, now, **of_account)
            audit(
                work,
                "account.profile_changed",
                ("account", account.id),
                actor_id=account.id,
                before=None,
                after={"fields": sorted(changed)},
                at=now,
            )
    async with parts.reading() as connection:
        return await profile(connection, account.id)


async def rename(
    work: UnitOfWork, account: Account, legal_name: str | None, *, at: datetime
) -> None:
    """
    Give the account's organisation another legal name, None where a person acts for themselves.

    Raises:
        Forbidden: the account is no owner of it.
        Conflict: the name is public, with projects or with verifications.
    """
    organisation, _ = await owned_organisation(work, account)
    if organisation.holding_account_id is not None:
        # A project that is registered meanwhile waits for this lock, or this waits for the project.
        await work.accounts.members.lock(organisation.holding_account_id)
    if await work.organisations.organisations.legal_name_is_public(organisation):
        raise Conflict(COMPANY_IS_PUBLIC, Fault("/company", COMPANY_IS_PUBLIC))
    await work.organisations.organisations.change(organisation.id, at, legal_name=legal_name)


async def owned_organisation(work: UnitOfWork, account: Account) -> tuple[Organisation, Membership]:
    """
    The organisation that the account owns, held until the commit, and its membership in it.

    Raises:
        Forbidden: the account acts for none, or is no owner of it.
    """
    membership = require_owner(await work.organisations.memberships.of(account.id))
    organisation = await work.organisations.organisations.lock(membership.organisation_id)
    if organisation is None:
        raise RuntimeError("a membership without its organisation cannot be (foreign key)")
    return organisation, membership


async def end_session(parts: Resources, account: Account, session_id: UUID) -> None:
    """
    End one log-in of one's own with all its tokens.

    Raises:
        NotFound: the account has no such session that is open.
    """
    now = parts.clock.now()
    async with parts.database.transaction() as work:
        if not await work.accounts.members.end_family(account.id, session_id, now):
            raise NotFound("There is no such session.")
        audit(
            work,
            "account.session_ended",
            ("account", account.id),
            actor_id=account.id,
            before=None,
            after={"sessionId": str(session_id)},
            at=now,
        )


async def end_other_sessions(parts: Resources, account: Account, family_id: UUID) -> None:
    """End every log-in of one's own but this one."""
    now = parts.clock.now()
    async with parts.database.transaction() as work:
        await work.accounts.members.end_sessions(account.id, now, but_family=family_id)
        audit(
            work,
            "account.sessions_ended",
            ("account", account.id),
            actor_id=account.id,
            before=None,
            after=None,
            at=now,
        )


async def mark_read(parts: Resources, account: Account, notification_id: UUID) -> None:
    """
    Note that the account has read something; who has read it before keeps that moment.

    Raises:
        NotFound: the account was told no such thing.
    """
    async with parts.database.transaction() as work:
        if not await work.accounts.notifications.mark_read(
            notification_id, account.id, parts.clock.now()
        ):
            raise NotFound("There is no such notification.")


async def mark_all_read(parts: Resources, account: Account) -> None:
    async with parts.database.transaction() as work:
        await work.accounts.notifications.mark_all_read(account.id, parts.clock.now())
