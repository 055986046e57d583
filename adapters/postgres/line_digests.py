"""
Which lines a list shows, told by digests of what they are made of (ADR 0097).

What is made of a row by a function of nothing else may be kept under the row's digest: as soon as
anything that the query reads is another, so is the digest. So nothing has to be told that a row has
changed, and no other process either.
"""

import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Subquery,
    bindparam,
    func,
    literal_column,
    select,
)
from sqlalchemy.engine import Dialect, RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.queries import PageRequest, ordered

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
        ids, digests = found.one()
        return list(zip(ids or (), digests or (), strict=True))

    async def rows(self, connection: AsyncConnection, page: PageRequest) -> Sequence[RowMapping]:
        """Each with its digest (`DIGEST`) beside its columns, both of one moment."""
        found = await connection.execute(select(self._lines(page)), self._values(page))
        rows: Sequence[RowMapping] = found.mappings().all()
        return rows

    def _statement(self, dialect: Dialect, page: PageRequest) -> tuple[str, dict[str, Any]]:
        key = page.newest_first, page.after is not None
        if key not in self._statements:
            lines = self._lines(page)
            whole = select(func.array_agg(lines.c.id), func.array_agg(lines.c[DIGEST]))
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
