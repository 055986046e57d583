"""Who acts for an organisation: inviting, joining, leaving, removing (ADR 0068)."""

import secrets
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from activities.audit_and_notify import Message, audit, tell
from activities.ports.accounts import NewMember
from activities.ports.database import UnitOfWork
from adapters.postgres.identity import SYSTEM, done_as
from api.commands.accounts.account_mails import ask_for_mail, start_mail
from api.commands.accounts.profile import owned_organisation, rename
from api.commands.notices import mail_notice
from api.http.fields import Text
from api.http.resources import Resources
from domain.accounts.messages import AccountMessageKind
from domain.accounts.notifications import NotificationKind
from domain.accounts.roles import Account
from domain.errors import Conflict, NotFound
from domain.identifiers import derived_id, operation_id
from domain.organisations.organisations import (
    INVITATION_LIFETIME,
    InvitationAnswer,
    MemberRole,
    Membership,
    Organisation,
    OrganisationInvitation,
    require_may_invite,
    require_may_join,
    require_may_leave,
    require_open,
    require_owner,
)
from domain.visible_text import isolated

RegistrationNumber = Annotated[str, Text(100)]
"""In the companies' register of an organisation's country, as JSON and forms take it."""

LINK = "/account/organisation"


@done_as(SYSTEM)
async def change_organisation(parts: Resources, account: Account, changes: dict[str, Any]) -> None:
    """
    Change what `changes` names: `legal_name`, `country`, `registration_number`.

    Raises:
        Forbidden, Conflict: as `rename`; who changes it is an owner.
    """
    now = parts.clock.now()
    async with parts.database.transaction() as work:
        organisation, _ = await owned_organisation(work, account)
        changed = {name: new for name, new in changes.items() if new != getattr(organisation, name)}
        if not changed:
            return
        if "legal_name" in changed:
            await rename(work, account, changed["legal_name"], at=now)
        await work.organisations.organisations.change(organisation.id, now, **changed)
        before = {name: getattr(organisation, name) for name in changed}
        _audit(work, account, organisation, "changed", before, changed, parts)


@done_as(SYSTEM)
async def invite_member(
    parts: Resources, account: Account, key: str, *, email: str, name: str, role: MemberRole
) -> UUID:
    """
    Invite somebody, who accepts or declines when signed in; who has no account gets one, by mail.

    The answer is the same whether or not the e-mail has an account.

    Raises:
        Forbidden: the account is no owner, or staff say who acts for such an organisation.
        Conflict: the organisation has no legal name, or has invited too many this week.
    """
    invitation_id, now = operation_id(account.id, "invite-member", key), parts.clock.now()
    # Of what nobody knows; also where the e-mail has an account, so that both take as long.
    password_hash = await parts.passwords.hash(secrets.token_urlsafe(32))
    new_id = derived_id(invitation_id, "account")
    new = NewMember(new_id, email, password_hash, name, None, account.role, now, now)
    message_id: UUID | None = None
    async with parts.database.transaction() as work:
        organisation, _ = await owned_organisation(work, account)
        if await work.organisations.invitations.get(invitation_id) is not None:
            return invitation_id
        since = now - INVITATION_LIFETIME
        sent = await work.organisations.invitations.count_since(organisation.id, since)
        require_may_invite(organisation, sent)
        user_id = new_id
        if await work.accounts.members.invite(new):
            message_id = await ask_for_mail(
                work, AccountMessageKind.INVITATION, at=now, user_id=user_id
            )
        else:
            known = await work.accounts.accounts.by_email(email)
            if known is None:
                raise RuntimeError("an e-mail that is taken has an account (unique key)")
            user_id = known.id
        invitation = OrganisationInvitation(
            id=invitation_id,
            organisation_id=organisation.id,
            user_id=user_id,
            role=role,
            invited_by=account.id,
            created_at=now,
            expires_at=now + INVITATION_LIFETIME,
        )
        await work.organisations.invitations.add(invitation)
        text = f"“{isolated(organisation.legal_name or '')}” invites you to act for it."
        message = Message(NotificationKind.ORGANISATION_INVITATION, text, LINK)
        notice_id = derived_id(invitation_id, "notification")
        await tell(work, message.to(user_id, notification_id=notice_id, at=now))
        after = {"invitationId": str(invitation_id), "role": role.value}
        _audit(work, account, organisation, "member_invited", None, after, parts)
    if message_id is not None:
        start_mail(parts, message_id)
    else:
        parts.later.do(mail_notice(parts, notice_id))
    return invitation_id


