"""The desk of staff for verification bodies: accreditations, their verifiers and what those have to do."""

from collections.abc import Mapping
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.accounts.users import UserFilter, users_page
from adapters.postgres.queries import PageRequest
from api.commands.accounts.profile import CompanyName
from api.commands.organisations import bodies as commands
from api.commands.organisations.members import RegistrationNumber
from api.http.cursors import read_cursor, write_cursor
from api.http.fields import Country
from api.http.resources import reading, resources
from api.http.schema import RequestSchema
from api.pages.desks.actions import (
    Refused,
    StaffAction,
    SubmittedAction,
    after_action,
    desk_page,
    desk_page_of_one,
)
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import PageMissing, page_router
from domain.accounts.membership import AccountStatus
from domain.accounts.roles import Account, Permission, Role
from domain.errors import NotFound
from domain.projects.projects import ProjectType

SHOWN = 50
VERIFIERS_OFFERED = 200
PATH = "/staff/verification-bodies"
_MANAGE = Permission.MANAGE_USERS

router = page_router()


class BodyForm(RequestSchema):
    legal_name: CompanyName
    country: Country
    registration_number: RegistrationNumber | None


class AccreditationForm(RequestSchema):
    scheme: commands.SchemeName
    number: commands.AccreditationNumber
    valid_from: commands.Day
    valid_until: commands.Day
    evidence_url: commands.WebAddress | None
    scope: commands.Scope


async def _add(request: Request, account: Account, action: SubmittedAction) -> None:
    typed = action.typed
    form = BodyForm.model_validate(
        {
            "legalName": typed.get("legal_name", ""),
            "country": typed.get("country", ""),
            "registrationNumber": typed.get("number", "").strip() or None,
        }
    )
    await commands.add_body(resources(request), account, action.key, form.model_dump(), None)


async def _accredit(request: Request, account: Account, action: SubmittedAction) -> None:
    typed = action.typed
    words = typed.get("scope", "").replace(",", " ").split()
    form = AccreditationForm.model_validate(
        {
            "scheme": typed.get("scheme", ""),
            "number": typed.get("number", ""),
            "validFrom": typed.get("valid_from", ""),
            "validUntil": typed.get("valid_until", ""),
            "evidenceUrl": typed.get("evidence", "").strip() or None,
            "scope": list(ProjectType) if words == ["all"] else words,
        }
    )
    body_id = action.id("verification body")
    facts = form.model_dump(exclude={"scope"})
    terms = commands.AccreditationTerms(project_types=commands.scope_of(form.scope), **facts)
    await commands.change_body(resources(request), account, body_id, {}, terms)


async def _add_verifier(request: Request, account: Account, action: SubmittedAction) -> None:
    body_id = action.id("verification body")
    try:
        user_id = UUID(action.typed.get("verifier", ""))
    except ValueError:
        raise NotFound("There is no such verifier.") from None
    await commands.add_verifier(resources(request), account, body_id, user_id)


BODY_LIST_ACTIONS: Mapping[str, StaffAction] = {
    "add": StaffAction(_add, "The verification body is recorded; give it its accreditation."),
}
BODY_ACTIONS: Mapping[str, StaffAction] = {
    "accredit": StaffAction(_accredit, "The accreditation is recorded, and counts from now on."),
    "verifier": StaffAction(_add_verifier, "That verifier verifies for this body from now on."),
}


async def _list_page(request: Request, refused: Refused | None = None) -> Response:
    parts = resources(request)
    page = PageRequest(SHOWN, after=read_cursor(request.query_params.get("cursor", "")))
    async with reading(request) as connection:
        rows = await commands.bodies_with_load(parts, connection, page)
    last = page.last_shown(rows)
    return render_response(
        request,
        "desks/staff/bodies.html",
        **after_action(request, BODY_LIST_ACTIONS, refused),
        bodies=page.shown(rows),
        today=commands.today(parts),
        next_link=f"{PATH}?cursor={write_cursor((last.created_at, last.id))}" if last else None,
        first_link=PATH if page.after else None,
    )


async def _body_page(request: Request, body_id: UUID, refused: Refused | None = None) -> Response:
    parts = resources(request)
    try:
        body = await commands.found_body(parts, body_id)
    except NotFound:
        raise PageMissing("verification body") from None
    async with reading(request) as connection:
        wanted = UserFilter(role=Role.VERIFIER, status=AccountStatus.ACTIVE)
        verifiers = await users_page(connection, wanted, PageRequest(VERIFIERS_OFFERED))
    theirs = {verifier.user_id for verifier in body.verifiers}
    return render_response(
        request,
        "desks/staff/body.html",
        **after_action(request, BODY_ACTIONS, refused),
        body=body,
        today=commands.today(parts),
        others=[one for one in verifiers if one.id not in theirs],
        types=[kind.value for kind in ProjectType],
    )


desk_page(router, PATH, _MANAGE, BODY_LIST_ACTIONS, _list_page)
desk_page_of_one(router, PATH, _MANAGE, BODY_ACTIONS, _body_page)
