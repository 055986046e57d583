"""
The signer beside the registry's own activities: it signs what the database holds, and nothing else.

The wallet here has the real policy and the real look at the database; the chain is a fake.
"""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.chain.anchoring import AnchorRecords, ChainActivities, RecordsAnchored
from activities.chain.confirmation_tracker import ChainRules
from activities.chain.provider_check import ProviderNeeds
from activities.chain.wallets import WalletActivities
from activities.chain.watch import ChainWatchActivities, WatchChain
from adapters.chain.wallet.addresses import address_bytes, enterprise_address
from adapters.chain.wallet.signer import PolicySigner
from adapters.chain.wallet.wallet import PlatformWallet
from adapters.postgres.chain.stored_payloads import PostgresStoredPayloads
from domain.chain.metadata import differences
from domain.chain.networks import CardanoNetwork
from domain.chain.signing_policy import FeeTooHigh, OtherMetadata, SigningPolicy, SigningRefused
from domain.chain.transactions import UnspentOutput
from domain.chain.wallets import DEFAULT_WALLET
from tests.activities import story
from tests.activities.chain.queued import only_these_wait, queued
from tests.activities.registry import TTL_SLOTS, Registry, run
from tests.databases import changed_tables, snapshot
from tests.factories import NOW, named
from tests.fakes.chain import FIRST_SLOT, PREVIEW_PARAMETERS, SLOT_ZERO_AT, FakeChain, SeedKey
from tests.fakes.clock import FixedClock

KEY = SeedKey("under the policy")
ADDRESS = enterprise_address(KEY.public_key(), CardanoNetwork.DEVNET)


POLICY = SigningPolicy(
    frozenset({address_bytes(ADDRESS)}),
    fee_lovelace_max=1_000_000,
    ttl_slots_max=TTL_SLOTS,
    slot_zero_at=SLOT_ZERO_AT,
)
FEE_TOO_HIGH = "lovelace; at most 1 are paid."


@pytest.fixture
def wallet(engine: AsyncEngine) -> PlatformWallet:
    return wallet_with(POLICY, engine)


def wallet_with(policy: SigningPolicy, engine: AsyncEngine) -> PlatformWallet:
    signer = PolicySigner(KEY, policy, PostgresStoredPayloads(engine), FixedClock(NOW))
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
        ttl_slot=FIRST_SLOT + TTL_SLOTS,
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


@dataclass(frozen=True)
class Refusing:
    """A policy that has one answer."""

    refusal: SigningRefused

    def require(self, *_: object, **__: object) -> None:
        raise self.refusal


async def refused_once(
    registry: Registry, engine: AsyncEngine, refusal: SigningRefused
) -> RecordsAnchored:
    await only_these_wait(registry, engine, queued(1), queued(2))
    refusing: Any = Refusing(refusal)
    activities = on_chain(registry, wallet_with(refusing, engine))
    return await run(activities.anchor_records, AnchorRecords(flush=True))


async def test_a_refused_signature_freezes_the_wallet_and_is_not_asked_for_again(
    registry: Registry, engine: AsyncEngine, wallet: PlatformWallet
) -> None:
    await only_these_wait(registry, engine, queued(1), queued(2))
    activities = on_chain(registry, wallet_with(replace(POLICY, fee_lovelace_max=1), engine))

    refused = await run(activities.anchor_records, AnchorRecords(flush=True))
    again = await run(on_chain(registry, wallet).anchor_records, AnchorRecords(flush=True))

    tables = await snapshot(engine)
    assert refused.refused is not None
    assert refused.refused.endswith(FEE_TOO_HIGH)
    assert refused == RecordsAnchored(frozen=True, refused=refused.refused)
    assert again == RecordsAnchored(
        waiting=2, frozen=True, refused=f"Its key refused to sign. {refused.refused}"
    )
    assert tables["chain_transactions"] == []
    assert tables["audit_logs"][-1]["changes"] == {
        "before": {"frozen": False, "reason": None},
        "after": {"frozen": True, "reason": again.refused},
    }


async def test_records_whose_content_was_refused_are_parked_with_the_reason(
    registry: Registry, engine: AsyncEngine
) -> None:
    refused = await refused_once(registry, engine, OtherMetadata("It commits to other metadata."))

    records = (await snapshot(engine))["chain_records"]
    assert (refused.parked, refused.frozen) == (2, True)
    named_so = [one for one in records if one["id"] in {str(queued(n).id) for n in (1, 2)}]
    assert [(one["status"], one["park_reason"]) for one in named_so] == [
        ("parked", "The key refused to sign it. It commits to other metadata.")
    ] * 2


async def test_records_that_are_not_to_blame_keep_their_place_and_go_once_staff_resume(
    registry: Registry, engine: AsyncEngine, wallet: PlatformWallet
) -> None:
    await refused_once(registry, engine, FeeTooHigh("The fee is too high."))
    activities = on_chain(registry, wallet)
    platform = {DEFAULT_WALLET: wallet}
    staff = WalletActivities(registry.database, platform, registry.clock, network="devnet")

    await run(staff.resume_wallet, story.RESUME_WALLET)
    gone = await run(activities.anchor_records, AnchorRecords(flush=True))

    assert (gone.tx_hash is not None, gone.waiting, gone.parked) == (True, 0, 0)


async def test_staff_are_told_that_a_key_refused_and_what_it_said(
    registry: Registry, engine: AsyncEngine
) -> None:
    await refused_once(registry, engine, FeeTooHigh("The fee is too high."))
    watching = ChainWatchActivities(
        registry.database,
        registry.chain,
        registry.clock,
        needs=ProviderNeeds.usual(CardanoNetwork.DEVNET),
        addresses=[ADDRESS],
    )

    await run(watching.watch_chain, WatchChain(watch_id=named("a watch")))

    alerts = {one["kind"]: one for one in (await snapshot(engine))["alerts"]}
    assert alerts["wallet_frozen"]["subject"] == ADDRESS
    assert alerts["wallet_frozen"]["sentence"] == (
        f"The wallet {ADDRESS} is frozen by the registry itself (Its key refused to sign. The fee is"
        " too high.); records wait until it is resumed."
    )
