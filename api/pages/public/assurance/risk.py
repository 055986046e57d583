"""A project's risk of reversal: points and share for everybody; on the same page it is assessed and countersigned."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID, uuid4

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.projects.reads import projects as reads_projects
from adapters.postgres.projects.reads.assurance import risk_assessments as reads
from api.commands.projects.assurance import risk_assessment as commands
from api.commands.projects.assurance.risk_assessment import RiskView
from api.http.fields import Text
from api.http.resources import reading, resources
from api.http.schema import RequestSchema
from api.pages.parts.forms import read_form, why_not
from api.pages.parts.rendering import render, render_response
from api.pages.parts.routing import PageMissing, page_router, see_other
from api.pages.parts.session import SignInFirst, person_of
from domain.accounts.notifications import risk_place
from domain.accounts.roles import Account, Permission
from domain.errors import Fault, Invalid, NotFound, Refusal
from domain.projects.buffer_share import REVERSIBLE_TYPES
from domain.projects.programme.risk_assessment import REASON_LENGTH_MAX, RiskOutcome, ScoredFactor
from domain.projects.programme.risk_tool import TOOL

_FIELDS_MAX = 40
DONE = {
    "assess": "It is entered, and waits for the countersignature of an administrator, who is told.",
    "countersign": "It is countersigned: coming issuances give this share.",
    "refuse": "It is refused; whoever entered it is told why.",
}

router = page_router()


class RiskRefusalForm(RequestSchema):
    reason: Annotated[str, Text(REASON_LENGTH_MAX, lines=True)]


@dataclass(frozen=True)
class RefusedRiskForm:
    """`do` is the form that was refused; `typed` stays in it, `faults` are by the names of its fields."""

    do: str
    typed: Mapping[str, str]
    faults: Mapping[str, str]


@router.get("/projects/{project_id}/risk")
async def look(request: Request, project_id: UUID) -> Response:
    return await _page(request, project_id)


@router.post("/projects/{project_id}/risk")
async def act(request: Request, project_id: UUID) -> Response:
    """What the calls of the API do, as forms."""
    person = person_of(request)
    if person is None:
        raise SignInFirst
    form = await read_form(request, fields_max=_FIELDS_MAX)
    do = form.get("do", "")
    try:
        await _carry_out(request, person.account, project_id, form)
    except NotFound:
        raise PageMissing("risk assessment") from None
    except (ValidationError, Refusal) as no:
        status, sentences = why_not(no)
        faults = _by_field(no, form) if isinstance(no, Invalid) else {}
        refused = RefusedRiskForm(do, form, faults or {"": " ".join(sentences)})
        return await _page(request, project_id, status, refused=refused)
    return see_other(f"{risk_place(project_id)}?done={do}")


async def _carry_out(
    request: Request, account: Account, project_id: UUID, form: Mapping[str, str]
) -> None:
    parts = resources(request)
    match form.get("do", ""):
        case "assess":
            key = form.get("key", "") or str(uuid4())
            await commands.assess(parts, account, key, project_id, _scored(form))
        case "countersign":
            outcome = RiskOutcome.COUNTERSIGNED
            await commands.decide(parts, account, project_id, _number(form), outcome, None)
        case "refuse":
            reason = RiskRefusalForm(reason=form.get("reason", "")).reason
            outcome = RiskOutcome.REFUSED
            await commands.decide(parts, account, project_id, _number(form), outcome, reason)
        case _:
            raise NotFound("There is no such form.")


def _scored(form: Mapping[str, str]) -> list[ScoredFactor]:
    """In the order of the tool; what is no number is told with the field it is in."""
    faults, scored = [], []
    for index, factor in enumerate(TOOL.factors):
        points, reason = form.get(f"score-{factor}", "").strip(), form.get(f"reason-{factor}", "")
        if not re.fullmatch(r"\d{1,3}", points, re.ASCII):
            faults.append(Fault(f"/factors/{index}/score", "Points are a whole number."))
        if not reason.strip() or len(reason) > REASON_LENGTH_MAX:
            faults.append(
                Fault(f"/factors/{index}/reason", "Say why, in 2,000 characters at most.")
            )
        if not faults:
            scored.append(ScoredFactor(factor, int(points), reason.strip()))
    if faults:
        raise Invalid("Each factor has points and a reason.", *faults)
    return scored


def _by_field(no: Invalid, form: Mapping[str, str]) -> dict[str, str]:
    """The form's fields of the pointers into what the API would have been sent."""
    if form.get("do") != "assess":
        return {}
    factors, faults = list(TOOL.factors), {}
    for fault in no.faults:
        at = re.fullmatch(r"/factors/(\d+)/(score|reason)", fault.pointer)
        faults[f"{at[2]}-{factors[int(at[1])]}" if at else ""] = fault.detail
    return faults


def _number(form: Mapping[str, str]) -> int:
    if not re.fullmatch(r"\d{1,5}", form.get("number", ""), re.ASCII):
        raise NotFound("There is no such assessment.")
    return int(form["number"])


async def _page(
    request: Request, project_id: UUID, status: int = 200, *, refused: RefusedRiskForm | None = None
) -> Response:
    person = person_of(request)
    account = person.account if person else None
    async with reading(request) as connection:
        project = await reads_projects.public_project(connection, project_id)
        if project is None:
            raise PageMissing("project")
        public = await reads.public_risks(connection, project_id)
    inside = await _inside(request, account, project_id)
    waiting = (
        next((one for one in inside.assessments if one.decision is None), None) if inside else None
    )
    assessable = project.project.type in REVERSIBLE_TYPES
    values: dict[str, Any] = {
        "project": project.project,
        "public": public,
        "inside": inside,
        "waiting": waiting,
        "tool": TOOL,
        "assessable": assessable,
        "can_assess": inside is not None
        and account is not None
        and account.may(Permission.ASSESS_RISK)
        and waiting is None
        and assessable,
        "can_decide": account is not None
        and account.may(Permission.COUNTERSIGN_ASSESSMENT)
        and waiting is not None
        and waiting.entered_by != account.id,
        "key": str(uuid4()),
        "reason_max": REASON_LENGTH_MAX,
        "typed": refused.typed if refused else {},
        "faults": refused.faults if refused else {},
        "done": None if refused else DONE.get(request.query_params.get("done", "")),
    }
    template = "public/assurance/risk.html"
    if refused is None and not values["done"]:
        return render(request, template, **values)
    return render_response(request, template, status=status, **values)


async def _inside(request: Request, account: Account | None, project_id: UUID) -> RiskView | None:
    """All assessments with their reasons, for those who work on the project."""
    if account is None:
        return None
    try:
        return await commands.visible_assessments(resources(request), account, project_id)
    except NotFound:
        return None
