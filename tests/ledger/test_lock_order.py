"""
Reversals and retirements of several lines on the same two projects, at the same moment.

PostgreSQL ends one of two that wait for each other after a second, with an error that is no refusal:
it would come up here. Each side goes through the projects in an order of its own.
"""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest

from domain.credits.ledger import EntryStatus
from tests.databases import engine_for, save_people
from tests.factories import BUYER, DEVELOPER
from tests.ledger.conftest import as_application
from tests.ledger.real_ledger import LedgerSeen, RealLedger
from tests.whole_ledger import broken

ROUNDS = 12
ISSUED_UNITS, HANDED_ON_UNITS, RETIRED_UNITS, LOST_UNITS = 100_000, 30_000, 100, 700


@pytest.fixture
async def ledger(database_url: str) -> AsyncIterator[RealLedger]:
    """Two projects with a buffer each; both holders have credits of both, and have retired some."""
    engine = engine_for(as_application(database_url))
    await save_people(engine)
    made = RealLedger(engine, new_id=uuid4)
    for _ in range(2):
        await made.issue(2024, DEVELOPER.id, ISSUED_UNITS, risky=True)
    for serial in active(await made.seen(), DEVELOPER.id):
        await made.transfer(serial, HANDED_ON_UNITS, DEVELOPER.id, BUYER.id)
    yield made
    await engine.dispose()


def active(seen: LedgerSeen, holder: UUID) -> list[str]:
    """One entry of each project, in the order of the projects."""
    held = [one for one in seen.entries if one.status is EntryStatus.ACTIVE]
    mine = sorted(one.serial for one in held if one.owner_id == holder)
    return [str(serial) for serial in mine]


async def test_reversals_and_retirements_of_several_lines_never_wait_for_each_other_for_ever(
    ledger: RealLedger,
) -> None:
    for _ in range(ROUNDS):
        seen = await ledger.seen()
        forwards, backwards = active(seen, DEVELOPER.id), active(seen, BUYER.id)[::-1]
        await asyncio.gather(
            ledger.retire([(serial, RETIRED_UNITS) for serial in forwards], DEVELOPER.id),
            ledger.reverse(2, None, LOST_UNITS),
            ledger.retire([(serial, RETIRED_UNITS) for serial in backwards], BUYER.id),
            ledger.reverse(1, None, LOST_UNITS),
        )

    seen = await ledger.seen()
    units = [(line.state, unit) for unit, line in seen.units().items()]
    done = {state: sum(one == state for one, _ in units) for state in ("retired", "cancelled")}
    assert broken(seen) == {}
    assert done == {
        "retired": ROUNDS * 4 * RETIRED_UNITS,
        "cancelled": ROUNDS * 2 * LOST_UNITS,
    }
