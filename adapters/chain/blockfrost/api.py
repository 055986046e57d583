"""Blockfrost's HTTP: one answer, a list in pages, a submission; and what its statuses mean."""

import copy
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from itertools import count, islice
from typing import Any

import httpx

from activities.ports.chain.provider import ChainMisconfigured, ChainUnavailable, TransactionRefused
from adapters.chain.http_client import PoliteClient, decoded, message_of, require_success

PAGE_LENGTH = 100
"""The longest page that all of these servers give."""

_REFUSED = frozenset({400, 409, 422})

_TX_HASH = re.compile(r"[0-9a-f]{64}")


class NotShown(ChainUnavailable):
    """404: this server does not show the thing now. Whoever knows what was asked may know more."""


class QuestionRefused(ChainMisconfigured):
    """400: this server does not answer such a question, as to an address of another network."""


class BlockfrostApi:
    """
    `url` ends with the version prefix; `project_id` is a secret and goes into a header only.

    Every call raises NotShown for 404, and ChainUnavailable and ChainMisconfigured as in
    activities/ports/chain/provider.py.
    """

    def __init__(
        self,
        url: str,
        *,
        project_id: str | None,
        requests_per_second: float,
        open_seconds: float,
    ) -> None:
        self._http = PoliteClient(
            "The chain's provider",
            url,
            headers={"project_id": project_id} if project_id else {},
            open_seconds=open_seconds,
            requests_per_second=requests_per_second,
            trust_env=True,
        )

    def in_background(self) -> "BlockfrostApi":
        other = copy.copy(self)
        other._http = self._http.in_background()  # noqa: SLF001 -- our own copy
        return other

    async def one(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """The decoded answer."""
        call = f"GET {path}"
        answer = await self._http.request(call, "GET", path, params=params)
        _require_shown(answer, call)
        return decoded(answer, call)

    async def pages(
        self, path: str, *, start: str | None = None, pages_max: int | None = None
    ) -> Sequence[Mapping[str, Any]]:
        """
        What all pages of a list hold, oldest first; a page that is not full is the last.

        `start` is a block's height, or `height:index` for a place inside the block.

        Raises:
            TypeError: a page is no list.
        """
        items: list[Mapping[str, Any]] = []
        for number in islice(count(1), pages_max):
            # Always named: servers differ in what they take for granted.
            params = {"count": PAGE_LENGTH, "page": number, "order": "asc"}
            page = await self.one(path, params | ({"from": start} if start else {}))
            if not isinstance(page, list):
                # An empty object must not pass for "there is none".
                raise TypeError("a page is a list")
            items += page
            if len(page) < PAGE_LENGTH:
                break
        return items

    async def submit(self, cbor: bytes) -> None:
        """
        Raises:
            TransactionRefused: 400, 409, 422, with the beginning of the node's own words.
        """
        call = "POST /tx/submit"
        answer = await self._http.request(
            call,
            "POST",
            "/tx/submit",
            content=cbor,
            headers={"Content-Type": "application/cbor"},
        )
        if answer.status_code in _REFUSED:
            # Dolos refuses without a word.
            raise TransactionRefused(message_of(answer) or f"HTTP {answer.status_code}, no words")
        if answer.status_code == HTTPStatus.NOT_FOUND:
            raise ChainMisconfigured(f"{call}: HTTP 404; check BLOCKFROST_URL")
        _require_shown(answer, call)
        # Not taken for JSON: Dolos answers with bare text.
        if not _TX_HASH.fullmatch(answer.text.strip().strip('"')):
            raise ChainUnavailable(f"{call}: the answer is no transaction hash")

    async def close(self) -> None:
        await self._http.close()


def _require_shown(answer: httpx.Response, call: str) -> None:
    if answer.status_code == HTTPStatus.NOT_FOUND:
        raise NotShown(f"{call}: HTTP 404")
    if answer.status_code == HTTPStatus.BAD_REQUEST:
        raise QuestionRefused(f"{call}: HTTP 400 {message_of(answer)}".rstrip())
    require_success(answer, call)
