"""The movements of the public ledger in the order in which they were committed, as lines of JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.publishing.change_columns import CHANGES
from adapters.postgres.publishing.json_lines import json_line

# The colons of a line would otherwise be taken for the names of values.
_LINE = json_line(CHANGES.columns).replace(":", r"\:")
_ROWS = CHANGES.rows.replace(":", r"\:")

# The numbers are picked before anything is joined to them, so that few rows never cost many.
_LINES = f"""
    WITH c AS MATERIALIZED (
        SELECT seq, transaction_id FROM ledger_changes WHERE seq > :since ORDER BY seq LIMIT :limit
    )
    SELECT c.seq, concat({_LINE}) {_ROWS} ORDER BY c.seq
"""  # noqa: S608 — put together from constants; values are bound

_LINES_OF_RETIREMENT = f"""
    WITH c AS MATERIALIZED (
        SELECT l.seq, l.transaction_id FROM ledger_changes l
          JOIN public_credit_transactions line ON line.id = l.transaction_id
         WHERE line.retirement_id = :retirement_id
    )
    SELECT concat({_LINE}) {_ROWS} ORDER BY c.seq
"""  # noqa: S608 — likewise


@dataclass(frozen=True)
class ChangeLines:
    """`lines` end with a line feed; `seq` is the last one's number, or what was asked for."""

    lines: Sequence[str]
    seq: int
    last_seq: int

    @property
    def goes_on(self) -> bool:
        return self.seq < self.last_seq


async def last_seq(connection: AsyncConnection) -> int:
    """
    The number of the newest movement; 0 before the first.

    Seen by: everybody.
    """
    found = await connection.execute(text("SELECT seq FROM ledger_head"))
    seq: int = found.scalar_one()
    return seq


async def change_lines(connection: AsyncConnection, *, since: int, limit: int) -> ChangeLines:
    """
    At most `limit` movements after the number `since`; holders and parties are not among what is told.

    Seen by: everybody.
    """
    # The newest number first: rows may be added between the two statements, and none taken away.
    newest = await last_seq(connection)
    found = (await connection.execute(text(_LINES), {"since": since, "limit": limit})).all()
    if not found:
        return ChangeLines([], since, newest)
    last = found[-1][0]
    return ChangeLines([line for _, line in found], last, max(newest, last))


async def changes_of_retirement(connection: AsyncConnection, retirement_id: UUID) -> Sequence[str]:
    """
    The movements that made up a retirement, as lines.

    Seen by: everybody.
    """
    found = await connection.execute(text(_LINES_OF_RETIREMENT), {"retirement_id": retirement_id})
    return list(found.scalars())
