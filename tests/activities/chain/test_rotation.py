"""
Another key: what is left at the old address moves, and the address is closed when all of it is final.

The old wallet has the real policy, so that what is moved can go nowhere but to the present address.
The chain is the fake, the database is real.
"""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError

from activities.chain.anchoring import AnchorRecords, FollowChain, SubmitTransaction
from activities.chain.rotation import (
    AddressClosed,
    AddressSwept,
    CloseAddress,
    RotationActivities,
    SweepAddress,
)
from adapters.chain.wallet.addresses import address_bytes, enterprise_address
from adapters.chain.wallet.signer import PolicySigner
from adapters.chain.wallet.transactions import build
from adapters.chain.wallet.wallet import PlatformWallet
from adapters.postgres.chain.platform_addresses import read_platform_addresses
from adapters.postgres.chain.stored_payloads import PostgresStoredPayloads
from adapters.postgres.database import PostgresDatabase
from domain.chain.confirmations import EXPIRY_SETTLE_BLOCKS, MISSES_BEFORE_EXPIRED
from domain.chain.networks import CardanoNetwork
from domain.chain.signing_policy import ForeignOutput, OtherPurpose, SigningOrder, SigningPolicy
from domain.chain.wallets import PlatformAddress
from tests.activities import story
from tests.activities.registry import TTL_SLOTS, WALLET, Registry, run, run_until_shutdown
from tests.databases import changed_tables, snapshot
from tests.factories import NOW
from tests.fakes.chain import (
    PREVIEW_PARAMETERS,
    SLOT_ZERO_AT,
    ChainClock,
    FakeChain,
    SeedKey,
    SeedSigner,
)
from tests.fakes.counting_chain import CountingChain

OLD_KEY = SeedKey("the old platform")
FINAL_BLOCKS = 433


def old_signer(engine: AsyncEngine, chain: FakeChain) -> PolicySigner:
    present = enterprise_address(WALLET.public_key, CardanoNetwork.DEVNET)
    policy = SigningPolicy(
        frozenset({address_bytes(present)}),
        fee_lovelace_max=1_000_000,
        ttl_slots_max=TTL_SLOTS,
        slot_zero_at=SLOT_ZERO_AT,
        sweeps=True,
    )
    return PolicySigner(OLD_KEY, policy, PostgresStoredPayloads(engine), ChainClock(chain))


def old_wallet(engine: AsyncEngine, chain: FakeChain) -> PlatformWallet:
    return PlatformWallet(old_signer(engine, chain), CardanoNetwork.DEVNET)


OLD = enterprise_address(OLD_KEY.public_key(), CardanoNetwork.DEVNET)
SWEEP = SweepAddress(address=OLD)
CLOSE = CloseAddress(address=OLD, dust_lovelace=0)


@pytest.fixture
def chain() -> FakeChain:
    return FakeChain({OLD: [3_000_000, 2_000_000, 900_000]})


@pytest.fixture
def rotation(registry: Registry, engine: AsyncEngine, chain: FakeChain) -> RotationActivities:
    return RotationActivities(
        registry.database,
        chain,
        WALLET,
        [old_wallet(engine, chain)],
        registry.clock,
        ttl_slots=TTL_SLOTS,
    )


@pytest.fixture
def moving(registry: Registry, chain: FakeChain) -> Registry:
    """The registry whose follower sees the chain of this test."""
    return Registry(registry.database, chain=chain)


async def addresses(engine: AsyncEngine) -> list[PlatformAddress]:
    async with engine.connect() as connection:
        return list(await read_platform_addresses(connection))


async def settle(registry: Registry) -> None:
    """Send what is stored, and let it become final."""
    for blocks in (0, 7, FINAL_BLOCKS):
        registry.chain.mine(blocks)
        await run_until_shutdown(registry.on_chain.follow_chain, FollowChain())


async def test_everything_moves_in_one_transaction_that_is_stored_before_it_is_sent(
    rotation: RotationActivities, chain: FakeChain, engine: AsyncEngine
) -> None:
    swept = await run(rotation.sweep_address, SWEEP)

    tables = await snapshot(engine)
    (stored,) = tables["chain_transactions"]
    moved = 5_900_000 - stored["fee_lovelace"]
    assert (stored["tx_hash"], stored["wallet_address"], stored["status"]) == (
        swept.tx_hash,
        OLD,
        "signed",
    )
    assert chain.submissions == []
    assert [
        (row["wallet_address"], row["lovelace"])
        for row in tables["wallet_outputs"]
        if row["spent_by"] is None
    ] == [(WALLET.address, moved)]
    assert tables["audit_logs"][-1]["changes"] == {
        "before": {"address": OLD},
        "after": {"address": WALLET.address, "lovelace": moved, "txHash": swept.tx_hash},
    }


