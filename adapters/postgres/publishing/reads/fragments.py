"""
What the public API says of projects, retirements and credits, ready as JSON (ADR 0116).

The one place that asks asyncpg itself: of what is one statement and one row, SQLAlchemy's part would be the
larger half. Bodies come as bytes, and name the registry's own address by `PUBLIC_URL_MARK`.
"""

from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from adapters.postgres.publishing.fragment_pool import FragmentPool
from adapters.postgres.queries import PageRequest, Position

PUBLIC_URL_MARK = b"\x01"
"""Stands in bodies for where the registry is reached, without a slash at its end; JSON holds no such byte."""

Kind = Literal["project", "retirement"]


@dataclass(frozen=True, slots=True)
class FragmentsView:
    """Items of a list, joined by commas; `after` is the last one's position where the list goes on."""

    items: bytes
    after: Position | None


_LIST = """
    WITH part AS (
        SELECT at, id, :body AS body, row_number() OVER (ORDER BY :order) AS line FROM public_fragments
         WHERE kind = ':kind' :beyond ORDER BY :order LIMIT $1::int + 1
    )
    SELECT convert_to(string_agg(body, ',' ORDER BY line) FILTER (WHERE line <= $1), 'UTF8') AS items,
           max(at) FILTER (WHERE line = $1) AS last_at,
           (array_agg(id) FILTER (WHERE line = $1))[1] AS last_id,
           count(*) > $1 AS goes_on
      FROM part
"""

# Whose standard or label stands for a project today: no write tells that a day has passed.
_BODIES: dict[Kind, str] = {
    "project": """replace(body, E'\\x02', '[' || coalesce((
                   SELECT string_agg(DISTINCT '"' || label.scheme || '"', ',')
                     FROM public_standard_labels label
                    WHERE label.project_id = public_fragments.id AND label.status = 'confirmed'
                      AND label.valid_from <= current_date
                      AND (label.valid_until IS NULL OR label.valid_until >= current_date)), '') || ']')""",
    "retirement": "body",
}


def _list(kind: Kind, *, newest_first: bool, goes_on: bool) -> str:
    order = "at DESC, id DESC" if newest_first else "at, id"
    beyond = f"AND (at, id) {'<' if newest_first else '>'} ($2, $3)" if goes_on else ""
    sql = _LIST.replace(":order", order).replace(":beyond", beyond)
    return sql.replace(":kind", kind).replace(":body", _BODIES[kind])


_LISTS: dict[tuple[Kind, bool, bool], str] = {
    (kind, newest_first, goes_on): _list(kind, newest_first=newest_first, goes_on=goes_on)
    for kind in ("project", "retirement")
    for newest_first in (True, False)
    for goes_on in (True, False)
}
_ONE = "SELECT convert_to(body, 'UTF8') AS body FROM public_fragments WHERE kind = $1 AND id = $2"
_CREDIT = """
    SELECT convert_to(body, 'UTF8') AS body FROM public_credit_entries entry
      JOIN public_fragments fragment ON fragment.kind = 'credit' AND fragment.id = entry.id
     WHERE entry.serial = $1
"""


async def fragments_page(pool: FragmentPool, kind: Kind, page: PageRequest) -> FragmentsView:
    """
    Part of the list of all of a kind, in one row.

    Seen by: everybody.
    """
    after: tuple[Any, ...] = page.after or ()
    row = await pool.row(_LISTS[kind, page.newest_first, bool(after)], page.limit, *after)
    position = (row["last_at"], row["last_id"]) if row["goes_on"] else None
    return FragmentsView(row["items"] or b"", position)


async def fragment(pool: FragmentPool, kind: Kind, id: UUID) -> bytes | None:
    """Seen by: everybody."""
    row = await pool.row(_ONE, kind, id)
    return row["body"] if row is not None else None


async def credit_fragment(pool: FragmentPool, serial: str) -> bytes | None:
    """
    Of the entry with exactly this serial.

    Seen by: everybody.
    """
    row = await pool.row(_CREDIT, serial)
    return row["body"] if row is not None else None
