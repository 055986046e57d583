"""What records look like on the chain, and which texts and numbers the ledger would refuse."""

import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.chain.metadata import (
    TEXT_BYTES_MAX,
    UnfitMetadata,
    check,
    chunks,
    differences,
    find_record,
    issuance_record,
    join_text,
    payload,
    retirement_record,
    transfer_record,
)

PROJECT_ID = "5f0f3b9e-6f1b-4c39-9f25-0d9f6f6b2f11"
SUPPLIER_ID = "b1946ac9-2492-4b2d-8a11-6f1f5a0f7c55"
BUYER_ID = "0cc175b9-c0f1-4b6a-8312-c399e2697726"
AT = datetime(2024, 1, 15, 11, 30, 0, 999_999, tzinfo=timezone(timedelta(hours=1)))

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
fit = st.recursive(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=16)
    | st.binary(max_size=64)
    | st.integers(-(2**63), 2**63 - 1),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=16), inner)
    ),
    max_leaves=12,
)


def retirement(**changes: Any) -> dict[str, Any]:
    given_values: dict[str, Any] = {
        "serial": "KRB-2024-001-000001",
        "project_id": PROJECT_ID,
        "quantity_units": 100_000,
        "vintage": 2024,
        "retired_by": BUYER_ID,
        "reason": "Corporate carbon neutrality",
        "at": AT,
    }
    return retirement_record(**(given_values | changes))


def test_a_retirement_has_the_shape_of_the_seed() -> None:
    assert retirement() == {
        "msg": ["Karbonica Carbon Credit Retirement"],
        "credit_id": "KRB-2024-001-000001",
        "project_id": PROJECT_ID,
        "quantity": "1000.00",
        "vintage": 2024,
        "retired_by": BUYER_ID,
        "retirement_reason": ["Corporate carbon neutrality"],
        "timestamp": "2024-01-15T10:30:00Z",
    }


def test_a_transfer_says_from_whom_to_whom() -> None:
    record = transfer_record(
        serial="KRB-2024-001-000001",
        project_id=PROJECT_ID,
        quantity_units=1,
        vintage=2024,
        sender_id=SUPPLIER_ID,
        recipient_id=BUYER_ID,
        at=AT,
    )

    assert record == {
        "msg": ["Karbonica Carbon Credit Transfer"],
        "credit_id": "KRB-2024-001-000001",
        "project_id": PROJECT_ID,
        "quantity": "0.01",
        "vintage": 2024,
        "from": SUPPLIER_ID,
        "to": BUYER_ID,
        "timestamp": "2024-01-15T10:30:00Z",
    }


def test_an_issuance_says_to_whom() -> None:
    record = issuance_record(
        serial="KRB-2024-001-000001",
        project_id=PROJECT_ID,
        quantity_units=250,
        vintage=2024,
        issued_to=SUPPLIER_ID,
        at=AT,
    )

    assert record == {
        "msg": ["Karbonica Carbon Credit Issuance"],
        "credit_id": "KRB-2024-001-000001",
        "project_id": PROJECT_ID,
        "quantity": "2.50",
        "vintage": 2024,
        "issued_to": SUPPLIER_ID,
        "timestamp": "2024-01-15T10:30:00Z",
    }


def test_a_time_without_a_zone_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="time zone"):
        retirement(at=datetime(2024, 1, 15))  # noqa: DTZ001 - that is the point


def test_a_reason_of_65_bytes_is_cut_between_characters() -> None:
    reason = "a" * 63 + "é"

    assert retirement(reason=reason)["retirement_reason"] == ["a" * 63, "é"]


def test_a_long_name_is_cut_too() -> None:
    assert retirement(retired_by="n" * 65)["retired_by"] == ["n" * 64, "n"]


def test_texts_are_composed_before_they_are_cut() -> None:
    assert chunks("cafe\u0301") == ["caf\u00e9"]


@given(texts)
def test_a_reader_who_joins_the_chunks_has_the_text(text: str) -> None:
    pieces = chunks(text)

    assert join_text(pieces) == unicodedata.normalize("NFC", text)
    assert all(len(piece.encode()) <= TEXT_BYTES_MAX for piece in pieces)


