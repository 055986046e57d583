"""Batches: how many records share a transaction, when they wait for one another, and who signs."""

import cbor2
import pytest
from pycardano import Transaction
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError

from activities.chain.anchoring import (
    ANNOUNCED_AT_ONCE,
    AnnounceRecords,
    ChainFollowed,
    FollowChain,
    RecordsAnchored,
    SubmitTransaction,
)
from activities.chain.confirmation_tracker import ChainRules
from adapters.chain.wallet.wallet import PlatformWallet
from adapters.postgres.chain.wallets import read_wallets
from adapters.postgres.database import PostgresDatabase
from domain.chain.metadata import payload
from domain.chain.networks import CardanoNetwork
from domain.chain.packing import RECORDS_AT_ONCE
from domain.chain.polling import CONFIRMED_CHECK_BLOCKS
from domain.chain.records import RecordStatus
from domain.chain.wallets import WalletState
from domain.errors import Conflict, NotFound
from tests.activities import story
from tests.activities.chain.queued import (
    anchor,
    anchored,
    now,
    only_these_wait,
    queue,
    queued,
    sent,
    statuses,
)
from tests.activities.registry import (
    FUNDS_LOVELACE,
    WALLET,
    Registry,
    funded_chain,
    keep_draft,
    run,
    run_until_shutdown,
)
from tests.databases import snapshot
from tests.factories import ADMINISTRATOR, NOW, named
from tests.fakes.chain import SeedSigner
from tests.fakes.counting_chain import CountingChain

SECOND = PlatformWallet(SeedSigner("second"), CardanoNetwork.DEVNET)
FLUSH_SECONDS = ChainRules(6, 432, 7_200, 1).flush_seconds


def two_wallets(engine: AsyncEngine) -> Registry:
    funds = {WALLET.address: [FUNDS_LOVELACE], SECOND.address: [FUNDS_LOVELACE]}
    return Registry(
        PostgresDatabase(engine),
        chain=funded_chain(funds),
        wallets={"platform": WALLET, "second": SECOND},
    )


async def test_one_record_keeps_the_seeds_shape(registry: Registry, engine: AsyncEngine) -> None:
    (record,) = await only_these_wait(registry, engine, queued(1))

    stored = await anchored(registry)

    metadata = Transaction.from_cbor(stored.cbor).auxiliary_data.data.metadata
    assert metadata[674] == record.record


async def test_what_waits_goes_together_in_order(registry: Registry, engine: AsyncEngine) -> None:
    records = await only_these_wait(registry, engine, *(queued(number) for number in range(5)))

    stored = await anchored(registry)

    metadata = Transaction.from_cbor(stored.cbor).auxiliary_data.data.metadata
    assert metadata[674] == payload([record.record for record in records])
    assert {(await now(registry, record)).tx_hash for record in records} == {stored.tx_hash}


async def test_a_backlog_fills_transactions_of_a_sixth_of_a_block(
    registry: Registry, engine: AsyncEngine
) -> None:
    await only_these_wait(registry, engine, *(queued(number) for number in range(110)))

    stored = [await sent(registry), await sent(registry), await sent(registry)]

    first, second, _ = (len(one.cbor) for one in stored)
    assert 14_500 < first <= 90_112 // 6
    assert 14_500 < second <= 90_112 // 6
    assert await anchor(registry) == RecordsAnchored()


async def test_while_something_is_on_its_way_records_wait_for_company(
    registry: Registry, engine: AsyncEngine
) -> None:
    await only_these_wait(registry, engine, queued(1))
    await sent(registry)
    await queue(registry, queued(2), queued(3))

    waiting = await anchor(registry)
    after_a_while = await anchor(registry, flush=True)

    assert waiting == RecordsAnchored(waiting=2, flush_in_seconds=FLUSH_SECONDS)
    assert after_a_while.tx_hash is not None


async def test_a_transaction_that_is_full_waits_for_nothing(
    registry: Registry, engine: AsyncEngine
) -> None:
    await only_these_wait(registry, engine, queued(0))
    await sent(registry)
    await queue(registry, *(queued(number) for number in range(1, 60)))

    full, rest = await anchor(registry), await anchor(registry)

    assert full.tx_hash is not None
    assert full.waiting == rest.waiting > 0
    assert rest.flush_in_seconds == FLUSH_SECONDS


