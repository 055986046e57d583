"""
The one table from "no" to HTTP: refusals of the rules, of Temporal, of the request itself.

A refusal arrives either as itself or, through Temporal, as an `ApplicationError` of its name.
"""

import traceback
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any
from uuid import UUID

import structlog
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from adapters.postgres.outages import database_is_away
from api.http.errors.problem import Code, Problem, Source, SourceKind, render_problems
from api.http.errors.validation_errors import validation_problems
from domain.errors import (
    REFUSALS,
    Conflict,
    Fault,
    Forbidden,
    Invalid,
    NotFound,
    Refusal,
    RegistryFrozen,
)

CODES: dict[type[Refusal], Code] = {
    Invalid: Code.VALIDATION_ERROR,
    NotFound: Code.NOT_FOUND,
    Forbidden: Code.AUTHORIZATION_ERROR,
    RegistryFrozen: Code.UNAVAILABLE,
    Conflict: Code.CONFLICT,
    Refusal: Code.CONFLICT,
}
"""A refusal has the code of its nearest ancestor here: every kind of Conflict is a CONFLICT."""

HTTP_CODES: dict[int, tuple[Code, str]] = {
    400: (Code.VALIDATION_ERROR, "The body cannot be read as JSON."),
    404: (Code.NOT_FOUND, "There is nothing at this address."),
    405: (Code.METHOD_NOT_ALLOWED, "This address does not know that method."),
    413: (Code.PAYLOAD_TOO_LARGE, "A request's body must not be larger than 1 MB."),
}
"""What the framework itself turns away."""

FROZEN_RETRY_AFTER_SECONDS = 60
RETRY_AFTER_SECONDS = "5"
"""When something that the registry needs gives no answer; as the header has it."""

log = structlog.get_logger(__name__)


class RequestRefused(Exception):
    """A request that no rule of the registry ever saw; `detail` is the sentence to answer."""

    code: Code
    meta: Mapping[str, Any] = MappingProxyType({})
    """What stands beside the request's id in the answer's `meta`."""

    def __init__(self, detail: str, *, source: Source | None = None, **headers: str) -> None:
        super().__init__(detail)
        self.problem = Problem(self.code, detail, source)
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class NotSignedIn(RequestRefused):
    """Nobody, or nobody that we know of."""

    code = Code.AUTHENTICATION_ERROR

    def __init__(self, detail: str) -> None:
        super().__init__(detail, WWW_Authenticate="Bearer")


class TooManyRequests(RequestRefused):
    code = Code.RATE_LIMITED

    def __init__(self, retry_after_seconds: int) -> None:
        self.retry_after_seconds = retry_after_seconds
        super().__init__(
            f"Too many requests; wait {retry_after_seconds} seconds.",
            Retry_After=str(retry_after_seconds),
        )


class Unavailable(RequestRefused):
    """Something that the registry needs gives no answer; nothing was lost."""

    code = Code.UNAVAILABLE

    def __init__(self, detail: str) -> None:
        super().__init__(detail, Retry_After=RETRY_AFTER_SECONDS)


class UnfitRequest(RequestRefused):
    """A fault outside the body's fields, found by our own code."""

    code = Code.VALIDATION_ERROR

    def __init__(self, kind: SourceKind, name: str, detail: str) -> None:
        super().__init__(detail, source=Source(kind, name))


class OutcomeUnknown(Exception):
    """
    The answer did not come in time; the operation may still be carried out.

    `location` is where its result will be. The same Idempotency-Key asks for it again.
    """

    status = "accepted"

    def __init__(self, operation_id: UUID, location: str) -> None:
        super().__init__(str(operation_id))
        self.operation_id = operation_id
        self.location = location


class AwaitsCountersignature(OutcomeUnknown):
    """
    It is proposed, and carried out when another administrator has countersigned and it is sent again.

    `operation_id` is the proposal's, `location` shows it (ADR 0066).
    """

    status = "awaits_countersignature"


def error_response(request: Request, error: Exception) -> Response:  # noqa: PLR0911 -- the one table
    """Turn whatever went wrong into an answer; what nobody expected is logged, without the body."""
    match error:
        case RegistryFrozen():
            headers = {"Retry-After": str(FROZEN_RETRY_AFTER_SECONDS)}
            return render_problems(request, refusal_problems(error), headers=headers)
        case Refusal():
            return render_problems(request, refusal_problems(error))
        case RequestValidationError():
            return render_problems(request, validation_problems(error))
        case RequestRefused():
            return render_problems(request, [error.problem], headers=error.headers, meta=error.meta)
        case HTTPException():
            return _answer_http(request, error)
        case OutcomeUnknown():
            return _answer_accepted(error)
        case WorkflowUpdateFailedError():
            return _answer_workflow(request, error)
        case _ if database_is_away(error):
            log.warning("database_unavailable", error=type(error).__name__)
            away = Unavailable("The registry cannot reach its database at the moment.")
            return error_response(request, away)
        case _:
            return _answer_unexpected(request, error)


def refusal_problems(refusal: Refusal) -> list[Problem]:
    """One problem for each field to blame, or one for the whole."""
    code = next(CODES[kind] for kind in type(refusal).__mro__ if kind in CODES)
    if not refusal.faults:
        return [Problem(code, refusal.detail)]
    return [
        Problem(code, fault.detail, Source("pointer", fault.pointer)) for fault in refusal.faults
    ]


def refusal_in(error: BaseException) -> Refusal | None:
    """
    The refusal that travelled through Temporal inside this error, if it was one.

    The outermost of that name counts: Temporal writes down what it was raised from as well, which
    has the same name but not the faults.
    """
    for cause in _causes(error):
        if isinstance(cause, ApplicationError) and cause.type in REFUSALS:
            return REFUSALS[cause.type](cause.message, *_faults(cause.details))
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__


def _faults(details: Sequence[Any]) -> list[Fault]:
    """`activities.refusals` puts the faults first; a validator's refusal has none."""
    listed = details[0] if details and isinstance(details[0], list) else []
    return [Fault(fault["pointer"], fault["detail"]) for fault in listed]


def _answer_http(request: Request, error: HTTPException) -> Response:
    code, sentence = HTTP_CODES.get(
        error.status_code, (Code.VALIDATION_ERROR, "The request cannot be understood.")
    )
    return render_problems(request, [Problem(code, sentence)], headers=error.headers)


def _answer_accepted(unknown: OutcomeUnknown) -> Response:
    data = {
        "operationId": str(unknown.operation_id),
        "status": unknown.status,
        "location": unknown.location,
    }
    headers = {"Location": unknown.location, "Cache-Control": "no-store"}
    return JSONResponse({"data": data}, status_code=202, headers=headers)


def _answer_workflow(request: Request, error: WorkflowUpdateFailedError) -> Response:
    refusal = refusal_in(error)
    return error_response(request, refusal) if refusal else _answer_unexpected(request, error)


def _answer_unexpected(request: Request, error: Exception) -> Response:
    # Messages of errors may quote what people wrote, so only kinds and places are logged.
    log.error(
        "request_failed",
        error=[type(cause).__name__ for cause in _causes(error)],
        places=[str(place) for place in traceback.extract_tb(error.__traceback__)[-8:]],
    )
    sentence = "Something went wrong here; the request id helps us to find it."
    return render_problems(request, [Problem(Code.INTERNAL_ERROR, sentence)])
