"""`make chain-sums`: a project's sums from label 674 alone, and what a stranger or a slip does to them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.certificates.check_results import TrustedAddress
from domain.chain.metadata import (
    Record,
    audit_record,
    cancellation_record,
    contribution_record,
    issuance_record,
    release_record,
    retirement_record,
    transfer_record,
)
from domain.chain.networks import CardanoNetwork
from domain.credits.chain_records import RECORD_KINDS
from domain.credits.chain_sums import MOVEMENTS, ChainSums
from tests.activities.registry import WALLET
from tests.factories import NOW, named
from tests.fakes.chain import FakeChain
from tests.foreign import address_of, seed_key, send
from tools.chain_sums import DIFFER, NOT_COMPARED, SAME, add_up, main, report
from tools.verify import CannotCheck

PLATFORM, STRANGER = seed_key("platform"), seed_key("stranger")
OURS = TrustedAddress(WALLET.address)
TX, OTHER_TX = "ab" * 32, "cd" * 32
PROJECT = str(named("project"))
KEY = (PROJECT, 2024)


def about(running: int, quantity_units: int) -> dict[str, Any]:
    return {
        "serial": f"KRB-2024-001-{running:06d}",
        "project_id": PROJECT,
        "quantity_units": quantity_units,
        "vintage": 2024,
        "at": NOW,
    }


ISSUED = issuance_record(**about(1, 900), issued_to="0" * 64)
HISTORY: tuple[Record, ...] = (
    ISSUED,
    contribution_record(**about(2, 100)),
    transfer_record(**about(3, 400), sender_id="0" * 64, recipient_id="1" * 64),
    retirement_record(**about(5, 300), retired_by="1" * 64, reason="Travel"),
    cancellation_record(**about(7, 50), taken_from="active", reason="Counted twice"),
    cancellation_record(**about(9, 20), taken_from="buffer", reason="A fire"),
    release_record(**about(11, 30), released_to="0" * 64, reason="Ten years"),
    audit_record(seq=7, hash="ef" * 32, at=NOW),
)
SUMS = {"issued": 1000, "active": 580, "retired": 300, "cancelled": 70, "buffer": 50}


def added(*records: Record) -> ChainSums:
    sums = ChainSums()
    for record in records:
        sums.add(TX, record)
    return sums


@pytest.mark.parametrize("order", [list, lambda records: records[::-1]])
def test_the_sums_of_records_are_those_of_the_ledger_in_any_order(
    order: Callable[[tuple[Record, ...]], list[Record]], capsys: pytest.CaptureFixture[str]
) -> None:
    sums = added(*order(HISTORY))

    assert sums.units == {KEY: SUMS}
    assert report(sums, {KEY: SUMS}) == SAME
    assert capsys.readouterr().out.splitlines() == [
        "7 movements read from the chain",
        f"    {PROJECT} 2024: issued 10.00, active 5.80, retired 3.00, cancelled 0.70, buffer 0.50",
        "differences: 0",
        "The chain and the published sums are the same.",
    ]


NOT_FROM_THERE = "(ValueError: nothing is taken from what is retired)."


def test_every_type_of_credit_transaction_is_a_movement() -> None:
    assert {movement.kind for movement in MOVEMENTS} == set(RECORD_KINDS.values())


WRONG: Mapping[str, tuple[list[Record], str]] = {
    "a record stands there twice": (
        [*HISTORY, ISSUED],
        f"The issuance of KRB-2024-001-000001 stands in {TX} and again in {TX}.",
    ),
    "a record is missing": (
        [record for record in HISTORY if "released_to" not in record],
        f"Project {PROJECT}, vintage 2024: active is 5.50 t on the chain, 5.80 t as published.",
    ),
    "more is retired than there was": (
        [retirement_record(**about(5, 300), retired_by="1" * 64, reason="Travel")],
        f"Project {PROJECT}, vintage 2024: active is -3.00 t on the chain, 5.80 t as published.",
    ),
    "a field is missing": (
        [*HISTORY[1:], {key: ISSUED[key] for key in ISSUED.keys() - {"quantity"}}],
        f"Transaction {TX}: the issuance of 'KRB-2024-001-000001' cannot be read (KeyError: 'quantity').",
    ),
    "nothing can be taken from there": (
        [*HISTORY, cancellation_record(**about(13, 1), taken_from="retired", reason="-")],
        f"Transaction {TX}: the cancellation of 'KRB-2024-001-000013' cannot be read {NOT_FROM_THERE}",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_does_not_add_up_is_said(what: str, capsys: pytest.CaptureFixture[str]) -> None:
    records, sentence = WRONG[what]

    assert report(added(*records), {KEY: SUMS}) == DIFFER

    assert f"    {sentence}" in capsys.readouterr().out.splitlines()


def test_a_movement_of_a_later_release_is_no_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    later = {**ISSUED, "msg": ["Karbonica Carbon Credit Conversion"]}

    assert report(added(*HISTORY, later), {KEY: SUMS}) == NOT_COMPARED

    assert "Conversion" in capsys.readouterr().out


class WithoutInputs(FakeChain):
    """A node that has pruned what the inputs are outputs of."""

    async def payers(self, tx_hash: str) -> Sequence[str]:
        return tuple("" for _ in await super().payers(tx_hash))


async def a_chain(kind: type[FakeChain] = FakeChain, *, strangers: bool = True) -> FakeChain:
    """Our history in two transactions, and a stranger's claim, paid by the stranger with a gift to us."""
    chain = kind({WALLET.address: [5_000_000_000], address_of(STRANGER): [5_000_000_000]})
    await send(chain, PLATFORM, {"msg": ["all"], "records": [dict(one) for one in HISTORY[:4]]})
    chain.mine()
    await send(chain, PLATFORM, {"msg": ["all"], "records": [dict(one) for one in HISTORY[4:]]})
    if strangers:
        claim = issuance_record(**about(99, 5), issued_to="0" * 64)
        await send(chain, STRANGER, claim, to=WALLET.address)
    chain.mine()
    return chain