async def test_once_a_block_holds_everything_nobody_waits(
    registry: Registry, engine: AsyncEngine
) -> None:
    await only_these_wait(registry, engine, queued(1))
    await sent(registry)
    registry.chain.mine()
    await story.the_follower_looks_once(registry)
    await queue(registry, queued(2))

    assert (await anchor(registry)).tx_hash is not None


async def test_a_wallet_signs_no_more_than_fifty_before_a_block_takes_some(
    registry: Registry, engine: AsyncEngine
) -> None:
    await only_these_wait(registry, engine)
    for number in range(50):
        # One record in each, as on a quiet day.
        await queue(registry, queued(number))
        assert (await anchor(registry, flush=True)).tx_hash is not None, number
    await queue(registry, queued(50))

    assert await anchor(registry, flush=True) == RecordsAnchored(waiting=1, held=True, unsent=50)


async def test_a_record_larger_than_a_transaction_is_parked_alone(
    registry: Registry, engine: AsyncEngine
) -> None:
    small, too_large, other = await only_these_wait(
        registry, engine, queued(1), queued(2, reason="x" * 17_000), queued(3)
    )

    answers = [await anchor(registry, flush=True) for _ in range(3)]

    assert [(answer.tx_hash is not None, answer.parked) for answer in answers] == [
        (True, 0),
        (False, 1),
        (True, 0),
    ]
    assert await statuses(registry, [small, too_large, other]) == [
        RecordStatus.SUBMITTED,
        RecordStatus.PARKED,
        RecordStatus.SUBMITTED,
    ]


async def test_a_record_between_a_sixth_of_a_block_and_a_transaction_goes_alone(
    registry: Registry, engine: AsyncEngine
) -> None:
    await only_these_wait(registry, engine, queued(1, reason="x" * 15_400), queued(2))

    stored = await anchored(registry)

    assert 90_112 // 6 < len(stored.cbor) <= 16_384
    metadata = Transaction.from_cbor(stored.cbor).auxiliary_data.data.metadata
    assert metadata[674] == queued(1, reason="x" * 15_400).record
    assert len(cbor2.dumps(metadata[674])) > 15_400


async def test_the_provider_is_requested_nothing_when_nothing_waits(
    registry: Registry, engine: AsyncEngine
) -> None:
    await only_these_wait(registry, engine)
    registry.chain.fail(AssertionError("nobody should ask"))

    assert await anchor(registry) == RecordsAnchored()


async def test_a_tip_of_a_moment_ago_serves_several_transactions(engine: AsyncEngine) -> None:
    chain = CountingChain({WALLET.address: [FUNDS_LOVELACE]})
    registry = Registry(PostgresDatabase(engine), chain=chain, tip_seconds=60)
    await only_these_wait(registry, engine, *(queued(number) for number in range(110)))

    for _ in range(3):
        assert (await anchor(registry, flush=True)).tx_hash is not None

    # The tip, the parameters, and once the wallet's outputs.
    assert chain.calls == 3


async def test_two_wallets_share_one_queue(engine: AsyncEngine) -> None:
    # More than one of them holds while it packs.
    count = RECORDS_AT_ONCE + 60
    registry = two_wallets(engine)
    records = await only_these_wait(registry, engine, *(queued(number) for number in range(count)))

    # One after the other: while one signs, it holds all that waits, and the other finds nothing.
    first = await anchor(registry, flush=True)
    second = await anchor(registry, flush=True, wallet="second")
    rest = await anchor(registry, flush=True)
    while (await anchor(registry, flush=True)).tx_hash:
        pass

    carriers = [(await now(registry, record)).tx_hash for record in records]
    addresses = {row["wallet_address"] for row in (await snapshot(engine))["chain_transactions"]}
    assert None not in {first.tx_hash, second.tx_hash, rest.tx_hash, *carriers}
    assert addresses == {WALLET.address, SECOND.address}
    assert second.share_with in {(), ("platform",)}
    assert await statuses(registry, records) == [RecordStatus.SUBMITTED] * count


async def test_many_are_told_in_parts_and_not_what_a_rollback_took_in_between(
    registry: Registry, engine: AsyncEngine
) -> None:
    count = ANNOUNCED_AT_ONCE + 10
    await only_these_wait(registry, engine, *(queued(number) for number in range(count)))
    while (tx_hash := (await anchor(registry, flush=True)).tx_hash) is not None:
        await run(registry.on_chain.submit_transaction, SubmitTransaction(tx_hash=tx_hash))
    registry.chain.mine(7)

    first = await run(registry.on_chain.follow_chain, FollowChain())
    told = tuple(one.record_id for one in first.confirmed)
    await run(registry.on_chain.announce_records, AnnounceRecords(record_ids=told))
    registry.chain.rollback(7, requeue=False)
    # What is confirmed is looked at every tenth block.
    registry.chain.mine(7 + CONFIRMED_CHECK_BLOCKS)
    second = await run_until_shutdown(registry.on_chain.follow_chain, FollowChain())

    assert len(told) == ANNOUNCED_AT_ONCE
    assert second == ChainFollowed(in_flight=first.in_flight)


