"""
Formulas of calculations: arithmetic over numbers and measured series, and nothing else.

Numbers, names, + - * /, powers with a constant exponent, and the functions below. There are no loops, no
comparisons, no attributes and no way to anything outside, so that a formula ends after as many steps as it has
signs times rows, whoever wrote it (ADR 0104).

exp ln sqrt      of a number, or of each row of a series
min max          of two numbers
sum mean count   of a series' rows
integral         of a series over time, in hours (trapezoids; across longer silences than the calculation allows: nothing)
sample_mean      mean of a sample, with the standard error of the mean as an uncertainty of its own
first last       by time
"""

import ast
from collections.abc import Callable, Mapping
from decimal import Decimal, DivisionByZero, InvalidOperation, Overflow

from domain.monitoring.measured import Measured
from domain.monitoring.series import (
    FormulaFault,
    Value,
    both_of,
    each_of,
    number_of,
    of_series,
)

LENGTH_MAX = 1000


SIGNS_MAX = 200


EXPONENT_MAX = 100


_OPERATIONS: Mapping[type[ast.operator], Callable[[Measured, Measured], Measured]] = {
    ast.Add: lambda one, other: one + other,
    ast.Sub: lambda one, other: one - other,
    ast.Mult: lambda one, other: one * other,
    ast.Div: lambda one, other: one / other,
}


def _exp(one: Measured) -> Measured:
    value = one.value.exp()
    return one.mapped(value, value)


def _ln(one: Measured) -> Measured:
    return one.mapped(one.value.ln(), 1 / one.value)


def _sqrt(one: Measured) -> Measured:
    value = one.value.sqrt()
    return one.mapped(value, 1 / (2 * value))


_OF_ROWS = {"exp": _exp, "ln": _ln, "sqrt": _sqrt}


_OF_SERIES = ("sum", "mean", "count", "integral", "sample_mean", "first", "last")


_OF_TWO: Mapping[str, Callable[[Measured, Measured], Measured]] = {
    "min": lambda one, other: one if one.value <= other.value else other,
    "max": lambda one, other: one if one.value >= other.value else other,
}


FUNCTIONS = (*_OF_ROWS, *_OF_SERIES, *_OF_TWO)


class Formula:
    """
    Raises:
        FormulaFault: it is too long, or has something else in it than formulas have.
    """

    def __init__(self, text: str) -> None:
        if len(text) > LENGTH_MAX:
            raise FormulaFault(f"A formula has at most {LENGTH_MAX} characters.")
        try:
            tree = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise FormulaFault("This is no formula.") from None
        if sum(1 for _ in ast.walk(tree)) > SIGNS_MAX:
            raise FormulaFault(f"A formula has at most {SIGNS_MAX} signs.")
        self._text, self._tree = text.strip(), tree
        self.names = frozenset(self._names(tree))

    def _names(self, node: ast.expr) -> list[str]:
        match node:
            case ast.Constant():
                self._number(node)
                return []
            case ast.Name():
                return [node.id]
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self._names(operand)
            case ast.BinOp(left=left, op=ast.Pow(), right=right):
                self._exponent(right)
                return self._names(left)
            case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _OPERATIONS:
                return self._names(left) + self._names(right)
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in FUNCTIONS:
                wanted = 2 if name in _OF_TWO else 1
                if len(arguments) != wanted:
                    raise FormulaFault(f"{name} is of {wanted}.")
                return [found for one in arguments for found in self._names(one)]
            case _:
                found = ast.get_source_segment(self._text, node) or "this"
                raise FormulaFault(f"`{found[:40]}` is nothing that a formula may have.")

    def _number(self, node: ast.Constant) -> Decimal:
        """By its digits as they are written: 0.1 is one tenth."""
        written = ast.get_source_segment(self._text, node) or ""
        if isinstance(node.value, bool) or not isinstance(node.value, int | float):
            raise FormulaFault(f"`{written[:40]}` is no number.")
        try:
            number = Decimal(written.replace("_", ""))
        except InvalidOperation:
            raise FormulaFault(f"`{written[:40]}` is no decimal number.") from None
        if number and not -EXPONENT_MAX <= number.adjusted() <= EXPONENT_MAX:
            raise FormulaFault(f"`{written[:40]}` is too large or too small.")
        return number

    def _exponent(self, node: ast.expr) -> Decimal:
        sign = 1
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            sign, node = -1, node.operand
        if not isinstance(node, ast.Constant) or abs(self._number(node)) > EXPONENT_MAX:
            raise FormulaFault(f"An exponent is a number, {EXPONENT_MAX} at most.")
        return sign * self._number(node)

    def value(self, known: Mapping[str, Value], *, gap_hours: Decimal) -> Value:
        """
        Raises:
            FormulaFault: it cannot be worked out with these, as by dividing by zero.
        """
        try:
            return self._value(self._tree, known, gap_hours)
        except (InvalidOperation, DivisionByZero, Overflow):
            raise FormulaFault(
                "It cannot be worked out: it divides by zero, is of a negative number, or grows without bound."
            ) from None

    def _value(  # noqa: PLR0911 -- one for each kind of node
        self, node: ast.expr, known: Mapping[str, Value], gap_hours: Decimal
    ) -> Value:
        match node:
            case ast.Constant():
                return Measured(self._number(node))
            case ast.Name():
                return known[node.id]
            case ast.UnaryOp(operand=operand):
                return each_of(self._value(operand, known, gap_hours), lambda one: -one)
            case ast.BinOp(left=left, op=ast.Pow(), right=right):
                exponent = self._exponent(right)
                return each_of(
                    self._value(left, known, gap_hours), lambda one: _power(one, exponent)
                )
            case ast.BinOp(left=left, op=operator, right=right):
                return both_of(
                    self._value(left, known, gap_hours),
                    self._value(right, known, gap_hours),
                    _OPERATIONS[type(operator)],
                )
            case ast.Call(func=ast.Name(id=name), args=arguments):
                values = [self._value(one, known, gap_hours) for one in arguments]
                if name in _OF_ROWS:
                    return each_of(values[0], _OF_ROWS[name])
                if name in _OF_TWO:
                    return _OF_TWO[name](number_of(values[0]), number_of(values[1]))
                return of_series(name, values[0], gap_hours)
        raise AssertionError("the formula was read")


def _power(one: Measured, exponent: Decimal) -> Measured:
    if exponent == 0:
        return Measured(Decimal(1))
    return one.mapped(one.value**exponent, exponent * one.value ** (exponent - 1))
