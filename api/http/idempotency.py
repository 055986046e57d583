"""
The same Idempotency-Key gives the same answer (ADR 0003).

Two things work together. What a request brings about is named by account, action and key, so doing
it again meets the same row, also after a crash. And the first answer's bytes are kept, so that the
second one does not depend on what has happened since.
"""

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Annotated, Any, Self
from uuid import UUID, uuid4

import structlog
from fastapi import Depends, Header
from starlette.requests import Request
from starlette.responses import Response

from activities.stored_responses import forgotten_before
from adapters.postgres.identity import SYSTEM, done_as
from adapters.postgres.requests import stored_responses as idempotency
from adapters.postgres.requests.stored_responses import GivenResponse, StoredResponse
from api.http.errors.error_mapping import RequestRefused
from api.http.errors.problem import Code
from api.http.identity.authentication import identify
from api.http.resources import Resources, resources
from api.http.responses import MEDIA_TYPE, PRIVATE, SecretResponse
from domain.errors import Conflict

KEY_PATTERN = r"^[\x21-\x7e]{1,255}$"
_NOT_KEPT = frozenset({202, 401, 429})
"""These say something about the moment, not about the request; the next try may differ."""

_SERVER_ERROR = 500

_KEPT_AFTER_SECONDS = 0.1
_KEPT_AT_ONCE = 500
_REMEMBERED_SECONDS = 5
"""For requests under way with the same key, which get the first answer of this process."""

log = structlog.get_logger()


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
    token = _LATE.set(late)
    try:
        response = await answer(request)
    finally:
        _LATE.reset(token)
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


@dataclass
class LateClaim:
    """A key that is claimed together with what is stored for a workflow; `stored` is what it was tied to."""

    account_id: UUID
    key: str
    request_hash: str
    stored: StoredResponse | None = None

    def noted(self, stored: StoredResponse) -> None:
        """
        Raises:
            Conflict: the key belongs to another request.
        """
        self.stored = stored
        if stored.request_hash != self.request_hash:
            raise _used_otherwise()


_LATE: ContextVar[LateClaim | None] = ContextVar("late_claim", default=None)


async def claim_before_workflow(parts: Resources) -> None:
    """
    Claim the key of the request at hand, where nothing is stored for its workflow.

    Raises:
        Conflict: the key belongs to another request.
    """
    late = _LATE.get()
    if late is not None and late.stored is None:
        async with parts.writing_once() as connection:
            late.noted(
                await idempotency.claim(connection, late.account_id, late.key, late.request_hash)
            )


async def claim_with_request(
    parts: Resources, operation_id: UUID, account_id: UUID, body: Mapping[str, Any]
) -> bool:
    """
    Claim the key of the request at hand and store what its workflow will read, in one commit.

    False where there is no such key: the caller stores it.

    Raises:
        Conflict: the key belongs to another request.
    """
    late = _LATE.get()
    if late is None or late.stored is not None or late.account_id != account_id:
        return False
    async with parts.writing_once() as connection:
        stored = await idempotency.claim_with_request(
            connection, account_id, late.key, late.request_hash, request_id=operation_id, body=body
        )
    late.noted(stored)
    return True


class AnswerKeeper:
    """
    Keeps answers a moment after they were given, all of a moment in one commit.

    Until then, and for some seconds more, they are remembered here. What was not kept when the process
    died is as after any crash before the answer was kept: the next request with the key does it all again,
    which the name of what it brings about makes harmless (ADR 0003).
    """

    def __init__(self, parts: Resources) -> None:
        self._parts = parts
        self._given: dict[tuple[UUID, str], tuple[StoredResponse, float]] = {}
        self._waiting: list[GivenResponse] = []
        self._task: asyncio.Task[None] | None = None

    def given(self, account_id: UUID, key: str) -> StoredResponse | None:
        stored, until = self._given.get((account_id, key), (None, 0.0))
        return stored if until >= asyncio.get_running_loop().time() else None

    def keep(self, request_hash: str, answer: GivenResponse) -> StoredResponse | None:
        """None where this is the first answer; else the one that was first."""
        if first := self.given(answer.account_id, answer.key):
            return first
        stored = StoredResponse(
            request_hash, answer.status, answer.body, answer.at, answer.location
        )
        self._given[answer.account_id, answer.key] = (
            stored,
            asyncio.get_running_loop().time() + _REMEMBERED_SECONDS,
        )
        self._waiting.append(answer)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write())
        return None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Keep what waits: a process that ends in order leaves nothing to be done again."""
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    async def _write(self) -> None:
        while self._waiting:
            await asyncio.sleep(_KEPT_AFTER_SECONDS)
            waiting, self._waiting = self._waiting[:_KEPT_AT_ONCE], self._waiting[_KEPT_AT_ONCE:]
            try:
                await self._keep_all(waiting)
            except Exception:
                log.warning("answers could not be kept", answers=len(waiting), exc_info=True)
            now = asyncio.get_running_loop().time()
            for name in [name for name, (_, until) in self._given.items() if until < now]:
                del self._given[name]

    @done_as(SYSTEM)
    async def _keep_all(self, waiting: Sequence[GivenResponse]) -> None:
        async with self._parts.writing_once() as connection:
            await idempotency.keep_all(connection, waiting)


async def _look(request: Request, account_id: UUID, key: str) -> StoredResponse | None:
    async with resources(request).reading_primary() as connection:
        return await idempotency.look(connection, account_id, key)


async def _claim(request: Request, account_id: UUID, key: str) -> StoredResponse:
    digest = await _request_hash(request)
    async with resources(request).writing_once() as connection:
        stored = await idempotency.claim(connection, account_id, key, digest)
    if stored.request_hash != digest:
        raise _used_otherwise()
    return stored


def _used_otherwise() -> Conflict:
    return Conflict("This Idempotency-Key was used with another request; choose a new one.")


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
