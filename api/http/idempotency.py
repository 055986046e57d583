"""
The same Idempotency-Key gives the same answer (ADR 0003).

Two things work together. What a request brings about is named by account, action and key, so doing
it again meets the same row, also after a crash. And the first answer's bytes are kept, so that the
second one does not depend on what has happened since.
"""

import hashlib
import re
from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import Depends, Header
from starlette.requests import Request
from starlette.responses import Response

from activities.stored_responses import forgotten_before
from adapters.postgres.requests import stored_responses as idempotency
from adapters.postgres.requests.stored_responses import GivenResponse, StoredResponse
from api.http.claims.answer_keeper import AnswerKeeper
from api.http.claims.late_claims import LATE_CLAIM, LateClaim, used_otherwise
from api.http.errors.error_mapping import RequestRefused
from api.http.errors.problem import Code
from api.http.identity.authentication import identify
from api.http.resources import resources
from api.http.responses import MEDIA_TYPE, PRIVATE, SecretResponse

KEY_PATTERN = r"^[\x21-\x7e]{1,255}$"
_NOT_KEPT = frozenset({202, 401, 429})
"""These say something about the moment, not about the request; the next try may differ."""

_SERVER_ERROR = 500


async def respond_once(
    request: Request, answer: Callable[[Request], Awaitable[Response]]
) -> Response:
    """
    Answer a request, or repeat what was answered to this key before.

    Raises:
        Conflict: the key belongs to another request.
    """
    key = request.headers.get("idempotency-key", "")
    # Without a fitting key or an account the request is answered, or refused, on its own.
    if not re.fullmatch(KEY_PATTERN, key):
        return await answer(request)
    account = await identify(request)
    if account is None:
        return await answer(request)
    stored = await _claim(request, account.id, key)
    if stored.status is not None:
        return _again(request, stored)
    response = await answer(request)
    if response.status_code in _NOT_KEPT or response.status_code >= _SERVER_ERROR:
        return response
    if isinstance(response, SecretResponse):
        return response
    return await _keep(request, account.id, key, response)


async def respond_once_claiming_late(
    request: Request, answer: Callable[[Request], Awaitable[Response]]
) -> Response:
    """
    As `respond_once`, for requests that bring about nothing but by a workflow (ADR 0117).

    The key is claimed in the transaction that stores what the workflow will read, and the answer is kept
    a moment after it was given: one commit before the workflow and none after it.

    Raises:
        Conflict: the key belongs to another request.
    """
    key = request.headers.get("idempotency-key", "")
    if not re.fullmatch(KEY_PATTERN, key):
        return await answer(request)
    account = await identify(request)
    if account is None:
        return await answer(request)
    late = LateClaim(account.id, key, await _request_hash(request))
    keeper: AnswerKeeper = request.app.state.answer_keeper
    stored = keeper.given(account.id, key) or await _look(request, account.id, key)
    if stored is not None:
        late.noted(stored)
        if stored.status is not None:
            return _again(request, stored)
    token = LATE_CLAIM.set(late)
    try:
        response = await answer(request)
    finally:
        LATE_CLAIM.reset(token)
    return await _settle(request, response, late, keeper)


async def _settle(
    request: Request, response: Response, late: "LateClaim", keeper: "AnswerKeeper"
) -> Response:
    if late.stored is None:
        # Refused before anything was asked of a workflow.
        async with resources(request).writing_once() as connection:
            late.noted(
                await idempotency.claim(connection, late.account_id, late.key, late.request_hash)
            )
    elif late.stored.request_hash != late.request_hash:
        return response
    if late.stored is not None and late.stored.status is not None:
        return _again(request, late.stored)
    if response.status_code in _NOT_KEPT or response.status_code >= _SERVER_ERROR:
        return response
    first = keeper.keep(
        late.request_hash,
        GivenResponse(
            late.account_id,
            late.key,
            response.status_code,
            bytes(response.body),
            response.headers.get("location"),
            resources(request).clock.now(),
        ),
    )
    return response if first is None else _again(request, first)


async def _look(request: Request, account_id: UUID, key: str) -> StoredResponse | None:
    async with resources(request).reading_primary() as connection:
        return await idempotency.look(connection, account_id, key)


async def _claim(request: Request, account_id: UUID, key: str) -> StoredResponse:
    digest = await _request_hash(request)
    async with resources(request).writing_once() as connection:
        stored = await idempotency.claim(connection, account_id, key, digest)
    if stored.request_hash != digest:
        raise used_otherwise()
    return stored


async def _keep(request: Request, account_id: UUID, key: str, response: Response) -> Response:
    async with resources(request).writing_once() as connection:
        first = await idempotency.keep(
            connection,
            account_id,
            key,
            status=response.status_code,
            body=bytes(response.body),
            location=response.headers.get("location"),
            at=resources(request).clock.now(),
        )
        if first:
            return response
        # The same request was under way twice; both get the answer that was kept.
        digest = await _request_hash(request)
        return _again(request, await idempotency.claim(connection, account_id, key, digest))


async def _request_hash(request: Request) -> str:
    parts = (request.method.encode(), request.url.path.encode(), await request.body())
    return hashlib.sha256(b"\n".join(parts)).hexdigest()


def _again(request: Request, stored: StoredResponse) -> Response:
    """
    Raises:
        ResponseForgotten: it was given more than a day ago; nothing is done again.
    """
    forgotten_at = forgotten_before(resources(request).clock.now())
    if stored.body is None or stored.answered_at is None or stored.answered_at < forgotten_at:
        raise ResponseForgotten(stored.status or _SERVER_ERROR, stored.location)
    return Response(
        stored.body,
        status_code=stored.status or _SERVER_ERROR,
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": PRIVATE, "Idempotent-Replayed": "true"},
    )


class ResponseForgotten(RequestRefused):
    """A key is good for one request for ever; its answer's bytes are kept for a day."""

    code = Code.CONFLICT

    def __init__(self, status: int, location: str | None) -> None:
        found = f" What it brought about is at {location}." if location else ""
        super().__init__(
            f"This request was answered with {status} more than 24 hours ago, and the answer is no "
            f"longer kept; nothing was done now.{found} Choose a new Idempotency-Key to ask anew."
        )
        if location:
            self.headers["Location"] = location


async def operation_key(
    idempotency_key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            pattern=KEY_PATTERN,
            description="The same key and body give the same answer; choose a new one (a UUID)"
            " for each thing you mean to happen once.",
        ),
    ] = None,
) -> str:
    """What names this operation, together with account and action: the key, or a fresh one."""
    return idempotency_key or str(uuid4())


OperationKey = Annotated[str, Depends(operation_key)]