async def test_sweeping_again_moves_nothing_twice(
    rotation: RotationActivities, engine: AsyncEngine
) -> None:
    await run(rotation.sweep_address, SWEEP)
    before = await snapshot(engine)

    again = await run(rotation.sweep_address, SWEEP)

    # Nobody has sent the first one yet, so somebody has to wake the follower.
    assert again == AddressSwept(unsent=1)
    assert changed_tables(before, await snapshot(engine)) == set()


async def test_an_address_is_closed_when_its_last_transaction_is_final_and_not_before(
    rotation: RotationActivities, moving: Registry, chain: FakeChain, engine: AsyncEngine
) -> None:
    await run(rotation.sweep_address, SWEEP)
    for step in (0, 1, 7):
        chain.mine(step)
        await run_until_shutdown(moving.on_chain.follow_chain, FollowChain())
        with pytest.raises(ApplicationError, match=f"1 transactions of {OLD} are not final yet"):
            await run(rotation.close_address, CLOSE)
    await settle(moving)

    closed = await run(rotation.close_address, CLOSE)

    assert closed == AddressClosed(closed=True)
    assert await addresses(engine) == [
        PlatformAddress(OLD, "devnet", OLD_KEY.public_key().hex(), NOW, NOW)
    ]
    assert [output.lovelace for output in await chain.unspent_outputs(OLD)] == []
    assert len(await chain.unspent_outputs(WALLET.address)) == 1


async def test_what_comes_later_is_moved_and_changes_no_date(
    rotation: RotationActivities, moving: Registry, chain: FakeChain, engine: AsyncEngine
) -> None:
    await run(rotation.sweep_address, SWEEP)
    await settle(moving)
    await run(rotation.close_address, CLOSE)
    closed = await addresses(engine)
    moving.clock.advance(days=1)
    chain.give(OLD, 4_000_000)

    swept = await run(rotation.sweep_address, SWEEP)
    await settle(moving)
    again = await run(rotation.close_address, CLOSE)

    assert swept.tx_hash is not None
    assert again == AddressClosed(closed=True)
    assert await addresses(engine) == closed


async def test_a_sweep_that_expired_is_made_anew_before_the_address_is_closed(
    rotation: RotationActivities, moving: Registry, chain: FakeChain
) -> None:
    first = await run(rotation.sweep_address, SWEEP)
    chain.mine(slots=TTL_SLOTS)
    await run_until_shutdown(moving.on_chain.follow_chain, FollowChain())
    chain.mine(EXPIRY_SETTLE_BLOCKS - 1)
    for _ in range(MISSES_BEFORE_EXPIRED):
        chain.mine()
        await run_until_shutdown(moving.on_chain.follow_chain, FollowChain())

    closed = await run(rotation.close_address, CLOSE)
    second = await run(rotation.sweep_address, SWEEP)

    assert closed == AddressClosed(closed=False)
    assert second.tx_hash not in {None, first.tx_hash}


async def test_a_sweep_that_landed_unseen_is_not_given_up(
    registry: Registry, engine: AsyncEngine
) -> None:
    """Its output is at the present address, not at the one that was swept."""
    chain = CountingChain({OLD: [3_000_000]})
    rotation = RotationActivities(
        registry.database,
        chain,
        WALLET,
        [old_wallet(engine, chain)],
        registry.clock,
        ttl_slots=TTL_SLOTS,
    )
    moving = Registry(registry.database, chain=chain)
    swept = await run(rotation.sweep_address, SWEEP)
    assert swept.tx_hash is not None
    await run(moving.on_chain.submit_transaction, SubmitTransaction(tx_hash=swept.tx_hash))
    chain.mine()
    chain.never_shows.add(swept.tx_hash)
    chain.mine(slots=TTL_SLOTS)
    await run_until_shutdown(moving.on_chain.follow_chain, FollowChain())
    chain.mine(EXPIRY_SETTLE_BLOCKS)
    for _ in range(MISSES_BEFORE_EXPIRED):
        await run_until_shutdown(moving.on_chain.follow_chain, FollowChain())
        chain.mine()

    (stored,) = (await snapshot(engine))["chain_transactions"]

    assert stored["status"] == "submitted"


