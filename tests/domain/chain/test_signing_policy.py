"""What the platform's key may sign: each rule by the body that breaks it and no other."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.chain.signing_policy import (
    FeeTooHigh,
    ForbiddenField,
    ForeignOutput,
    OtherMetadata,
    OtherNetwork,
    OtherPurpose,
    Output,
    SigningPolicy,
    SigningRefused,
    TransactionBody,
    UnfitTimeLimit,
    UnreadableBody,
    require_known_fields,
)

OWN = bytes([0x60]) + bytes(28)
"""An enterprise address (type 6) of a test network."""
NEXT = bytes([0x60]) + bytes([1]) * 28
FOREIGN = bytes([0x60]) + bytes([2]) * 28
TIP = 100_000_000
STORED = bytes([7]) * 32

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)

POLICY = SigningPolicy(
    frozenset({OWN, NEXT}),
    fee_lovelace_max=1_000_000,
    ttl_slots_max=7_200,
    slot_zero_at=NOW - timedelta(seconds=TIP),
    clock_tolerance_slots=120,
)
SWEEPING = replace(POLICY, sweeps=True)
GOOD = TransactionBody(
    inputs=((bytes(32), 0),),
    outputs=(Output(OWN, 5_000_000),),
    fee_lovelace=180_000,
    ttl_slot=TIP + 7_200,
    auxiliary_data_hash=STORED,
)


SWEEP = replace(GOOD, outputs=(Output(NEXT, 5_000_000),), auxiliary_data_hash=None)


def judge(body: TransactionBody, *, stored_hash: bytes | None = STORED) -> None:
    POLICY.require(body, at=NOW, stored_hash=stored_hash)


def test_a_payment_to_ourselves_with_a_stored_record_passes() -> None:
    judge(GOOD)


def test_a_key_that_was_given_up_sweeps_to_another_address_of_ours_without_metadata() -> None:
    SWEEPING.require(SWEEP, at=NOW, stored_hash=None)


def test_a_key_that_writes_moves_no_money_without_a_record() -> None:
    """Or whoever holds the caller could burn the fee ceiling with each signature."""
    with pytest.raises(
        OtherPurpose, match=r"^No record is named, and this key signs nothing else\.$"
    ):
        judge(SWEEP, stored_hash=None)


def test_a_key_that_was_given_up_writes_nothing() -> None:
    with pytest.raises(OtherPurpose, match="it moves what is left and writes no record"):
        SWEEPING.require(GOOD, at=NOW, stored_hash=STORED)


@pytest.mark.parametrize(
    ("change", "kind", "sentence"),
    [
        (
            {"outputs": (Output(FOREIGN, 5_000_000),)},
            ForeignOutput,
            "An output pays 5000000 lovelace to an address that is not the platform's.",
        ),
        (
            {"outputs": (Output(OWN, 4_000_000), Output(FOREIGN, 1_000_000))},
            ForeignOutput,
            "An output pays 1000000 lovelace to an address that is not the platform's.",
        ),
        (
            {"outputs": (Output(bytes([0x61]) + OWN[1:], 5_000_000),)},
            OtherNetwork,
            "An output pays to an address of another network.",
        ),
        (
            {"outputs": (Output(b"", 5_000_000),)},
            ForeignOutput,
            "An output pays 5000000 lovelace to an address that is not the platform's.",
        ),
        (
            {"outputs": (Output(OWN + b"\0", 5_000_000),)},
            ForeignOutput,
            "An output pays 5000000 lovelace to an address that is not the platform's.",
        ),
        ({"outputs": ()}, UnreadableBody, "The transaction spends nothing or pays nobody."),
        ({"inputs": ()}, UnreadableBody, "The transaction spends nothing or pays nobody."),
        (
            {"fee_lovelace": 1_000_001},
            FeeTooHigh,
            "The fee is 1000001 lovelace; at most 1000000 are paid.",
        ),
        ({"fee_lovelace": 0}, FeeTooHigh, "The fee is 0 lovelace; at most 1000000 are paid."),
        (
            {"ttl_slot": None},
            UnfitTimeLimit,
            "The transaction has no TTL: it could land years from now.",
        ),
        (
            {"ttl_slot": TIP + 7_321},
            UnfitTimeLimit,
            "The TTL is 7321 slots from now by our clock; it has to be between -119 and 7320.",
        ),
        (
            {"ttl_slot": TIP - 120},
            UnfitTimeLimit,
            "The TTL is -120 slots from now by our clock; it has to be between -119 and 7320.",
        ),
        (
            {"auxiliary_data_hash": bytes(32)},
            OtherMetadata,
            "The transaction commits to other metadata than the records that are stored.",
        ),
        (
            {"auxiliary_data_hash": None},
            OtherMetadata,
            "The transaction commits to no metadata, and a record was to be written.",
        ),
    ],
)
def test_a_body_that_breaks_one_rule_is_refused_with_its_reason(
    change: dict[str, object], kind: type[SigningRefused], sentence: str
) -> None:
    with pytest.raises(kind) as refused:
        judge(replace(GOOD, **change))  # type: ignore[arg-type]  # each row names its field's type

    assert str(refused.value) == sentence


def test_a_sweep_carries_nothing() -> None:
    with pytest.raises(OtherMetadata, match="none was to be written"):
        SWEEPING.require(GOOD, at=NOW, stored_hash=None)


@pytest.mark.parametrize(
    "largest", [{"fee_lovelace": 1_000_000}, {"ttl_slot": TIP + 7_320}, {"ttl_slot": TIP - 119}]
)
def test_what_is_just_allowed_passes(largest: dict[str, int]) -> None:
    judge(replace(GOOD, **largest))  # type: ignore[arg-type]  # both are plain integers


def test_every_field_that_is_never_signed_is_named() -> None:
    require_known_fields([0, 1, 2, 3, 7])

    with pytest.raises(ForbiddenField, match=r"never signed: 4, 5, 9, 13\."):
        require_known_fields([0, 1, 2, 3, 4, 5, 7, 9, 13])
