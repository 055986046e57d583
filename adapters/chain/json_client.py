"""JSON over HTTP with our own node's servers (Ogmios, Kupo)."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx

from adapters.chain.circuit_breaker import OPEN_SECONDS
from adapters.chain.http_client import Limits, PoliteClient, decoded, require_success

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

    The environment's proxies are not used: the server is ours.
    """

    def __init__(self, server: str, url: str, open_seconds: float = OPEN_SECONDS) -> None:
        self._server = server
        # Kupo's health is the text of Prometheus for whoever takes anything.
        headers = {"Accept": "application/json"}
        self._http = PoliteClient(server, url, headers=headers, open_seconds=open_seconds)

    async def get(
        self, path: str, params: Mapping[str, str] | None = None, limits: Limits | None = None
    ) -> JsonAnswer:
        """
        Raises:
            ChainUnavailable, ChainMisconfigured: as in activities/ports/chain/provider.py.
        """
        call = f"{self._server}: GET {path}"
        answer = await self._http.request(call, "GET", path, limits=limits, params=params)
        require_success(answer, call)
        return _read(answer, call)

    async def post(self, content: Mapping[str, Any], *, about: str) -> JsonAnswer:
        """
        Post to the server's own address; a refusal in JSON (400) is an answer as well.

        Raises:
            ChainUnavailable, ChainMisconfigured: as in activities/ports/chain/provider.py.
        """
        call = f"{self._server}: {about}"
        answer = await self._http.request(call, "POST", json=content)
        if answer.status_code != HTTPStatus.BAD_REQUEST:
            require_success(answer, call)
        return _read(answer, call)

    async def close(self) -> None:
        await self._http.close()


def _read(answer: httpx.Response, call: str) -> JsonAnswer:
    return JsonAnswer(answer.status_code, decoded(answer, call), answer.headers)
