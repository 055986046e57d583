"""Whatever waits in the queue, the transactions that packing makes of it are taken by the ledger rules."""

from dataclasses import replace

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from domain.chain.metadata import differences, payload
from domain.chain.packing import pack, transaction_bytes_target
from domain.chain.records import ChainRecord
from tests.activities.chain.queued import queued
from tests.adapters.chain.worlds import World
from tests.fakes.chain import PREVIEW_PARAMETERS

BYTES_MAX = transaction_bytes_target(PREVIEW_PARAMETERS)

reasons = st.lists(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=400), min_size=1, max_size=80
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(reasons=reasons)
@example(reasons=["r"])
@example(reasons=["Scope 2 emissions in 2025"] * 80)
@example(reasons=["é" * 500] * 30)
@example(reasons=["🌳" * 15] * 80)
async def test_whatever_waits_the_ledger_takes_it_in_order(
    ledger: World, reasons: list[str]
) -> None:
    waiting = [queued(number, reason) for number, reason in enumerate(reasons)]
    shown: list[ChainRecord] = []

    while waiting:
        taken = pack(waiting, bytes_max=BYTES_MAX).taken
        metadata = payload([record.record for record in taken])
        signed = await ledger.sign(metadata)
        await ledger.chain.submit(signed.cbor)
        await ledger.hand.mine()
        found = (await ledger.chain.metadata(signed.tx_hash))["674"]
        assert differences(metadata, found) == ()
        assert len(taken) == 1 or len(signed.cbor) <= BYTES_MAX
        shown += taken
        waiting = waiting[len(taken) :]

    assert shown == [queued(number, reason) for number, reason in enumerate(reasons)]


async def test_six_full_transactions_fill_a_block(ledger: World) -> None:
    records = [
        replace(queued(number), record={**queued(number).record, "quantity": str(number % 7)})
        for number in range(400)
    ]
    inputs = (await ledger.funds())[:1]

    for _ in range(6):
        taken = pack(records, bytes_max=BYTES_MAX).taken
        signed = await ledger.sign(payload([record.record for record in taken]), *inputs)
        await ledger.chain.submit(signed.cbor)
        inputs = [signed.change]
        records = records[len(taken) :]
    before = await ledger.chain.tip()
    await ledger.hand.mine()

    assert (await ledger.chain.inclusion(signed.tx_hash)) is not None
    assert (await ledger.chain.tip()).height == before.height + 1
    assert len(signed.cbor) > 0.97 * BYTES_MAX
