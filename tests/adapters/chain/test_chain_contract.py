"""
What a chain does, whichever it is: each test runs on the fake and on the devnet's ledger rules,
there as hosted Blockfrost serves it, as a Dolos at the root does, and as Ogmios and Kupo do.

Tests of workflows and activities trust the fake because of these.
"""

from datetime import UTC, datetime
from typing import cast

import pytest

from activities.ports.chain.provider import (
    ChainHistory,
    ChainMisconfigured,
    ChainUnavailable,
    TransactionRefused,
)
from adapters.chain.blockfrost import api, client
from domain.certificates.check_results import ChainFacts
from domain.chain.metadata import differences, payload, retirement_record
from domain.chain.transactions import Inclusion, UnspentOutput
from tests.adapters.chain.worlds import FUNDS_LOVELACE, World
from tests.fakes.chain import PREVIEW_PARAMETERS
from tests.fakes.chain_history import ToldChain

RETIREMENT = retirement_record(
    serial="KRB-2024-001-000001",
    project_id="5f0f3b9e-6f1b-4c39-9f25-0d9f6f6b2f11",
    quantity_units=100_000,
    vintage=2024,
    retired_by="b1946ac9-2492-4b2d-8a11-6f1f5a0f7c55",
    reason="Neutralité carbone, déplacements 2024, 東京 → Genève, siège et filiales",
    at=datetime(2024, 1, 15, 10, 30, tzinfo=UTC),
)
UNKNOWN_TX_HASH = "ab" * 32


async def test_each_block_moves_the_tip_by_one(world: World) -> None:
    before = await world.chain.tip()

    await world.hand.mine(3, slots=20)

    after = await world.chain.tip()
    assert after.height - before.height == 3
    # The devnet's slots follow the wall clock besides.
    assert 60 <= after.slot - before.slot < 90
    assert after.block_hash != before.block_hash


async def test_the_parameters_are_those_of_preview(world: World) -> None:
    assert await world.chain.parameters() == PREVIEW_PARAMETERS


async def test_a_wallet_sees_what_it_was_funded_with(world: World) -> None:
    funds = await world.funds()

    assert tuple(output.lovelace for output in funds) == FUNDS_LOVELACE


async def test_an_address_that_was_never_used_has_nothing(world: World) -> None:
    unused = "addr_test1vzpwq95z3xyum8vqndgdd9mdnmafh3djcxnc6jemlgdmswcve6tkw"

    assert await world.chain.unspent_outputs(unused) == ()


async def test_an_address_that_was_never_used_has_no_transactions(world: World) -> None:
    unused = "addr_test1vzpwq95z3xyum8vqndgdd9mdnmafh3djcxnc6jemlgdmswcve6tkw"

    assert await world.chain.transactions_of(unused) == ()


async def test_the_transactions_of_an_address_come_oldest_first(world: World) -> None:
    before = await world.chain.transactions_of(world.wallet.address)
    first = await world.sign(RETIREMENT)
    child = await world.sign(RETIREMENT, first.change)
    later = await world.sign(RETIREMENT, child.change)
    await world.chain.submit(first.cbor)
    await world.chain.submit(child.cbor)
    await world.hand.mine()
    await world.chain.submit(later.cbor)
    await world.hand.mine()

    hashes = await world.chain.transactions_of(world.wallet.address)

    assert hashes == (*before, first.tx_hash, child.tx_hash, later.tx_hash)


async def test_a_history_longer_than_a_window_of_pages_is_whole(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "PAGE_LENGTH", 2)
    monkeypatch.setattr(client, "WINDOW_PAGES", 2)
    before = await world.chain.transactions_of(world.wallet.address)
    chained = [await world.sign(RETIREMENT)]
    for _ in range(8):
        chained.append(await world.sign(RETIREMENT, chained[-1].change))
    for number, signed in enumerate(chained):
        await world.chain.submit(signed.cbor)
        if number % 3 == 2:
            await world.hand.mine()

    hashes = await world.chain.transactions_of(world.wallet.address)

    assert hashes == (*before, *(signed.tx_hash for signed in chained))


async def test_a_transaction_that_no_block_holds_is_none_of_the_addresss(world: World) -> None:
    before = await world.chain.transactions_of(world.wallet.address)
    signed = await world.sign(RETIREMENT)

    await world.chain.submit(signed.cbor)

    assert await world.chain.transactions_of(world.wallet.address) == before


