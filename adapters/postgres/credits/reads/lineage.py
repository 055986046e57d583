"""
Where units come from and where they went: the tree of an entry, and the way of one unit.

Each is one recursive query for the entries and one for the transactions that made them, whatever
the tree's size. Holders and parties are read too, for those who may see them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.credits.reads.lineage_views import (
    LineageNodeView,
    LineageStepView,
    LineageView,
    UnitPathView,
    in_tree_order,
)
from adapters.postgres.queries import first, read
from domain.identifiers import Serial

ENTRIES_MAX = 400
"""Of a tree with more entries only the parts nearest to the asked entry and to the root are read."""


_NODE = """
    SELECT e.id, e.parent_id, e.serial, parent.serial AS parent_serial,
           ARRAY(SELECT child.serial FROM public_credit_entries child
                  WHERE child.parent_id = e.id ORDER BY child.units) AS child_serials,
           e.project_id, e.vintage, e.owner_id, e.owner_role, e.status,
           lower(e.units) AS first_unit, upper(e.units) - 1 AS last_unit, e.quantity_units,
           e.issued_at, e.last_action_at
      FROM public_credit_entries e
      LEFT JOIN public_credit_entries parent ON parent.id = e.parent_id
"""

_STEPS_UP_MAX = 1_000

# A recursive query yields its rows as they are asked for, so that a LIMIT ends the search early:
# `tree` goes from the root breadth first, `below` from the entry, `path` from the entry upwards.
# Each part taken from a remainder makes the way up longer. A root further away is found by its
# units among the issuances of its project and vintage, so that nobody can make a question cost as
# much as they like, and the issuances of all others are not looked at.
_UPWARDS = f"""
    path AS (
        SELECT id, parent_id, 1 AS step FROM asked
        UNION ALL
        SELECT up.id, up.parent_id, path.step + 1
          FROM path JOIN public_credit_entries up ON up.id = path.parent_id
         WHERE path.step < {_STEPS_UP_MAX}
    ), near AS (
        SELECT id FROM path WHERE parent_id IS NULL
    ), root AS (
        SELECT id FROM near
        UNION ALL
        SELECT far.id FROM public_credit_entries far, asked
         WHERE far.parent_id IS NULL AND far.units @> asked.units
           AND (far.project_id, far.vintage) = (asked.project_id, asked.vintage)
           AND NOT EXISTS (SELECT FROM near)
    )
"""  # noqa: S608 — put together from the constant above

TREE_OF_ENTRY = f"""
    WITH RECURSIVE asked AS (
        SELECT id, parent_id, project_id, vintage, units FROM public_credit_entries WHERE serial = :serial
    ), {_UPWARDS}, tree AS (
        SELECT id FROM root
        UNION ALL
        SELECT down.id FROM tree JOIN public_credit_entries down ON down.parent_id = tree.id
    ), below AS (
        SELECT id FROM asked
        UNION ALL
        SELECT down.id FROM below JOIN public_credit_entries down ON down.parent_id = below.id
    ), chosen AS (
        (SELECT id FROM tree LIMIT :limit + 1)
        UNION (SELECT id FROM path LIMIT :limit)
        UNION (SELECT id FROM below LIMIT :limit)
    )
    {_NODE} WHERE e.id = ANY (ARRAY(SELECT id FROM chosen))
"""  # noqa: S608 — put together from the constants above; values are bound

_STEPS = """
    SELECT t.id, t.type, t.entry_id, t.result_entry_id, source.serial,
           result.serial AS result_serial, t.sender_id, t.recipient_id,
           lower(t.units) AS first_unit, upper(t.units) - 1 AS last_unit, t.quantity_units,
           t.completed_at, t.retirement_id, t.reason, c.status AS chain_status, c.tx_hash
      FROM public_credit_transactions t
      JOIN public_credit_entries source ON source.id = t.entry_id
      JOIN public_credit_entries result ON result.id = t.result_entry_id
      LEFT JOIN chain_records c ON c.transaction_id = t.id
     WHERE t.entry_id = ANY(:entry_ids) AND t.status = 'completed'
     ORDER BY t.completed_at, t.id
"""


async def lineage(
    connection: AsyncConnection, serial: Serial, *, limit: int = ENTRIES_MAX
) -> LineageView | None:
    """
    The tree that an entry belongs to, from its root; None when there is no such entry.

    Seen by: everybody, but for holders and parties, which `visibility.knows_party` decides on.

    Of a tree with more than `limit` entries, at most so many from the root on, of the way up, and
    of what became of the entry.
    """
    found = await read(connection, LineageNodeView, TREE_OF_ENTRY, serial=str(serial), limit=limit)
    if not found:
        return None
    return LineageView(in_tree_order(found), await _steps(connection, found), len(found) > limit)


@dataclass(frozen=True)
class _Leaf:
    id: UUID
    retirement_id: UUID | None
    beneficiary_name: str | None
    beneficiary_country: str | None
    retired_at: datetime | None


# The condition on the status is that of the exclusion constraint, whose index answers this.
LEAF_OF_UNIT = """
    SELECT e.id, r.id AS retirement_id, r.beneficiary_name, r.beneficiary_country, r.retired_at
      FROM public_credit_entries e
      LEFT JOIN public_credit_transactions t ON t.result_entry_id = e.id AND t.type = 'retirement'
      LEFT JOIN retirements r ON r.id = t.retirement_id
     WHERE e.units @> CAST(:unit AS bigint) AND e.status NOT IN ('transferred', 'split')
"""

WAY_OF_UNIT = f"""
    WITH RECURSIVE asked AS (
        SELECT id, parent_id, project_id, vintage, units FROM public_credit_entries WHERE id = :entry_id
    ), {_UPWARDS}, chosen AS (
        (SELECT id FROM path LIMIT :limit) UNION (SELECT id FROM root)
    )
    {_NODE} WHERE e.id = ANY (ARRAY(SELECT id FROM chosen))
"""  # noqa: S608 — put together from the constants above; values are bound


async def unit_path(
    connection: AsyncConnection, unit: int, *, limit: int = ENTRIES_MAX
) -> UnitPathView | None:
    """
    None when no such unit was ever issued. A way over more than `limit` entries is cut near its root.

    Seen by: everybody, but for holders and parties; the holder is public as a role (`held_by`).
    """
    leaf = first(await read(connection, _Leaf, LEAF_OF_UNIT, unit=unit))
    if leaf is None:
        return None
    found = await read(connection, LineageNodeView, WAY_OF_UNIT, entry_id=leaf.id, limit=limit)
    entries = in_tree_order(found)
    return UnitPathView(
        entries=entries,
        steps=await _steps(connection, entries),
        retirement_id=leaf.retirement_id,
        beneficiary_name=leaf.beneficiary_name,
        beneficiary_country=leaf.beneficiary_country,
        retired_at=leaf.retired_at,
        truncated=len(found) > limit,
    )


async def _steps(
    connection: AsyncConnection, entries: Sequence[LineageNodeView]
) -> Sequence[LineageStepView]:
    return await read(connection, LineageStepView, _STEPS, entry_ids=[node.id for node in entries])
