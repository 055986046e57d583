"""How page queries are run: text in, records out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeEngine

Record = TypeVar("Record")

After = tuple[datetime, UUID]
"""The last row of the page before: when, and its id."""


# What SQLAlchemy would guess from the value alone is too narrow for asyncpg: a moment without its
# time zone, and an integer of four bytes.
_TYPES: dict[type, TypeEngine[Any]] = {datetime: DateTime(timezone=True), int: BigInteger()}


async def read(
    connection: AsyncConnection, record: type[Record], sql: str, **values: Any
) -> Sequence[Record]:
    """Run one query; each row becomes a record by the names of its columns."""
    bound = [
        bindparam(name, value, type_=_TYPES.get(type(value))) for name, value in values.items()
    ]
    found = await connection.execute(text(sql).bindparams(*bound))
    return [record(**row) for row in found.mappings()]


def first(found: Sequence[Record]) -> Record | None:
    return found[0] if found else None


def where(conditions: Sequence[str], after: After | None, at: str, id: str) -> str:
    """A WHERE clause of all conditions, and that rows come after the page before; or nothing."""
    beyond = [f"({at}, {id}) < (:after_at, :after_id)"] if after else []
    every = [*conditions, *beyond]
    return " WHERE " + " AND ".join(every) if every else ""


def cursor(after: After | None) -> dict[str, Any]:
    """The values that go with `where`."""
    return {"after_at": after[0], "after_id": after[1]} if after else {}
