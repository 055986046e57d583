"""What a public answer costs that nobody has asked for before: ready, computed, and of a bare handler (ADR 0116)."""

import contextlib
import io
import os
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from itertools import count, islice, repeat
from unittest.mock import patch

import asyncpg
from fastapi import FastAPI
from starlette.responses import Response
from starlette.types import ASGIApp, Message

from adapters.settings import load_settings
from api.app import create_app
from api.commands.addresses import BASE_PATH
from api.http.cursors import write_cursor
from bench.bench_stack import BenchStack
from bench.measurement import Measurement, Section, Spread
from bench.middleware import PUBLIC_URL, _logging_to
from bench.processor_time import milliseconds_per_call, scope_of
from bench.registries import Registry

LIMIT = 50
CALLS, WARM_UP, ROUNDS = 100, 20, 5
READY, COMPUTED, BARE = "ready", "computed", "bare"
PUBLIC = f"{BASE_PATH}/registry"

Addresses = Iterator[tuple[str, str]]


async def measure(bench: BenchStack) -> Section:
    registries = await bench.registries()
    registry = registries[max(registries)]
    taken: dict[tuple[str, str], list[float]] = {}
    with _logging_to(io.StringIO()):
        async with _running(registry) as app:
            fragments = app.state.fragments
            kinds = await _addresses(registry.owner_url)
            for _round in range(ROUNDS):
                for name, addresses in kinds.items():
                    address = next(addresses)
                    bare = _bare(await _body(app, address))
                    for way, asked, pool in (
                        (READY, app, fragments),
                        (COMPUTED, app, None),
                        (BARE, bare, None),
                    ):
                        app.state.fragments = pool
                        others = addresses if asked is app else repeat(address)
                        await milliseconds_per_call(asked, list(islice(others, WARM_UP)))
                        calls = list(islice(others, CALLS))
                        milliseconds = await milliseconds_per_call(asked, calls)
                        taken.setdefault((name, way), []).append(milliseconds)
                    app.state.fragments = fragments
    return _section(taken, list(kinds))


MEASUREMENT = Measurement("public_reads", measure)


@contextlib.asynccontextmanager
async def _running(registry: Registry) -> AsyncIterator[FastAPI]:
    # Nothing is shared: each request asks for something else anyway.
    environment = {**registry.environment, "PUBLIC_CACHE_SECONDS": "0", "PUBLIC_URL": PUBLIC_URL}
    with patch.dict(os.environ, environment):
        settings = load_settings()
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        yield app


async def _addresses(database_url: str) -> dict[str, Addresses]:
    """Each address once: no answer is kept that was given before."""
    connection = await asyncpg.connect(database_url)
    try:
        projects = await connection.fetch("SELECT created_at, id FROM projects ORDER BY 1 DESC")
        retirements = await connection.fetch(
            "SELECT retired_at, id FROM retirements ORDER BY 1 DESC"
        )
        serials = await connection.fetch("SELECT serial FROM credit_entries ORDER BY random()")
    finally:
        await connection.close()
    return {
        "list of 50 projects": _parts("projects", projects[LIMIT : len(projects) // 2]),
        "list of 50 retirements": _parts("retirements", retirements[: len(retirements) // 2]),
        "one retirement": ((f"{PUBLIC}/retirements/{row['id']}", "") for row in retirements),
        "one credit": ((f"{PUBLIC}/credits/{row['serial']}", "") for row in serials),
    }


def _parts(listed: str, rows: list[asyncpg.Record]) -> Addresses:
    """Positions between rows too, by the microsecond, so that there are enough of them."""
    for later in count():
        for at, id in rows:
            cursor = write_cursor((at + timedelta(microseconds=later), id))
            yield f"{PUBLIC}/{listed}", f"limit={LIMIT}&cursor={cursor}"


async def _body(app: ASGIApp, address: tuple[str, str]) -> bytes:
    sent: list[bytes] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message.get("body", b""))

    await app(scope_of(*address), receive, send)
    return b"".join(sent)


def _bare(answer: bytes) -> ASGIApp:
    app = FastAPI()

    @app.get("/{path:path}")
    async def answered(path: str) -> Response:  # noqa: ARG001 -- the template's
        return Response(answer, media_type="application/json")

    return app


def _section(taken: dict[tuple[str, str], list[float]], names: list[str]) -> Section:
    rows = []
    for name in names:
        ready, computed, bare = (taken[name, way] for way in (READY, COMPUTED, BARE))
        rows.append(
            [
                name,
                *(Spread.of(one).text(3) for one in (bare, ready, computed)),
                Spread.of([a / b for a, b in zip(bare, ready, strict=True)]).text(2),
                Spread.of([a / b for a, b in zip(computed, ready, strict=True)]).text(1),
            ]
        )
    return Section(
        title="Public answers that nobody has asked for before",
        method=f"""
        Processor time of the API alone for one call, in one process, without a server and a client,
        one call after the other, each to another address, with all that stands around every answer.
        Ready: PostgreSQL gives one row (api/http/middleware/ready_answers.py). Computed: the same
        application without its fragments. Bare: a FastAPI handler that has the same bytes, without
        middleware. {CALLS} calls after {WARM_UP} of warm-up, {ROUNDS} rounds by turns.
        """,
        columns=[
            "",
            "bare, ms",
            "ready, ms",
            "computed, ms",
            "bare over ready",
            "computed over ready",
        ],
        rows=rows,
        figures={f"{name}: {way}": values for (name, way), values in taken.items()},
    )
