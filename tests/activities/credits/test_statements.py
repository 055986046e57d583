"""A ledger write is few round trips (ADR 0023, ADR 0117), and some hold what all wait for."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.activities.registry import Registry, run
from tests.activities.use_cases import USE_CASES

ROUND_TRIPS_MAX = {
    "transfer a part": 5,
    "retire a part": 5,
    "cancel a part": 12,
    "release a part of the buffer": 13,
    "record a reversal": 34,
}
"""A reversal of the story draws on one entry of the buffer and suspends parts of two; each more costs it more."""


@contextmanager
def round_trips_of(engine: AsyncEngine) -> Iterator[list[str]]:
    """Statements, and each transaction's beginning and end."""
    seen: list[str] = []

    def see(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    def begin(_connection: object) -> None:
        seen.append("BEGIN")

    def end(_connection: object) -> None:
        seen.append("COMMIT")

    listeners: dict[str, Callable[..., None]] = {
        "before_cursor_execute": see,
        "begin": begin,
        "commit": end,
        "rollback": end,
    }
    for name, listener in listeners.items():
        event.listen(engine.sync_engine, name, listener)
    yield seen
    for name, listener in listeners.items():
        event.remove(engine.sync_engine, name, listener)


@pytest.mark.parametrize("name", ROUND_TRIPS_MAX)
async def test_a_ledger_write_is_few_round_trips(
    registry: Registry, engine: AsyncEngine, name: str
) -> None:
    case = USE_CASES[name]
    await case.before(registry)

    with round_trips_of(engine) as round_trips:
        await run(registry.activity(case.activity), case.request)

    assert len(round_trips) <= ROUND_TRIPS_MAX[name], "\n\n".join(round_trips)
    assert (round_trips.count("BEGIN"), round_trips.count("COMMIT")) == (1, 1)
