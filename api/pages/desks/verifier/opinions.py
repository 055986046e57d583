"""The validation opinion at the desk, and what its page shares with that of the technical review."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.projects.reads import documents as reads_documents
from adapters.postgres.queries import PageRequest
from api.commands.projects.assurance import validation as validations
from api.commands.projects.assurance.validation import ValidationView
from api.commands.projects.documents import document_content
from api.commands.projects.projects import visible_project
from api.commands.projects.statements import TEXT_LENGTH_MAX, Words
from api.http.resources import reading, resources
from api.http.schema import RequestSchema
from api.pages.desks.verifier.access import ADDRESS, verifier
from api.pages.parts.forms import located_faults, read_form, why_not
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import PageMissing, page_router, see_other
from domain.accounts.roles import Account
from domain.errors import NotFound, Refusal
from domain.projects.assurance.statements import Assurance, Opinion
from domain.projects.assurance.validation import ValidationTerms
from domain.projects.verification import Verification

DOCUMENTS_SHOWN = 100
ONE = f"{ADDRESS}/{{verification_id}}"
_VALIDATION = f"{ONE}/validation"

router = page_router()


class ValidationForm(RequestSchema):
    boundary: Words
    baseline: Words
    additionality: Words
    monitoring_plan: Words
    assurance: Assurance
    opinion: Opinion
    opinion_basis: Words | None = None
    independence: Words


@dataclass(frozen=True)
class TypedOpinion:
    """What stands in a form, and what is wrong with it, by field."""

    typed: Mapping[str, str]
    faults: Mapping[str, str]
    status: int = 200


EMPTY = TypedOpinion({}, {})


@router.get(_VALIDATION)
async def look_at_validation(request: Request, verification_id: UUID) -> Response:
    return await _validation_page(request, verification_id, EMPTY)


@router.post(_VALIDATION)
async def write_validation(request: Request, verification_id: UUID) -> Response:
    """PUT /verifications/{id}/validation as a page."""
    account, typed = verifier(request).account, await read_form(request)
    try:
        form = ValidationForm.model_validate(body_of(typed, ValidationForm))
        terms = ValidationTerms(**form.model_dump(exclude={"independence"}))
        await validations.write_validation(
            resources(request), account, verification_id, terms, form.independence
        )
    except NotFound:
        raise PageMissing("review") from None
    except (ValidationError, Refusal) as no:
        return await _validation_page(request, verification_id, refused_form(no, typed))
    return see_other(f"{ADDRESS}/{verification_id}/validation?done=1")


@router.get(f"{ONE}/evidence/{{document_id}}")
async def read_file(request: Request, verification_id: UUID, document_id: UUID) -> Response:  # noqa: ARG001 -- a document is found by its own id
    """The bytes, for whoever validates or reviews: by an address good for a minute."""
    account = verifier(request).account
    try:
        return see_other(await document_content(resources(request), account, document_id))
    except NotFound:
        raise PageMissing("document") from None


async def _validation_page(request: Request, verification_id: UUID, form: TypedOpinion) -> Response:
    account = verifier(request).account
    try:
        view = await validations.visible_validation(resources(request), account, verification_id)
    except NotFound:
        raise PageMissing("review") from None
    verification = view.round.verification
    if account.id not in {view.validator_id, verification.verifier_id}:
        raise PageMissing("review")
    shared = await around(request, account, verification, form)
    return render_response(
        request,
        "desks/verifier/validation.html",
        status=form.status,
        **shared,
        view=view,
        can_write=account.id == view.validator_id and not verification.is_decided,
        assurances=tuple(Assurance),
        opinions=tuple(Opinion),
        typed=form.typed or _written(view),
    )


async def around(
    request: Request, account: Account, verification: Verification, form: TypedOpinion
) -> dict[str, object]:
    project = await visible_project(resources(request), account, verification.project_id)
    page = PageRequest(DOCUMENTS_SHOWN)
    async with reading(request) as connection:
        documents = await reads_documents.round_documents_page(connection, verification.id, page)
    done = request.query_params.get("done") and not form.faults
    return {
        "round": verification,
        "project": project.project,
        "documents": [one for one in page.shown(documents) if one.is_evidence],
        "address": f"{ADDRESS}/{verification.id}",
        "back": f"{ADDRESS}/{verification.id}"
        if account.id == verification.verifier_id
        else ADDRESS,
        "my_id": account.id,
        "words_max": TEXT_LENGTH_MAX,
        "faults": form.faults,
        "done": "It is kept, and whoever must act next is told." if done else None,
    }


def _written(view: ValidationView) -> Mapping[str, str]:
    """The newest opinion as the form has it, to be written on; independence is stated anew each time."""
    if view.opinion is None:
        return {}
    return {name: str(value or "") for name, value in vars(view.opinion.terms).items()}


def body_of(typed: Mapping[str, str], form: type[RequestSchema]) -> dict[str, str]:
    """What was typed under the names of the form's fields; what may be left out and is empty is left out."""
    return {
        field.alias or name: typed.get(name, "")
        for name, field in form.model_fields.items()
        if field.is_required() or typed.get(name, "").strip()
    }


def refused_form(no: ValidationError | Refusal, typed: Mapping[str, str]) -> TypedOpinion:
    if isinstance(no, ValidationError):
        return TypedOpinion(
            typed, {_name(at): said for at, said in located_faults(no).items()}, 400
        )
    status, sentences = why_not(no)
    named = {_name(fault.pointer): fault.detail for fault in no.faults}
    return TypedOpinion(typed, named or {"": " ".join(sentences)}, status)


def _name(pointer: str) -> str:
    """The form's field of an RFC 6901 pointer into what the API would have been sent."""
    name = pointer.strip("/").partition("/")[0]
    return {
        "opinionBasis": "opinion_basis",
        "monitoringPlan": "monitoring_plan",
        "reviewerId": "reviewer",
        "statementSha256": "",
    }.get(name, name)
