"""Tonnes outside, whole units of 0.01 t inside, and nothing lost between the two."""

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from domain.errors import Fault, Invalid, NumberingExhausted
from domain.quantities import (
    QUANTITY_UNITS_MAX,
    UNIT_NUMBER_MAX,
    NumberingRoom,
    UnitRange,
    format_tonnes,
    parse_tonnes,
)

NOT_DECIMAL = "Quantity must be a decimal number such as 1000.00"
TOO_FINE = "Quantity must not have more than two decimals"
TOO_MUCH = "Quantity must not be more than 1,000,000,000 t"
NOT_POSITIVE = "Quantity must be a positive number"


@given(st.integers(1, QUANTITY_UNITS_MAX))
def test_a_printed_quantity_reads_back_as_the_same_units(units: int) -> None:
    assert parse_tonnes(format_tonnes(units)) == units


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("1000.00", 100_000),
        ("1000", 100_000),
        ("0.01", 1),
        ("0.1", 10),
        ("007", 700),
        ("1000000000.00", QUANTITY_UNITS_MAX),
    ],
)
def test_a_quantity_may_be_written_with_fewer_decimals_or_leading_zeros(
    text: str, units: int
) -> None:
    assert parse_tonnes(text) == units


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", NOT_DECIMAL),
        ("a thousand", NOT_DECIMAL),
        ("1,000.00", NOT_DECIMAL),
        ("1e3", NOT_DECIMAL),
        ("+1", NOT_DECIMAL),
        (" 1", NOT_DECIMAL),
        ("1\n", NOT_DECIMAL),
        ("1.", NOT_DECIMAL),
        (".5", NOT_DECIMAL),
        ("--1", NOT_DECIMAL),
        ("NaN", NOT_DECIMAL),
        ("Infinity", NOT_DECIMAL),
        # A digit of another script, which int() would read.
        ("\N{ARABIC-INDIC DIGIT ONE}0", NOT_DECIMAL),
        ("10000000000000", NOT_DECIMAL),
        ("0.001", TOO_FINE),
        ("1.000", TOO_FINE),
        ("1.005", TOO_FINE),
        ("-1.005", TOO_FINE),
        ("0", NOT_POSITIVE),
        ("0.00", NOT_POSITIVE),
        ("-0", NOT_POSITIVE),
        ("-1", NOT_POSITIVE),
        ("-0.01", NOT_POSITIVE),
        ("1000000000.01", TOO_MUCH),
        ("9999999999999.99", TOO_MUCH),
    ],
)
def test_a_quantity_that_cannot_be_right_is_refused_with_its_reason(
    text: str, sentence: str
) -> None:
    with pytest.raises(Invalid) as refused:
        parse_tonnes(text)

    assert (refused.value.detail, refused.value.faults) == (
        sentence,
        (Fault("/quantity", sentence),),
    )


def test_the_refusal_names_the_field_that_was_asked_for() -> None:
    with pytest.raises(Invalid) as refused:
        parse_tonnes("-5", pointer="/emissionsTarget", noun="Emissions target")

    assert refused.value.faults == (
        Fault("/emissionsTarget", "Emissions target must be a positive number"),
    )


@given(st.text(max_size=20))
def test_any_text_is_either_a_positive_quantity_or_refused(text: str) -> None:
    try:
        units = parse_tonnes(text)
    except Invalid:
        return

    assert 1 <= units <= QUANTITY_UNITS_MAX


@given(st.data(), st.integers(1, 10**12), st.integers(2, 10**9))
def test_a_split_gives_the_lowest_units_away_and_the_parts_tile_the_whole(
    data: st.DataObject, first: int, size: int
) -> None:
    whole = UnitRange(first, first + size - 1)
    taken_units = data.draw(st.integers(1, size - 1))

    taken, rest = whole.split(taken_units)

    assert (taken.first, taken.last + 1, rest.last) == (whole.first, rest.first, whole.last)
    assert (taken.quantity_units, rest.quantity_units) == (taken_units, size - taken_units)


@pytest.mark.parametrize("quantity_units", [-1, 0, 10, 11])
def test_a_split_leaves_something_on_both_sides(quantity_units: int) -> None:
    with pytest.raises(ValueError, match="something on both sides"):
        UnitRange(1, 10).split(quantity_units)


@pytest.mark.parametrize(("first", "last"), [(0, 5), (-1, 5), (6, 5)])
def test_a_range_has_positive_numbers_in_order(first: int, last: int) -> None:
    with pytest.raises(ValueError, match=f"no unit range: {first}..{last}"):
        UnitRange(first, last)


@given(
    st.integers(1, UNIT_NUMBER_MAX + 1),
    st.integers(0, 2**54),
    st.integers(1, QUANTITY_UNITS_MAX),
)
@example(UNIT_NUMBER_MAX + 1 - 500, 400, 100)
@example(UNIT_NUMBER_MAX + 1 - 500, 400, 101)
def test_what_the_numbering_lets_through_fits_it_whole_beside_what_was_promised(
    next_unit: int, promised_units: int, quantity_units: int
) -> None:
    room = NumberingRoom(next_unit, promised_units)

    try:
        room.require(quantity_units)
        sentence = None
    except NumberingExhausted as refused:
        sentence = refused.detail

    last = next_unit + promised_units + quantity_units - 1
    left, asked = format_tonnes(room.left_units), format_tonnes(quantity_units)
    assert sentence == (
        None
        if last <= UNIT_NUMBER_MAX
        else f"Only {left} t are left in the registry's numbering; {asked} t were asked for."
    )


def test_the_last_number_is_the_last_that_canonical_json_can_say() -> None:
    assert rfc8785.dumps(UNIT_NUMBER_MAX) == b"9007199254740991"
    with pytest.raises(rfc8785.IntegerDomainError):
        rfc8785.dumps(UNIT_NUMBER_MAX + 1)


@pytest.mark.parametrize(
    ("given_units", "is_low"),
    [(0, False), (UNIT_NUMBER_MAX * 9 // 10, False), (UNIT_NUMBER_MAX * 9 // 10 + 2, True)],
)
def test_the_numbering_is_low_when_nine_tenths_are_given_or_promised(
    given_units: int, is_low: bool
) -> None:
    assert NumberingRoom(1 + given_units).is_low is is_low
    assert NumberingRoom(1, given_units).is_low is is_low
