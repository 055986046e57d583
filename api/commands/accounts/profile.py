"""What people change of their own account: profile, preferences, sessions, read marks (ADR 0064)."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from activities.audit_and_notify import audit
from adapters.postgres.accounts.reads import ProfileView, profile
from adapters.postgres.projects.reads.projects import company_is_public
from api.http.fields import Text
from api.http.resources import Resources
from domain.accounts.roles import Account
from domain.errors import Conflict, Fault, NotFound

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
        Conflict: the organisation is public with a project that the account registered or verifies.
    """
    now = parts.clock.now()
    async with parts.database.transaction() as work:
        # A project that is registered meanwhile waits for this lock, or this waits for the project.
        await work.accounts.members.lock(account.id)
        async with parts.reading() as connection:
            before = await profile(connection, account.id)
            is_public = await company_is_public(connection, account.id)
        changed = {name: new for name, new in changes.items() if new != getattr(before, name)}
        if "company" in changed and is_public:
            raise Conflict(COMPANY_IS_PUBLIC, Fault("/company", COMPANY_IS_PUBLIC))
        if changed:
            await work.accounts.members.change_profile(account.id, now, **changed)
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
