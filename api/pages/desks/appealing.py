"""Filing an appeal against a decision, or a grievance about a project or the registry."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.projects.reads import appeals as reads_appeals
from adapters.postgres.projects.reads import projects as reads_projects
from api.commands.projects.programme import appeals as commands
from api.commands.projects.programme.appeals import AppealTexts
from api.commands.projects.verification import visible_verification
from api.http.fields import Text
from api.http.resources import reading, resources
from api.http.schema import RequestSchema
from api.pages.desks.actions import somebody
from api.pages.parts.forms import NOT_CARRIED_OUT, FormFaults, form_faults, read_form
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import PageMissing, page_router, see_other
from domain.accounts.roles import Account, Permission
from domain.errors import NotFound
from domain.projects.programme.appeals import WORDS_LENGTH_MAX, AppealRules, appealable_until
from domain.projects.verification import Verification

PATH = "/appeals/new"
POINTERS = {"/publicText": "public_text", "/confidentialText": "confidential_text"}

router = page_router()

Words = Annotated[str, Text(WORDS_LENGTH_MAX, lines=True)]


class FilingForm(RequestSchema):
    public_text: Words
    confidential_text: Words | None


@router.get(PATH)
async def begin(request: Request, verification: str = "", project: str = "") -> Response:
    """`verification` is the round appealed against; else it is a grievance, about `project` or the registry."""
    return await _page(request, {"verification": verification, "project": project})


@router.post(PATH)
async def file(request: Request) -> Response:
    account = somebody(request).account
    typed = await read_form(request)
    try:
        form = FilingForm.model_validate(
            {
                "publicText": typed.get("public_text", ""),
                "confidentialText": typed.get("confidential_text", "").strip() or None,
            }
        )
        texts = AppealTexts(form.public_text, form.confidential_text)
        parts, key = resources(request), typed.get("key") or str(uuid4())
        verification_id = _id(typed.get("verification", ""))
        if verification_id is not None:
            filed = await commands.appeal(parts, account, key, verification_id, texts)
        else:
            project_id = _id(typed.get("project", ""))
            filed = await commands.file_grievance(parts, account, key, project_id, texts)
    except NotFound:
        raise PageMissing("round or project") from None
    except NOT_CARRIED_OUT as no:
        return await _page(request, typed, form_faults(no, POINTERS))
    return see_other(f"/appeals/{filed.appeal.id}?done=filed")


async def _page(
    request: Request, typed: Mapping[str, str], faults: FormFaults | None = None
) -> Response:
    account = somebody(request).account
    faults = faults or FormFaults(200)
    verification_id, project_id = _id(typed.get("verification", "")), _id(typed.get("project", ""))
    appealed, title = None, None
    if verification_id is not None:
        account.require(Permission.APPEAL)
        appealed = await _appealed(request, account, verification_id)
        project_id = appealed.project_id
    if project_id is not None:
        async with reading(request) as connection:
            project = await reads_projects.public_project(connection, project_id)
        if project is None:
            raise PageMissing("project")
        title = project.project.title
    rules = resources(request).settings.rules
    return render_response(
        request,
        "desks/appealing.html",
        status=faults.status,
        appealed=appealed,
        until=appealable_until(appealed, appeal_rules(request)) if appealed else None,
        project_id=project_id,
        project_title=title,
        acknowledge_days=rules.appeal_acknowledged_within_days,
        answer_days=rules.appeal_answered_within_days,
        faults=faults,
        typed=typed,
        first_fault=next(iter(faults.fields), None),
        key=typed.get("key") if faults.ask_again else str(uuid4()),
        words_max=WORDS_LENGTH_MAX,
    )


async def _appealed(request: Request, account: Account, verification_id: UUID) -> Verification:
    try:
        view = await visible_verification(resources(request), account, verification_id)
    except NotFound:
        raise PageMissing("round") from None
    return view.verification


async def may_appeal(request: Request, verification: Verification) -> bool:
    """Whether the supplier is shown the way to the form; the rule has the last word."""
    until = appealable_until(verification, appeal_rules(request))
    if until is None or resources(request).clock.now() > until:
        return False
    async with reading(request) as connection:
        return await reads_appeals.appeal_against(connection, verification.id) is None


def appeal_rules(request: Request) -> AppealRules:
    """As the worker has them, of the same variables."""
    return resources(request).settings.rules.appeals()


def _id(typed: str) -> UUID | None:
    try:
        return UUID(typed)
    except ValueError:
        return None
