"""Accounts in the hands of staff: inviting, locking and unlocking, changing a role (ADR 0065)."""

import secrets
from collections.abc import Sequence
from typing import Annotated
from uuid import UUID, uuid4

from activities.audit_and_notify import audit
from activities.ports.accounts import NewMember, RecordedAct
from activities.ports.database import UnitOfWork
from adapters.postgres.accounts.users import UserView, acts_on, user
from api.commands.accounts.account_mails import ask_for_mail, start_mail
from api.commands.proposals import proposal_limits, require_second_person
from api.http.fields import Text
from api.http.identity.access_audit import note_read
from api.http.resources import Resources
from domain.accounts.membership import (
    AccountAct,
    Member,
    TokenPurpose,
    check_invitation,
    check_lock,
    check_role_change,
)
from domain.accounts.messages import AccountMessageKind
from domain.accounts.proposals import ProposalKind
from domain.accounts.roles import Account, Permission, Role
from domain.errors import Conflict, Fault, NotFound
from domain.identifiers import derived_id, operation_id
from domain.reasons import REASON_LENGTH_MAX

ActReason = Annotated[str, Text(REASON_LENGTH_MAX, lines=True)]
"""Why staff lock, unlock or change a role, as JSON and forms take it."""

_MAILS = {
    AccountAct.INVITED: AccountMessageKind.INVITATION,
    AccountAct.LOCKED: AccountMessageKind.LOCKED,
    AccountAct.UNLOCKED: AccountMessageKind.UNLOCKED,
    AccountAct.ROLE_CHANGED: AccountMessageKind.ROLE_CHANGED,
}


async def invite(
    parts: Resources,
    account: Account,
    key: str,
    *,
    email: str,
    name: str,
    company: str | None,
    role: Role,
) -> UserView:
    """
    Make an account of any role; its person chooses the password by the link that is mailed.

    Raises:
        Forbidden: only staff invite.
        Conflict: the e-mail has an account.
    """
    account.require(Permission.MANAGE_USERS)
    user_id, now = operation_id(account.id, "invite", key), parts.clock.now()
    async with parts.reading() as connection:
        stored = await user(connection, user_id)
    if stored is not None:
        return stored
    # Of what nobody knows: until a password is chosen none is right.
    password_hash = await parts.passwords.hash(secrets.token_urlsafe(32))
    member = NewMember(user_id, email, password_hash, name, company, role, now, now)
    async with parts.database.transaction() as work:
        if not await work.accounts.members.invite(member):
            sentence = "There is an account with this e-mail address already."
            raise Conflict(sentence, Fault("/email", sentence))
        message_id = await _record(
            work, parts, account, AccountAct.INVITED, user_id, None, role, reason=None
        )
    start_mail(parts, message_id)
    return await found_user(parts, user_id)


async def invite_again(parts: Resources, account: Account, user_id: UUID) -> UserView:
    """
    Send the invitation once more, good for as long as the first one was; earlier links are void.

    Raises:
        Forbidden: only staff invite.
        NotFound: there is no such account.
        Conflict: its person has come already, or was not invited.
    """
    account.require(Permission.MANAGE_USERS)
    now = parts.clock.now()
    async with parts.database.transaction() as work:
        member = _found(await work.accounts.members.lock(user_id))
        check_invitation(member)
        await work.accounts.members.set_invited(user_id, now)
        await work.accounts.tokens.use_up(user_id, (TokenPurpose.INVITATION,), now)
        message_id = await _record(
            work, parts, account, AccountAct.INVITED, user_id, member.role, member.role, reason=None
        )
    start_mail(parts, message_id)
    return await found_user(parts, user_id)


