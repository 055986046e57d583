"""
Reconciliation on the fake and on the devnet through each of its doors: what differs is found.

The platform's key is in the test's own hand, so that it can do what no part of the registry would.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import pytest
from nacl.signing import SigningKey
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from activities.chain.reconciliation import EVERYTHING, Extent, Found, LookupRateLimit, Reconciler
from adapters.postgres.database import PostgresDatabase
from adapters.postgres.tables import chain_records, chain_transactions
from domain.chain.metadata import audit_record, payload, retirement_record
from domain.chain.reconciliation import ChainDifference, ChainDifferenceKind
from tests.adapters.chain.conftest import DOORS
from tests.adapters.chain.worlds import FakeHand, Hand, World, pay
from tests.factories import NOW
from tests.fakes.chain import FakeChain
from tests.foreign import address_of, seed_key, send

FUNDS_LOVELACE = (8_000_000,)
AT_ONCE = LookupRateLimit(pause_seconds=0, recheck_seconds=0)
NOWHERE = "ab" * 32

_numbers = count(1)


def retired(number: int) -> dict[str, Any]:
    return retirement_record(
        serial=f"KRB-2024-001-{number:06}",
        project_id="5f0f3b9e-6f1b-4c39-9f25-0d9f6f6b2f11",
        quantity_units=100_000,
        vintage=2024,
        retired_by="b1946ac9-2492-4b2d-8a11-6f1f5a0f7c55",
        reason="Neutralité carbone, déplacements 2024, 東京 → Genève, siège et filiales",
        at=NOW,
    )


@dataclass
class Platform:
    """A registry's database, a chain, and the key whose transactions must be the registry's."""

    engine: AsyncEngine
    chain: Any
    hand: Hand
    key: SigningKey
    stranger: SigningKey

    @property
    def address(self) -> str:
        return address_of(self.key)

    async def write(self, *records: Mapping[str, Any]) -> tuple[str, list[UUID]]:
        """One transaction on the chain, confirmed in the database; its hash and its records' ids."""
        tx_hash = await self.send(payload(records))
        return tx_hash, await self.keep(tx_hash, *records)

    async def send(self, told: Mapping[str, Any]) -> str:
        tx_hash = await send(self.chain, self.key, told)
        await self.hand.mine()
        return tx_hash

    async def keep(
        self, tx_hash: str, *records: Mapping[str, Any], status: str = "confirmed"
    ) -> list[UUID]:
        ids = [uuid4() for _ in records]
        async with self.engine.begin() as connection:
            await self._unguarded(connection)
            await connection.execute(
                insert(chain_transactions).values(
                    tx_hash=tx_hash,
                    wallet_address=self.address,
                    cbor=b"",
                    ttl_slot=0,
                    fee_lovelace=0,
                    status=status,
                    block_height=(await self.chain.tip()).height,
                    built_at=NOW,
                )
            )
            for id, record in zip(ids, records, strict=True):
                await connection.execute(
                    insert(chain_records).values(
                        id=id,
                        transaction_id=None if "seq" in record else uuid4(),
                        audit_seq=record.get("seq"),
                        kind="audit" if "seq" in record else "retirement",
                        record=record,
                        status="confirmed",
                        waiting_workflow_id="x",
                        tx_hash=tx_hash,
                        queued_at=NOW,
                    )
                )
        return ids

    async def by_hand(self, statement: str) -> None:
        async with self.engine.begin() as connection:
            await self._unguarded(connection)
            await connection.execute(text(statement))

    async def reconcile(self, extent: Extent = EVERYTHING) -> Found:
        reconciler = Reconciler(
            PostgresDatabase(self.engine), self.chain, AT_ONCE, addresses=[self.address]
        )
        return await reconciler.run(extent)

    @staticmethod
    async def _unguarded(connection: AsyncConnection) -> None:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))


@pytest.fixture(params=["fake", *DOORS])
async def platform(
    request: pytest.FixtureRequest,
    engine: AsyncEngine,
    bank: World,
    doors: Mapping[str, World],
) -> AsyncIterator[Platform]:
    number = next(_numbers)
    key, stranger = seed_key(f"platform {number}"), seed_key(f"stranger {number}")
    if request.param == "fake":
        chain = FakeChain({address_of(of): FUNDS_LOVELACE for of in (key, stranger)})
        yield Platform(engine, chain, FakeHand(chain), key, stranger)
        return
    # As in _own_wallet: what was paid before may wait in the mempool.
    await bank.hand.mine()
    for funded in (key, stranger):
        await pay(bank, address_of(funded), *FUNDS_LOVELACE)
        await bank.hand.mine()
    door = doors[request.param]
    yield Platform(engine, door.chain, door.hand, key, stranger)


async def test_what_the_registry_wrote_agrees(platform: Platform) -> None:
    await platform.write(retired(1))
    await platform.write(retired(2), audit_record(seq=7, hash="cd" * 32, at=NOW), retired(3))

    found = await platform.reconcile()

    assert (found.records, found.differences) == (4, [])


