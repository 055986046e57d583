"""Where the public is heard on a project: read and comment; on the same page supplier and verifier answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID, uuid4

from pydantic import Field, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.projects.reads import consultations as reads_consultations
from adapters.postgres.projects.reads import projects as reads_projects
from adapters.postgres.queries import PageRequest
from api.commands.projects import consultations as commands
from api.commands.projects.projects import visible_project
from api.http.cursors import read_cursor, write_cursor
from api.http.errors.error_mapping import TooManyRequests
from api.http.fields import Day, Text
from api.http.middleware.rate_limits import address_of
from api.http.resources import reading, resources
from api.http.schema import RequestSchema
from api.pages.parts.forms import headers_of, read_form, why_not
from api.pages.parts.rendering import render, render_response
from api.pages.parts.routing import PageMissing, page_router, see_other
from api.pages.parts.session import SignInFirst, person_of
from domain.accounts.roles import Account, Permission
from domain.errors import NotFound, Refusal
from domain.projects.programme.consultations import NAME_LENGTH_MAX, WORDS_LENGTH_MAX
from domain.projects.projects import ProjectStatus

SHOWN = 25
DONE = {
    "comment": "Your comment is here for everybody to read. Supplier and verifier are told of it.",
    "open": "The public is heard on this project. Supplier and verifier are told.",
    "answer": "Your answer is here for everybody to read.",
    "hide": "The comment is hidden; everybody reads the reason in its place.",
}

router = page_router()

Words = Annotated[str, Text(WORDS_LENGTH_MAX, lines=True)]


class OpeningForm(RequestSchema):
    opens_on: Day | None = Field(default=None, alias="from")
    closes_on: Day = Field(alias="to")


class CommentForm(RequestSchema):
    name: Annotated[str, Text(NAME_LENGTH_MAX, shortest=0)]
    text: Words


class AnswerForm(RequestSchema):
    text: Words


class HidingForm(RequestSchema):
    reason: Words


@dataclass(frozen=True)
class RefusedForm:
    """`do` is the form that was refused, `number` whose comment it was for, `typed` what stays in it."""

    do: str
    number: str
    typed: Mapping[str, str]
    faults: list[str]


@router.get("/consultations")
async def consultations(request: Request, cursor: str = "") -> Response:
    page = PageRequest(SHOWN, after=read_cursor(cursor))
    async with reading(request) as connection:
        rows = await reads_consultations.consultations_page(connection, page)
    last = page.last_shown(rows)
    return render(
        request,
        "public/assurance/consultations.html",
        rows=page.shown(rows),
        now=resources(request).clock.now(),
        next_link=f"/consultations?cursor={write_cursor((last.opened_at, last.id))}"
        if last
        else None,
        first_link="/consultations" if cursor else None,
    )


@router.get("/projects/{project_id}/consultation")
async def consultation(request: Request, project_id: UUID) -> Response:
    return await _page(request, project_id)


@router.post("/projects/{project_id}/consultation")
async def act(request: Request, project_id: UUID) -> Response:
    """What the calls of the API do, as forms; a comment needs no account."""
    form = await read_form(request, of_session=person_of(request) is not None)
    do, number = form.get("do", ""), form.get("number", "")
    try:
        await _carry_out(request, project_id, form)
    except NotFound:
        raise PageMissing("consultation") from None
    except (ValidationError, TooManyRequests, Refusal) as no:
        status, faults = why_not(no)
        return await _page(
            request,
            project_id,
            status,
            refused=RefusedForm(do, number, form, faults),
            headers=headers_of(no),
        )
    return see_other(f"{commands.consultation_page(project_id)}?done={do}")


async def _carry_out(request: Request, project_id: UUID, form: Mapping[str, str]) -> None:
    parts, text = resources(request), form.get("text", "")
    match form.get("do", ""):
        case "comment":
            said = CommentForm(name=form.get("name", ""), text=text)
            await commands.comment(
                parts,
                project_id,
                name=said.name or None,
                text=said.text,
                address=address_of(request.scope),
            )
        case "open":
            days = {name: form[name] for name in ("from", "to") if form.get(name)}
            asked = OpeningForm.model_validate({"to": "", **days})
            await commands.open_consultation(
                parts,
                _account(request),
                form.get("key", ""),
                project_id,
                opens_on=asked.opens_on,
                closes_on=asked.closes_on,
            )
        case "answer":
            answer = AnswerForm(text=text)
            number = _number(form)
            await commands.answer(parts, _account(request), project_id, number, text=answer.text)
        case "hide":
            hiding = HidingForm(reason=text)
            number = _number(form)
            await commands.hide(parts, _account(request), project_id, number, reason=hiding.reason)
        case _:
            raise NotFound("There is no such form.")


async def _page(
    request: Request,
    project_id: UUID,
    status: int = 200,
    *,
    refused: RefusedForm | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    parts, person = resources(request), person_of(request)
    account = person.account if person else None
    try:
        whole = await commands.found_consultation(parts, project_id, account=account)
    except NotFound:
        whole = None
    is_staff = account is not None and account.may(Permission.KEEP_CONSULTATIONS)
    async with reading(request) as connection:
        project = await reads_projects.public_project(connection, project_id)
    if project is None or (whole is None and not is_staff):
        raise PageMissing("consultation")
    values: dict[str, Any] = {
        "project": project.project,
        "whole": whole,
        "now": parts.clock.now(),
        "can_open": is_staff and whole is None and project.project.status is ProjectStatus.PENDING,
        "can_answer": account is not None and await _answers(request, account, project_id),
        "can_hide": is_staff,
        "key": str(uuid4()),
        "days_min": parts.settings.rules.consultation_days_min,
        "words_max": WORDS_LENGTH_MAX,
        "name_max": NAME_LENGTH_MAX,
        "done": DONE.get(request.query_params.get("done", "")) if refused is None else None,
        "refused": refused,
    }
    template = "public/assurance/consultation.html"
    if refused is None and not values["done"]:
        return render(request, template, **values)
    answer = render_response(request, template, status=status, **values)
    answer.headers.update(headers or {})
    return answer


async def _answers(request: Request, account: Account, project_id: UUID) -> bool:
    """Whether a form for answers is shown; the command has the last word."""
    if not account.may(Permission.ANSWER_COMMENT):
        return False
    try:
        await visible_project(resources(request), account, project_id)
    except NotFound:
        return False
    return True


def _account(request: Request) -> Account:
    person = person_of(request)
    if person is None:
        raise SignInFirst
    return person.account


def _number(form: Mapping[str, str]) -> int:
    number = form.get("number", "")
    if not number.isascii() or not number.isdigit():
        raise NotFound("There is no such comment.")
    return int(number)
