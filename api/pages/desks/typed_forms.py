"""A form that brought nothing about: what was typed, and why not, beside the fields that are to blame."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import ValidationError
from temporalio.client import WorkflowUpdateFailedError

from api.http.errors.error_mapping import (
    OutcomeUnknown,
    TooManyRequests,
    Unavailable,
    refusal_in,
)
from api.pages.parts.forms import located_faults, why_not
from domain.errors import Refusal

_UNKNOWN = 202
_AWAY = 503


@dataclass(frozen=True)
class Typed:
    """
    A form that was not taken: what was typed, and what is wrong with it by field ("" the whole).

    `act` says which form of the page it was.
    """

    status: int
    act: str
    typed: Mapping[str, str]
    faults: Mapping[str, str]
    ask_again: bool = False

    @property
    def key(self) -> str:
        """The same again, where the outcome is not known: nothing is done twice."""
        return self.typed.get("key", "") if self.ask_again else ""


FAILURES = (
    WorkflowUpdateFailedError,
    Refusal,
    OutcomeUnknown,
    Unavailable,
    TooManyRequests,
)


def not_taken(no: Exception, act: str, typed: Mapping[str, str]) -> Typed:
    """Why a form brought nothing about, or nothing certain, beside the fields that are to blame."""
    match no:
        case OutcomeUnknown():
            sentence = (
                "No answer came in time, so this may or may not have been done. Send the form again to"
                " find out; it is never done twice."
            )
            return Typed(_UNKNOWN, act, typed, {"": sentence}, ask_again=True)
        case Unavailable():
            sentence = (
                "The registry cannot do this at the moment. Nothing was lost: send the form again in a"
                " few seconds."
            )
            return Typed(_AWAY, act, typed, {"": sentence}, ask_again=True)
    refusal = no if isinstance(no, Refusal | TooManyRequests) else refusal_in(no)
    if refusal is None:
        raise no
    status, sentences = why_not(refusal)
    named = {_field(fault.pointer): fault.detail for fault in getattr(refusal, "faults", ())}
    return Typed(status, act, typed, named or {"": " ".join(sentences)})


def faults_of(error: ValidationError) -> dict[str, str]:
    return {_field(pointer): detail for pointer, detail in located_faults(error).items()}


def _field(pointer: str) -> str:
    """The form's field of an RFC 6901 pointer into what the API would have been sent."""
    name = pointer.rpartition("/")[2]
    if name == "note":
        return "text"
    return name if name in ("kind", "text", "page", "row", "field") else ""