async def test_a_record_that_our_key_signed_and_we_never_wrote_is_found(
    platform: Platform,
) -> None:
    await platform.write(retired(1))
    foreign = await platform.send(retired(2))

    found = await platform.reconcile()

    assert found.differences == [ChainDifference(ChainDifferenceKind.FOREIGN, foreign)]
    assert "not ours" in found.differences[0].sentence


async def test_a_foreign_record_beside_ours_is_found(platform: Platform) -> None:
    both = await platform.send(payload([retired(1), retired(2)]))
    await platform.keep(both, retired(1))

    found = await platform.reconcile()

    assert found.differences == [ChainDifference(ChainDifferenceKind.FOREIGN, both)]


async def test_what_a_stranger_writes_beside_a_gift_to_us_is_none_of_our_records(
    platform: Platform,
) -> None:
    await platform.write(retired(1))
    await send(platform.chain, platform.stranger, retired(1), to=platform.address)
    await platform.hand.mine()

    assert (await platform.reconcile()).differences == []


async def test_a_record_that_is_there_twice_is_found(platform: Platform) -> None:
    first, (id,) = await platform.write(retired(1))
    again = await platform.send(retired(1))

    found = await platform.reconcile()

    name = f"The record {id} of KRB-2024-001-000001"
    assert found.differences == [ChainDifference(ChainDifferenceKind.TWICE, again, name, first)]


async def test_a_record_that_is_twice_in_one_transaction_is_found(platform: Platform) -> None:
    twice = await platform.send(payload([retired(1), retired(1)]))
    (id,) = await platform.keep(twice, retired(1))

    found = await platform.reconcile()

    name = f"The record {id} of KRB-2024-001-000001"
    assert found.differences == [
        ChainDifference(ChainDifferenceKind.TWICE, twice, name, "the same")
    ]


async def test_a_transaction_that_was_given_up_and_landed_after_all_is_found(
    platform: Platform,
) -> None:
    late = await platform.send(retired(1))
    await platform.keep(late, status="expired")
    other = await platform.send(retired(1))
    (id,) = await platform.keep(other, retired(1))

    found = await platform.reconcile()

    name = f"The record {id} of KRB-2024-001-000001"
    assert found.differences == [ChainDifference(ChainDifferenceKind.TWICE, late, name, other)]


async def test_a_confirmed_record_whose_transaction_is_nowhere_is_found(
    platform: Platform,
) -> None:
    await platform.write(retired(1))
    (id,) = await platform.keep(NOWHERE, retired(2))

    found = await platform.reconcile()

    name = f"The record {id} of KRB-2024-001-000002"
    assert found.differences == [ChainDifference(ChainDifferenceKind.MISSING, NOWHERE, name)]


async def test_a_confirmed_record_that_its_transaction_does_not_hold_is_found(
    platform: Platform,
) -> None:
    tx_hash = await platform.send(retired(1))
    _, id = await platform.keep(tx_hash, retired(1), retired(2))

    found = await platform.reconcile()

    name = f"The record {id} of KRB-2024-001-000002"
    assert found.differences == [ChainDifference(ChainDifferenceKind.ABSENT, tx_hash, name)]


async def test_metadata_that_differs_is_found_with_its_fields(platform: Platform) -> None:
    tx_hash, (_, id, _) = await platform.write(retired(1), retired(2), retired(3))
    await platform.by_hand(
        'UPDATE chain_records SET record = record || \'{"quantity": "9.00", "vintage": 2023}\''
        f" WHERE id = '{id}'"
    )

    found = await platform.reconcile()

    name = f"The record {id} of KRB-2024-001-000002"
    assert found.differences == [
        ChainDifference(ChainDifferenceKind.UNLIKE, tx_hash, name, "/quantity, /vintage")
    ]


async def test_an_anchor_that_differs_is_found_too(platform: Platform) -> None:
    tx_hash, (id,) = await platform.write(audit_record(seq=7, hash="cd" * 32, at=NOW))
    await platform.by_hand('UPDATE chain_records SET record = record || \'{"hash": "ff"}\'')

    found = await platform.reconcile()

    name = f"The anchor {id} of audit entry 7"
    assert found.differences == [
        ChainDifference(ChainDifferenceKind.UNLIKE, tx_hash, name, "/hash")
    ]


async def test_later_comparisons_read_only_what_came_since_and_what_differed(
    platform: Platform,
) -> None:
    old, _ = await platform.write(retired(1))
    await platform.hand.mine(3)
    since = (await platform.chain.tip()).height
    await platform.write(retired(2))

    later = await platform.reconcile(Extent(since_height=since))
    again = await platform.reconcile(Extent(since_height=since, again=(old,)))

    assert [found.records for found in (later, again)] == [1, 2]
    assert later.differences == again.differences == []