async def change_user(
    parts: Resources,
    account: Account,
    user_id: UUID,
    *,
    reason: str,
    locked: bool | None = None,
    role: Role | None = None,
) -> UserView:
    """
    Lock or unlock an account, or give it another role; its person is told by mail, without the reason.

    Locking ends all its sessions at once. What is so already stays, and nobody is told.

    Raises:
        Forbidden: only staff do this, and nobody to themselves.
        NotFound: there is no such account.
        Conflict: it is the last administrator who can sign in.
        AwaitsCountersignature: as `require_second_person`, where such a change is countersigned.
    """
    account.require(Permission.MANAGE_USERS)
    if role is not None:
        await _require_second_person(parts, account, user_id, role, reason)
    messages: list[UUID] = []
    async with parts.database.transaction() as work:
        # In this order always: all administrators, then the one account.
        administrators = await work.accounts.members.lock_administrators()
        member = _found(await work.accounts.members.lock(user_id))
        now = parts.clock.now()
        if role is not None and check_role_change(
            member, role, actor_id=account.id, administrators=administrators
        ):
            await work.accounts.members.set_role(user_id, role, now)
            act = AccountAct.ROLE_CHANGED
            messages.append(
                await _record(work, parts, account, act, user_id, member.role, role, reason=reason)
            )
        if locked is not None and check_lock(
            member, lock=locked, actor_id=account.id, administrators=administrators
        ):
            await work.accounts.members.set_locked(user_id, now if locked else None, now)
            if locked:
                await work.accounts.members.end_sessions(user_id, now)
                await work.accounts.tokens.use_up(user_id, tuple(TokenPurpose), now)
            act = AccountAct.LOCKED if locked else AccountAct.UNLOCKED
            now_role = role or member.role
            messages.append(
                await _record(work, parts, account, act, user_id, now_role, now_role, reason=reason)
            )
    for message_id in messages:
        start_mail(parts, message_id)
    return await found_user(parts, user_id)


async def _require_second_person(
    parts: Resources, account: Account, user_id: UUID, role: Role, reason: str
) -> None:
    """There is no key here: what is proposed is named by the last act that it would follow."""
    view = await found_user(parts, user_id)
    if not proposal_limits(parts).need_for_role(view.role, role):
        return
    async with parts.reading() as connection:
        acts = await acts_on(connection, user_id, limit=1)
    follows = acts[0].at.isoformat() if acts else "nothing"
    await require_second_person(
        parts,
        account,
        derived_id(user_id, f"role/{account.id}/{role}/{follows}"),
        ProposalKind.ROLE_CHANGE,
        subject=str(user_id),
        quantity_units=None,
        reason=reason,
        terms={"role": role.value},
    )


async def found_user(parts: Resources, user_id: UUID) -> UserView:
    """
    Raises:
        NotFound: there is no such account.
    """
    async with parts.reading() as connection:
        view = await user(connection, user_id)
    if view is None:
        raise NotFound("There is no such account.")
    return view


async def note_shown(parts: Resources, account: Account, shown: Sequence[UserView]) -> None:
    """Note in the audit log whose personal data somebody is shown, but for their own."""
    others = [view.id for view in shown if view.id != account.id]
    if len(others) == 1:
        await note_read(parts, account, "account.read", ("account", others[0]))
    elif others:
        await note_read(
            parts,
            account,
            "account.listed",
            ("account", account.id),
            {"accountIds": [str(id) for id in others]},
        )


async def _record(
    work: UnitOfWork,
    parts: Resources,
    actor: Account,
    act: AccountAct,
    user_id: UUID,
    before: Role | None,
    after: Role,
    *,
    reason: str | None,
) -> UUID:
    """The act with its reason, its audit entry without it (it is about a person), and the mail."""
    now = parts.clock.now()
    recorded = RecordedAct(uuid4(), user_id, actor.id, act, after, reason, now)
    await work.accounts.members.add_act(recorded)
    audit(
        work,
        f"account.{act.value}",
        ("account", user_id),
        actor_id=actor.id,
        before=None if before is None else {"role": before.value},
        after={"role": after.value},
        more={"actId": str(recorded.id)},
        at=now,
    )
    return await ask_for_mail(work, _MAILS[act], at=now, user_id=user_id)


def _found(member: Member | None) -> Member:
    if member is None:
        raise NotFound("There is no such account.")
    return member
