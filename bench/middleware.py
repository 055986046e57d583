"""What each middleware of the API costs, one by one, beside a bare handler: processor time per call."""

import contextlib
import io
import logging
from collections.abc import Callable, Iterator
from functools import partial
from typing import TextIO

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp

from adapters.access_log import ACCESS_LOG
from adapters.logging import configure_logging
from adapters.request_counters import RequestCounters
from adapters.settings import Settings
from adapters.settings.web import ForwardedHeader
from api.app import GZIP_BYTES_MIN, GZIP_LEVEL, READ_FROM_ANYWHERE, add_middleware
from api.commands.addresses import BASE_PATH
from api.http.middleware.body_limit import BodyLimit
from api.http.middleware.cross_origin import CrossOrigin
from api.http.middleware.forwarding import AllowedHosts, ForwardedClient
from api.http.middleware.methods import Methods
from api.http.middleware.noted_route import NotedRoute
from api.http.middleware.rate_limits import AddressLimit, RateLimit
from api.http.middleware.request_context import RequestContext
from api.http.middleware.response_cache import PublicCache
from api.pages.parts.security import SecurityHeaders
from bench.bench_stack import BenchStack
from bench.measurement import Measurement, Section, Spread
from bench.processor_time import milliseconds_per_call

PATH = f"{BASE_PATH}/registry/projects"
ANSWER_BYTES = 39_000
CALLS, WARM_UP, ROUNDS = 2_000, 200, 5
BARE, ALL = "ceiling: a bare handler", "all of them, as the API has them"
PUBLIC_URL = "https://registry.example"
PER_MINUTE = 100_000_000


async def measure(_: BenchStack | None = None) -> Section:
    settings = Settings(
        public_url=PUBLIC_URL,
        rate_limit_per_address_per_minute=PER_MINUTE,
    )
    apps = {BARE: _bare()} | {name: wrap(_bare()) for name, wrap in _each().items()}
    apps[ALL] = _with_all(settings)
    taken: dict[str, list[float]] = {name: [] for name in apps}
    with _logging_to(io.StringIO()):
        for _round in range(ROUNDS):
            for name, app in apps.items():
                await milliseconds_per_call(app, _addresses(WARM_UP))
                taken[name].append(await milliseconds_per_call(app, _addresses(CALLS)))
    return _section(taken)


MEASUREMENT = Measurement("middleware", measure)


def _each() -> dict[str, Callable[[ASGIApp], ASGIApp]]:
    limit = RateLimit("address", PER_MINUTE, RequestCounters())
    return {
        "request id and access log": RequestContext,
        "limit per address": partial(AddressLimit, limit=limit),
        "limit of bodies": partial(BodyLimit, refuse=lambda *_: Response(status_code=413)),
        "hosts": partial(AllowedHosts, public_url=PUBLIC_URL),
        "forwarded addresses": partial(
            ForwardedClient, trusted=(), header=ForwardedHeader.X_FORWARDED_FOR
        ),
        "methods": Methods,
        "other origins": partial(CrossOrigin, prefixes=READ_FROM_ANYWHERE),
        "security headers": SecurityHeaders,
        "noted route": partial(NotedRoute, prefix=BASE_PATH),
        "compression, of what is asked for uncompressed": partial(
            GZipMiddleware, minimum_size=GZIP_BYTES_MIN, compresslevel=GZIP_LEVEL
        ),
        "shared answers, each request another one": partial(
            PublicCache, prefix=f"{BASE_PATH}/registry/", seconds=0.25
        ),
    }


@contextlib.contextmanager
def _logging_to(stream: TextIO) -> Iterator[None]:
    """As the API logs, but to where the machine's terminal has no part in it."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    with contextlib.redirect_stderr(stream):
        configure_logging("INFO")
        try:
            yield
        finally:
            ACCESS_LOG.flush()
            root.handlers[:] = before
            root.setLevel(level)


def _bare() -> FastAPI:
    answer = bytes(ANSWER_BYTES)
    app = FastAPI()

    @app.get(PATH)
    async def list_projects() -> Response:
        return Response(answer, media_type="application/json")

    return app


def _with_all(settings: Settings) -> FastAPI:
    app = _bare()
    app.add_middleware(SecurityHeaders, over_https=True)
    add_middleware(app, settings)
    return app


def _addresses(calls: int) -> list[tuple[str, str]]:
    return [(PATH, f"cursor={number}") for number in range(calls)]


def _section(taken: dict[str, list[float]]) -> Section:
    bare = taken[BARE]
    rows = [
        [
            name,
            Spread.of(milliseconds).text(3),
            Spread.of([one - base for one, base in zip(milliseconds, bare, strict=True)]).text(3),
            Spread.of([base / one for one, base in zip(milliseconds, bare, strict=True)]).text(2),
        ]
        for name, milliseconds in taken.items()
    ]
    return Section(
        title="What stands around every answer",
        method=f"""
        Processor time of one call of an answer of {ANSWER_BYTES:,} bytes that is there already, in
        one process, without a server and a client; each middleware alone around the same FastAPI
        handler, and all of them in the API's own order. {CALLS:,} calls after {WARM_UP} of warm-up,
        {ROUNDS} rounds by turns. The access log is written in memory.
        """,
        columns=["", "ms a call", "ms more than bare", "bare over it"],
        rows=rows,
        figures=dict(taken),
    )
