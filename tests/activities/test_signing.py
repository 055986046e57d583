"""
The signer beside the registry's own activities: it signs what the database holds, and nothing else.

The wallet here has the real policy and the real look at the database; the chain is a fake.
"""

from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.chain import AnchorRecords, ChainActivities
from activities.following import ChainRules
from adapters.chain.signer import PolicySigner
from adapters.chain.wallet import PlatformWallet, enterprise_address
from adapters.postgres.stored_payloads import PostgresStoredPayloads
from adapters.settings import CardanoNetwork
from domain.chain import UnspentOutput
from domain.metadata import differences
from domain.signing_policy import OtherMetadata, SigningPolicy
from domain.wallets import DEFAULT_WALLET
from tests.activities import story
from tests.activities.registry import TTL_SLOTS, Registry, run
from tests.databases import changed_tables, snapshot
from tests.fakes.chain import PREVIEW_PARAMETERS, FakeChain, SeedKey

KEY = SeedKey("under the policy")
ADDRESS = enterprise_address(KEY.public_key(), CardanoNetwork.DEVNET)


@pytest.fixture
def wallet(engine: AsyncEngine) -> PlatformWallet:
    policy = SigningPolicy(
        frozenset({bytes(ADDRESS.to_primitive())}), fee_lovelace_max=1_000_000, ttl_slots_max=7_320
    )
    signer = PolicySigner(KEY, policy, PostgresStoredPayloads(engine))
    return PlatformWallet(signer, CardanoNetwork.DEVNET)


def on_chain(registry: Registry, wallet: PlatformWallet) -> ChainActivities:
    return ChainActivities(
        registry.database,
        FakeChain({wallet.address: [5_000_000]}),
        {DEFAULT_WALLET: wallet},
        registry.clock,
        ChainRules(
            confirmations_required=6, finality_blocks=432, ttl_slots=TTL_SLOTS, poll_seconds=0.01
        ),
        network="devnet",
    )


async def sign(wallet: PlatformWallet, metadata: object, *record_ids: UUID) -> None:
    await wallet.sign(
        metadata,  # type: ignore[arg-type]  # JSON, as the database gives it back
        record_ids=record_ids,
        inputs=[UnspentOutput("ab" * 32, 0, 5_000_000)],
        tip_slot=1_000,
        ttl_slot=1_000 + TTL_SLOTS,
        parameters=PREVIEW_PARAMETERS,
    )


async def test_a_queued_record_is_signed_as_the_database_holds_it(
    registry: Registry, wallet: PlatformWallet, engine: AsyncEngine
) -> None:
    await story.credits_are_issued(registry)

    anchored = await run(on_chain(registry, wallet).anchor_records, AnchorRecords(flush=True))

    (stored,) = (await snapshot(engine))["chain_records"]
    assert stored["tx_hash"] == anchored.tx_hash is not None


async def test_what_differs_from_the_stored_record_is_not_signed(
    registry: Registry, wallet: PlatformWallet, engine: AsyncEngine
) -> None:
    await story.credits_are_issued(registry)
    (stored,) = (await snapshot(engine))["chain_records"]
    more = stored["record"] | {"quantity": "999999.999"}
    assert differences(stored["record"], more) == ("/quantity",)

    await sign(wallet, stored["record"], UUID(stored["id"]))
    with pytest.raises(OtherMetadata, match="other metadata than the records that are stored"):
        await sign(wallet, more, UUID(stored["id"]))


async def test_a_record_is_signed_for_only_while_it_waits(
    registry: Registry, wallet: PlatformWallet, engine: AsyncEngine
) -> None:
    await story.credits_are_issued(registry)
    activities = on_chain(registry, wallet)
    await run(activities.anchor_records, AnchorRecords())
    before = await snapshot(engine)
    (stored,) = before["chain_records"]

    with pytest.raises(OtherMetadata, match="Of 1 records to be written 0 are stored and wait"):
        await sign(wallet, stored["record"], UUID(stored["id"]))

    assert changed_tables(before, await snapshot(engine)) == set()


async def test_a_record_that_is_named_twice_is_not_signed(
    registry: Registry, wallet: PlatformWallet, engine: AsyncEngine
) -> None:
    await story.credits_are_issued(registry)
    (stored,) = (await snapshot(engine))["chain_records"]
    record_id = UUID(stored["id"])

    with pytest.raises(OtherMetadata, match="Of 2 records to be written 1 are stored"):
        await sign(wallet, stored["record"], record_id, record_id)
