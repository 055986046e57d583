"""
One HTTP session that cannot hang, flood, follow a stranger or tell a secret.

The Blockfrost SDK calls `requests.get` for each request: a new connection, no timeout, no limit,
and errors made from whatever the body says. This session takes its place (client.py).
"""

import copy
import threading
import time
from http import HTTPStatus
from typing import Any

import requests

from activities.ports.chain.provider import ChainMisconfigured, ChainUnavailable, TransactionRefused
from adapters.chain.blockfrost.deadline import DeadlineAdapter, deadline
from adapters.chain.circuit_breaker import CLOSED_SECONDS, CircuitBreaker

CONNECT_TIMEOUT_SECONDS = 5.0
READ_TIMEOUT_SECONDS = 10.0
ANSWER_TIMEOUT_SECONDS = 20.0
"""From the request to the last byte; the two above limit single waits, and a drip has many."""

ANSWER_BYTES_MAX = 8 * 1024 * 1024
"""A page of a hundred outputs or a transaction's metadata has some hundred KB."""

_CHUNK_BYTES = 64 * 1024

MESSAGE_CHARACTERS_MAX = 300
"""A node's refusal can repeat the whole transaction; the beginning says why."""

RETRY_LATER = frozenset({408, 425, 429})
"""425 is "mempool full" at Blockfrost; the others are what they are everywhere."""
_REFUSED = frozenset({400, 409, 422})


class NotShown(Exception):
    """404: this server does not show the thing now."""


class TokenBucket:
    """Lets `per_second` requests through on average, after a burst of one second's worth."""

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._capacity = max(1.0, per_second)
        self._tokens = self._capacity
        self._filled_at = time.monotonic()
        self._lock = threading.Lock()

    def take(self) -> None:
        """Wait for one's turn. Turns are handed out in order; the waiting itself holds no lock."""
        with self._lock:
            self._refill()
            self._tokens -= 1
            wait_seconds = max(0.0, -self._tokens / self._per_second)
        time.sleep(wait_seconds)

    def take_when_quiet(self) -> None:
        """
        Wait until half of the burst is there, and leave it to `take`: what goes this way is never
        in the way of what cannot wait.
        """
        wanted = max(1.0, self._capacity / 2)
        while True:
            with self._lock:
                self._refill()
                missing = wanted - self._tokens
                if missing <= 0:
                    self._tokens -= 1
                    return
            time.sleep(missing / self._per_second)

    def _refill(self) -> None:
        now = time.monotonic()
        refill = (now - self._filled_at) * self._per_second
        self._tokens = min(self._capacity, self._tokens + refill)
        self._filled_at = now


class PoliteSession:
    """
    A session on one server: connections are reused, each request is timed and counted.

    Once the server has turned us away, requests are refused without being sent (gate.py).
    Errors carry the method, path and status, never a header: the project id is a secret. They are
    raised outside `except`, so that no chained exception brings the request along.
    """

    def __init__(
        self,
        url: str,
        *,
        project_id: str | None,
        requests_per_second: float,
        closed_seconds: float = CLOSED_SECONDS,
    ) -> None:
        self._url = url.rstrip("/")
        self._bucket = TokenBucket(requests_per_second)
        self._gate = CircuitBreaker("The chain's provider", closed_seconds)
        self._is_background = False
        self._session = requests.Session()
        self._session.headers["User-Agent"] = "karbonica-registry"
        if project_id:
            self._session.headers["project_id"] = project_id
        adapter = DeadlineAdapter(pool_connections=1, pool_maxsize=8)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)

    def in_background(self) -> "PoliteSession":
        """The same session, with the same limit and gate, for what yields to everybody else."""
        other = copy.copy(self)
        other._is_background = True  # noqa: SLF001 -- our own copy
        return other

    def get(self, path: str, *, params: dict[str, Any] | None = None) -> requests.Response:
        """
        Raises:
            NotShown: 404.
            ChainUnavailable, ChainMisconfigured: as in activities/ports/chain.py.
        """
        answer = self._request("GET", path, params=params)
        return _judge(answer, f"GET {path}")

    def post_cbor(self, path: str, body: bytes) -> requests.Response:
        """
        Raises:
            TransactionRefused: 400, 409, 422, with the beginning of the node's own words.
            ChainUnavailable, ChainMisconfigured: as in activities/ports/chain.py.
        """
        headers = {"Content-Type": "application/cbor"}
        answer = self._request("POST", path, data=body, headers=headers)
        if answer.status_code in _REFUSED:
            raise TransactionRefused(_message(answer))
        return _judge(answer, f"POST {path}")

    def close(self) -> None:
        self._session.close()

    def _request(self, method: str, path: str, **arguments: Any) -> requests.Response:
        self._gate.require_open()
        if self._is_background:
            self._bucket.take_when_quiet()
        else:
            self._bucket.take()
        with self._gate.passage() as heard:
            try:
                with deadline(ANSWER_TIMEOUT_SECONDS):
                    answer = self._answer(method, path, **arguments)
            except (requests.RequestException, TimeoutError, _TooLong) as error:
                fault = type(error).__name__.lstrip("_")
            else:
                heard(answer.status_code)
                return answer
        raise ChainUnavailable(f"{method} {path}: {fault}")

    def _answer(self, method: str, path: str, **arguments: Any) -> requests.Response:
        with self._session.request(
            method,
            self._url + path,
            timeout=(CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS),
            # A redirect would carry the project id to wherever it points.
            allow_redirects=False,
            stream=True,
            **arguments,
        ) as answer:
            body = bytearray()
            for chunk in answer.iter_content(_CHUNK_BYTES):
                body += chunk
                if len(body) > ANSWER_BYTES_MAX:
                    raise _TooLong
            # Where `content`, `text` and `json` look; there is no public way to limit a body.
            answer._content = bytes(body)  # noqa: SLF001
        return answer


class _TooLong(Exception):
    """The answer is longer than any that this client asks for."""


def _judge(answer: requests.Response, call: str) -> requests.Response:
    status = answer.status_code
    if status == HTTPStatus.OK:
        return answer
    if status == HTTPStatus.NOT_FOUND:
        raise NotShown(call)
    if status in RETRY_LATER or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise ChainUnavailable(f"{call}: HTTP {status}")
    # What is left will be no better next time: 402 quota, 403 project id, 418 ban, 400 an address
    # of another network, a redirect, a path that does not exist here.
    raise ChainMisconfigured(f"{call}: HTTP {status} {_message(answer)}".rstrip())


def _message(answer: requests.Response) -> str:
    try:
        message = str(answer.json()["message"])
    except (ValueError, KeyError, TypeError):
        message = answer.text
    return message[:MESSAGE_CHARACTERS_MAX]
