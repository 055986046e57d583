"""Packing: as many records as fit, in order, and the size of each known to the byte."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import cbor2
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.chain.metadata import INTEGER_MAX, INTEGER_MIN, join_text, payload, retirement_record
from domain.chain.packing import (
    ENVELOPE_BYTES_MAX,
    Packed,
    pack,
    size_bytes,
    transaction_bytes_target,
)
from domain.chain.records import ChainRecord, RecordKind, RecordStatus
from domain.chain.transactions import ProtocolParameters
from domain.reasons import REASON_LENGTH_MAX
from tests.factories import NOW, named

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
values = st.recursive(
    texts | st.binary(max_size=300) | st.integers(INTEGER_MIN, INTEGER_MAX),
    lambda inner: st.lists(inner, max_size=30) | st.dictionaries(texts, inner, max_size=30),
    max_leaves=60,
)


def queued(number: int, content: dict[str, Any]) -> ChainRecord:
    return ChainRecord(
        id=UUID(int=number),
        transaction_id=named(f"movement {number}"),
        kind=RecordKind.RETIREMENT,
        record=content,
        status=RecordStatus.QUEUED,
        waiting_workflow_id=f"retirement/{number}",
        queued_at=NOW,
    )


def retirements(reasons: Sequence[str]) -> list[ChainRecord]:
    return [
        queued(
            number,
            retirement_record(
                serial=f"KRB-2024-001-{number:06}",
                project_id=named("project"),
                quantity_units=100 + number,
                vintage=2024,
                retired_by=named("account"),
                reason=reason,
                at=NOW,
            ),
        )
        for number, reason in enumerate(reasons)
    ]


def batch_bytes(records: Sequence[ChainRecord]) -> int:
    return len(cbor2.dumps(payload([record.record for record in records])))


@given(value=values)
def test_the_size_is_what_cbor_writes(value: Any) -> None:
    assert size_bytes(value) == len(cbor2.dumps(value))


@pytest.mark.parametrize(
    "number", [0, 23, 24, 255, 256, 65_535, 65_536, 2**32 - 1, 2**32, 2**63 - 1, -1, -24, -25, -257]
)
def test_the_size_of_a_number_is_what_cbor_writes(number: int) -> None:
    assert size_bytes(number) == len(cbor2.dumps(number))


@pytest.mark.parametrize(
    ("block_bytes_max", "target"), [(90_112, 15_018), (65_536, 16_384), (16_384, 16_384)]
)
def test_a_whole_number_of_full_transactions_fills_a_block(
    block_bytes_max: int, target: int
) -> None:
    parameters = ProtocolParameters(44, 155_381, 16_384, 4_310, block_bytes_max)

    assert transaction_bytes_target(parameters) == target


reasons_given = st.lists(st.text(max_size=200), min_size=1, max_size=40)


def fit(reasons: list[str]) -> list[ChainRecord]:
    return [record for record in retirements(reasons) if not pack([record], bytes_max=16_384).unfit]


@given(reasons=reasons_given, bytes_max=st.integers(300, 16_384))
def test_as_many_records_are_taken_as_fit_and_not_one_more(
    reasons: list[str], bytes_max: int
) -> None:
    records = fit(reasons)

    packed = pack(records, bytes_max=bytes_max)

    count = len(packed.taken)
    room = bytes_max - ENVELOPE_BYTES_MAX
    assert list(packed.taken) == records[:count]
    assert count == min(1, len(records)) or batch_bytes(packed.taken) <= room
    assert packed.full == (count < len(records))


@given(reasons=reasons_given, spare=st.integers(0, 16_384))
def test_a_full_transaction_has_no_room_for_the_next_record(reasons: list[str], spare: int) -> None:
    records = fit(reasons)
    # Less than all of them need.
    bytes_max = max(0, batch_bytes(records) + ENVELOPE_BYTES_MAX - 1 - spare)
    assume(len(records) > 1)

    packed = pack(records, bytes_max=bytes_max)

    assert packed.full
    room = bytes_max - ENVELOPE_BYTES_MAX
    assert batch_bytes(records[: len(packed.taken) + 1]) > room


def test_a_record_the_chain_would_refuse_is_left_out_with_the_reason() -> None:
    first, second, third = retirements(["a", "b", "c"])
    faulty = replace(second, record={**second.record, "verified": True})

    packed = pack([first, faulty, third], bytes_max=15_018)

    assert packed == Packed(
        (first, third), ((faulty, "Metadata at '/verified': bool has no place in metadata"),)
    )


def test_a_record_larger_than_a_transaction_should_be_goes_alone() -> None:
    large, small = retirements(["x" * 15_500, "small"])

    assert pack([large, small], bytes_max=15_018) == Packed((large,), full=True)
    assert pack([small, large], bytes_max=15_018) == Packed((small,), full=True)


def test_where_nothing_waits_nothing_is_taken() -> None:
    assert pack([], bytes_max=15_018) == Packed(())


@pytest.mark.parametrize("character", ["x", "é", "碳", "🌍"])
def test_the_longest_reason_fits_a_transaction(character: str) -> None:
    (record,) = retirements([character * REASON_LENGTH_MAX])

    packed = pack([record], bytes_max=16_384)

    assert packed.taken == (record,)
    assert join_text(record.record["retirement_reason"]) == character * REASON_LENGTH_MAX
    assert batch_bytes([record]) + ENVELOPE_BYTES_MAX <= 15_018