async def test_a_transaction_is_shown_once_a_block_holds_it(world: World) -> None:
    signed = await world.sign(RETIREMENT)

    await world.chain.submit(signed.cbor)
    in_the_mempool = await world.chain.inclusion(signed.tx_hash)
    await world.hand.mine()
    block = await world.chain.tip()
    fresh = await world.chain.inclusion(signed.tx_hash)
    await world.hand.mine(6)
    deep = await world.chain.inclusion(signed.tx_hash)

    assert in_the_mempool is None
    assert fresh == Inclusion(signed.tx_hash, block.block_hash, block.height, block.slot, 0)
    assert deep == Inclusion(signed.tx_hash, block.block_hash, block.height, block.slot, 6)


async def test_the_change_is_the_output_that_was_foretold(world: World) -> None:
    large, small = await world.funds()

    signed = await world.sign(RETIREMENT, large)
    await world.chain.submit(signed.cbor)
    await world.hand.mine()

    assert await world.funds() == [signed.change, small]
    assert signed.change == UnspentOutput(signed.tx_hash, 0, large.lovelace - signed.fee_lovelace)


async def test_several_inputs_become_one_output(world: World) -> None:
    signed = await world.sign(RETIREMENT, *await world.funds())

    await world.chain.submit(signed.cbor)
    await world.hand.mine()

    assert await world.funds() == [signed.change]


@pytest.mark.parametrize("records", [1, 3])
async def test_records_read_back_unchanged(world: World, records: int) -> None:
    sent = payload([{**RETIREMENT, "credit_id": f"entry {number}"} for number in range(records)])
    signed = await world.sign(sent)

    await world.chain.submit(signed.cbor)
    await world.hand.mine()

    metadata = await world.chain.metadata(signed.tx_hash)
    assert list(metadata) == ["674"]
    assert differences(sent, metadata["674"]) == ()


async def test_metadata_of_an_unknown_transaction_is_no_empty_metadata(world: World) -> None:
    with pytest.raises(ChainUnavailable):
        await world.chain.metadata(UNKNOWN_TX_HASH)


async def test_a_transaction_names_who_paid_for_it(world: World) -> None:
    signed = await world.sign(RETIREMENT)
    await world.chain.submit(signed.cbor)
    await world.hand.mine()

    history = cast("ChainHistory", world.chain)
    assert await history.payers(signed.tx_hash) == (world.wallet.address,)
    with pytest.raises(ChainUnavailable):
        await history.payers(UNKNOWN_TX_HASH)


async def test_a_chain_that_is_told_answers_as_the_one_it_was_told_of(world: World) -> None:
    """The fake for who only checks certificates: what it is told is all it knows."""
    signed = await world.sign(RETIREMENT)
    await world.chain.submit(signed.cbor)
    await world.hand.mine(2)
    history = cast("ChainHistory", world.chain)
    inclusion = await history.inclusion(signed.tx_hash)
    assert inclusion is not None
    facts = ChainFacts(
        inclusion,
        (await history.metadata(signed.tx_hash))["674"],
        tuple(await history.payers(signed.tx_hash)),
        inclusion.block_time,
    )
    told: ChainHistory = ToldChain({signed.tx_hash: facts})

    assert await told.inclusion(signed.tx_hash) == inclusion
    assert await told.metadata(signed.tx_hash) == await history.metadata(signed.tx_hash)
    assert await told.payers(signed.tx_hash) == await history.payers(signed.tx_hash)
    for chain in (told, history):
        assert await chain.inclusion(UNKNOWN_TX_HASH) is None
        with pytest.raises(ChainUnavailable):
            await chain.metadata(UNKNOWN_TX_HASH)
        with pytest.raises(ChainUnavailable):
            await chain.payers(UNKNOWN_TX_HASH)


async def test_a_child_spends_the_change_of_a_parent_that_no_block_holds_yet(world: World) -> None:
    parent = await world.sign(RETIREMENT)
    child = await world.sign(RETIREMENT, parent.change)

    await world.chain.submit(parent.cbor)
    await world.chain.submit(child.cbor)
    await world.hand.mine()

    seen = [await world.chain.inclusion(signed.tx_hash) for signed in (parent, child)]
    assert [inclusion and inclusion.confirmations for inclusion in seen] == [0, 0]


async def test_a_child_before_its_parent_is_refused(world: World) -> None:
    parent = await world.sign(RETIREMENT)
    child = await world.sign(RETIREMENT, parent.change)

    with pytest.raises(TransactionRefused):
        await world.chain.submit(child.cbor)


async def test_the_same_bytes_land_once(world: World) -> None:
    signed = await world.sign(RETIREMENT)
    await world.chain.submit(signed.cbor)

    with pytest.raises(TransactionRefused):
        await world.chain.submit(signed.cbor)
    await world.hand.mine()
    with pytest.raises(TransactionRefused):
        await world.chain.submit(signed.cbor)

    assert (await world.funds())[0] == signed.change