@done_as(SYSTEM)
async def withdraw_invitation(parts: Resources, account: Account, invitation_id: UUID) -> None:
    """
    Raises:
        NotFound: the account's organisation has sent no such invitation.
        Forbidden: the account is no owner.
        Conflict: it was answered.
    """
    async with parts.database.transaction() as work:
        organisation, _ = await owned_organisation(work, account)
        found = await work.organisations.invitations.lock(invitation_id)
        if found is None or found.organisation_id != organisation.id:
            raise NotFound("There is no such invitation.")
        await _answer(work, parts, account, organisation, found, InvitationAnswer.WITHDRAWN)


@done_as(SYSTEM)
async def decline_invitation(parts: Resources, account: Account, invitation_id: UUID) -> None:
    """
    Raises:
        NotFound: the account was not invited so.
        Conflict: the invitation is not open any more.
    """
    async with parts.database.transaction() as work:
        found, organisation = await _received(work, account, invitation_id)
        await _answer(work, parts, account, organisation, found, InvitationAnswer.DECLINED)


@done_as(SYSTEM)
async def accept_invitation(parts: Resources, account: Account, invitation_id: UUID) -> None:
    """
    Act for the organisation from now on, and for the former one no more.

    Raises:
        NotFound: the account was not invited so.
        Conflict: the invitation is not open any more; the account's role acts for no such
            organisation; or the former one would be left without an owner.
    """
    told: tuple[UUID, ...] = ()
    try:
        async with parts.database.transaction() as work:
            found, organisation = await _received(work, account, invitation_id)
            await _answer(work, parts, account, organisation, found, InvitationAnswer.ACCEPTED)
            await join(work, parts, account, organisation, found.role, actor=account)
            told = await _tell_owners(
                work, parts, organisation, NotificationKind.ORGANISATION_JOINED, invitation_id
            )
    except IntegrityError:
        raise Conflict("You have joined another organisation in this moment.") from None
    for notice_id in told:
        parts.later.do(mail_notice(parts, notice_id))


async def join(
    work: UnitOfWork,
    parts: Resources,
    account: Account,
    organisation: Organisation,
    role: MemberRole,
    *,
    actor: Account,
) -> None:
    """
    Raises:
        Conflict: as `require_may_join` and, of the former organisation, `require_may_leave`.
    """
    require_may_join(organisation, account.role)
    now = parts.clock.now()
    former = await work.organisations.memberships.of(account.id)
    if former is not None:
        if former.organisation_id == organisation.id:
            raise Conflict("This account acts for that organisation already.")
        await _end(work, parts, former, actor=actor)
    membership = Membership(
        id=derived_id(organisation.id, f"membership/{account.id}/{now.isoformat()}"),
        organisation_id=organisation.id,
        user_id=account.id,
        role=role,
        joined_at=now,
    )
    await work.organisations.memberships.add(membership)
    after = {"userId": str(account.id), "role": role.value}
    _audit(work, actor, organisation, "member_joined", None, after, parts)


@done_as(SYSTEM)
async def set_member_role(
    parts: Resources, account: Account, user_id: UUID, role: MemberRole
) -> None:
    """
    Raises:
        NotFound: nobody of that identifier acts for the account's organisation.
        Forbidden: the account is no owner.
        Conflict: it would be left without an owner.
    """
    async with parts.database.transaction() as work:
        organisation, _ = await owned_organisation(work, account)
        member, others = await _member(work, organisation, user_id)
        if member.role is role:
            return
        if role is MemberRole.MEMBER:
            require_may_leave(member, others, owns_something=True)
        await work.organisations.memberships.set_role(member.id, role)
        before, after = {"role": member.role.value}, {"role": role.value, "userId": str(user_id)}
        _audit(work, account, organisation, "member_role_changed", before, after, parts)


