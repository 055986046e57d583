"""Processor time of one call of an ASGI application, in this process and without a server around it."""

import time
from collections.abc import Sequence

from starlette.types import ASGIApp, Message, Scope

_HEADERS = (
    (b"host", b"registry.example"),
    (b"accept", b"application/json"),
    (b"accept-encoding", b"identity"),
    (b"user-agent", b"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
)


def scope_of(path: str, query: str = "") -> Scope:
    """That of a GET, as Uvicorn makes it; a fresh one for each call, since it is written into."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": list(_HEADERS),
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 8000),
        "state": {},
    }


async def milliseconds_per_call(app: ASGIApp, addresses: Sequence[tuple[str, str]]) -> float:
    """
    Of this process alone, one call after the other; `addresses` are paths with query strings.

    Raises:
        RuntimeError: an answer is not 200.
    """
    statuses: list[int] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    began = time.process_time()
    for path, query in addresses:
        await app(scope_of(path, query), receive, send)
    took = time.process_time() - began
    if statuses != [200] * len(addresses):
        raise RuntimeError(f"not every answer was 200: {sorted(set(statuses))}")
    return took * 1000 / len(addresses)
