"""
Columns whose values are sealed, and those by which they are found.

Reading is the same as of any column: the statement brings the row's id along, and the value is opened
for that row. Writing names the row: `seal` of `adapters.postgres.accounts.data_keys`. A text that is
written as it is stays as it is, until it is sealed.
"""

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Label, String, Text, and_, or_, type_coerce
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import TypeDecorator

from adapters.personal_data.seals import PersonalData, Sealed

_ID_CHARACTERS = 36
_OPENERS: "WeakKeyDictionary[Dialect, Callable[[], PersonalData]]" = WeakKeyDictionary()


def use_personal_data(engine: AsyncEngine, opener: Callable[[], PersonalData]) -> None:
    """`opener` is called with the first personal value: what reads none needs no key."""
    opened: list[PersonalData] = []

    def once() -> PersonalData:
        if not opened:
            opened.append(opener())
        return opened[0]

    _OPENERS[engine.sync_engine.dialect] = once


def personal_data_of(dialect: Dialect) -> PersonalData:
    try:
        opener = _OPENERS[dialect]
    except KeyError:
        raise RuntimeError("this engine was opened without what opens personal data") from None
    return opener()


class _Compared(TypeDecorator.Comparator[Any]):
    """Equal to a text, where a hash finds it, or NULL or not; nothing else is known of what is sealed."""

    def operate(self, op: Any, *other: Any, **options: Any) -> ColumnElement[Any]:
        if op in {operators.is_, operators.is_not}:
            return super().operate(op, *other, **options)
        kind = self.type
        if op is not operators.eq or not isinstance(kind, SealedText) or not kind.found_by:
            raise TypeError(f"a sealed column cannot be asked for `{op.__name__}`")
        (wanted,) = other
        if not isinstance(wanted, str):
            raise TypeError("a sealed column is compared with a text")
        found_by = self.expr.table.c[kind.found_by]
        # What is not sealed yet is compared as it stands.
        plain = type_coerce(self.expr, Text) == wanted.lower()
        return or_(found_by == wanted, and_(found_by.is_(None), plain))


class SealedText(TypeDecorator[Any]):
    """
    Text of a table with a UUID `id`, sealed for its row; see the module.

    `found_by` is the column with the keyed hash of the text in lower case, where there is one: then the
    text can be compared with another.
    """

    impl = Text
    cache_ok = True
    comparator_factory = _Compared

    def __init__(self, column: str, *, found_by: str | None = None) -> None:
        super().__init__()
        self.column = column
        self.found_by = found_by

    def column_expression(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        while isinstance(column, Label):
            column = column.element
        row_id = column.table.c.id
        return type_coerce(type_coerce(row_id, String).concat(type_coerce(column, Text)), self)

    def process_bind_param(self, value: object, dialect: Dialect) -> str | None:  # noqa: ARG002 -- SQLAlchemy's own
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, Sealed):
            return value.text
        raise TypeError(f"{self.column} takes a text or a seal")

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        if value is None:
            return None
        kept = value[_ID_CHARACTERS:]
        if not kept.startswith("sealed:"):
            return str(kept)
        return personal_data_of(dialect).open(kept, self.column, value[:_ID_CHARACTERS])


class EmailHash(TypeDecorator[str]):
    """Takes an e-mail and keeps, or compares, its keyed hash."""

    impl = String(64)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        # An engine without keys writes plain rows, which the worker seals.
        if value is None or dialect not in _OPENERS:
            return None
        return personal_data_of(dialect).email_hash(value)
