"""What is wrong with a form, beside the fields that are to blame."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.requests import Request
from temporalio.client import WorkflowUpdateFailedError

from api.commands.fresh_signatures import SentSignature
from api.http.errors.error_mapping import (
    OutcomeUnknown,
    TooManyRequests,
    Unavailable,
    refusal_in,
    refusal_problems,
)
from api.http.errors.problem import Problem
from api.http.errors.validation_errors import validation_problems
from api.pages.desks.actions import somebody
from api.pages.parts.wallet_signing import sent_proof
from domain.errors import Refusal

NO = (
    ValidationError,
    WorkflowUpdateFailedError,
    Refusal,
    OutcomeUnknown,
    Unavailable,
    TooManyRequests,
)
"""What a form may be answered with instead of being carried out."""


@dataclass(frozen=True)
class FieldFaults:
    """`by_field` has a sentence for each field to blame; under "" stands what no field is to blame for."""

    status: int = 200
    by_field: Mapping[str, str] = field(default_factory=dict)

    def of(self, name: str) -> str:
        return self.by_field.get(name, "")

    @property
    def sentences(self) -> list[str]:
        return list(self.by_field.values())

    def __bool__(self) -> bool:
        return bool(self.by_field)


def field_faults(error: Exception, fields: Collection[str]) -> FieldFaults:
    """
    `fields` are the names of the form's; a fault of anything else is one of the whole form.

    Raises:
        Exception: the error itself, where it is no answer to a form.
    """
    match error:
        case ValidationError():
            located = [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors()]
            problems = validation_problems(RequestValidationError(located))
            return FieldFaults(400, _by_field(problems, fields))
        case Refusal():
            refused = refusal_problems(error)
            return FieldFaults(refused[0].status, _by_field(refused, fields))
        case OutcomeUnknown():
            sentence = (
                "No answer came in time, so this may or may not have been carried out. Send the form again"
                " to find out; it is never carried out twice."
            )
            return FieldFaults(202, {"": sentence})
        case Unavailable():
            sentence = (
                "The registry's workflows cannot be reached at the moment. Nothing was lost: send the form"
                " again in a few seconds."
            )
            return FieldFaults(503, {"": sentence})
        case TooManyRequests():
            return FieldFaults(429, {"": error.problem.detail})
    refusal = refusal_in(error)
    if refusal is None:
        raise error
    return field_faults(refusal, fields)


def sent_signature(request: Request, form: Mapping[str, str]) -> SentSignature:
    """
    What the wallet signed, where the form was shown again to ask for it.

    Raises:
        Invalid: it names no challenge of ours.
    """
    session_id = somebody(request).session.id
    if not form.get("challenge"):
        return SentSignature(session_id)
    proof = sent_proof(form)
    return SentSignature(session_id, proof.challenge_id, proof.signature, proof.key)


def _by_field(problems: list[Problem], fields: Collection[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for problem in problems:
        place = problem.source.value if problem.source else ""
        name = place.rpartition("/")[2]
        where = name if name in fields else ""
        found[where] = f"{found[where]} {problem.detail}" if where in found else problem.detail
    return found
