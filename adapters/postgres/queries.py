"""How reads are run: one paging for all lists, one runner for queries that are written as text."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Select,
    bindparam,
    literal,
    text,
    tuple_,
)
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeEngine

Row = TypeVar("Row")
View = TypeVar("View")

Position = tuple[datetime, UUID] | tuple[int]
"""Where a row stands in its list: its values of the columns that the list is ordered by."""


@dataclass(frozen=True)
class PageRequest:
    """Which part of a list: at most `limit` rows that come after a position; None: from its beginning."""

    limit: int
    newest_first: bool = True
    after: Position | None = None

    def shown(self, rows: Sequence[Row]) -> Sequence[Row]:
        """What `read_page` read, without the one row that tells that the list goes on."""
        return rows[: self.limit]

    def last_shown(self, rows: Sequence[Row]) -> Row | None:
        """The row after which the list goes on; None when it does not."""
        return rows[self.limit - 1] if len(rows) > self.limit else None


async def read_page(
    connection: AsyncConnection,
    query: Select[Any],
    page: PageRequest,
    by: Sequence[ColumnElement[Any]],
) -> Sequence[RowMapping]:
    """
    Read one row more than was asked for, so that the caller knows whether the list goes on.

    `by` are columns that together tell each row from all others. Rows are ordered by them, so that
    rows which are added meanwhile shift nothing.
    """
    beyond = [
        literal(value, column.type) for column, value in zip(by, page.after or (), strict=False)
    ]
    query = ordered(query, by, newest_first=page.newest_first, beyond=beyond)
    found = await connection.execute(query.limit(page.limit + 1))
    rows: Sequence[RowMapping] = found.mappings().all()
    return rows


def ordered(
    query: Select[Any],
    by: Sequence[ColumnElement[Any]],
    *,
    newest_first: bool,
    beyond: Sequence[ColumnElement[Any]] = (),
) -> Select[Any]:
    """The rows of a list in its order, those alone that come after the position `beyond`."""
    if beyond:
        one = len(by) == 1
        order: ColumnElement[Any] = by[0] if one else tuple_(*by)
        last: ColumnElement[Any] = beyond[0] if one else tuple_(*beyond)
        query = query.where(order < last if newest_first else order > last)
    return query.order_by(*(column.desc() if newest_first else column.asc() for column in by))


async def read_one(connection: AsyncConnection, query: Select[Any]) -> RowMapping | None:
    found = await connection.execute(query)
    row: RowMapping | None = found.mappings().one_or_none()
    return row


# What SQLAlchemy would guess from the value alone is too narrow for asyncpg: a moment without its
# time zone, and an integer of four bytes.
_TYPES: dict[type, TypeEngine[Any]] = {datetime: DateTime(timezone=True), int: BigInteger()}


async def read(
    connection: AsyncConnection, view: type[View], sql: str, **values: Any
) -> Sequence[View]:
    """Run one query; each row becomes a `view` by the names of its columns."""
    bound = [
        bindparam(name, value, type_=_TYPES.get(type(value))) for name, value in values.items()
    ]
    found = await connection.execute(text(sql).bindparams(*bound))
    return [view(**row) for row in found.mappings()]


def first(found: Sequence[View]) -> View | None:
    return found[0] if found else None