async def test_only_what_the_registrys_key_paid_for_counts() -> None:
    chain = await a_chain()

    ours = await add_up(chain, [OURS])
    everybodys = await add_up(chain, [OURS, TrustedAddress(address_of(STRANGER))])

    assert (ours.units, ours.faults) == ({KEY: SUMS}, [])
    assert everybodys.units[KEY]["issued"] == SUMS["issued"] + 5


async def test_what_a_key_wrote_after_it_was_given_up_does_not_count() -> None:
    chain = await a_chain(strangers=False)
    first, _ = await chain.transactions_of(WALLET.address)
    inclusion = await chain.inclusion(first)
    assert inclusion is not None
    until = CardanoNetwork.DEVNET.facts.slot_zero_at + timedelta(seconds=inclusion.slot)

    sums = await add_up(chain, [replace(OURS, valid_until=until)], ["devnet"])

    assert sums.records == 4


NO_VERDICT = {
    "no address is known": [],
    "only the database names it": [replace(OURS, only_by_database=True)],
    "it is another network's": [replace(OURS, network="mainnet")],
}


@pytest.mark.parametrize("why", NO_VERDICT)
async def test_without_an_address_there_is_no_verdict(why: str) -> None:
    with pytest.raises(CannotCheck, match="No address"):
        await add_up(await a_chain(), NO_VERDICT[why], ["preview"])


async def test_an_unknown_payer_is_no_verdict() -> None:
    with pytest.raises(CannotCheck, match="who paid"):
        await add_up(await a_chain(WithoutInputs), [OURS])


def test_a_server_that_is_away_is_no_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    away = "http://127.0.0.1:1"

    assert main(["--registry", away, "--chain", away]) == NOT_COMPARED

    assert "cannot be reached" in capsys.readouterr().err
