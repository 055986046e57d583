"""
The transactions the wallet builds: pycardano would build the same, and the ledger takes each.

Method: TransactionBuilder is given the same inputs, change address, TTL and metadata, and has to
come to the same body; the devnet's ledger rules judge what Hypothesis makes of names and reasons.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from nacl.signing import VerifyKey
from pycardano import (
    Address,
    AlonzoMetadata,
    AuxiliaryData,
    ChainContext,
    Metadata,
    Network,
    ScriptHash,
    Transaction,
    TransactionBuilder,
    TransactionId,
    TransactionInput,
    TransactionOutput,
    UTxO,
    VerificationKey,
    VerificationKeyHash,
)
from pycardano import ProtocolParameters as PycardanoParameters

from activities.ports.chain.provider import TransactionRefused
from activities.ports.chain.wallets import WalletTooLow
from adapters.chain.wallet.addresses import address_bytes, enterprise_address
from adapters.chain.wallet.signer import hash_of
from adapters.chain.wallet.transactions import build
from domain.chain.metadata import (
    UnfitMetadata,
    audit_record,
    cancellation_record,
    contribution_record,
    differences,
    issuance_record,
    payload,
    release_record,
    retirement_record,
    transfer_record,
)
from domain.chain.networks import CardanoNetwork
from domain.chain.transactions import SignedTransaction, UnspentOutput
from tests.adapters.chain.worlds import World, pay, signed_by
from tests.fakes.chain import PREVIEW_PARAMETERS, SeedSigner

SIGNER = SeedSigner("a wallet")
ADDRESS = Address(VerificationKey(SIGNER.public_key()).hash(), network=Network.TESTNET)
SUCCESSOR = Address(
    VerificationKey(SeedSigner("its successor").public_key()).hash(), network=Network.TESTNET
)
TTL = 100_007_200
SMALLEST_CHANGE = 849_070
"""(160 bytes of overhead + 37 of the output) * 4,310 lovelace."""
FOUR_BYTES_OF_LOVELACE = 2**32
"""From here on a change amount takes four bytes more, which is where fees are got wrong."""

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
outputs = st.lists(
    st.builds(
        UnspentOutput,
        tx_hash=st.binary(min_size=32, max_size=32).map(bytes.hex),
        index=st.integers(0, 300),
        lovelace=st.integers(1_200_000, 45_000_000_000_000),
    ),
    min_size=1,
    max_size=30,
    unique_by=lambda output: (output.tx_hash, output.index),
)


def record(*, serial: str = "KRB-2024-001-000001", name: str = "n", reason: str = "r") -> Any:
    return retirement_record(
        serial=serial,
        project_id="5f0f3b9e-6f1b-4c39-9f25-0d9f6f6b2f11",
        quantity_units=100_000,
        vintage=2024,
        retired_by=name,
        reason=reason,
        at=datetime(2024, 1, 15, tzinfo=UTC),
    )


def sign(metadata: Any, inputs: Sequence[UnspentOutput], *, ttl: int = TTL) -> SignedTransaction:
    unsigned = build(
        metadata,
        inputs=inputs,
        address=bytes(ADDRESS),
        ttl_slot=ttl,
        parameters=PREVIEW_PARAMETERS,
    )
    return unsigned.signed(SIGNER.public_key(), SIGNER.key.sign(hash_of(unsigned.body)))


def one_output(lovelace: int) -> UnspentOutput:
    return UnspentOutput("cd" * 32, 0, lovelace)


class _OfflineContext(ChainContext):  # type: ignore[misc]  # pycardano publishes no types
    """What TransactionBuilder asks of a chain, answered from the same four parameters."""

    protocol_param = PycardanoParameters(
        min_fee_constant=PREVIEW_PARAMETERS.fee_fixed,
        min_fee_coefficient=PREVIEW_PARAMETERS.fee_per_byte,
        max_tx_size=PREVIEW_PARAMETERS.transaction_bytes_max,
        coins_per_utxo_byte=PREVIEW_PARAMETERS.lovelace_per_utxo_byte,
        max_block_size=90_112,
        max_block_header_size=1_100,
        key_deposit=2_000_000,
        pool_deposit=500_000_000,
        pool_influence=Fraction(3, 10),
        monetary_expansion=Fraction(3, 1_000),
        treasury_expansion=Fraction(1, 5),
        decentralization_param=Fraction(0),
        extra_entropy="",
        protocol_major_version=10,
        protocol_minor_version=0,
        min_utxo=0,
        min_pool_cost=170_000_000,
        price_mem=Fraction(577, 10_000),
        price_step=Fraction(721, 10_000_000),
        max_tx_ex_mem=16_500_000,
        max_tx_ex_steps=10_000_000_000,
        max_block_ex_mem=72_000_000,
        max_block_ex_steps=20_000_000_000,
        max_val_size=5_000,
        collateral_percent=150,
        max_collateral_inputs=3,
        coins_per_utxo_word=34_482,
        cost_models={},
        maximum_reference_scripts_size={"bytes": 200_000},
        min_fee_reference_scripts={"base": 15, "range": 25_600, "multiplier": 1.2},
    )
    network = Network.TESTNET


def body_by_pycardano(
    metadata: Any, inputs: Sequence[UnspentOutput], *, to: Address = ADDRESS
) -> bytes:
    carried = (
        AuxiliaryData(AlonzoMetadata(metadata=Metadata({674: metadata}))) if metadata else None
    )
    builder = TransactionBuilder(_OfflineContext(), ttl=TTL, auxiliary_data=carried)
    for output in inputs:
        spent = TransactionInput(TransactionId(bytes.fromhex(output.tx_hash)), output.index)
        builder.add_input(UTxO(spent, TransactionOutput(ADDRESS, output.lovelace)))
    encoded: bytes = builder.build(change_address=to).to_cbor()
    return encoded


credit: dict[str, Any] = {
    "serial": st.builds("KRB-{}-{:03}-{:06}".format, *[st.integers(0, 999_999)] * 3),
    "project_id": st.uuids(),
    "quantity_units": st.integers(1, 10**12),
    "vintage": st.integers(1990, 2100),
}
moments = st.datetimes(datetime(2024, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 -- bounds of Hypothesis are naive
parties = st.uuids() | texts
every_kind = st.one_of(
    st.builds(retirement_record, **credit, retired_by=parties, reason=texts, at=moments),
    st.builds(transfer_record, **credit, sender_id=parties, recipient_id=parties, at=moments),
    st.builds(issuance_record, **credit, issued_to=parties, at=moments),
    st.builds(
        cancellation_record,
        **credit,
        taken_from=st.sampled_from(["active", "buffer"]),
        reason=texts,
        at=moments,
    ),
    st.builds(contribution_record, **credit, at=moments),
    st.builds(release_record, **credit, released_to=parties, reason=texts, at=moments),
    st.builds(
        audit_record,
        # Beyond this JSON, and so the devnet's answer, is not exact; no log grows to it.
        seq=st.integers(1, 2**53 - 1),
        hash=st.binary(min_size=32, max_size=32).map(bytes.hex),
        at=moments,
    ),
)


@settings(max_examples=60, deadline=None)
@given(inputs=outputs, records=st.lists(every_kind, min_size=1, max_size=8))
@example(inputs=[one_output(FOUR_BYTES_OF_LOVELACE)], records=[record()])
@example(inputs=[one_output(FOUR_BYTES_OF_LOVELACE + 170_000)], records=[record()])
@example(inputs=[one_output(FOUR_BYTES_OF_LOVELACE + 171_000)], records=[record()])
@example(inputs=[one_output(FOUR_BYTES_OF_LOVELACE + 175_000)], records=[record()])
@example(inputs=[one_output(FOUR_BYTES_OF_LOVELACE + 180_000)], records=[record()])
def test_pycardano_builds_the_same_bytes_of_every_kind_of_record(
    inputs: list[UnspentOutput], records: list[Any]
) -> None:
    metadata = payload(records)

    signed = sign(metadata, inputs)

    transaction = Transaction.from_cbor(signed.cbor)
    assert transaction.to_cbor() == signed.cbor
    assert transaction.transaction_body.to_cbor() == body_by_pycardano(metadata, inputs)
    assert str(transaction.id) == signed.tx_hash
    assert transaction.transaction_body.fee == signed.fee_lovelace


@settings(max_examples=40, deadline=None)
@given(inputs=outputs)
@example(inputs=[one_output(FOUR_BYTES_OF_LOVELACE + 168_000)])
@example(inputs=[UnspentOutput(f"{number:064x}", 0, 1_000_000) for number in range(200)])
def test_pycardano_builds_the_same_bytes_of_a_sweep(inputs: list[UnspentOutput]) -> None:
    unsigned = build(
        None,
        inputs=inputs,
        address=bytes(SUCCESSOR),
        ttl_slot=TTL,
        parameters=PREVIEW_PARAMETERS,
    )

    signed = unsigned.signed(SIGNER.public_key(), SIGNER.key.sign(hash_of(unsigned.body)))

    assert unsigned.body == body_by_pycardano(None, inputs, to=SUCCESSOR)
    assert Transaction.from_cbor(signed.cbor).to_cbor() == signed.cbor


def test_the_order_in_which_inputs_are_named_does_not_matter() -> None:
    inputs = [UnspentOutput(pair * 32, 1, 5_000_000) for pair in ("ff", "00", "a0")]

    assert sign(record(), inputs) == sign(record(), inputs[::-1])


def test_what_goes_in_comes_out_or_is_the_fee() -> None:
    inputs = [one_output(5_000_000), UnspentOutput("ab" * 32, 7, 3_000_000)]

    signed = sign(record(), inputs)

    assert signed.inputs == (inputs[1], inputs[0])
    assert signed.change == UnspentOutput(signed.tx_hash, 0, 8_000_000 - signed.fee_lovelace)
    assert signed.ttl_slot == TTL


def test_the_witness_is_a_signature_of_the_body() -> None:
    signed = sign(record(), [one_output(5_000_000)])

    (witness,) = Transaction.from_cbor(signed.cbor).transaction_witness_set.vkey_witnesses
    verified = VerifyKey(SIGNER.public_key()).verify(
        bytes.fromhex(signed.tx_hash), witness.signature
    )

    assert verified.hex() == signed.tx_hash


def test_a_wallet_that_is_too_low_says_how_low() -> None:
    with pytest.raises(
        WalletTooLow, match=r"1000000 lovelace do not pay a fee of 17[0-9]{4} and leave 849070"
    ):
        sign(record(), [one_output(1_000_000)])


@pytest.mark.parametrize("inputs", [[], [one_output(1)]])
def test_a_wallet_that_cannot_pay_the_fee_is_too_low(inputs: list[UnspentOutput]) -> None:
    with pytest.raises(WalletTooLow):
        sign(record(), inputs)


def test_too_many_records_for_one_transaction_are_unfit() -> None:
    with pytest.raises(UnfitMetadata, match="the chain takes 16384"):
        sign(payload([record()] * 80), [one_output(5_000_000)])


def test_unfit_metadata_is_refused_before_anything_is_signed() -> None:
    with pytest.raises(UnfitMetadata):
        build(
            {**record(), "verified": True},
            inputs=[one_output(5_000_000)],
            address=bytes(ADDRESS),
            ttl_slot=TTL,
            parameters=PREVIEW_PARAMETERS,
        )


@given(public_key=st.binary(min_size=32, max_size=32), network=st.sampled_from(CardanoNetwork))
def test_an_enterprise_address_is_the_one_that_pycardano_gives(
    public_key: bytes, network: CardanoNetwork
) -> None:
    known = Network.MAINNET if network is CardanoNetwork.MAINNET else Network.TESTNET
    theirs = Address(VerificationKey(public_key).hash(), network=known)

    ours = enterprise_address(public_key, network)

    assert ours == str(theirs)
    assert address_bytes(ours) == bytes(theirs)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "addr_test1",
        str(ADDRESS).replace("v", "w", 1),
        str(ADDRESS).replace("addr_test", "addr"),
        # A script's address, and one that also stakes.
        str(Address(ScriptHash(bytes(28)), network=Network.TESTNET)),
        str(Address(VerificationKey(bytes(32)).hash(), VerificationKeyHash(bytes(28)))),
    ],
)
def test_what_is_no_address_of_a_key_alone_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not the address of a key alone"):
        address_bytes(text)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(records=st.lists(every_kind, min_size=1, max_size=8))
@example(records=[record(name="a" * 64, reason="é" * 32)])
@example(records=[record(name="", reason="")])
async def test_whatever_the_records_say_the_ledger_takes_them(
    ledger: World, records: list[Any]
) -> None:
    sent = payload(records)
    signed = await ledger.sign(sent)

    await ledger.chain.submit(signed.cbor)
    await ledger.hand.mine()

    shown = await ledger.chain.metadata(signed.tx_hash)
    assert differences(sent, shown["674"]) == ()


async def test_the_largest_transaction_that_is_built_is_taken(ledger: World) -> None:
    room = 16_384 - len((await ledger.sign(payload([record()] * 50))).cbor)
    reason = "r" * (room - 200)
    signed = await ledger.sign(payload([record(reason=reason), *[record()] * 49]))

    await ledger.chain.submit(signed.cbor)

    assert 16_384 - 400 < len(signed.cbor) <= 16_384


async def test_the_smallest_change_that_is_built_is_taken(ledger: World) -> None:
    fee = sign(record(), [one_output(1_100_000)]).fee_lovelace
    (just_enough,) = await pay(ledger, ledger.wallet.address, SMALLEST_CHANGE + fee)
    too_little = UnspentOutput(just_enough.tx_hash, just_enough.index, just_enough.lovelace - 1)

    with pytest.raises(WalletTooLow):
        await ledger.sign(record(), too_little)
    signed = await ledger.sign(record(), just_enough)
    await ledger.chain.submit(signed.cbor)

    assert signed.change.lovelace == SMALLEST_CHANGE


async def test_a_sweep_of_many_outputs_to_another_address_is_taken(ledger: World) -> None:
    successor = str(Address(VerificationKey(SIGNER.public_key()).hash(), network=Network.TESTNET))
    await pay(ledger, ledger.wallet.address, *[1_000_000] * 30)
    await ledger.hand.mine()
    inputs, tip = await ledger.funds(), await ledger.chain.tip()

    signed = await ledger.wallet.sweep(
        successor,
        inputs=inputs,
        ttl_slot=tip.slot + 7_200,
        parameters=PREVIEW_PARAMETERS,
    )
    await ledger.chain.submit(signed.cbor)
    await ledger.hand.mine()

    assert len(inputs) == 32
    assert await ledger.funds() == []
    assert signed.change in await ledger.chain.unspent_outputs(successor)
    assert await ledger.chain.metadata(signed.tx_hash) == {}


async def test_fees_are_not_padded(ledger: World) -> None:
    """The ledger does not charge for the `is_valid` byte, and pycardano does; we follow it."""

    async def paying_less(lovelace: int) -> bytes:
        transaction = Transaction.from_cbor((await ledger.sign(record())).cbor)
        body = transaction.transaction_body
        body.fee -= lovelace
        body.outputs[0].amount.coin += lovelace
        return signed_by(ledger.signer.key, body, transaction.auxiliary_data)

    with pytest.raises(TransactionRefused, match=r"(?i)fee"):
        await ledger.chain.submit(await paying_less(45))
    cheapest = await paying_less(44)
    await ledger.chain.submit(cheapest)
    await ledger.hand.mine()

    tx_hash = str(Transaction.from_cbor(cheapest).id)
    assert await ledger.chain.inclusion(tx_hash) is not None
