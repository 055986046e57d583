"""From a cell to a value: by the format's word, and never by a guess."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ingestion.cells.dates import day, moment
from domain.ingestion.issues import IssueRule
from domain.ingestion.units import converted, is_known
from domain.ingestion.values import Cell, CellFault, NumberStyle, number, number_and_unit

PLAIN, COMMA, DOT, SPACE = NumberStyle

NUMBERS: list[tuple[Cell, NumberStyle, Decimal | IssueRule]] = [
    ("1234.56", PLAIN, Decimal("1234.56")),
    ("123.0", PLAIN, Decimal(123)),
    ("-1.5e3", PLAIN, Decimal(-1500)),
    ("\N{MINUS SIGN}5", PLAIN, Decimal(-5)),
    (230612.0, PLAIN, Decimal(230612)),
    ("1,234.56", COMMA, Decimal("1234.56")),
    ("1234", COMMA, Decimal(1234)),
    ("1.234,56", DOT, Decimal("1234.56")),
    ("1,2E3", DOT, Decimal(1200)),
    ("1 234,56", SPACE, Decimal("1234.56")),
    ("1\N{NO-BREAK SPACE}234", SPACE, Decimal(1234)),
    ("1,234", PLAIN, IssueRule.AMBIGUOUS_NUMBER),
    ("1.234,56", PLAIN, IssueRule.AMBIGUOUS_NUMBER),
    ("1,234.56", DOT, IssueRule.AMBIGUOUS_NUMBER),
    ("1,2E3", PLAIN, IssueRule.AMBIGUOUS_NUMBER),
    ("12,34,567", COMMA, IssueRule.NUMBER),
    ("1234.56 t", PLAIN, IssueRule.NUMBER),
    ("12 %", PLAIN, IssueRule.NUMBER),
    ("<0.05", PLAIN, IssueRule.NUMBER),
    ("n.d.", PLAIN, IssueRule.NUMBER),
    ("-", PLAIN, IssueRule.NUMBER),
    ("NaN", PLAIN, IssueRule.NUMBER),
    (float("nan"), PLAIN, IssueRule.NUMBER),
    ("J0.004756", PLAIN, IssueRule.NUMBER),
    (True, PLAIN, IssueRule.NUMBER),
    (datetime(1901, 2, 10, 12, tzinfo=UTC), PLAIN, IssueRule.NUMBER),
    ("9" * 50, PLAIN, IssueRule.NUMBER),
]


@pytest.mark.parametrize(("cell", "style", "right"), NUMBERS)
def test_a_number_is_read_by_the_declared_style_or_not_at_all(
    cell: Cell, style: NumberStyle, right: Decimal | IssueRule
) -> None:
    read = number(cell, style)

    assert (read.rule if isinstance(read, CellFault) else read) == right


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=0, max_value=10**12))
def test_a_number_written_in_a_style_is_read_back_in_it(value: Decimal) -> None:
    swapped = str.maketrans(",.", ".,")
    assert number(f"{value:,}", COMMA) == value
    assert number(f"{value:,}".translate(swapped), DOT) == value
    assert number(str(value), PLAIN) == value


def test_a_unit_behind_a_number_is_taken_where_the_format_says_so() -> None:
    assert number_and_unit("228,638 metric tons CO2e ", COMMA) == (
        Decimal(228638),
        "metric tons CO2e",
    )


US = ("%m/%d/%Y",)
DAYS: list[tuple[Cell, tuple[str, ...], date | IssueRule]] = [
    ("3/24/2026", US, date(2026, 3, 24)),
    ("3/24/2026 9:08:01 PM", ("%m/%d/%Y %I:%M:%S %p",), date(2026, 3, 24)),
    ("2026-04-13T12:35:58.842275", ("iso",), date(2026, 4, 13)),
    ("03/04/2024", ("iso",), IssueRule.AMBIGUOUS_DATE),
    ("03/04/24", ("iso",), IssueRule.AMBIGUOUS_DATE),
    ("03/04/2024", ("%m/%d/%Y", "%d/%m/%Y"), IssueRule.AMBIGUOUS_DATE),
    ("25/12/2024", ("iso",), IssueRule.DATE),
    ("1900-02-29", ("iso",), IssueRule.DATE),
    ("45352", ("iso",), IssueRule.DATE),
    (45352.0, ("iso",), IssueRule.DATE),
    ("2024-02-30", ("iso",), IssueRule.DATE),
]


@pytest.mark.parametrize(("cell", "formats", "right"), DAYS)
def test_a_day_is_read_in_a_declared_format_or_not_at_all(
    cell: Cell, formats: tuple[str, ...], right: date | IssueRule
) -> None:
    read = day(cell, formats)

    assert (read.rule if isinstance(read, CellFault) else read) == right


PACIFIC = "America/Los_Angeles"
MOMENTS: list[tuple[str, str | None, datetime | IssueRule]] = [
    ("2024-03-01T12:00:00Z", None, datetime(2024, 3, 1, 12, tzinfo=UTC)),
    ("2024-03-01T12:00:00+05:30", PACIFIC, datetime(2024, 3, 1, 6, 30, tzinfo=UTC)),
    ("2024-07-01T12:00:00", PACIFIC, datetime(2024, 7, 1, 19, tzinfo=UTC)),
    ("2024-03-01T12:00:00", None, IssueRule.ZONE),
    ("2024-11-03T01:30:00", PACIFIC, IssueRule.DOUBLED_HOUR),
    ("2024-03-10T02:30:00", PACIFIC, IssueRule.DATE),
]


@pytest.mark.parametrize(("text", "zone", "right"), MOMENTS)
def test_a_moment_has_a_zone_and_a_clock_that_was_put_back_is_told(
    text: str, zone: str | None, right: datetime | IssueRule
) -> None:
    read = moment(text, ("iso",), zone)

    assert (read.rule if isinstance(read, CellFault) else read) == right


CONVERSIONS = [
    ("531000", "kgCO2e", "tCO2e", "531"),
    ("12", "tC", "tCO2e", "44"),
    ("100", "short_tCO2e", "tCO2e", "90.718474"),
    ("1000", "kg", "t", "1"),
    ("1000", "kg", "tCO2e", None),
    ("400", "ppm", "microatm", None),
    ("400", "µatm", "microatm", "400"),
    ("8.1", "pH_NBS", "pH_T", None),
    ("8.1", "pH", "pH_T", None),
    ("5", "parsnips", "tCO2e", None),
]


@pytest.mark.parametrize(("value", "unit", "target", "right"), CONVERSIONS)
def test_units_are_converted_by_the_rules_of_physics_or_refused(
    value: str, unit: str, target: str, right: str | None
) -> None:
    made = converted(Decimal(value), unit, target)

    assert (made if made is None else round(made, 9)) == (right and Decimal(right))


def test_a_ph_without_its_scale_is_no_unit() -> None:
    assert [is_known(unit) for unit in ("pH", "pH_T", "µS/cm", "°C", "furlongs per soup")] == [
        *(False, True, True, True, False)
    ]
