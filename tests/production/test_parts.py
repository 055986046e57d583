"""
Each part of the registry is killed while people read and write: `make prove-faults` writes docs/faults.md.

The parts come one after another on one registry, the primary last, whose place the replica takes.
"""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from devstack.processes import ChildProcess
from devstack.production.replica import promote
from devstack.production.stack import ProductionLike
from tests.production.clients import Crowd, at_work
from tests.production.faults import (
    AFTER_SECONDS,
    AWAY_SECONDS,
    away,
    kept,
    killed_at_work,
    settled,
    until_ready,
    write_row,
)

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

Fault = Callable[[ProductionLike], Awaitable[None]]


async def rolled(child: ChildProcess) -> None:
    """Ended politely, as a release does it, and started again."""
    child._process.send_signal(child.stop_signal)  # type: ignore[union-attr]  # noqa: SLF001 -- and nobody is waited for by force
    assert await child.wait() in {0, -child.stop_signal}
    await child.start()


async def primary_away(stack: ProductionLike) -> None:
    await stack.primary.kill()
    await asyncio.sleep(AWAY_SECONDS / 2)
    await promote(stack.data_dir, stack.ports["replica"])


FAULTS: dict[str, tuple[str, Fault]] = {
    "one API": ("killed, started again after 6 s", lambda stack: away(stack.apis[0])),
    "one worker": ("killed, started again after 6 s", lambda stack: away(stack.workers[0])),
    "Temporal": ("killed, started again after 6 s", lambda stack: away(stack.temporal)),
    "Redis": ("killed, started again after 6 s", lambda stack: away(stack.valkey)),
    "object storage": ("killed, started again after 6 s", lambda stack: away(stack.object_store)),
    "replica": ("killed, started again after 6 s", lambda stack: away(stack.replica)),
    "load balancer": ("killed, started again after 6 s", lambda stack: away(stack.balancer)),
    "primary": ("killed; the replica promoted after 3 s", primary_away),
}
"""In this order: the last one leaves another primary."""

UNSEEN_BY_READERS = {"Redis", "replica", "object storage", "one worker", "Temporal"}


async def test_a_rolling_restart_fails_no_request(
    production: ProductionLike, crowd: Crowd, clients: int
) -> None:
    async with at_work(crowd, clients):
        await settled(crowd)
        for api in production.apis:
            await rolled(api)
            await until_ready(production)
        for worker in production.workers:
            await rolled(worker)
            await asyncio.sleep(AFTER_SECONDS)
        await asyncio.sleep(AFTER_SECONDS)

    write_row(
        "two APIs and two workers", "restarted in turn (SIGTERM)", clients, crowd, await kept(crowd)
    )
    assert crowd.readers.answers > clients
    assert crowd.readers.errors == {}
    assert crowd.writers.errors == {}


@pytest.mark.parametrize("part", list(FAULTS))
async def test_a_part_is_killed(
    part: str, production: ProductionLike, crowd: Crowd, clients: int
) -> None:
    what, fault = FAULTS[part]
    if part == "Temporal":
        what += ", the development server" if part in production.absent else ", on PostgreSQL"
    await killed_at_work(part, what, lambda: fault(production), crowd, clients)
    unheard = sum(one.errors["no connection"] for one in (crowd.readers, crowd.writers))
    assert (unheard == 0) == (part != "load balancer")
    assert (set(crowd.readers.errors) == set()) >= (part in UNSEEN_BY_READERS)
