"""
Each part of the registry is killed while people read and write: `make prove-faults` writes docs/faults.md.

The parts come one after another on one registry, the primary last, whose place the replica takes.
"""

import asyncio
import contextlib
import re
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import httpx
import pytest

from devstack.passwords import ensure_passwords
from devstack.postgres import DATABASE
from devstack.processes import ChildProcess
from devstack.production.balancer import balanced_http
from devstack.production.replica import owner_dsn, promote
from devstack.production.stack import ProductionLike
from tests.production.clients import Crowd, Seen, at_work
from tests.production.conftest import CLIENTS

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
BEFORE_SECONDS, AWAY_SECONDS, AFTER_SECONDS = 3.0, 6.0, 5.0
TOLD_WITHIN_SECONDS = 3.0
# Beside what a request may take, for a machine on which fifty people and all servers share two cores.
SLACK_SECONDS = 1.0

Fault = Callable[[ProductionLike], Awaitable[None]]


async def rolled(child: ChildProcess) -> None:
    """Ended politely, as a release does it, and started again."""
    child._process.send_signal(child.stop_signal)  # type: ignore[union-attr]  # noqa: SLF001 -- and nobody is waited for by force
    assert await child.wait() in {0, -child.stop_signal}
    await child.start()


async def away(child: ChildProcess) -> None:
    await child.kill()
    await asyncio.sleep(AWAY_SECONDS)
    await child.start()


async def primary_away(stack: ProductionLike) -> None:
    await stack.primary.kill()
    await asyncio.sleep(AWAY_SECONDS / 2)
    await promote(stack.data_dir, stack.ports["replica"])


FAULTS: dict[str, tuple[str, Fault]] = {
    "one API": ("killed, started again after 6 s", lambda stack: away(stack.apis[0])),
    "one worker": ("killed, started again after 6 s", lambda stack: away(stack.workers[0])),
    "Redis": ("killed, started again after 6 s", lambda stack: away(stack.valkey)),
    "object storage": ("killed, started again after 6 s", lambda stack: away(stack.object_store)),
    "replica": ("killed, started again after 6 s", lambda stack: away(stack.replica)),
    "load balancer": ("killed, started again after 6 s", lambda stack: away(stack.balancer)),
    "primary": ("killed; the replica promoted after 3 s", primary_away),
}
"""In this order: the last one leaves another primary."""

UNSEEN_BY_READERS = {"Redis", "replica", "object storage", "one worker"}


async def test_a_rolling_restart_fails_no_request(
    production: ProductionLike, crowd: Crowd, clients: int
) -> None:
    crowd.begin_anew()
    async with at_work(crowd, clients):
        await asyncio.sleep(BEFORE_SECONDS)
        for api in production.apis:
            await rolled(api)
            await until_ready(production)
        for worker in production.workers:
            await rolled(worker)
            await asyncio.sleep(AFTER_SECONDS)
        await asyncio.sleep(AFTER_SECONDS)

    write_row("two APIs and two workers", "restarted in turn (SIGTERM)", crowd, await kept(crowd))
    assert crowd.readers.answers > clients
    assert crowd.readers.errors == {}
    assert crowd.writers.errors == {}


@pytest.mark.parametrize("part", list(FAULTS))
async def test_a_part_is_killed(
    part: str, production: ProductionLike, crowd: Crowd, clients: int
) -> None:
    what, fault = FAULTS[part]
    crowd.begin_anew()
    async with at_work(crowd, clients):
        await asyncio.sleep(BEFORE_SECONDS)
        assert (crowd.readers.errors, crowd.writers.errors) == ({}, {})
        await fault(production)
        await until_ready(production)
        await asyncio.sleep(AFTER_SECONDS)
        answered = crowd.readers.answers, crowd.writers.answers
        await asyncio.sleep(AFTER_SECONDS)
        assert crowd.readers.answers > answered[0], "readers are answered again"
        assert crowd.writers.answers > answered[1], "and writers"

    write_row(part, what, crowd, await kept(crowd))
    seen = (crowd.readers, crowd.writers)
    assert [one.unworded for one in seen] == [[], []]
    assert max(one.longest_error for one in seen) <= TOLD_WITHIN_SECONDS + SLACK_SECONDS
    unheard = sum(one.errors["no connection"] for one in seen)
    assert (unheard == 0) == (part != "load balancer")
    assert (set(crowd.readers.errors) == set()) >= (part in UNSEEN_BY_READERS)


