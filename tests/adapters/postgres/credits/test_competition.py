"""What competes for one row: unit numbers, serials, the queue, the wallet's outputs, an effect's key."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import pairwise

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.database import PostgresDatabase, PostgresUnitOfWork
from domain.chain.records import ChainRecord
from domain.chain.transactions import ChainTransactionStatus, StoredTransaction, UnspentOutput
from domain.identifiers import Serial
from domain.quantities import UnitRange
from tests.adapters.postgres.test_repositories import ISSUANCE, RECORD, SIGNED
from tests.factories import entry, issued_beside, named, pending, project
from tests.issuance_guards import issuing_without_approvals

WRITERS = 20
ADDRESS = "addr_test1"


@pytest.fixture(autouse=True)
async def numbers_are_taken_alone(engine: AsyncEngine) -> AsyncIterator[None]:
    async with issuing_without_approvals(engine):
        yield


class Interrupted(Exception):
    """Whatever may happen between two statements."""


async def test_unit_numbers_are_given_once_and_in_order(database: PostgresDatabase) -> None:
    async with database.transaction() as work:
        taken = [await work.credits.entries.take_units(units) for units in (100, 1, 30)]

    assert taken == [UnitRange(1, 100), UnitRange(101, 101), UnitRange(102, 131)]


async def test_unit_numbers_have_no_gap_whoever_competes_and_whoever_fails(
    database: PostgresDatabase,
) -> None:
    async def take(number: int) -> UnitRange:
        async with database.transaction() as work:
            units = await work.credits.entries.take_units(number + 1)
            if number % 3 == 0:
                raise Interrupted
            return units

    results = await asyncio.gather(*(take(n) for n in range(WRITERS)), return_exceptions=True)

    ranges = sorted(found for found in results if isinstance(found, UnitRange))
    assert ranges[0].first == 1
    assert all(lower.last + 1 == upper.first for lower, upper in pairwise(ranges))
    assert sorted(found.quantity_units for found in ranges) == [
        number + 1 for number in range(WRITERS) if number % 3
    ]


async def test_serials_run_on_within_a_project_and_vintage(database: PostgresDatabase) -> None:
    other = project(id=named("other"), number=2)
    async with database.transaction() as work:
        await work.projects.projects.add(project())
        await work.projects.projects.add(other)

        taken = [
            await work.credits.entries.take_serials(project(), 2024, 2),
            await work.credits.entries.take_serials(project(), 2024, 1),
            await work.credits.entries.take_serials(project(), 2025, 1),
            await work.credits.entries.take_serials(other, 2024, 1),
            await work.credits.entries.take_serials(project(), 2024, 0),
        ]

    assert taken == [
        [Serial(2024, 1, 1), Serial(2024, 1, 2)],
        [Serial(2024, 1, 3)],
        [Serial(2025, 1, 1)],
        [Serial(2024, 2, 1)],
        [],
    ]


async def test_serials_have_no_gap_whoever_competes_and_whoever_fails(
    database: PostgresDatabase,
) -> None:
    async with database.transaction() as work:
        await work.projects.projects.add(project())

    async def take(number: int) -> list[Serial]:
        async with database.transaction() as work:
            serials = await work.credits.entries.take_serials(project(), 2024, 1 + number % 2)
            if number % 3 == 0:
                raise Interrupted
            return list(serials)

    results = await asyncio.gather(*(take(n) for n in range(WRITERS)), return_exceptions=True)

    taken = sorted(serial for found in results if isinstance(found, list) for serial in found)
    expected = sum(1 + number % 2 for number in range(WRITERS) if number % 3)
    assert taken == [Serial(2024, 1, n) for n in range(1, expected + 1)]


async def queue(work: PostgresUnitOfWork, count: int) -> list[ChainRecord]:
    """Records of as many movements, in the order in which they were queued."""
    await work.projects.projects.add(project())
    await work.projects.verifications.add(pending())
    records = []
    for number in range(count):
        issued, transaction = issued_beside(entry(), ISSUANCE, named(f"transaction {number}"))
        await work.credits.entries.add(issued)
        await work.credits.entries.add_transaction(transaction)
        record = replace(RECORD, id=named(f"record {number}"), transaction_id=transaction.id)
        await work.chain.records.queue(record)
        records.append(record)
    return records


async def test_the_queue_is_first_come_first_served(database: PostgresDatabase) -> None:
    async with database.transaction() as work:
        records = await queue(work, 5)

        assert await work.chain.records.lock_queued(3) == records[:3]


async def test_a_record_that_somebody_holds_is_passed_over(database: PostgresDatabase) -> None:
    async with database.transaction() as work:
        records = await queue(work, 3)

    async with database.transaction() as one, database.transaction() as other:
        first = await one.chain.records.lock_queued(2)
        second = await asyncio.wait_for(other.chain.records.lock_queued(2), timeout=5)

    assert (first, second) == (records[:2], records[2:])


async def test_two_who_want_the_wallet_get_it_one_after_the_other(
    database: PostgresDatabase,
) -> None:
    output = UnspentOutput("aa" * 32, 0, 5_000_000_000)
    async with database.transaction() as work:
        await work.chain.records.add_transaction(SIGNED)
        await work.chain.wallet_utxos.add(ADDRESS, [output])

    async def spend() -> list[UnspentOutput]:
        async with database.transaction() as work:
            found = list(await work.chain.wallet_utxos.lock_unspent(ADDRESS))
            await asyncio.sleep(0.05)
            await work.chain.wallet_utxos.spend(found, SIGNED.tx_hash)
            return found

    found = await asyncio.gather(spend(), spend())

    assert sorted(found, key=len) == [[], [output]]


async def test_the_wallet_offers_its_largest_output_first_and_only_its_own(
    database: PostgresDatabase,
) -> None:
    small, large = (UnspentOutput("aa" * 32, n, lovelace) for n, lovelace in enumerate((5, 9)))
    async with database.transaction() as work:
        await work.chain.wallet_utxos.add(ADDRESS, [small, large])
        await work.chain.wallet_utxos.add(ADDRESS, [small])
        await work.chain.wallet_utxos.add("addr_test_other", [UnspentOutput("bb" * 32, 0, 99)])
        await work.chain.wallet_utxos.add(ADDRESS, [])

        assert await work.chain.wallet_utxos.lock_unspent(ADDRESS) == [large, small]


REAL = UnspentOutput("aa" * 32, 0, 5_000_000_000)
PARENT = replace(SIGNED, tx_hash="01" * 32)
CHILD = replace(SIGNED, tx_hash="02" * 32)
CHANGE_OF_PARENT = UnspentOutput(PARENT.tx_hash, 0, 4_999_000_000)
CHANGE_OF_CHILD = UnspentOutput(CHILD.tx_hash, 0, 4_998_000_000)


async def chain_two_transactions(work: PostgresUnitOfWork) -> None:
    """A parent spends what is really there, and a child the parent's change, before any block."""
    await work.chain.wallet_utxos.add(ADDRESS, [REAL])
    await spend(work, PARENT, REAL, CHANGE_OF_PARENT)
    await spend(work, CHILD, CHANGE_OF_PARENT, CHANGE_OF_CHILD)


