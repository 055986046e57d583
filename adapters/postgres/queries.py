"""
How reads are run: one paging for all lists, one runner for queries that are written as text.

Lists of which parts are asked for again and again tell their lines by digests of what they are made of
(ADR 0097): what is made of a row by a function of nothing else may be kept under the row's digest, since
as soon as anything that the query reads is another, so is the digest. So nothing has to be told that a row
has changed, and no other process either.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Integer,
    Select,
    Subquery,
    bindparam,
    func,
    literal,
    literal_column,
    select,
    text,
    tuple_,
)
from sqlalchemy.engine import Dialect, RowMapping
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


LineDigest = tuple[Any, int]
"""A row's `id`, and the digest of all that the query reads of it."""

DIGEST = "digest"
# By chance, so that nobody can look for two contents of one digest.
_SEED = secrets.randbits(62)


class DigestedList:
    """
    A list of which parts are asked for again and again: its statements are worked out once.

    `query` reads an `id`; `by` are as for `read_page`. Every column has a type that can be hashed.
    """

    def __init__(self, query: Select[Any], by: Sequence[ColumnElement[Any]]) -> None:
        self._query = query
        self._by = by
        # With the constants of each, in the order of its places.
        self._statements: dict[tuple[bool, bool], tuple[str, dict[str, Any]]] = {}

    async def digests(self, connection: AsyncConnection, page: PageRequest) -> list[LineDigest]:
        """Of one line more than was asked for, where the list goes on."""
        sql, constants = self._statement(connection.dialect, page)
        values = constants | self._values(page)
        found = await connection.exec_driver_sql(sql, tuple(values.values()))
        row = found.mappings().one()
        return list(zip(row["ids"] or (), row["digests"] or (), strict=True))

    async def rows(self, connection: AsyncConnection, page: PageRequest) -> Sequence[RowMapping]:
        """Each with its digest (`DIGEST`) beside its columns, both of one moment."""
        found = await connection.execute(select(self._lines(page)), self._values(page))
        rows: Sequence[RowMapping] = found.mappings().all()
        return rows

    def _statement(self, dialect: Dialect, page: PageRequest) -> tuple[str, dict[str, Any]]:
        key = page.newest_first, page.after is not None
        if key not in self._statements:
            lines = self._lines(page)
            whole = select(
                func.array_agg(lines.c.id).label("ids"),
                func.array_agg(lines.c[DIGEST]).label("digests"),
            )
            compiled = whole.compile(dialect=dialect)
            names = compiled.positiontup or ()
            self._statements[key] = str(compiled), {name: compiled.params[name] for name in names}
        return self._statements[key]

    def _lines(self, page: PageRequest) -> Subquery:
        beyond = [bindparam(f"after_{n}", type_=one.type) for n, one in enumerate(self._by)]
        query = ordered(
            self._query,
            self._by,
            newest_first=page.newest_first,
            beyond=beyond if page.after is not None else (),
        )
        line = query.limit(bindparam("lines", type_=Integer())).subquery("line")
        seed = bindparam("seed", type_=BigInteger())
        digest = func.hash_record_extended(literal_column("line"), seed, type_=BigInteger())
        return select(line, digest.label(DIGEST)).subquery("lines")

    def _values(self, page: PageRequest) -> dict[str, Any]:
        beyond = {f"after_{n}": value for n, value in enumerate(page.after or ())}
        return {"lines": page.limit + 1, "seed": _SEED, **beyond}


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