async def until_ready(stack: ProductionLike) -> None:
    async with asyncio.timeout(60), balanced_http(stack.data_dir) as http:
        for name in ("api_one", "api_two"):
            while True:
                try:
                    answer = await http.get(f"http://127.0.0.1:{stack.ports[name]}/readyz")
                    if answer.is_success:
                        break
                except httpx.HTTPError:
                    pass
                await asyncio.sleep(0.2)


async def kept(crowd: Crowd) -> str:
    """Whether all that writers were told is there, once; a sentence for the page."""
    stack = crowd.stack
    password = ensure_passwords(stack.data_dir).database_owner
    connection = None
    for port in (stack.ports["replica"], stack.primary_port):
        server, _, _ = owner_dsn(port, password).rpartition("/")
        with contextlib.suppress(OSError):
            found = await asyncpg.connect(f"{server}/{DATABASE}")
            if await found.fetchval("SELECT pg_is_in_recovery()"):
                await found.close()
            else:
                connection = found
    assert connection is not None, "one of them is the primary"
    try:
        rows = await connection.fetch(
            "SELECT title, count(*) AS times FROM projects WHERE title = ANY($1) GROUP BY title",
            sorted(crowd.titles),
        )
        retired = await connection.fetchval("SELECT count(*) FROM retirements")
    finally:
        await connection.close()
    assert {row["title"] for row in rows} == crowd.titles, "a project was lost"
    assert {row["times"] for row in rows} <= {1}, "a project was registered twice"
    assert retired == crowd.retired, "a retirement was lost, or came twice"
    async with balanced_http(stack.data_dir) as http:
        conservation = await http.get(f"{stack.url}/api/v1/registry/conservation")
    assert conservation.json()["data"]["total"]["holds"] is True
    return f"nothing: {len(crowd.titles)} projects, {crowd.retired} retirements, each once"


HEADING = """# What people saw when a part went away

Written by `make prove-faults` (`tests/production/test_parts.py`): {clients} people, one in five of whom writes, on `make dev ARGS=--production-like` on one
machine with two cores, through the load balancer. Writers send the same request with the same `Idempotency-Key` again until they are told that it is done. Seconds are
the longest that one request took; in brackets the longest until an error was told. "Lost" compares all that writers were told so far with the database's rows, and
the sum of all units. The rows of a run replace those of earlier ones ([ADR 0105](adr/0105-more-than-one-machine.md), [runbooks](operations.md#more-than-one-machine)).

| part | what happened | readers: answers, errors | longest | writers: answers, errors | longest | lost or twice | day |
|---|---|---|---|---|---|---|---|
"""


def write_row(part: str, what: str, crowd: Crowd, lost: str) -> None:
    """Replace the part's row of the page, or add it."""
    row = " | ".join(
        [
            *(part, what),
            *seen_in_words(crowd.readers),
            *seen_in_words(crowd.writers),
            lost,
            time.strftime("%Y-%m-%d"),
        ]
    )
    rows = dict(
        re.findall(
            r"^\| ([^|]+) \| (.*) \|$", PAGE.read_text() if PAGE.exists() else "", re.MULTILINE
        )
    )
    rows = {name: rest for name, rest in rows.items() if name not in {"part", "---"}}
    rows[part] = row.partition(" | ")[2]
    PAGE.write_text(
        HEADING.format(clients=CLIENTS)
        + "".join(f"| {name} | {rest} |\n" for name, rest in rows.items())
    )


def seen_in_words(seen: Seen) -> tuple[str, str]:
    errors = (
        ", ".join(f"{count} times {what}" for what, count in sorted(seen.errors.items())) or "none"
    )
    late = f" ({seen.accepted} accepted, done later)" if seen.accepted else ""
    told = f" ({seen.longest_error:.1f})" if seen.errors else ""
    return f"{seen.answers}{late}; {errors}", f"{seen.longest:.1f} s{told}"
