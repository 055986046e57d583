"""What an error looks like from outside: stable codes, their statuses, and the body around them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from api.http.schema import ResponseSchema

MEDIA_TYPE = "application/json"


class Code(StrEnum):
    VALIDATION_ERROR = "VALIDATION_ERROR"
    AUTHENTICATION_ERROR = "AUTHENTICATION_ERROR"
    AUTHORIZATION_ERROR = "AUTHORIZATION_ERROR"
    NOT_FOUND = "NOT_FOUND"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    CONFLICT = "CONFLICT"
    PAYLOAD_TOO_LARGE = "PAYLOAD_TOO_LARGE"
    RATE_LIMITED = "RATE_LIMITED"
    INTERNAL_ERROR = "INTERNAL_ERROR"
    UNAVAILABLE = "UNAVAILABLE"


STATUSES: dict[Code, int] = {
    Code.VALIDATION_ERROR: 400,
    Code.AUTHENTICATION_ERROR: 401,
    Code.AUTHORIZATION_ERROR: 403,
    Code.NOT_FOUND: 404,
    Code.METHOD_NOT_ALLOWED: 405,
    Code.CONFLICT: 409,
    Code.PAYLOAD_TOO_LARGE: 413,
    Code.RATE_LIMITED: 429,
    Code.INTERNAL_ERROR: 500,
    Code.UNAVAILABLE: 503,
}

TITLES: dict[Code, str] = {
    Code.VALIDATION_ERROR: "Validation Failed",
    Code.AUTHENTICATION_ERROR: "Authentication Failed",
    Code.AUTHORIZATION_ERROR: "Not Allowed",
    Code.NOT_FOUND: "Not Found",
    Code.METHOD_NOT_ALLOWED: "Method Not Allowed",
    Code.CONFLICT: "Conflict",
    Code.PAYLOAD_TOO_LARGE: "Payload Too Large",
    Code.RATE_LIMITED: "Too Many Requests",
    Code.INTERNAL_ERROR: "Internal Error",
    Code.UNAVAILABLE: "Unavailable",
}

SourceKind = Literal["pointer", "parameter", "header"]


@dataclass(frozen=True)
class Source:
    """The part of the request to mend: an RFC 6901 pointer into the body, or a parameter's name."""

    kind: SourceKind
    value: str


@dataclass(frozen=True)
class Problem:
    code: Code
    detail: str
    source: Source | None = None

    @property
    def status(self) -> int:
        return STATUSES[self.code]


def render_problems(
    request: Request,
    problems: Sequence[Problem],
    *,
    headers: Mapping[str, str] | None = None,
    meta: Mapping[str, Any] | None = None,
) -> Response:
    """
    Answer with every problem there is; the first one's status is the answer's.

    Surrogates and the like, which a client may have sent as a field's name, are escaped.
    """
    body = {
        "errors": [_error(problem) for problem in problems],
        "meta": {
            "timestamp": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
            "requestId": getattr(request.state, "request_id", None),
            "traceId": getattr(request.state, "trace_id", None),
            **(meta or {}),
        },
    }
    return Response(
        json.dumps(body).encode("ascii"),
        status_code=problems[0].status,
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def _error(problem: Problem) -> dict[str, Any]:
    error: dict[str, Any] = {
        "status": str(problem.status),
        "code": problem.code.value,
        "title": TITLES[problem.code],
        "detail": problem.detail,
    }
    if problem.source is not None:
        error["source"] = {problem.source.kind: problem.source.value}
    return error


class ErrorSource(ResponseSchema):
    pointer: str | None = Field(None, description="RFC 6901 pointer into the body that was sent.")
    parameter: str | None = Field(None, description="Name of a path or query parameter.")
    header: str | None = Field(None, description="Name of a header.")


class Error(ResponseSchema):
    status: str
    code: Code
    title: str
    detail: str = Field(description="A sentence that a person can act on.")
    source: ErrorSource | None = None


class WalletChallengeToSign(ResponseSchema):
    """What the account's wallet is to sign before a large movement is made."""

    challenge_id: UUID
    message: str = Field(description="The text to sign, as UTF-8, unchanged.")
    wallet_address: str
    expires_at: datetime


class ErrorMeta(ResponseSchema):
    timestamp: datetime
    request_id: str
    trace_id: str
    wallet_challenge: WalletChallengeToSign | None = Field(
        None, description="Where a large movement waits for a signature."
    )


class ErrorBody(ResponseSchema):
    """What every error answers with."""

    errors: list[Error]
    meta: ErrorMeta


_EXAMPLE_DETAILS: dict[Code, tuple[str, dict[str, str] | None]] = {
    Code.VALIDATION_ERROR: (
        "Emissions target must be a positive number",
        {"pointer": "/emissionsTarget"},
    ),
    Code.AUTHENTICATION_ERROR: ("Sign in first: send an access token.", None),
    Code.AUTHORIZATION_ERROR: ("Your role (buyer) may not register a project.", None),
    Code.NOT_FOUND: ("There is no such project.", None),
    Code.METHOD_NOT_ALLOWED: ("This address does not know that method.", None),
    Code.CONFLICT: ("This verification is already approved.", None),
    Code.PAYLOAD_TOO_LARGE: ("A request's body must not be larger than 1 MB.", None),
    Code.RATE_LIMITED: ("Too many requests; wait 12 seconds.", None),
    Code.INTERNAL_ERROR: ("Something went wrong here; the request id helps us to find it.", None),
    Code.UNAVAILABLE: ("The registry cannot be reached at the moment. Nothing was lost.", None),
}


ALWAYS = (Code.RATE_LIMITED, Code.INTERNAL_ERROR, Code.UNAVAILABLE)
"""What any call can answer."""


def error_responses(*codes: Code) -> dict[int | str, dict[str, Any]]:
    """For `responses=` of an operation: the errors it can give, each with an example."""
    return {STATUSES[code]: _documented(code) for code in (*codes, *ALWAYS)}


def _documented(code: Code) -> dict[str, Any]:
    detail, source = _EXAMPLE_DETAILS[code]
    error = {
        "status": str(STATUSES[code]),
        "code": code.value,
        "title": TITLES[code],
        "detail": detail,
    } | ({"source": source} if source else {})
    meta = {
        "timestamp": "2026-03-01T12:00:00Z",
        "requestId": "4f1c2b9e0d7a4c55",
        "traceId": "0af7651916cd43dd8448eb211c80319c",
    }
    # Not as `model`: FastAPI would build a validator for each error of each operation, over six
    # hundred that nobody uses and a sixth of the API's start. api/http/documentation/openapi.py adds the schema.
    return {
        "description": TITLES[code],
        "content": {
            MEDIA_TYPE: {
                "example": {"errors": [error], "meta": meta},
                "schema": {"$ref": f"#/components/schemas/{ErrorBody.__name__}"},
            }
        },
    }
