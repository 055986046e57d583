"""Values to rows and back: the dataclasses' field names are the tables' column names."""

import types
from collections.abc import Mapping
from dataclasses import fields
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from sqlalchemy import Column, Table
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.engine import RowMapping

from domain.certificates.certificates import (
    CertifiedFacts,
    CertifiedProject,
    Evidence,
    EvidenceDocument,
)
from domain.identifiers import Serial
from domain.quantities import UnitRange

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Value = TypeVar("Value", bound="DataclassInstance")


def row_of(value: "DataclassInstance") -> dict[str, Any]:
    return {field.name: _to_column(getattr(value, field.name)) for field in fields(value)}


def value_of(kind: type[Value], row: RowMapping, **overrides: Any) -> Value:
    """Build a `kind` from a row that has its columns; `overrides` stand for what is not one column."""
    hints = _plain_hints(kind)
    columns = {
        name: _from_column(hints[name], row[name]) for name in hints if name not in overrides
    }
    return kind(**columns, **overrides)


def columns_of(table: Table, kind: type) -> list[Column[Any]]:
    """
    Those of the table that make a `kind`: nothing else is read, and no personal value opened.

    What is worked out from other tables is no column, and is added by whoever asks.
    """
    return [table.c[name] for name in _plain_hints(kind) if name in table.c]


def units_from(column: Range[int]) -> UnitRange:
    if column.lower is None or column.upper is None:
        raise ValueError("a unit range has both ends (check constraint units_bounded)")
    return UnitRange(column.lower, column.upper - 1)


def units_to(units: UnitRange) -> Range[int]:
    return Range(units.first, units.last + 1, bounds="[)")


def facts_of(row: Mapping[str, Any]) -> CertifiedFacts:
    """Of a row of `karbonica_certified_facts`, with its moments; identifiers may be text."""
    project_id = row["id"] if isinstance(row["id"], UUID) else UUID(row["id"])
    return CertifiedFacts(
        CertifiedProject(project_id, row["number"], row["title"], row["type"], row["country"]),
        Evidence(
            project_id=project_id,
            sign_off_digest=row["sign_off_digest"],
            verification_body=row["verification_body"],
            decided_at=row["completed_at"],
            documents=[EvidenceDocument(*document) for document in row["documents"]],
        ),
    )


def _to_column(value: Any) -> Any:
    match value:
        case UnitRange():
            return units_to(value)
        case Serial():
            return str(value)
        case StrEnum():
            return value.value
        case _:
            return value


def _from_column(hint: Any, column: Any) -> Any:
    if column is None:
        return None
    if hint is UnitRange:
        return units_from(column)
    if hint is Serial:
        return Serial.parse(column)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint(column)
    return column


@cache
def _plain_hints(kind: type) -> dict[str, Any]:
    return {name: _without_none(hint) for name, hint in get_type_hints(kind).items()}


def _without_none(hint: Any) -> Any:
    if get_origin(hint) in {Union, types.UnionType}:
        return next(part for part in get_args(hint) if part is not types.NoneType)
    return hint