@done_as(SYSTEM)
async def remove_member(parts: Resources, account: Account, user_id: UUID) -> None:
    """
    Remove somebody, who acts for the organisation no more from this moment on; or leave, oneself.

    Raises:
        NotFound: nobody of that identifier acts for the account's organisation.
        Forbidden: the account is no owner and it is somebody else.
        Conflict: it would be left without an owner, or one acts for oneself alone.
    """
    now = parts.clock.now()
    async with parts.database.transaction() as work:
        mine = await work.organisations.memberships.of(account.id)
        if mine is None or user_id != account.id:
            mine = require_owner(mine)
        organisation = await work.organisations.organisations.lock(mine.organisation_id)
        if organisation is None:
            raise RuntimeError("a membership without its organisation cannot be (foreign key)")
        member, others = await _member(work, organisation, user_id)
        if not others and organisation.holding_account_id == user_id:
            raise Conflict("You act for yourself alone; there is nobody to leave.")
        await _end(work, parts, member, actor=account)
        own = await work.organisations.organisations.holding(user_id)
        if (
            own is not None
            and own.id != organisation.id
            and not await work.organisations.memberships.present(own.id)
        ):
            again = Membership(
                id=derived_id(member.id, "own-again"),
                organisation_id=own.id,
                user_id=user_id,
                role=MemberRole.OWNER,
                joined_at=now,
            )
            await work.organisations.memberships.add(again)
        kind, cause = NotificationKind.ORGANISATION_LEFT, derived_id(member.id, "left")
        if user_id == account.id:
            told = await _tell_owners(work, parts, organisation, kind, cause)
        else:
            text = f"You do not act for “{isolated(organisation.legal_name or '')}” any more."
            told = await tell(
                work, Message(kind, text, LINK).to(user_id, notification_id=cause, at=now)
            )
    for notice_id in told:
        parts.later.do(mail_notice(parts, notice_id))


async def _end(work: UnitOfWork, parts: Resources, member: Membership, *, actor: Account) -> None:
    organisation = await work.organisations.organisations.lock(member.organisation_id)
    if organisation is None:
        raise RuntimeError("a membership without its organisation cannot be (foreign key)")
    if organisation.holding_account_id is not None:
        # A project or credit that comes meanwhile waits for this lock, or this waits for it.
        await work.accounts.members.lock(organisation.holding_account_id)
    present = await work.organisations.memberships.present(organisation.id)
    others = [one for one in present if one.id != member.id]
    owns = await work.organisations.organisations.owns_something(organisation)
    require_may_leave(member, others, owns_something=owns)
    await work.organisations.memberships.end(member.id, parts.clock.now(), ended_by=actor.id)
    before = {"userId": str(member.user_id), "role": member.role.value}
    _audit(work, actor, organisation, "member_left", before, None, parts)


async def _member(
    work: UnitOfWork, organisation: Organisation, user_id: UUID
) -> tuple[Membership, list[Membership]]:
    present = await work.organisations.memberships.present(organisation.id)
    member = next((one for one in present if one.user_id == user_id), None)
    if member is None:
        raise NotFound("Nobody of that identifier acts for your organisation.")
    return member, [one for one in present if one.id != member.id]


async def _received(
    work: UnitOfWork, account: Account, invitation_id: UUID
) -> tuple[OrganisationInvitation, Organisation]:
    seen = await work.organisations.invitations.get(invitation_id)
    if seen is None or seen.user_id != account.id:
        raise NotFound("There is no such invitation.")
    # The organisation first, as everybody who changes who acts for it.
    organisation = await work.organisations.organisations.lock(seen.organisation_id)
    found = await work.organisations.invitations.lock(invitation_id)
    if found is None or organisation is None:
        raise RuntimeError("invitations and organisations are never deleted")
    return found, organisation


async def _answer(
    work: UnitOfWork,
    parts: Resources,
    account: Account,
    organisation: Organisation,
    invitation: OrganisationInvitation,
    answer: InvitationAnswer,
) -> None:
    now = parts.clock.now()
    require_open(invitation, at=now)
    await work.organisations.invitations.answer(invitation.id, answer, now)
    after = {"invitationId": str(invitation.id), "answer": answer.value}
    _audit(work, account, organisation, "invitation_answered", None, after, parts)


async def _tell_owners(
    work: UnitOfWork,
    parts: Resources,
    organisation: Organisation,
    kind: NotificationKind,
    cause_id: UUID,
) -> tuple[UUID, ...]:
    verb = "acts" if kind is NotificationKind.ORGANISATION_JOINED else "no longer acts"
    text = f"Somebody {verb} for “{isolated(organisation.legal_name or '')}”."
    message, now = Message(kind, text, LINK), parts.clock.now()
    present = await work.organisations.memberships.present(organisation.id)
    return await tell(
        work,
        *(
            message.to(
                one.user_id, notification_id=derived_id(cause_id, f"owner/{one.user_id}"), at=now
            )
            for one in present
            if one.role is MemberRole.OWNER
        ),
    )


def _audit(
    work: UnitOfWork,
    account: Account,
    organisation: Organisation,
    action: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    parts: Resources,
) -> None:
    audit(
        work,
        f"organisation.{action}",
        ("organisation", organisation.id),
        actor_id=account.id,
        before=before,
        after=after,
        at=parts.clock.now(),
    )
