"""Writes that nobody waits for, sent together: one statement, and one round trip, instead of many."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Protocol

from sqlalchemy import (
    CTE,
    Table,
    TextClause,
    UpdateBase,
    bindparam,
    func,
    literal_column,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import dialect, insert
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.limited_connections import LimitedConnection, LimitedEngine

Row = Mapping[str, Any]

# Named values are what `text` takes. SQLAlchemy leaves this constructor untyped.
_DIALECT = dialect(paramstyle="named")  # type: ignore[no-untyped-call]  # SQLAlchemy gives its constructor no types


class Write(Protocol):
    """Hashable, because the statement of several writes is made once for all that are like them."""

    def statement(self, prefix: str) -> UpdateBase:
        """With values named by column after the prefix, so that they differ from other writes'."""


@dataclass(frozen=True)
class InsertRows:
    """With `unless_there` a row whose key is taken is passed over."""

    table: Table
    columns: tuple[str, ...]
    unless_there: bool
    count: int = 1

    def statement(self, prefix: str) -> UpdateBase:
        made = insert(self.table).values(
            [
                {
                    name: bindparam(f"{prefix}{number}_{name}", type_=self.table.c[name].type)
                    for name in self.columns
                }
                for number in range(self.count)
            ]
        )
        return made.on_conflict_do_nothing() if self.unless_there else made

    def statement_after(self, prefix: str, updates: Sequence[CTE]) -> UpdateBase:
        """Of parts of one statement only those that read from another come after it (PostgreSQL, 7.8.4)."""
        if not updates:
            return self.statement(prefix)
        done = [
            select(func.count()).select_from(one).scalar_subquery() >= literal_column("0")
            for one in updates
        ]
        rows = [
            select(
                *(
                    bindparam(f"{prefix}{number}_{name}", type_=self.table.c[name].type)
                    for name in self.columns
                )
            ).where(*done)
            for number in range(self.count)
        ]
        made = insert(self.table).from_select(self.columns, union_all(*rows))
        return made.on_conflict_do_nothing() if self.unless_there else made


@dataclass(frozen=True)
class UpdateRow:
    """
    Changes `columns` of the row that `key` names.

    It takes effect before what is inserted into its table by the same statement: an exclusion constraint
    sees the row as it has become. `number` tells those of one statement apart.
    """

    table: Table
    key: str
    columns: tuple[str, ...]
    number: int = 0

    def statement(self, prefix: str) -> UpdateBase:
        named = {
            name: bindparam(f"{prefix}0_{name}", type_=self.table.c[name].type)
            for name in (self.key, *self.columns)
        }
        return (
            update(self.table)
            .where(self.table.c[self.key] == named.pop(self.key))
            .values(named)
            .returning(self.table.c[self.key])
        )


class BatchingConnection(LimitedConnection):
    """
    A connection that keeps what it is given to write until something else is asked of it.

    Whatever is executed comes after what was given before, so nothing is ever seen missing. Within
    one statement foreign keys are looked at last, and rows of one table stand in their order.
    """

    __slots__ = ("_waiting",)

    def __init__(self, engine: AsyncEngine) -> None:
        use_seconds = engine.use_seconds if isinstance(engine, LimitedEngine) else None
        super().__init__(engine, use_seconds=use_seconds)
        self._waiting: dict[Write, list[Row]] = {}

    def insert_later(self, table: Table, *rows: Row, unless_there: bool = False) -> None:
        for row in rows:
            self.write_later(InsertRows(table, tuple(row), unless_there), row)

    def write_later(self, write: Write, values: Row) -> None:
        self._waiting.setdefault(write, []).append(values)

    async def update_later(self, write: UpdateRow, row: Row) -> None:
        """Whatever waits to be inserted is sent first, and so is what waits to change the same row."""
        others = [one for one in self._waiting if not isinstance(one, UpdateRow)]
        of_the_row = [
            rows for one, rows in self._waiting.items() if rows[0].get(write.key) == row[write.key]
        ]
        if others or of_the_row:
            await self.flush()
        self.write_later(replace(write, number=len(self._waiting)), row)

    async def flush(self) -> None:
        """Send what waits; at the end of a transaction, before its commit."""
        if self._waiting:
            waiting, self._waiting = self._waiting, {}
            await super().execute(*_together(waiting))

    async def execute(self, statement: Any, parameters: Any = None, **options: Any) -> Any:
        await self.flush()
        return await super().execute(statement, parameters, **options)


def _together(waiting: Mapping[Write, Sequence[Row]]) -> tuple[TextClause, dict[str, Any]]:
    writes = []
    values: dict[str, Any] = {}
    for place, (write, rows) in enumerate(waiting.items()):
        writes.append(replace(write, count=len(rows)) if isinstance(write, InsertRows) else write)
        for number, row in enumerate(rows):
            values |= {f"w{place}_{number}_{name}": value for name, value in row.items()}
    return _one_statement(tuple(writes)), values


@lru_cache(maxsize=256)
def _one_statement(writes: tuple[Write, ...]) -> TextClause:
    updates = {
        place: (write.table, write.statement(f"w{place}_").cte(f"w{place}"))
        for place, write in enumerate(writes[:-1])
        if isinstance(write, UpdateRow)
    }
    made = [
        write.statement_after(
            f"w{place}_", [one for table, one in updates.values() if table is write.table]
        )
        if isinstance(write, InsertRows)
        else write.statement(f"w{place}_")
        for place, write in enumerate(writes)
    ]
    first = [
        updates[place][1] if place in updates else one.cte(f"w{place}")
        for place, one in enumerate(made[:-1])
    ]
    together = made[-1].add_cte(*first)
    # As text, because SQLAlchemy compiles an INSERT of several rows each time it is executed. What
    # stands right before the colons of a cast would not be taken for the name of a value.
    compiled = together.compile(dialect=_DIALECT)
    return text(str(compiled).replace("::", " ::")).bindparams(
        *(bindparam(name, type_=value.type) for name, value in compiled.binds.items())
    )