@given(texts, texts)
def test_no_chunk_is_shorter_than_it_must_be(begin: str, end: str) -> None:
    pieces = chunks(begin + "x" * (TEXT_BYTES_MAX + 1) + end)

    assert len(pieces) > 1
    for piece, following in pairwise(pieces):
        assert len((piece + following[0]).encode()) > TEXT_BYTES_MAX


@given(texts, texts)
def test_every_record_is_fit_for_the_chain(name: str, reason: str) -> None:
    check(payload([retirement(retired_by=name, reason=reason)] * 2))


def test_a_single_record_stands_alone() -> None:
    assert payload([retirement()]) == retirement()


def test_several_records_stand_whole_below_one_message() -> None:
    first, second = retirement(), retirement(serial="KRB-2024-001-000002")

    assert payload([first, second]) == {
        "msg": ["Karbonica Carbon Credit Retirement"],
        "records": [first, second],
    }


def test_a_transaction_without_records_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="at least one record"):
        payload([])


@pytest.mark.parametrize("size", [1, 2])
def test_a_record_is_found_alone_and_among_others(size: int) -> None:
    mine = retirement()
    others = [retirement(serial="KRB-2024-001-000002")]

    found = find_record(payload([*others, mine][-size:]), mine)

    assert found == mine


def test_a_record_that_was_altered_is_found_and_its_difference_shown() -> None:
    altered = retirement(quantity_units=99_999)

    found = find_record(payload([altered, retirement(serial="KRB-2024-001-000002")]), retirement())

    assert found == altered
    assert differences(retirement(), found) == ("/quantity",)


@pytest.mark.parametrize(
    "found_payload",
    [
        None,
        [],
        "text",
        {},
        {"records": ["text"]},
        retirement(serial="KRB-2024-001-000002"),
        {**retirement(), "msg": ["Karbonica Carbon Credit Transfer"]},
    ],
)
def test_what_does_not_speak_of_the_record_is_not_it(found_payload: Any) -> None:
    assert find_record(found_payload, retirement()) is None


def test_each_difference_has_its_pointer() -> None:
    expected = {"same": 1, "number": 1, "list": ["a", "b"], "gone": 0, "a/b~c": {"deep": "x"}}
    found = {"same": 1, "number": True, "list": ["a"], "new": 0, "a/b~c": {"deep": "y"}}

    assert differences(expected, found) == (
        "/number",
        "/list/1",
        "/gone",
        "/a~1b~0c/deep",
        "/new",
    )


@pytest.mark.parametrize(
    ("expected", "found"), [(1, 1.0), (1, True), ([], {}), ("a", ["a"]), ({}, None)]
)
def test_another_type_is_a_difference(expected: Any, found: Any) -> None:
    assert differences(expected, found) == ("",)


@given(fit)
def test_a_value_does_not_differ_from_itself(value: Any) -> None:
    assert differences(value, value) == ()


@given(fit, fit)
def test_values_differ_in_both_directions_or_in_none(one: Any, other: Any) -> None:
    assert bool(differences(one, other)) == bool(differences(other, one))


@given(fit)
def test_fit_metadata_passes(value: Any) -> None:
    check(value)


@pytest.mark.parametrize(
    "unfit",
    [
        True,
        None,
        1.5,
        (1, 2),
        datetime(2024, 1, 15, tzinfo=UTC),
        "a" * 65,
        "é" * 33,
        b"b" * 65,
        2**63,
        -(2**63) - 1,
        "\ud800",
        {"k" * 65: 1},
        {1: 1},
        {"\udfff": 1},
    ],
)
@pytest.mark.parametrize("depth", [0, 1, 3])
def test_what_the_ledger_refuses_is_refused_at_any_depth(unfit: Any, depth: int) -> None:
    buried = unfit
    for _ in range(depth):
        buried = {"records": [buried]}

    with pytest.raises(UnfitMetadata):
        check(buried)


def test_the_refusal_names_the_place() -> None:
    with pytest.raises(UnfitMetadata, match="'/records/1/reason': over 64 bytes"):
        check({"records": [{}, {"reason": "a" * 65}]})


def test_a_reason_that_is_no_unicode_never_becomes_a_record() -> None:
    with pytest.raises(UnfitMetadata):
        retirement(reason="lone \ud800 surrogate")
