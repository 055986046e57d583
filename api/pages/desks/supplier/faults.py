"""Why a form of the supplier's was refused, field by field."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from temporalio.client import WorkflowUpdateFailedError

from api.http.errors.error_mapping import (
    OutcomeUnknown,
    TooManyRequests,
    Unavailable,
    refusal_in,
    refusal_problems,
)
from api.http.errors.problem import Problem
from api.http.errors.validation_errors import validation_problems
from domain.errors import Refusal

REFUSALS = (
    ValidationError,
    WorkflowUpdateFailedError,
    Refusal,
    OutcomeUnknown,
    Unavailable,
    TooManyRequests,
)
NO_ANSWER = (
    "No answer came in time, so this may or may not have been carried out. Send the form again to find"
    " out; it is never carried out twice."
)


@dataclass(frozen=True)
class FormFaults:
    """
    `fields`: a sentence for each field at fault; `sentences`: what is about none of them.

    `ask_again`: the same form with the same key finds out what came of it.
    """

    status: int = 400
    fields: Mapping[str, str] = field(default_factory=dict)
    sentences: tuple[str, ...] = ()
    ask_again: bool = False

    @property
    def all(self) -> list[str]:
        """As the box above the form tells them; each of a field stands beside it, too."""
        return [*self.sentences, *self.fields.values()]


def form_faults(error: Exception, names: Mapping[str, str]) -> FormFaults:
    """
    `names`: of the form's fields, by the places that the API has for them, as `/coordinates/latitude`.

    Raises:
        The error itself, when it is no refusal.
    """
    match error:
        case ValidationError():
            located = [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors()]
            return _placed(validation_problems(RequestValidationError(located)), names)
        case Refusal():
            return _placed(refusal_problems(error), names)
        case TooManyRequests():
            return FormFaults(429, sentences=(error.problem.detail,))
        case OutcomeUnknown():
            return FormFaults(202, sentences=(NO_ANSWER,), ask_again=True)
        case Unavailable():
            return FormFaults(503, sentences=(error.problem.detail,), ask_again=True)
    refusal = refusal_in(error)
    if refusal is None:
        raise error
    return form_faults(refusal, names)


def _placed(problems: list[Problem], names: Mapping[str, str]) -> FormFaults:
    fields: dict[str, str] = {}
    sentences: list[str] = []
    for problem in problems:
        name = names.get(problem.source.value) if problem.source else None
        if name is None:
            sentences.append(problem.detail)
        else:
            fields.setdefault(name, problem.detail)
    return FormFaults(problems[0].status, fields, tuple(dict.fromkeys(sentences)))