async def test_a_wallet_with_more_to_do_names_the_others(engine: AsyncEngine) -> None:
    registry = two_wallets(engine)
    await only_these_wait(registry, engine, *(queued(number) for number in range(60)))

    more, last = await anchor(registry, flush=True), await anchor(registry, flush=True)

    assert (more.share_with, last.share_with) == (("second",), ())


async def test_a_wallet_without_a_key_is_none_of_ours(registry: Registry) -> None:
    with pytest.raises(ApplicationError, match="PLATFORM_WALLETS") as refused:
        await anchor(registry, wallet="no such wallet")

    assert refused.value.non_retryable


async def test_a_frozen_wallet_signs_nothing_and_a_resumed_one_does(
    registry: Registry, engine: AsyncEngine
) -> None:
    await only_these_wait(registry, engine, queued(1))
    await story.the_wallet_is_frozen(registry)

    frozen = await anchor(registry, flush=True)
    async with engine.connect() as connection:
        (state,) = await read_wallets(connection)
    await run(registry.wallet.resume_wallet, story.RESUME_WALLET)
    resumed = await anchor(registry)

    assert frozen == RecordsAnchored(waiting=1, frozen=True)
    assert state == WalletState(
        network="devnet",
        name="platform",
        address=WALLET.address,
        frozen_at=NOW,
        frozen_reason=story.WALLET_FREEZE_DRAFT.reason,
        frozen_by=ADMINISTRATOR.id,
    )
    assert resumed.tx_hash is not None


async def test_freezing_and_resuming_leave_their_audit_entries(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.the_wallet_is_frozen(registry)
    await run(registry.wallet.resume_wallet, story.RESUME_WALLET)

    entries = (await snapshot(engine))["audit_logs"]

    assert [(entry["event_type"], entry["changes"]["after"]["frozen"]) for entry in entries] == [
        ("wallet.freeze", True),
        ("wallet.resume", False),
    ]


async def test_another_wallet_goes_on_while_one_is_frozen(engine: AsyncEngine) -> None:
    registry = two_wallets(engine)
    await only_these_wait(registry, engine, queued(1))
    await story.the_wallet_is_frozen(registry)

    frozen = await anchor(registry)
    by_the_other = await anchor(registry, wallet="second")

    assert (frozen.frozen, frozen.share_with) == (True, ("second",))
    assert by_the_other.tx_hash is not None


async def test_a_wallet_is_frozen_once_and_resumed_once(registry: Registry) -> None:
    with pytest.raises(Conflict, match="not frozen"):
        await run(registry.wallet.resume_wallet, story.RESUME_WALLET)
    await story.the_wallet_is_frozen(registry)
    again = story.FREEZE_WALLET.model_copy(update={"operation_id": named("another freeze")})
    await keep_draft(registry, again.operation_id, ADMINISTRATOR.id, story.WALLET_FREEZE_DRAFT)

    with pytest.raises(Conflict, match="frozen already: Its key is doubted"):
        await run(registry.wallet.freeze_wallet, again)


async def test_a_wallet_that_is_not_there_is_not_frozen(registry: Registry) -> None:
    with pytest.raises(NotFound):
        await run(
            registry.wallet.freeze_wallet,
            story.FREEZE_WALLET.model_copy(update={"wallet": "third"}),
        )


async def test_a_wallet_with_a_new_key_is_noted_with_its_new_address(
    registry: Registry, engine: AsyncEngine
) -> None:
    await only_these_wait(registry, engine, queued(1), queued(2))
    await anchored(registry)
    rotated = Registry(
        registry.database,
        chain=funded_chain({SECOND.address: [FUNDS_LOVELACE]}),
        wallets={"platform": SECOND},
    )
    await queue(registry, queued(3))

    await anchored(rotated)

    async with engine.connect() as connection:
        assert await read_wallets(connection) == [
            WalletState(network="devnet", name="platform", address=SECOND.address)
        ]
