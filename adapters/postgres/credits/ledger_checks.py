"""The ledger recomputed from its rows, and the checks that were made."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.redundant_values import REDUNDANT_VALUES
from adapters.postgres.tables import ledger_checks
from domain.accounts.roles import REGISTRY_ACCOUNT_ID
from domain.credits.ledger import Conservation
from domain.credits.ledger_check import DIFFERENCES_MAX, Difference, DifferenceKind, LedgerCheck

# One statement sees one moment, so that a ledger that moves meanwhile raises no false alarm. The
# two sides of each comparison come from different rows: issuances and leaves, parents and
# children, transactions and entries.
_RECOMPUTE = """
WITH issued AS (
    SELECT e.project_id, e.vintage, sum(t.quantity_units) AS units
      FROM credit_transactions t JOIN credit_entries e ON e.id = t.result_entry_id
     WHERE t.type IN ('issuance', 'buffer_contribution') AND t.status = 'completed' GROUP BY 1, 2
), leaves AS (
    SELECT serial, project_id, vintage, status, units, quantity_units FROM credit_entries
     WHERE status NOT IN ('transferred', 'split')
), held AS (
    SELECT project_id, vintage,
           coalesce(sum(quantity_units) FILTER (WHERE status = 'active'), 0) AS active,
           coalesce(sum(quantity_units) FILTER (WHERE status = 'retired'), 0) AS retired,
           coalesce(sum(quantity_units) FILTER (WHERE status = 'cancelled'), 0) AS cancelled,
           coalesce(sum(quantity_units) FILTER (WHERE status = 'buffer'), 0) AS buffer
      FROM leaves GROUP BY 1, 2
), sums AS (
    SELECT grouping(p.number, vintage) AS level, p.number, vintage,
           coalesce(sum(issued.units), 0)::bigint AS issued,
           coalesce(sum(held.active), 0)::bigint AS active,
           coalesce(sum(held.retired), 0)::bigint AS retired,
           coalesce(sum(held.cancelled), 0)::bigint AS cancelled,
           coalesce(sum(held.buffer), 0)::bigint AS buffer
      FROM issued FULL JOIN held USING (project_id, vintage) JOIN projects p ON p.id = project_id
     GROUP BY GROUPING SETS ((p.number, vintage), (p.number), (vintage), ())
), covered AS (
    SELECT (SELECT coalesce(range_agg(units), '{}') FROM credit_entries WHERE parent_id IS NULL)
               AS by_roots,
           (SELECT coalesce(range_agg(units), '{}') FROM leaves) AS by_leaves
), in_order AS (
    SELECT serial, units, lag(serial) OVER by_units AS serial_before,
           lag(units) OVER by_units AS units_before
      FROM leaves WINDOW by_units AS (ORDER BY units, serial)
), families AS (
    SELECT parent_id, range_agg(units) AS units, sum(quantity_units) AS quantity_units,
           min(vintage) AS vintage_min, max(vintage) AS vintage_max,
           count(DISTINCT project_id) AS projects, min(project_id::text)::uuid AS project_id
      FROM credit_entries WHERE parent_id IS NOT NULL GROUP BY parent_id
), moves AS (
    SELECT *, type IN ('issuance', 'buffer_contribution') AS begins,
           CASE type WHEN 'retirement' THEN 'retired' WHEN 'cancellation' THEN 'cancelled' END AS ends_as
      FROM credit_transactions WHERE status = 'completed'
), traced AS (
    SELECT e.serial, e.units, e.status, e.owner_id,
           CASE WHEN moved.id IS NULL AND begun.ends_as IS NOT NULL THEN begun.ends_as
                WHEN moved.id IS NULL AND e.owner_id = :registry THEN 'buffer'
                WHEN moved.id IS NULL THEN 'active'
                WHEN moved.result_entry_id = e.id THEN moved.ends_as
                WHEN moved.units = e.units THEN 'transferred'
                ELSE 'split' END AS told_status,
           coalesce(begun.recipient_id, parent.owner_id) AS told_owner_id,
           begun.id IS NOT NULL OR coalesce(
               e.units = int8range(upper(apart.units), upper(parent.units)), false
           ) AS begun
      FROM credit_entries e
      LEFT JOIN moves moved ON moved.entry_id = e.id AND NOT moved.begins
      LEFT JOIN moves begun ON begun.result_entry_id = e.id
                           AND (begun.begins OR begun.entry_id <> e.id)
      LEFT JOIN credit_entries parent ON parent.id = e.parent_id
      LEFT JOIN moves apart ON apart.entry_id = e.parent_id AND NOT apart.begins
), kept_twice AS (
    __KEPT_TWICE__
), differences AS (
    SELECT 'sum' AS kind, CASE level WHEN 0 THEN format('Project %s, vintage %s', number, vintage)
                                     WHEN 1 THEN format('Project %s', number)
                                     WHEN 2 THEN format('Vintage %s', vintage)
                                     ELSE 'In total' END AS subject,
           issued AS first, active + retired + cancelled + buffer AS last
      FROM sums WHERE issued <> active + retired + cancelled + buffer
    UNION ALL
    SELECT 'lost', '', lower(part), upper(part) - 1
      FROM covered, unnest(by_roots - by_leaves) part
    UNION ALL
    SELECT 'never_issued', '', lower(part), upper(part) - 1
      FROM covered, unnest(by_leaves - by_roots) part
    UNION ALL
    SELECT 'shared', format('%s and %s', serial_before, serial), lower(units * units_before),
           upper(units * units_before) - 1
      FROM in_order WHERE units && units_before
    UNION ALL
    SELECT 'children', e.serial, lower(e.units), upper(e.units) - 1
      FROM credit_entries e FULL JOIN families f ON f.parent_id = e.id
     WHERE (e.status IN ('transferred', 'split')) IS DISTINCT FROM (f.parent_id IS NOT NULL)
        OR f.units <> int8multirange(e.units) OR f.quantity_units <> e.quantity_units
        OR f.projects <> 1 OR f.project_id <> e.project_id
        OR f.vintage_min <> e.vintage OR f.vintage_max <> e.vintage
    UNION ALL
    SELECT 'transaction', t.id::text, lower(t.units), upper(t.units) - 1
      FROM credit_transactions t JOIN credit_entries e ON e.id = t.result_entry_id
     WHERE t.status = 'completed' AND t.units <> e.units
    UNION ALL
    SELECT 'origin', serial, lower(units), upper(units) - 1
      FROM traced WHERE NOT begun
    UNION ALL
    SELECT 'status', format('%s is %s, by its transactions %s', serial, status, told_status),
           lower(units), upper(units) - 1
      FROM traced WHERE status <> told_status
    UNION ALL
    SELECT 'owner', serial, lower(units), upper(units) - 1
      FROM traced WHERE owner_id <> told_owner_id
    UNION ALL
    SELECT * FROM kept_twice
)
SELECT coalesce(issued, 0) AS issued_units, coalesce(active, 0) AS active_units,
       coalesce(retired, 0) AS retired_units, coalesce(cancelled, 0) AS cancelled_units,
       coalesce(buffer, 0) AS buffer_units,
       (SELECT coalesce(json_agg(few), '[]') FROM (SELECT * FROM differences ORDER BY kind, subject, first, last LIMIT :limit) few)
           AS differences
  FROM (SELECT) nothing LEFT JOIN sums ON level = 3
""".replace("__KEPT_TWICE__", REDUNDANT_VALUES)


class PostgresLedgerChecks:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def recompute(self) -> tuple[Conservation, Sequence[Difference]]:
        found = await self._connection.execute(
            text(_RECOMPUTE), {"limit": DIFFERENCES_MAX, "registry": REGISTRY_ACCOUNT_ID}
        )
        row = dict(found.mappings().one())
        differences = [
            Difference(DifferenceKind(line["kind"]), line["subject"], line["first"], line["last"])
            for line in row.pop("differences")
        ]
        return Conservation(**row), differences

    async def add(self, check: LedgerCheck) -> None:
        await self._connection.execute(
            insert(ledger_checks).values(
                id=check.id,
                checked_at=check.checked_at,
                holds=check.holds,
                totals=asdict(check.total),
                differences=list(check.sentences),
            )
        )

    async def last_sentences(self) -> Sequence[str]:
        found = await self._connection.execute(
            select(ledger_checks.c.differences)
            .order_by(ledger_checks.c.checked_at.desc(), ledger_checks.c.id)
            .limit(1)
        )
        return found.scalar_one_or_none() or ()
