"""
One HTTP client on one server that cannot hang, flood, follow a stranger or tell a secret (ADR 0030).

Blockfrost-compatible servers (blockfrost/) and our own node's (json_client.py) are asked through it.
"""

import asyncio
import copy
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx

from activities.ports.chain.provider import ChainMisconfigured, ChainUnavailable
from adapters.chain import request_metrics
from adapters.chain.circuit_breaker import OPEN_SECONDS, CircuitBreaker
from adapters.chain.token_bucket import TokenBucket

CONNECT_TIMEOUT_SECONDS = 5.0
READ_TIMEOUT_SECONDS = 10.0
ANSWER_TIMEOUT_SECONDS = 20.0
"""From the request to the last byte; the two above limit single waits, and a drip has many."""

ANSWER_BYTES_MAX = 8 * 1024 * 1024
"""A page of a hundred outputs or a transaction's metadata has some hundred KB."""

REQUESTS_AT_ONCE = 8
"""Whoever comes later has not begun: the time of an answer is counted from its own request."""

MESSAGE_CHARACTERS_MAX = 300
"""A node's refusal can repeat the whole transaction; the beginning says why."""

RETRY_LATER = frozenset({408, 425, 429})
"""425 is "mempool full" at Blockfrost; the others are what they are everywhere."""


@dataclass(frozen=True)
class Limits:
    """`seconds` are from the request to the last byte of the answer."""

    bytes_max: int
    seconds: float


USUAL = Limits(ANSWER_BYTES_MAX, ANSWER_TIMEOUT_SECONDS)


class PoliteClient:
    """
    Connections to one server are reused; each request is timed, counted and limited.

    - What is longer than its limits, takes longer or is compressed is `ChainUnavailable`.
    - Redirects are not followed: they would carry our headers to wherever they point.
    - With `requests_per_second` each request waits for its turn (token_bucket.py).
    - Once the server has turned us away, requests are refused without being sent (circuit_breaker.py).
    - Errors say which call failed, as the caller names it, and never an address or a header: both may
      hold a key. They are raised outside `except`, so that no chained exception brings the request
      along.

    `server` is named in the breaker's refusals. `trust_env` is for servers that are not ours: the
    environment's proxies and certificates lead to those.
    """

    def __init__(
        self,
        server: str,
        url: str,
        *,
        headers: Mapping[str, str],
        open_seconds: float = OPEN_SECONDS,
        requests_per_second: float | None = None,
        trust_env: bool = False,
    ) -> None:
        self._url = url.rstrip("/")
        self._breaker = CircuitBreaker(server, open_seconds)
        self._slots = asyncio.Semaphore(REQUESTS_AT_ONCE)
        self._bucket = TokenBucket(requests_per_second) if requests_per_second else None
        self._is_background = False
        self._http = httpx.AsyncClient(
            headers={
                "Accept-Encoding": "identity",
                "User-Agent": "karbonica-registry",
                **headers,
            },
            follow_redirects=False,
            trust_env=trust_env,
        )

    def in_background(self) -> "PoliteClient":
        """
        The same connections, limit and breaker, for what yields to everybody else, one at a time.

        While it waits for its turn, no place of the others' is taken.
        """
        other = copy.copy(self)
        other._slots = asyncio.Semaphore(1)  # noqa: SLF001 -- our own copy
        other._is_background = True  # noqa: SLF001 -- as above
        return other

    async def request(
        self,
        call: str,
        method: str,
        path: str = "",
        *,
        limits: Limits | None = None,
        **content: Any,
    ) -> httpx.Response:
        """
        The whole answer, whatever its status; `content` is httpx's (`params`, `json`, `content`).

        Raises:
            ChainUnavailable: there is no answer within the limits (`USUAL` unless others are given).
            ChainMisconfigured: the server has turned us away before, and nothing was sent.
        """
        self._breaker.require_closed()
        limits = limits or USUAL
        async with self._slots:
            await self._take_turn()
            with self._breaker.guarded() as heard:
                began = time.monotonic()
                try:
                    async with asyncio.timeout(limits.seconds):
                        answer = await self._answer(limits, method, path, **content)
                except _FAULTS as error:
                    fault = type(error).__name__.lstrip("_")
                    request_metrics.answered(call, time.monotonic() - began, None)
                else:
                    request_metrics.answered(call, time.monotonic() - began, answer.status_code)
                    heard(answer.status_code)
                    return answer
        raise ChainUnavailable(f"{call}: {fault}")

    async def close(self) -> None:
        await self._http.aclose()

    async def _take_turn(self) -> None:
        if self._bucket is None:
            return
        if self._is_background:
            await self._bucket.take_when_quiet()
        else:
            await self._bucket.take()

    async def _answer(
        self, limits: Limits, method: str, path: str, **content: Any
    ) -> httpx.Response:
        timeout = httpx.Timeout(READ_TIMEOUT_SECONDS, connect=CONNECT_TIMEOUT_SECONDS)
        url = self._url + path
        async with self._http.stream(method, url, timeout=timeout, **content) as answer:
            # As they came: a packed answer may unpack to a thousand times its length.
            if answer.headers.get("Content-Encoding", "identity") != "identity":
                raise _Packed
            body = bytearray()
            async for chunk in answer.aiter_raw():
                body += chunk
                if len(body) > limits.bytes_max:
                    raise _TooLong
        return httpx.Response(answer.status_code, headers=answer.headers, content=bytes(body))


class _TooLong(Exception):
    """The answer is longer than any that this client asks for."""


class _Packed(Exception):
    """The answer is compressed, although none was asked for."""


_FAULTS = (httpx.HTTPError, httpx.InvalidURL, TimeoutError, _TooLong, _Packed)


def require_sound(status: int, call: str, message: str = "") -> None:
    """
    Raises:
        ChainUnavailable: it may be better next time.
        ChainMisconfigured: it will not: 402 quota, 403 key, 418 ban, 400 an address of another
            network, a redirect, a path that does not exist here.
    """
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return
    if status in RETRY_LATER or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise ChainUnavailable(f"{call}: HTTP {status}")
    raise ChainMisconfigured(f"{call}: HTTP {status} {message}".rstrip())


def require_success(answer: httpx.Response, call: str) -> None:
    """As `require_sound`, with what the server says is wrong."""
    if not answer.is_success:
        require_sound(answer.status_code, call, message_of(answer))


def message_of(answer: httpx.Response) -> str:
    """The beginning of what the server says is wrong: `message` of its JSON, or else its text."""
    try:
        message = str(answer.json()["message"])
    except (ValueError, LookupError, TypeError, RecursionError):
        message = answer.text
    return message[:MESSAGE_CHARACTERS_MAX]


def decoded(answer: httpx.Response, call: str) -> Any:
    """
    Raises:
        ChainUnavailable: the answer is no JSON.
    """
    try:
        return answer.json()
    except (ValueError, RecursionError):
        fault = "the answer is no JSON"
    raise ChainUnavailable(f"{call}: {fault}")


@contextmanager
def readable(what: str) -> Iterator[None]:
    """Turn JSON of another shape than the server's documentation has into the failure that it is."""
    try:
        yield
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ChainUnavailable(f"{what}: unreadable answer ({type(error).__name__})") from None
