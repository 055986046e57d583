"""The movements of the public ledger, to be followed: what came after a number, in order."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.publishing.reads.changes import ChangeLines, change_lines
from api.http.errors.problem import Code, error_responses
from api.http.fields import WholeNumber
from api.http.resources import reading
from api.http.responses import public_response
from api.http.routing import RegistryRoute
from api.rest.publishing.examples.changes import CHANGE_LINE
from api.rest.publishing.schemas.changes import ChangeList
from domain.errors import Invalid

LIMIT_MAX = 5_000
LIMIT_DEFAULT = 1_000
LINES_TYPE = "application/jsonl"

router = APIRouter(prefix="/registry", tags=["Public registry"], route_class=RegistryRoute)

Since = Annotated[
    int, WholeNumber(0, 2**53 - 1), Query(description="The last `seq` you have; 0: none.")
]
Limit = Annotated[int, WholeNumber(1, LIMIT_MAX), Query()]
_LINES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "One movement a line.",
        "content": {LINES_TYPE: {"schema": {"type": "string"}, "example": CHANGE_LINE}},
    }
}


@router.get(
    "/changes",
    summary="Follow the ledger's movements",
    response_model=ChangeList,
    responses=error_responses(Code.VALIDATION_ERROR),
)
async def read_changes(
    request: Request, since: Since = 0, limit: Limit = LIMIT_DEFAULT
) -> Response:
    """
    Every movement after the number `since`, in the order of commits: 1, 2, 3, without gaps.

    What has a number never changes, and nothing appears below a number that was given out, so that
    the whole public ledger can be rebuilt and kept up to date elsewhere (docs/open-data.md).
    """
    found = await _found(request, since, limit)
    items = ",".join(line.rstrip("\n") for line in found.lines)
    link = f'"{_next(request, found.seq)}"' if found.goes_on else "null"
    meta = f'{{"limit":{limit},"seq":{found.seq},"lastSeq":{found.last_seq}}}'
    body = f'{{"data":[{items}],"meta":{meta},"links":{{"next":{link}}}}}'
    return public_response(request, body.encode())


@router.get(
    "/changes.jsonl",
    summary="Follow the ledger's movements, as lines",
    response_class=Response,
    responses=error_responses(Code.VALIDATION_ERROR) | _LINES,
)
async def read_change_lines(
    request: Request, since: Since = 0, limit: Limit = LIMIT_DEFAULT
) -> Response:
    """The same as JSON Lines. Where it goes on, a `Link` header with `rel="next"` says where."""
    found = await _found(request, since, limit)
    answer = public_response(request, "".join(found.lines).encode(), media_type=LINES_TYPE)
    if found.goes_on:
        answer.headers["Link"] = f'<{_next(request, found.seq)}>; rel="next"'
    return answer


async def _found(request: Request, since: int, limit: int) -> ChangeLines:
    """
    Raises:
        Invalid: there is no such number yet. A follower of a registry that was restored to an earlier
            moment must hear of it.
    """
    async with reading(request) as connection:
        found = await change_lines(connection, since=since, limit=limit)
    if since > found.last_seq:
        raise Invalid(f"Since is beyond the newest movement, which is {found.last_seq}.")
    return found


def _next(request: Request, seq: int) -> str:
    address = request.url.include_query_params(since=seq)
    return f"{address.path}?{address.query}"