async def test_of_two_transactions_that_spend_the_same_one_lands(world: World) -> None:
    first = await world.sign(RETIREMENT)
    second = await world.sign({**RETIREMENT, "quantity": "1.00"})
    await world.chain.submit(first.cbor)

    with pytest.raises(TransactionRefused):
        await world.chain.submit(second.cbor)
    await world.hand.mine()

    assert await world.chain.inclusion(first.tx_hash) is not None
    assert await world.chain.inclusion(second.tx_hash) is None


async def test_bytes_that_are_no_transaction_are_refused(world: World) -> None:
    with pytest.raises(TransactionRefused):
        await world.chain.submit(b"\x80")


async def test_a_transaction_is_taken_before_its_ttl_and_refused_at_it(world: World) -> None:
    await world.hand.mine()
    large, small = await world.funds()
    in_time = await world.sign(RETIREMENT, large, ttl_slots=60)
    too_late = await world.sign(RETIREMENT, small, ttl_slots=0)

    await world.chain.submit(in_time.cbor)
    with pytest.raises(TransactionRefused):
        await world.chain.submit(too_late.cbor)


async def test_a_transaction_past_its_ttl_falls_out_of_the_mempool(world: World) -> None:
    await world.hand.mine()
    signed = await world.sign(RETIREMENT, ttl_slots=30)
    await world.chain.submit(signed.cbor)

    await world.hand.mine(2, slots=40)

    assert await world.chain.inclusion(signed.tx_hash) is None
    with pytest.raises(TransactionRefused):
        await world.chain.submit(signed.cbor)


async def test_when_the_answer_is_lost_the_transaction_is_still_on_its_way(world: World) -> None:
    signed = await world.sign(RETIREMENT)
    await world.hand.lose_answers()

    with pytest.raises(ChainUnavailable):
        await world.chain.submit(signed.cbor)
    await world.hand.mine()

    assert await world.chain.inclusion(signed.tx_hash) is not None


async def test_a_replica_that_lags_hides_a_transaction_for_a_while(world: World) -> None:
    signed = await world.sign(RETIREMENT)
    await world.chain.submit(signed.cbor)
    await world.hand.mine()
    await world.hand.hide_transactions(2)

    looks = [await world.chain.inclusion(signed.tx_hash) for _ in range(3)]

    assert [look is None for look in looks] == [True, True, False]


async def test_a_rollback_puts_the_transaction_into_another_block(world: World) -> None:
    signed = await world.sign(RETIREMENT)
    await world.chain.submit(signed.cbor)
    await world.hand.mine(3)
    before = await world.chain.inclusion(signed.tx_hash)

    await world.hand.rollback(3)
    gone = await world.chain.inclusion(signed.tx_hash)
    await world.hand.mine()
    after = await world.chain.inclusion(signed.tx_hash)

    assert gone is None
    assert before is not None
    assert after is not None
    assert before.block_hash != after.block_hash
    assert (before.confirmations, after.confirmations) == (2, 0)


async def test_after_a_rollback_that_loses_it_the_same_bytes_land_again(world: World) -> None:
    signed = await world.sign(RETIREMENT)
    await world.chain.submit(signed.cbor)
    await world.hand.mine(2)
    await world.hand.rollback(2, requeue=False)
    await world.hand.mine()
    vanished = await world.chain.inclusion(signed.tx_hash)

    await world.chain.submit(signed.cbor)
    await world.hand.mine()

    assert vanished is None
    assert await world.chain.inclusion(signed.tx_hash) is not None


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_broken_server_says_nothing_about_the_chain(world: World, status: int) -> None:
    await world.hand.fall_silent(status)

    with pytest.raises(ChainUnavailable):
        await world.chain.inclusion(UNKNOWN_TX_HASH)

    assert await world.chain.inclusion(UNKNOWN_TX_HASH) is None


@pytest.mark.parametrize("status", [402, 403, 418])
async def test_a_server_that_locks_us_out_is_no_broken_server(world: World, status: int) -> None:
    await world.hand.lock_out(status)

    with pytest.raises(ChainMisconfigured):
        await world.chain.tip()


@pytest.mark.parametrize("status", [402, 403, 418])
async def test_a_server_that_locks_us_out_has_not_refused_the_transaction(
    world: World, status: int
) -> None:
    signed = await world.sign(RETIREMENT)
    await world.hand.lock_out(status)

    with pytest.raises(ChainMisconfigured):
        await world.chain.submit(signed.cbor)
    await world.chain.submit(signed.cbor)
