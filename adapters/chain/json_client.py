"""JSON over HTTP with our own node's servers (Ogmios, Kupo), as politely as transport.py is."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx

from activities.ports.chain.provider import ChainMisconfigured, ChainUnavailable
from adapters.chain.blockfrost.transport import (
    ANSWER_BYTES_MAX,
    ANSWER_TIMEOUT_SECONDS,
    CONNECT_TIMEOUT_SECONDS,
    MESSAGE_CHARACTERS_MAX,
    READ_TIMEOUT_SECONDS,
    RETRY_LATER,
)
from adapters.chain.circuit_breaker import CLOSED_SECONDS, CircuitBreaker

CONNECTIONS = 8


@dataclass(frozen=True)
class Limits:
    """`seconds` are from the request to the last byte of the answer."""

    bytes_max: int
    seconds: float


USUAL = Limits(ANSWER_BYTES_MAX, ANSWER_TIMEOUT_SECONDS)

WHOLE_LIST = Limits(64 * 1024 * 1024, 300.0)
"""All that an address ever saw comes in one answer; some 500 bytes for each output."""


@dataclass(frozen=True)
class JsonAnswer:
    """`content` is the decoded body; `headers` find their names in any case."""

    status: int
    content: Any
    headers: Mapping[str, str]


class JsonClient:
    """
    One server, named in errors by what it is: its address may hold a hosted service's key.

    Answers are read within limits: what is longer, takes longer or is compressed is `ChainUnavailable`.

    Redirects are not followed and the environment's proxies are not used: the server is ours.
    """

    def __init__(self, server: str, url: str, closed_seconds: float = CLOSED_SECONDS) -> None:
        self._server = server
        self._gate = CircuitBreaker(server, closed_seconds)
        self._url = url.rstrip("/")
        self._http = httpx.AsyncClient(
            # Kupo's health is the text of Prometheus for whoever takes anything.
            headers={
                "Accept": "application/json",
                "Accept-Encoding": "identity",
                "User-Agent": "karbonica-registry",
            },
            timeout=httpx.Timeout(READ_TIMEOUT_SECONDS, connect=CONNECT_TIMEOUT_SECONDS),
            limits=httpx.Limits(max_connections=CONNECTIONS),
            follow_redirects=False,
            trust_env=False,
        )

    async def get(
        self, path: str, params: Mapping[str, str] | None = None, limits: Limits | None = None
    ) -> JsonAnswer:
        """
        Raises:
            ChainUnavailable, ChainMisconfigured: as in activities/ports/chain.py.
        """
        call = f"{self._server}: GET {path}"
        answer = await self._request(call, limits or USUAL, "GET", path, params=params)
        return _decoded(answer, call)

    async def post(self, content: Mapping[str, Any], *, about: str) -> JsonAnswer:
        """
        Post to the server's own address; a refusal in JSON (400) is an answer as well.

        Raises:
            ChainUnavailable, ChainMisconfigured: as in activities/ports/chain.py.
        """
        call = f"{self._server}: {about}"
        answer = await self._request(call, USUAL, "POST", "", json=content)
        if answer.status_code == HTTPStatus.BAD_REQUEST:
            return _read(answer, call)
        return _decoded(answer, call)

    async def close(self) -> None:
        await self._http.aclose()

    async def _request(
        self, call: str, limits: Limits, method: str, path: str, **content: Any
    ) -> httpx.Response:
        with self._gate.passage() as heard:
            try:
                async with asyncio.timeout(limits.seconds):
                    answer = await self._answer(limits, method, path, **content)
            except _FAULTS as error:
                fault = type(error).__name__.lstrip("_")
            else:
                heard(answer.status_code)
                return answer
        # Raised outside `except`: the library's error would bring the request and its address along.
        raise ChainUnavailable(f"{call}: {fault}")

    async def _answer(
        self, limits: Limits, method: str, path: str, **content: Any
    ) -> httpx.Response:
        async with self._http.stream(method, self._url + path, **content) as answer:
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


def _decoded(answer: httpx.Response, call: str) -> JsonAnswer:
    require_sound(answer.status_code, call, answer.text)
    return _read(answer, call)


def require_sound(status: int, call: str, text: str = "") -> None:
    """
    Raises:
        ChainUnavailable: it may be better next time.
        ChainMisconfigured: it will not.
    """
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return
    if status in RETRY_LATER or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise ChainUnavailable(f"{call}: HTTP {status}")
    raise ChainMisconfigured(f"{call}: HTTP {status} {text[:MESSAGE_CHARACTERS_MAX]}".rstrip())


def _read(answer: httpx.Response, call: str) -> JsonAnswer:
    try:
        return JsonAnswer(answer.status_code, answer.json(), answer.headers)
    except (ValueError, RecursionError):
        fault = "the answer is no JSON"
    raise ChainUnavailable(f"{call}: {fault}")
