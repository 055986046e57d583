"""Formulas: what they may say, what follows from them with its uncertainty, and what they refuse."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.monitoring.formulas import Formula
from domain.monitoring.measured import CONTEXT, Measured
from domain.monitoring.series import FormulaFault, MeasuredSeries, Value

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)
FAR = Decimal(24)


def measured(value: str, uncertainty: str = "0", source: str = "x") -> Measured:
    return Measured(Decimal(value), {source: Decimal(uncertainty)})


def series(
    *values: str, hours: float = 1, each: str = "0.1", independent: bool = False
) -> MeasuredSeries:
    rows = [
        (NOON + timedelta(hours=hours * place), measured(value, each, "s"))
        for place, value in enumerate(values)
    ]
    return MeasuredSeries(rows, frozenset({"s"}) if independent else frozenset())


def worked_out(text: str, **known: Value) -> Measured:
    with localcontext(CONTEXT):
        value = Formula(text).value(known, gap_hours=FAR)
    assert isinstance(value, Measured)
    return value


@pytest.mark.parametrize(
    ("text", "known", "value", "uncertainty"),
    [
        ("0.1 + 0.2", {}, "0.3", "0"),
        ("2 * x", {"x": measured("3", "0.5")}, "6", "1.0"),
        # The same number twice is wrong in the same way twice; two numbers are not.
        ("x - x", {"x": measured("3", "0.5")}, "0", "0"),
        ("x + y", {"x": measured("3", "3"), "y": measured("4", "4", "y")}, "7", "5"),
        ("x * y", {"x": measured("3", "0.3"), "y": measured("4", "0.4", "y")}, "12", "1.69705627"),
        ("x ** 3", {"x": measured("2", "0.1")}, "8", "1.2"),
        ("ln(exp(x))", {"x": measured("2", "0.1")}, "2", "0.1"),
        ("max(x, 0)", {"x": measured("-3", "0.5")}, "0", "0"),
        ("sum(s)", {"s": series("1", "2", "3")}, "6", "0.3"),
        ("sum(s)", {"s": series("1", "2", "3", independent=True)}, "6", "0.17320508"),
        ("mean(s)", {"s": series("1", "2", "3")}, "2", "0.1"),
        ("count(s)", {"s": series("1", "2", "3")}, "3", "0"),
        ("integral(s)", {"s": series("1", "2", "3")}, "4", "0.2"),
        # Nothing is counted across a silence that is longer than is allowed.
        ("integral(s)", {"s": series("1", "2", "3", hours=25)}, "0", "0"),
        ("sample_mean(s)", {"s": series("1", "3", each="0")}, "2", "1"),
        ("sum(s * s)", {"s": series("1", "2", each="0")}, "5", "0"),
    ],
)
def test_a_formula_gives_its_value_and_its_uncertainty(
    text: str, known: dict[str, Value], value: str, uncertainty: str
) -> None:
    result = worked_out(text, **known)

    assert round(result.value, 8) == Decimal(value)
    assert round(result.uncertainty, 8) == Decimal(uncertainty)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x.__class__",
        "__import__('os')",
        "[x for x in y]",
        "lambda: 1",
        "x if y else z",
        "x < y",
        "sum(x, y)",
        "open(x)",
        "x[0]",
        "'a' * 9",
        "True",
        "x ** y",
        "x ** 101",
        "1e999",
        "x" * 1001,
        "(" * 400 + "x" + ")" * 400,
        "+".join("x" * 150),
    ],
)
def test_a_formula_is_arithmetic_and_nothing_else(text: str) -> None:
    with pytest.raises(FormulaFault):
        Formula(text)


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("1 / x", {"x": measured("0")}),
        ("ln(x)", {"x": measured("-1")}),
        ("sqrt(x)", {"x": measured("-1")}),
        ("exp(exp(exp(x)))", {"x": measured("99")}),
        ("sum(x)", {"x": measured("1")}),
        ("max(x, 0)", {"x": series("1")}),
        ("mean(x)", {"x": MeasuredSeries([])}),
        ("sample_mean(x)", {"x": series("1")}),
        ("sum(x * y)", {"x": series("1", "2"), "y": series("1", "2", hours=0)}),
    ],
)
def test_what_has_no_result_is_told_in_a_sentence(text: str, known: dict[str, Value]) -> None:
    with pytest.raises(FormulaFault, match=r"\.$"):
        worked_out(text, **known)


NUMBERS = st.decimals("-1000", "1000", places=3)


@given(NUMBERS, NUMBERS.filter(lambda one: abs(one) > 1))
def test_an_uncertainty_is_the_slope_of_the_formula(x: Decimal, y: Decimal) -> None:
    text, step = "x * x / y - 3 * x + exp(x / 1000)", Decimal("1e-12")
    exact = worked_out(text, x=Measured(x, {"x": Decimal(1)}), y=Measured(y))

    with localcontext(CONTEXT):
        slope = (worked_out(text, x=Measured(x + step), y=Measured(y)).value - exact.value) / step

    assert abs(abs(slope) - exact.uncertainty) < Decimal("1e-6") * (1 + abs(slope))
