"""The desk of staff for accounts: who is there, inviting, locking, roles (ADR 0065)."""

from collections.abc import Mapping
from urllib.parse import urlencode
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.accounts.users import UserFilter, acts_on, user, users_page
from adapters.postgres.queries import PageRequest
from api.commands.accounts import users as commands
from api.commands.accounts.profile import CompanyName, PersonName
from api.http.cursors import read_cursor, write_cursor
from api.http.identity.account_fields import EmailAddress
from api.http.resources import reading, resources
from api.http.schema import RequestSchema
from api.pages.desks.actions import (
    Refused,
    StaffAction,
    SubmittedAction,
    after_action,
    desk_page,
    desk_page_of_one,
    staff,
)
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import PageMissing, page_router, plain
from domain.accounts.membership import AccountStatus
from domain.accounts.roles import Account, Permission, Role

SHOWN = 50
ACTS_SHOWN = 50
PATH = "/staff/users"
_MANAGE = Permission.MANAGE_USERS

router = page_router()


class InviteForm(RequestSchema):
    email: EmailAddress
    name: PersonName
    company: CompanyName | None
    role: Role


class ReasonForm(RequestSchema):
    reason: commands.ActReason


class RoleForm(ReasonForm):
    role: Role


async def _invite(request: Request, account: Account, action: SubmittedAction) -> None:
    typed = {name: action.typed.get(name, "") for name in ("email", "name", "company", "role")}
    form = InviteForm.model_validate({**typed, "company": typed["company"].strip() or None})
    await commands.invite(
        resources(request),
        account,
        action.key,
        email=form.email,
        name=form.name,
        company=form.company,
        role=form.role,
    )


async def _invite_again(request: Request, account: Account, action: SubmittedAction) -> None:
    await commands.invite_again(resources(request), account, action.id("account"))


async def _lock(request: Request, account: Account, action: SubmittedAction) -> None:
    await _set_locked(request, account, action, locked=True)


async def _unlock(request: Request, account: Account, action: SubmittedAction) -> None:
    await _set_locked(request, account, action, locked=False)


async def _set_locked(
    request: Request, account: Account, action: SubmittedAction, *, locked: bool
) -> None:
    form = ReasonForm(reason=action.typed.get("reason", ""))
    await commands.change_user(
        resources(request), account, action.id("account"), reason=form.reason, locked=locked
    )


async def _change_role(request: Request, account: Account, action: SubmittedAction) -> None:
    typed = {name: action.typed.get(name, "") for name in ("reason", "role")}
    form = RoleForm.model_validate(typed)
    await commands.change_user(
        resources(request), account, action.id("account"), reason=form.reason, role=form.role
    )


LIST_ACTIONS: Mapping[str, StaffAction] = {
    "invite": StaffAction(_invite, "The account is there, and the invitation is on its way."),
}
USER_ACTIONS: Mapping[str, StaffAction] = {
    "invite-again": StaffAction(_invite_again, "The invitation is on its way again."),
    "lock": StaffAction(_lock, "The account is locked, and all its sessions have ended."),
    "unlock": StaffAction(_unlock, "The account is open again."),
    "role": StaffAction(_change_role, "The new role counts from now on."),
}


async def _list_page(request: Request, refused: Refused | None = None) -> Response:
    asked = {
        name: plain(request.query_params.get(name, ""))[:200] for name in ("q", "role", "status")
    }
    wanted = UserFilter(
        asked["q"] or None,
        Role(asked["role"]) if asked["role"] in list(Role) else None,
        AccountStatus(asked["status"]) if asked["status"] in list(AccountStatus) else None,
    )
    page = PageRequest(SHOWN, after=read_cursor(request.query_params.get("cursor", "")))
    async with reading(request) as connection:
        rows = await users_page(connection, wanted, page)
    await commands.note_shown(resources(request), staff(request, _MANAGE).account, page.shown(rows))
    last = page.last_shown(rows)
    filters = {name: value for name, value in asked.items() if value}
    older = {**filters, "cursor": write_cursor((last.created_at, last.id))} if last else None
    return render_response(
        request,
        "desks/staff/users.html",
        **after_action(request, LIST_ACTIONS, refused),
        users=page.shown(rows),
        asked=asked,
        roles=list(Role),
        statuses=list(AccountStatus),
        next_link=f"/staff/users?{urlencode(older)}" if older else None,
        first_link=f"/staff/users?{urlencode(filters)}" if page.after else None,
    )


async def _user_page(request: Request, user_id: UUID, refused: Refused | None = None) -> Response:
    async with reading(request) as connection:
        found = await user(connection, user_id)
        acts = await acts_on(connection, user_id, limit=ACTS_SHOWN)
    if found is None:
        raise PageMissing("account")
    await commands.note_shown(resources(request), staff(request, _MANAGE).account, [found])
    return render_response(
        request,
        "desks/staff/user.html",
        **after_action(request, USER_ACTIONS, refused),
        user=found,
        acts=acts,
        is_oneself=staff(request, _MANAGE).account.id == user_id,
        roles=list(Role),
    )


desk_page(router, PATH, _MANAGE, LIST_ACTIONS, _list_page)
desk_page_of_one(router, PATH, _MANAGE, USER_ACTIONS, _user_page)