async def test_what_cannot_pay_for_its_own_way_stays(
    registry: Registry, engine: AsyncEngine
) -> None:
    chain = FakeChain({OLD: [1_000_000]})
    rotation = RotationActivities(
        registry.database,
        chain,
        WALLET,
        [old_wallet(engine, chain)],
        registry.clock,
        ttl_slots=TTL_SLOTS,
    )

    swept = await run(rotation.sweep_address, SWEEP)
    closed = await run(
        rotation.close_address, CloseAddress(address=OLD, dust_lovelace=swept.dust_lovelace)
    )

    assert swept == AddressSwept(dust_lovelace=1_000_000)
    assert closed == AddressClosed(closed=True)


async def test_a_worker_without_the_key_leaves_it_to_another(
    registry: Registry, chain: FakeChain
) -> None:
    rotation = RotationActivities(
        registry.database, chain, WALLET, [], registry.clock, ttl_slots=TTL_SLOTS
    )

    with pytest.raises(ApplicationError, match="holds no retired key for") as refused:
        await run(rotation.sweep_address, SWEEP)

    assert not refused.value.non_retryable


async def test_a_refused_sweep_is_told_to_staff_once_and_not_tried_again(
    registry: Registry, engine: AsyncEngine
) -> None:
    """The retired key may pay the present address alone, and here that is said to be another one."""
    elsewhere = PlatformWallet(SeedSigner("another platform"), CardanoNetwork.DEVNET)
    chain = FakeChain({OLD: [3_000_000]})
    rotation = RotationActivities(
        registry.database,
        chain,
        elsewhere,
        [old_wallet(engine, chain)],
        registry.clock,
        ttl_slots=TTL_SLOTS,
    )
    await story.credits_are_issued(registry)

    for _ in range(2):
        with pytest.raises(ApplicationError, match="refused to sign its sweep") as refused:
            await run(rotation.sweep_address, SWEEP)
        assert (refused.value.type, refused.value.non_retryable) == ("SigningRefused", True)

    tables = await snapshot(engine)
    told = [one for one in tables["notifications"] if one["kind"] == "alert"]
    async with registry.database.transaction() as work:
        staff = await work.accounts.accounts.administrators()
    assert {one["message"] for one in told} == {refused.value.message}
    assert sorted(one["user_id"] for one in told) == sorted(str(one) for one in staff)
    assert tables["chain_transactions"] == []


async def test_the_old_key_writes_no_record(engine: AsyncEngine, chain: FakeChain) -> None:
    await story.credits_are_issued(Registry(PostgresDatabase(engine), chain=chain))
    (record,) = (await snapshot(engine))["chain_records"]
    present = enterprise_address(WALLET.public_key, CardanoNetwork.DEVNET)
    unsigned = build(
        record["record"],
        inputs=await chain.unspent_outputs(OLD),
        address=address_bytes(present),
        ttl_slot=chain.slot + TTL_SLOTS,
        parameters=PREVIEW_PARAMETERS,
    )

    with pytest.raises(OtherPurpose, match="it moves what is left and writes no record"):
        await old_signer(engine, chain).sign(unsigned.body, SigningOrder((UUID(record["id"]),)))


async def test_the_old_key_pays_nobody_but_the_present_address(
    engine: AsyncEngine, chain: FakeChain
) -> None:
    tip = await chain.tip()

    with pytest.raises(ForeignOutput):
        await old_wallet(engine, chain).sweep(
            OLD,
            inputs=await chain.unspent_outputs(OLD),
            ttl_slot=tip.slot + TTL_SLOTS,
            parameters=PREVIEW_PARAMETERS,
        )


async def test_the_present_wallet_pays_for_records_with_what_was_moved(
    rotation: RotationActivities, moving: Registry, chain: FakeChain, engine: AsyncEngine
) -> None:
    await story.credits_are_issued(moving)
    swept = await run(rotation.sweep_address, SWEEP)

    anchored = await run(moving.on_chain.anchor_records, AnchorRecords())
    for tx_hash in (swept.tx_hash, anchored.tx_hash):
        assert tx_hash is not None
        sent = await run(moving.on_chain.submit_transaction, SubmitTransaction(tx_hash=tx_hash))
        assert sent.taken
    await settle(moving)
    await run(rotation.close_address, CLOSE)

    assert {one.address: one.until for one in await addresses(engine)} == {
        OLD: NOW,
        WALLET.address: None,
    }


async def test_an_address_that_is_taken_into_use_again_is_open_again(
    registry: Registry, engine: AsyncEngine
) -> None:
    known = PlatformAddress(WALLET.address, "devnet", WALLET.public_key.hex(), NOW, None)
    async with registry.database.transaction() as work:
        await work.chain.platform_addresses.add(known)
        await work.chain.platform_addresses.close(WALLET.address, NOW + timedelta(hours=1))

    await story.credits_are_issued(registry)
    await run(registry.on_chain.anchor_records, AnchorRecords())

    assert await addresses(engine) == [known]
