"""Whom one acts for: the organisation's facts, its people, and invitations (ADR 0068)."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.identity import SYSTEM, done_as
from adapters.postgres.organisations.reads import (
    members_of,
    my_organisation,
    received_invitations,
    sent_invitations,
)
from api.commands.accounts.profile import CompanyName, PersonName
from api.commands.organisations import members as commands
from api.commands.organisations.members import RegistrationNumber
from api.http.fields import Country
from api.http.identity.account_fields import EmailAddress
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
from domain.organisations.organisations import MemberRole

router = page_router()


class OrganisationForm(RequestSchema):
    legal_name: CompanyName | None
    country: Country | None
    registration_number: RegistrationNumber | None


class MemberForm(RequestSchema):
    email: EmailAddress
    name: PersonName
    role: MemberRole


async def _change(request: Request, account: Account, action: SubmittedAction) -> None:
    names = {"legalName": "legal_name", "country": "country", "registrationNumber": "number"}
    typed = {field: action.typed.get(name, "").strip() or None for field, name in names.items()}
    form = OrganisationForm.model_validate(typed)
    await commands.change_organisation(resources(request), account, form.model_dump())


async def _invite(request: Request, account: Account, action: SubmittedAction) -> None:
    typed = {name: action.typed.get(name, "") for name in ("email", "name", "role")}
    form = MemberForm.model_validate(typed)
    await commands.invite_member(
        resources(request), account, action.key, email=form.email, name=form.name, role=form.role
    )


async def _withdraw(request: Request, account: Account, action: SubmittedAction) -> None:
    await commands.withdraw_invitation(resources(request), account, action.id("invitation"))


async def _accept(request: Request, account: Account, action: SubmittedAction) -> None:
    await commands.accept_invitation(resources(request), account, action.id("invitation"))


async def _decline(request: Request, account: Account, action: SubmittedAction) -> None:
    await commands.decline_invitation(resources(request), account, action.id("invitation"))


async def _remove(request: Request, account: Account, action: SubmittedAction) -> None:
    await commands.remove_member(resources(request), account, action.id("member"))


async def _make_owner(request: Request, account: Account, action: SubmittedAction) -> None:
    user_id = action.id("member")
    await commands.set_member_role(resources(request), account, user_id, MemberRole.OWNER)


async def _make_member(request: Request, account: Account, action: SubmittedAction) -> None:
    user_id = action.id("member")
    await commands.set_member_role(resources(request), account, user_id, MemberRole.MEMBER)


ORGANISATION_ACTIONS: Mapping[str, StaffAction] = {
    "organisation": StaffAction(_change, "Your organisation is saved."),
    "invite": StaffAction(_invite, "The invitation is on its way."),
    "withdraw": StaffAction(_withdraw, "The invitation is withdrawn."),
    "accept": StaffAction(_accept, "You act for this organisation from now on."),
    "decline": StaffAction(_decline, "The invitation is declined."),
    "remove": StaffAction(_remove, "That person acts for the organisation no more."),
    "leave": StaffAction(_remove, "You act for that organisation no more."),
    "make-owner": StaffAction(_make_owner, "There is another owner now."),
    "make-member": StaffAction(_make_member, "That person is no owner any more."),
}


@router.get("/account/organisation")
async def look(request: Request) -> Response:
    somebody(request)
    return await _page(request)


@router.post("/account/organisation")
async def change(request: Request) -> Response:
    return await handle_action(request, None, ORGANISATION_ACTIONS, _page)


@done_as(SYSTEM)
async def _page(request: Request, refused: Refused | None = None) -> Response:
    account, now = somebody(request).account, resources(request).clock.now()
    async with reading(request) as connection:
        mine = await my_organisation(connection, account.id)
        people = await members_of(connection, mine.id) if mine else []
        owns = mine is not None and mine.my_role == MemberRole.OWNER
        sent = await sent_invitations(connection, mine.id, at=now) if mine and owns else []
        received = await received_invitations(connection, account.id, at=now)
    return render_response(
        request,
        "desks/organisation.html",
        status=refused.status if refused else 200,
        refused=refused,
        done=None if refused else done_sentence(request, ORGANISATION_ACTIONS),
        forms=Forms(refused),
        mine=mine,
        owns=owns,
        members=people,
        my_id=account.id,
        sent=sent,
        received=received,
        roles=list(MemberRole),
    )
