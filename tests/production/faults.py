"""A part is taken away under people at work: what they saw, what was lost, and the page that says so."""

import asyncio
import contextlib
import os
import re
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import httpx

from devstack.passwords import ensure_passwords
from devstack.postgres import DATABASE
from devstack.processes import ChildProcess
from devstack.production.balancer import balanced_http
from devstack.production.replica import owner_dsn
from devstack.production.stack import ProductionLike
from tests.production.clients import Crowd, Seen, at_work

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
BEFORE_SECONDS, AWAY_SECONDS, AFTER_SECONDS = 3.0, 6.0, 5.0
SETTLED_WITHIN_SECONDS = 90.0
TOLD_WITHIN_SECONDS = 3.0
SLACK_SECONDS = 1.0
"""Beside what a request may take, for a machine on which fifty people and all servers share two cores."""

LOAD_OF_OUR_OWN = 3.0
"""For each core, with fifty people at work; whatever is above it is others'."""

ORDER = (
    *("two APIs and two workers", "one API", "one worker", "load balancer", "Temporal"),
    *("Redis", "object storage", "replica", "primary", "PgBouncer"),
)


async def away(child: ChildProcess) -> None:
    await child.kill()
    await asyncio.sleep(AWAY_SECONDS)
    await child.start()


async def settled(crowd: Crowd) -> None:
    """
    Nobody is counted before nobody has had an error for a while: when all sign in and open connections at once, two
    cores are out of breath, and that is no fault of a part.
    """
    async with asyncio.timeout(SETTLED_WITHIN_SECONDS):
        while True:
            crowd.begin_anew()
            await asyncio.sleep(BEFORE_SECONDS)
            if not crowd.readers.errors and not crowd.writers.errors and crowd.writers.answers:
                return


async def killed_at_work(
    part: str, what: str, fault: Callable[[], Awaitable[None]], crowd: Crowd, clients: int
) -> None:
    """
    Writes the row; each error was worded and told in time, and everybody is answered afterwards.

    On a machine that others keep busy beside us, the slack is as many times as large; the row names its load.
    """
    async with at_work(crowd, clients):
        await settled(crowd)
        await fault()
        await until_ready(crowd.stack)
        await asyncio.sleep(AFTER_SECONDS)
        answered = crowd.readers.answers, crowd.writers.answers
        async with asyncio.timeout(SETTLED_WITHIN_SECONDS):
            # Readers are answered again, and writers.
            while crowd.readers.answers <= answered[0] or crowd.writers.answers <= answered[1]:  # noqa: ASYNC110
                await asyncio.sleep(AFTER_SECONDS)

    write_row(part, what, clients, crowd, await kept(crowd))
    seen = (crowd.readers, crowd.writers)
    assert [one.unworded for one in seen] == [[], []]
    slack = SLACK_SECONDS * max(1.0, os.getloadavg()[0] / (LOAD_OF_OUR_OWN * (os.cpu_count() or 1)))
    assert max(one.longest_error for one in seen) <= TOLD_WITHIN_SECONDS + slack


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

Written by `make prove-faults` (`tests/production/`): people at work, one in five of whom writes, on `make dev ARGS=--production-like` on one
machine with two cores, through the load balancer. Writers send the same request with the same `Idempotency-Key` again until they are told that it is done. Seconds are
the longest that one request took; in brackets the longest until an error was told. "Lost" compares all that writers were told so far with the database's rows, and
the sum of all units. The last column has the machine's load (one minute's average, of all that ran on its two cores). The rows of a run replace those of earlier ones ([ADR 0105](adr/0105-more-than-one-machine.md), [runbooks](operations.md#more-than-one-machine)).

| part | what happened | people | readers: answers, errors | longest | writers: answers, errors | longest | lost or twice | day, load |
|---|---|---|---|---|---|---|---|---|
"""


def write_row(part: str, what: str, clients: int, crowd: Crowd, lost: str) -> None:
    """Replace the part's row of the page, or add it."""
    row = " | ".join(
        [
            *(what, str(clients)),
            *seen_in_words(crowd.readers),
            *seen_in_words(crowd.writers),
            lost,
            f"{time.strftime('%Y-%m-%d')}, {os.getloadavg()[0]:.0f}",
        ]
    )
    written = PAGE.read_text() if PAGE.exists() else ""
    rows = dict(re.findall(r"^\| ([^|]+) \| (.*) \|$", written, re.MULTILINE)) | {part: row}
    PAGE.write_text(HEADING + "".join(f"| {n} | {rows[n]} |\n" for n in ORDER if n in rows))


def seen_in_words(seen: Seen) -> tuple[str, str]:
    errors = (
        ", ".join(f"{count} times {what}" for what, count in sorted(seen.errors.items())) or "none"
    )
    late = f" ({seen.accepted} accepted, done later)" if seen.accepted else ""
    told = f" ({seen.longest_error:.1f})" if seen.errors else ""
    return f"{seen.answers}{late}; {errors}", f"{seen.longest:.1f} s{told}"
