"""A ledger write is few statements (ADR 0023): each is a round trip, and some hold what all wait for."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.activities.registry import Registry, run
from tests.activities.use_cases import USE_CASES

STATEMENTS_MAX = {
    "transfer a part": 11,
    "retire a part": 11,
    "cancel a part": 11,
    "release a part of the buffer": 12,
    "record a reversal": 36,
}
"""A reversal of the story draws on one entry of the buffer and suspends parts of two; each more costs it more."""


@contextmanager
def statements_of(engine: AsyncEngine) -> Iterator[list[str]]:
    seen: list[str] = []

    def see(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", see)
    yield seen
    event.remove(engine.sync_engine, "before_cursor_execute", see)


@pytest.mark.parametrize("name", STATEMENTS_MAX)
async def test_a_ledger_write_is_few_statements(
    registry: Registry, engine: AsyncEngine, name: str
) -> None:
    case = USE_CASES[name]
    await case.before(registry)

    with statements_of(engine) as statements:
        await run(registry.activity(case.activity), case.request)

    assert len(statements) <= STATEMENTS_MAX[name], "\n\n".join(statements)