async def spend(
    work: PostgresUnitOfWork,
    transaction: StoredTransaction,
    spent: UnspentOutput,
    change: UnspentOutput,
) -> None:
    await work.chain.records.add_transaction(transaction)
    await work.chain.wallet_utxos.spend([spent], transaction.tx_hash)
    await work.chain.wallet_utxos.add(ADDRESS, [change])


async def expire(work: PostgresUnitOfWork, transaction: StoredTransaction) -> None:
    await work.chain.records.save_transaction(
        replace(transaction, status=ChainTransactionStatus.EXPIRED)
    )
    await work.chain.wallet_utxos.release(transaction.tx_hash)


async def test_unconfirmed_change_is_spent_at_once(database: PostgresDatabase) -> None:
    async with database.transaction() as work:
        await chain_two_transactions(work)

        assert await work.chain.wallet_utxos.lock_unspent(ADDRESS) == [CHANGE_OF_CHILD]


@pytest.mark.parametrize("order", [(PARENT, CHILD), (CHILD, PARENT)])
async def test_when_parent_and_child_have_expired_exactly_the_real_outputs_are_left(
    database: PostgresDatabase, order: tuple[StoredTransaction, StoredTransaction]
) -> None:
    async with database.transaction() as work:
        await chain_two_transactions(work)
        for transaction in order:
            await expire(work, transaction)

        assert await work.chain.wallet_utxos.lock_unspent(ADDRESS) == [REAL]


async def test_when_only_the_child_has_expired_the_parents_change_is_free_again(
    database: PostgresDatabase,
) -> None:
    async with database.transaction() as work:
        await chain_two_transactions(work)
        await expire(work, CHILD)

        assert await work.chain.wallet_utxos.lock_unspent(ADDRESS) == [CHANGE_OF_PARENT]


async def test_releasing_twice_gives_nothing_twice(database: PostgresDatabase) -> None:
    third = replace(SIGNED, tx_hash="03" * 32)
    change = UnspentOutput(third.tx_hash, 0, 4_900_000_000)
    async with database.transaction() as work:
        await chain_two_transactions(work)
        for transaction in (PARENT, CHILD):
            await expire(work, transaction)
        await spend(work, third, REAL, change)

        await expire(work, PARENT)

        assert await work.chain.wallet_utxos.lock_unspent(ADDRESS) == [change]


async def test_a_second_claimant_waits_and_then_finds_the_first_ones_answer(
    database: PostgresDatabase,
) -> None:
    async with database.transaction() as first:
        assert await first.requests.activity_results.claim("key")
        second = asyncio.create_task(claimed(database))
        await asyncio.sleep(0.1)
        assert not second.done()
        await first.requests.activity_results.finish("key", {"answer": 1})

    assert await second is False


async def test_a_second_claimant_takes_over_when_the_first_one_fails(
    database: PostgresDatabase,
) -> None:
    async def fail_after(claim_is_held: asyncio.Event) -> None:
        async with database.transaction() as first:
            assert await first.requests.activity_results.claim("key")
            claim_is_held.set()
            await asyncio.sleep(0.1)
            raise Interrupted

    claim_is_held = asyncio.Event()
    first = asyncio.create_task(fail_after(claim_is_held))
    await claim_is_held.wait()
    second = await claimed(database)

    assert second is True
    with pytest.raises(Interrupted):
        await first


async def claimed(database: PostgresDatabase) -> bool:
    async with database.transaction() as work:
        return await work.requests.activity_results.claim("key")
