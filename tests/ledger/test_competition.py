"""
Two hundred want ten tonnes each of one entry of a thousand, at the same moment.

Here they meet at the activities, as on two workers: two engines with a pool of connections each, one
PostgreSQL, no Temporal in between. The same through HTTP is tests/journeys/test_concurrency.py.
"""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from random import Random
from uuid import UUID, uuid4

import pytest

from domain.credits.ledger import EntryStatus
from domain.errors import Conflict, Forbidden, Refusal
from tests.databases import engine_for, save_people
from tests.factories import BUYER, DEVELOPER, OTHER_BUYER
from tests.ledger.conftest import as_application
from tests.ledger.real_ledger import LedgerSeen, RealLedger
from tests.whole_ledger import broken

pytestmark = [pytest.mark.proof, pytest.mark.timeout(600)]

SERIAL = re.compile(r"KRB-\d{4}-\d{3,}-\d{6,}")
ENTRY_UNITS, PART_UNITS = 100_000, 1_000
SLOTS = 16
"""Activities that a worker runs at once: no more than it has connections (worker.py)."""
Operation = Callable[[str], Awaitable[None]]
"""What is done to an entry, by its serial."""


@dataclass(frozen=True)
class Worker:
    ledger: RealLedger
    slots: asyncio.Semaphore

    async def retire(self, serial: str) -> None:
        async with self.slots:
            await self.ledger.retire([(serial, PART_UNITS)], DEVELOPER.id)

    async def transfer(self, serial: str, recipient_id: UUID) -> None:
        async with self.slots:
            await self.ledger.transfer(serial, PART_UNITS, DEVELOPER.id, recipient_id)


@pytest.fixture
async def workers(database_url: str) -> AsyncIterator[list[Worker]]:
    engines = [engine_for(as_application(database_url)) for _ in range(2)]
    await save_people(engines[0])
    yield [Worker(RealLedger(engine, new_id=uuid4), asyncio.Semaphore(SLOTS)) for engine in engines]
    for engine in engines:
        await engine.dispose()


async def following(operation_on: Operation, serial: str, random: Random) -> Refusal | None:
    """
    One operation, on whatever the entry's remainder is called by now: None when it was done.

    A refusal names the serials that live on, and the newest is the remainder's. A refusal that
    names no other serial is the end.
    """
    for tries in range(1_000):
        try:
            await operation_on(serial)
        except Forbidden as refused:
            # The last of it was handed on whole, and is somebody else's now.
            return refused
        except Conflict as refused:
            named = set(SERIAL.findall(refused.detail)) - {serial}
            if not named:
                return refused
            serial = max(named)
            # An old name is asked for once; whoever was beaten to a new one comes back when it is
            # quieter, the later the oftener it happened.
            if tries % 2:
                await asyncio.sleep(random.uniform(0, min(8, 0.5 * 2 ** (tries // 2))))
        else:
            return None
    raise AssertionError("the entry never came to an end")


async def test_two_hundred_retirements_of_ten_tonnes_share_a_thousand(
    workers: list[Worker],
) -> None:
    await workers[0].ledger.issue(2024, DEVELOPER.id, ENTRY_UNITS, risky=False)

    outcomes = await asyncio.gather(
        *(
            following(workers[number % 2].retire, "KRB-2024-001-000001", Random(number))
            for number in range(200)
        )
    )

    assert Counter(outcome is None for outcome in outcomes) == {True: 100, False: 100}
    seen = await workers[0].ledger.seen()
    assert broken(seen) == {}
    assert units_by_status(seen) == {EntryStatus.RETIRED: ENTRY_UNITS}


async def test_transfers_and_retirements_of_one_entry_share_it_too(
    workers: list[Worker],
) -> None:
    await workers[0].ledger.issue(2024, DEVELOPER.id, ENTRY_UNITS, risky=False)

    def operation(number: int) -> Operation:
        worker = workers[number % 2]
        if number % 3 == 0:
            return worker.retire
        recipient = (BUYER if number % 3 == 1 else OTHER_BUYER).id
        return lambda serial: worker.transfer(serial, recipient)

    outcomes = await asyncio.gather(
        *(following(operation(n), "KRB-2024-001-000001", Random(n)) for n in range(120))
    )

    done = Counter(n % 3 for n, outcome in enumerate(outcomes) if outcome is None)
    seen = await workers[0].ledger.seen()
    assert broken(seen) == {}
    assert sum(done.values()) == 100
    assert units_by_status(seen) == {
        EntryStatus.RETIRED: done[0] * PART_UNITS,
        EntryStatus.ACTIVE: (done[1] + done[2]) * PART_UNITS,
    }


def units_by_status(seen: LedgerSeen) -> dict[str, int]:
    return dict(Counter(line.state for line in seen.units().values()))
