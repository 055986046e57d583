"""One's own account: profile, password, sessions, and what one was told (ADR 0064)."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.accounts.reads import (
    notifications_page,
    open_sessions,
    profile,
    unread_count,
)
from adapters.postgres.accounts.second_factors.passkeys import passkeys_of
from adapters.postgres.queries import PageRequest
from api.commands.accounts import email_change, passwords
from api.commands.accounts import profile as commands
from api.http.fields import Secret
from api.http.identity.account_fields import EmailAddress, NewPassword
from api.http.resources import reading, resources
from api.http.schema import RequestSchema
from api.pages.desks.actions import (
    Forms,
    Refused,
    StaffAction,
    SubmittedAction,
    done_sentence,
    handle_action,
    somebody,
)
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import page_router
from domain.accounts.roles import Account

SESSIONS_SHOWN = 50
NOTIFICATIONS_SHOWN = 20

router = page_router()


class ProfileForm(RequestSchema):
    name: commands.PersonName
    company: commands.CompanyName | None


class NewEmailForm(RequestSchema):
    email: EmailAddress
    current_password: Secret


class PasswordForm(RequestSchema):
    current_password: Secret
    new_password: NewPassword


async def _change_profile(request: Request, account: Account, action: SubmittedAction) -> None:
    typed = action.typed
    company = typed.get("company", "").strip() or None
    form = ProfileForm.model_validate({"name": typed.get("name", ""), "company": company})
    changes: dict[str, Any] = {
        "name": form.name,
        "company": form.company,
        "mails_notifications": typed.get("mails") == "on",
    }
    await commands.change_profile(resources(request), account, changes)


async def _change_password(request: Request, account: Account, action: SubmittedAction) -> None:
    typed = action.typed
    form = PasswordForm.model_validate(
        {"currentPassword": typed.get("current", ""), "newPassword": typed.get("password", "")}
    )
    await passwords.change_password(
        resources(request),
        account,
        somebody(request).session.family_id,
        current=form.current_password,
        new=form.new_password,
    )


async def _change_email(request: Request, account: Account, action: SubmittedAction) -> None:
    typed = action.typed
    form = NewEmailForm.model_validate(
        {"email": typed.get("email", ""), "currentPassword": typed.get("current", "")}
    )
    await email_change.ask_to_change_email(
        resources(request), account, form.email, current=form.current_password
    )


async def _keep_email(request: Request, account: Account, action: SubmittedAction) -> None:  # noqa: ARG001 -- as all actions
    await email_change.keep_email(resources(request), account)


async def _end_session(request: Request, account: Account, action: SubmittedAction) -> None:
    await commands.end_session(resources(request), account, action.id("session"))


async def _end_others(request: Request, account: Account, action: SubmittedAction) -> None:  # noqa: ARG001 -- as all actions
    family_id = somebody(request).session.family_id
    await commands.end_other_sessions(resources(request), account, family_id)


async def _read(request: Request, account: Account, action: SubmittedAction) -> None:
    await commands.mark_read(resources(request), account, action.id("notification"))


async def _read_all(request: Request, account: Account, action: SubmittedAction) -> None:  # noqa: ARG001 -- as all actions
    await commands.mark_all_read(resources(request), account)


ACTIONS: Mapping[str, StaffAction] = {
    "profile": StaffAction(_change_profile, "Your profile is saved."),
    "password": StaffAction(
        _change_password, "Your password is changed, and all your other sessions have ended."
    ),
    "email": StaffAction(
        _change_email,
        "A mail with a link is on its way to the new address; it counts once you used it.",
    ),
    "keep-email": StaffAction(_keep_email, "Your e-mail address stays as it is."),
    "end": StaffAction(_end_session, "That session has ended."),
    "end-others": StaffAction(_end_others, "All your other sessions have ended."),
    "read": StaffAction(_read, "Marked as read."),
    "read-all": StaffAction(_read_all, "Everything is marked as read."),
}


@router.get("/account")
async def look(request: Request) -> Response:
    somebody(request)
    return await _page(request)


@router.post("/account")
async def change(request: Request) -> Response:
    return await handle_action(request, None, ACTIONS, _page)


async def _page(request: Request, refused: Refused | None = None) -> Response:
    person, parts = somebody(request), resources(request)
    account_id = person.account.id
    async with reading(request) as connection:
        mine = await profile(connection, account_id)
        sessions = await open_sessions(
            connection, account_id, at=parts.clock.now(), limit=SESSIONS_SHOWN
        )
        told = await notifications_page(connection, account_id, PageRequest(NOTIFICATIONS_SHOWN))
        unread = await unread_count(connection, account_id)
        passkeys = await passkeys_of(connection, account_id)
    return render_response(
        request,
        "desks/account.html",
        status=refused.status if refused else 200,
        refused=refused,
        done=None if refused else done_sentence(request, ACTIONS),
        forms=Forms(refused),
        mine=mine,
        sessions=sessions,
        current_id=person.session.family_id,
        notifications=told[:NOTIFICATIONS_SHOWN],
        unread=unread,
        passkeys=passkeys,
    )
