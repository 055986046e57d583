"""
The ledger recomputed from its rows, and the checks that were made.

The statement finds what the functions of domain.credits.checks.invariants find, each difference by its kind there;
tests/ledger/test_invariants.py holds the two against each other.
"""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.tables import ledger_checks
from domain.accounts.roles import REGISTRY_ACCOUNT_ID
from domain.credits.checks.invariants import Difference, DifferenceKind
from domain.credits.ledger import Conservation
from domain.credits.ledger_check import DIFFERENCES_MAX, LedgerCheck

# One statement sees one moment, so that a ledger that moves meanwhile raises no false alarm. The
# two sides of each comparison come from different rows: issuances and leaves, parents and
# children, transactions and entries. Where several transactions made or moved one entry, which no
# index lets in, each is compared: hence DISTINCT. Running numbers are only put in order where count,
# highest and sum are not those of 1, 2, 3 and so on.
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
           coalesce(sum(quantity_units) FILTER (WHERE status = 'buffer'), 0) AS buffer,
           coalesce(sum(quantity_units) FILTER (WHERE status = 'suspended'), 0) AS suspended,
           coalesce(sum(quantity_units) FILTER (WHERE status = 'reserved'), 0) AS reserved
      FROM leaves GROUP BY 1, 2
), sums AS (
    SELECT grouping(p.number, vintage) AS level, p.number, vintage,
           coalesce(sum(issued.units), 0)::bigint AS issued,
           coalesce(sum(held.active), 0)::bigint AS active,
           coalesce(sum(held.retired), 0)::bigint AS retired,
           coalesce(sum(held.cancelled), 0)::bigint AS cancelled,
           coalesce(sum(held.buffer), 0)::bigint AS buffer,
           coalesce(sum(held.suspended), 0)::bigint AS suspended,
           coalesce(sum(held.reserved), 0)::bigint AS reserved
      FROM issued FULL JOIN held USING (project_id, vintage) JOIN projects p ON p.id = project_id
     GROUP BY GROUPING SETS ((p.number, vintage), (p.number), (vintage), ())
), rows_hold AS (
    SELECT project_id, vintage, 'issued' AS part, units FROM issued
    UNION ALL
    SELECT project_id, vintage, status, sum(quantity_units) FROM credit_entries GROUP BY 1, 2, 3
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
           min(project_id::text) AS project_min, max(project_id::text) AS project_max
      FROM credit_entries WHERE parent_id IS NOT NULL GROUP BY parent_id
), moves AS (
    SELECT *, type IN ('issuance', 'buffer_contribution') AS begins,
           CASE type WHEN 'retirement' THEN 'retired' WHEN 'cancellation' THEN 'cancelled' END AS ends_as
      FROM credit_transactions WHERE status = 'completed'
), misfits AS (
    SELECT moves.id::text AS subject, moves.units, result.units <> moves.units AS other_units,
           NOT begins AND sender_id <> source.owner_id AS other_sender,
           source.id IS NULL OR result.id IS NULL AS dangling
      FROM moves LEFT JOIN credit_entries source ON source.id = moves.entry_id
      LEFT JOIN credit_entries result ON result.id = moves.result_entry_id
     WHERE source.id IS NULL OR result.id IS NULL OR result.units <> moves.units
        OR NOT begins AND sender_id <> source.owner_id
), repeated AS (
    SELECT entry_id AS id FROM moves WHERE NOT begins GROUP BY 1 HAVING count(*) > 1
    UNION
    SELECT result_entry_id FROM moves
     WHERE begins OR entry_id <> result_entry_id GROUP BY 1 HAVING count(*) > 1
), traced AS (
    SELECT e.serial, e.units, e.status, e.owner_id,
           CASE WHEN moved.id IS NULL AND made.ends_as IS NOT NULL THEN made.ends_as
                WHEN moved.id IS NULL AND made.type = 'reservation' THEN 'reserved'
                WHEN moved.id IS NULL AND e.suspended_for IS NOT NULL THEN 'suspended'
                WHEN moved.id IS NULL AND e.owner_id = :registry THEN 'buffer'
                WHEN moved.id IS NULL THEN 'active'
                WHEN moved.result_entry_id = e.id THEN coalesce(moved.ends_as, 'transferred')
                WHEN moved.units = e.units THEN 'transferred'
                ELSE 'split' END AS told_status,
           coalesce(made.recipient_id, parent.owner_id) AS told_owner_id,
           CASE WHEN made.type = 'suspension'
                THEN parent.suspended_for IS NULL AND e.suspended_for IS NOT NULL
                WHEN made.type = 'reinstatement'
                THEN parent.suspended_for IS NOT NULL AND e.suspended_for IS NULL
                ELSE e.suspended_for IS NOT DISTINCT FROM parent.suspended_for
           END AS suspended_as_told,
           coalesce(CASE WHEN e.parent_id IS NULL THEN made.begins
                         WHEN made.id IS NOT NULL THEN NOT made.begins AND made.entry_id = parent.id
                         ELSE lower(e.units) = upper(apart.units) AND upper(e.units) = upper(parent.units)
                    END, false) AS began
      FROM credit_entries e
      LEFT JOIN moves moved ON moved.entry_id = e.id AND NOT moved.begins
      LEFT JOIN moves made ON made.result_entry_id = e.id
                          AND (made.begins OR made.entry_id <> e.id)
      LEFT JOIN credit_entries parent ON parent.id = e.parent_id
      LEFT JOIN moves apart ON apart.entry_id = e.parent_id AND NOT apart.begins
), serials AS (
    SELECT serial, split_part(serial, '-', 2)::int AS vintage,
           split_part(serial, '-', 3)::bigint AS project_number,
           split_part(serial, '-', 4)::bigint AS running_number, p.number, e.vintage AS stored_vintage
      FROM credit_entries e JOIN projects p ON p.id = e.project_id
), misnumbered AS (
    SELECT vintage, project_number FROM serials GROUP BY 1, 2
    HAVING count(*) <> max(running_number) OR sum(running_number) <> count(*) * (count(*) + 1) / 2
), numbered AS (
    SELECT serial, running_number, lag(running_number, 1, 0::bigint) OVER (
               PARTITION BY vintage, project_number ORDER BY running_number) AS number_before
      FROM serials JOIN misnumbered USING (vintage, project_number)
), lines AS (
    SELECT retirement_id, sum(quantity_units)::bigint AS units FROM moves
     WHERE retirement_id IS NOT NULL GROUP BY 1
), cancelled AS (
    SELECT reversal_id, range_agg(moves.units) AS units, sum(quantity_units)::bigint AS quantity_units
      FROM reversal_cancellations JOIN moves ON moves.id = transaction_id GROUP BY 1
), coverings AS (
    SELECT reversal_id, coalesce(range_agg(units), '{}') AS units, sum(touched_units)::bigint AS touched_units,
           coalesce(sum(upper(units) - lower(units)), 0)::bigint AS quantity_units,
           coalesce(sum(touched_units) FILTER (WHERE units IS NULL), 0)::bigint AS bare_units
      FROM reversal_coverings GROUP BY 1
), losses AS (
    SELECT r.id, r.id::text AS subject, r.quantity_units AS lost_units, c.touched_units, c.bare_units,
           coalesce(cancelled.quantity_units, 0) AS cancelled_units,
           coalesce(c.quantity_units, 0) AS covered_units, coalesce(c.units, '{}') AS covering,
           coalesce(cancelled.units, '{}') AS cancelled
      FROM reversals r LEFT JOIN cancelled ON cancelled.reversal_id = r.id
      LEFT JOIN coverings c ON c.reversal_id = r.id
), made_good AS (
    SELECT reversal_id, sum(quantity_units)::bigint AS units
      FROM obligation_cancellations JOIN moves ON moves.id = transaction_id GROUP BY 1
), blocked AS (
    SELECT e.suspended_for AS reversal_id,
           coalesce(sum(e.quantity_units) FILTER (WHERE e.status = 'suspended'), 0)::bigint AS left_units,
           coalesce(sum(e.quantity_units) FILTER (WHERE e.status = 'cancelled'), 0)::bigint AS cancelled_units
      FROM credit_entries e WHERE e.suspended_for IS NOT NULL GROUP BY 1
), suspensions AS (
    SELECT e.suspended_for AS reversal_id, sum(moves.quantity_units)::bigint AS units
      FROM moves JOIN credit_entries e ON e.id = moves.result_entry_id
     WHERE moves.type = 'suspension' AND e.suspended_for IS NOT NULL GROUP BY 1
), owed AS (
    SELECT l.subject, greatest(l.lost_units - l.cancelled_units, 0) AS uncovered_units,
           coalesce(o.quantity_units, 0) AS obliged_units, o.status,
           coalesce(made_good.units, 0) AS made_good_units,
           coalesce(blocked.left_units, 0) AS left_units,
           least(coalesce(suspensions.units, 0) - coalesce(blocked.cancelled_units, 0),
                 greatest(coalesce(o.quantity_units, 0) - coalesce(made_good.units, 0), 0)) AS due_units
      FROM losses l LEFT JOIN obligations o ON o.reversal_id = l.id
      LEFT JOIN made_good ON made_good.reversal_id = l.id
      LEFT JOIN blocked ON blocked.reversal_id = l.id
      LEFT JOIN suspensions ON suspensions.reversal_id = l.id
), touched AS (
    SELECT retirement_id, sum(touched_units)::bigint AS units FROM reversal_coverings GROUP BY 1
), approvals AS (
    SELECT v.id, v.project_id, v.developer_id, coalesce(v.verified_quantity_units, 0) AS units,
           v.status = 'approved' AND (NOT v.needs_countersignature OR v.countersigned_by IS NOT NULL)
               AND p.status = 'verified' AND p.developer_id = v.developer_id AS in_force
      FROM verification_requests v JOIN projects p ON p.id = v.project_id
), approved_of AS (
    SELECT v.id, said.vintage, said.quantity_units FROM verification_requests v, approved_vintages(v.vintages, v.vintage, v.verified_quantity_units) said
), begun AS (
    SELECT moves.id::text AS subject, moves.type, moves.units, moves.quantity_units, a.id AS approval_id,
           a.units AS approved_units, a.in_force IS TRUE AS approved, e.vintage, s.id IS NOT NULL AS of_vintage,
           s.id IS NULL OR (e.project_id, moves.recipient_id) IS DISTINCT FROM
           (a.project_id, CASE moves.type WHEN 'issuance' THEN a.developer_id ELSE :registry END) AS is_unlike
      FROM moves LEFT JOIN credit_entries e ON e.id = moves.result_entry_id
      LEFT JOIN approvals a ON a.id = moves.verification_id
      LEFT JOIN approved_of s ON s.id = a.id AND s.vintage = e.vintage
     WHERE begins
), added_up AS (
    SELECT approval_id, approved_units, sum(quantity_units)::bigint AS issued_units, bool_and(of_vintage) AS known
      FROM begun WHERE approved GROUP BY approval_id, approved_units
), differences AS (
    SELECT 'sum' AS kind, CASE level WHEN 0 THEN format('Project %s, vintage %s', number, vintage)
                                     WHEN 1 THEN format('Project %s', number)
                                     WHEN 2 THEN format('Vintage %s', vintage)
                                     ELSE 'In total' END AS subject,
           issued AS first, active + reserved + suspended + retired + cancelled + buffer AS last
      FROM sums WHERE issued <> active + reserved + suspended + retired + cancelled + buffer
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
      FROM credit_entries e LEFT JOIN families f ON f.parent_id = e.id
     WHERE (e.status IN ('transferred', 'split')) <> (f.parent_id IS NOT NULL)
        OR f.units <> int8multirange(e.units) OR f.quantity_units <> e.quantity_units
        OR f.project_min <> e.project_id::text OR f.project_max <> e.project_id::text
        OR f.vintage_min <> e.vintage OR f.vintage_max <> e.vintage
    UNION ALL
    SELECT 'serial_twice', serial, running_number, running_number
      FROM numbered WHERE running_number = number_before
    UNION ALL
    SELECT 'serial_gap', regexp_replace(serial, '-[0-9]+$', ''), number_before + 1, running_number - 1
      FROM numbered WHERE running_number > number_before + 1
    UNION ALL
    SELECT 'dangling', subject, lower(units), upper(units) - 1 FROM misfits WHERE dangling
    UNION ALL
    SELECT 'transaction', subject, lower(units), upper(units) - 1 FROM misfits WHERE other_units
    UNION ALL
    SELECT 'sender', subject, lower(units), upper(units) - 1 FROM misfits WHERE other_sender
    UNION ALL
    SELECT 'repeated', serial, lower(units), upper(units) - 1
      FROM repeated JOIN credit_entries USING (id)
    UNION ALL
    SELECT 'origin', serial, lower(units), upper(units) - 1
      FROM traced WHERE NOT began
    UNION ALL
    SELECT 'status', format('%s is %s, by its transactions %s', serial, status, told_status),
           lower(units), upper(units) - 1
      FROM traced WHERE status <> told_status
    UNION ALL
    SELECT 'owner', serial, lower(units), upper(units) - 1
      FROM traced WHERE owner_id <> told_owner_id
    UNION ALL
    SELECT 'unapproved', subject, lower(units), upper(units) - 1 FROM begun WHERE NOT approved
    UNION ALL
    SELECT 'unlike_approval', subject, lower(units), upper(units) - 1
      FROM begun WHERE approved AND is_unlike
    UNION ALL
    SELECT 'approved_quantity', approval_id::text, approved_units, issued_units
      FROM added_up WHERE issued_units <> approved_units
    UNION ALL
    SELECT 'approved_quantity', format('%s, vintage %s', s.id, s.vintage), s.quantity_units,
           coalesce(sum(b.quantity_units), 0)::bigint
      FROM added_up a JOIN approved_of s ON s.id = a.approval_id
      LEFT JOIN begun b ON b.approval_id = s.id AND b.vintage = s.vintage
     WHERE a.issued_units = a.approved_units AND a.known
     GROUP BY s.id, s.vintage, s.quantity_units
    HAVING coalesce(sum(b.quantity_units), 0) <> s.quantity_units
    UNION ALL
    SELECT 'issued_again', approval_id::text, 0, 0
      FROM begun WHERE approval_id IS NOT NULL GROUP BY approval_id, type, vintage HAVING count(*) > 1
    UNION ALL
    SELECT 'next_unit', '', next_unit, last_unit
      FROM unit_counter, (SELECT coalesce(max(upper(units)), 1) - 1 AS last_unit FROM begun) begun
     WHERE next_unit <> last_unit + 1
    UNION ALL
    SELECT 'suspension', serial, lower(units), upper(units) - 1
      FROM traced WHERE NOT suspended_as_told
    UNION ALL
    SELECT 'obligation', subject, uncovered_units, obliged_units
      FROM owed WHERE uncovered_units <> obliged_units
    UNION ALL
    SELECT 'made_good', format('The obligation of the reversal %s is %s', subject, coalesce(status, 'not there')),
           obliged_units, made_good_units
      FROM owed WHERE made_good_units > obliged_units
                   OR (made_good_units = obliged_units) <> (coalesce(status, 'settled') = 'settled')
    UNION ALL
    SELECT 'unblocked', subject, due_units, left_units FROM owed WHERE left_units <> due_units
    UNION ALL
    SELECT 'retirement', r.id::text, r.quantity_units, coalesce(lines.units, 0)
      FROM retirements r LEFT JOIN lines ON lines.retirement_id = r.id
     WHERE r.quantity_units IS DISTINCT FROM lines.units
    UNION ALL
    SELECT 'kept_sum', format('Project %s, vintage %s, %s', p.number, vintage, part),
           coalesce(kept.quantity_units, 0), coalesce(rows_hold.units, 0)::bigint
      FROM credit_sums kept FULL JOIN rows_hold USING (project_id, vintage, part)
      JOIN projects p ON p.id = project_id
     WHERE coalesce(kept.quantity_units, 0) <> coalesce(rows_hold.units, 0)
    UNION ALL
    SELECT 'over_cancelled', subject, lost_units, cancelled_units
      FROM losses WHERE cancelled_units > lost_units
    UNION ALL
    SELECT 'over_touched', subject, lost_units, touched_units
      FROM losses WHERE touched_units > lost_units
    UNION ALL
    SELECT 'retirement_touched', r.id::text, coalesce(lines.units, 0), touched.units
      FROM retirements r JOIN touched ON touched.retirement_id = r.id
      LEFT JOIN lines ON lines.retirement_id = r.id WHERE touched.units > coalesce(lines.units, 0)
    UNION ALL
    SELECT 'covers_twice', subject, covered_units, once.units
      FROM losses, LATERAL (SELECT coalesce(sum(upper(part) - lower(part)), 0)::bigint AS units
                              FROM unnest(covering) part) once
     WHERE covered_units <> once.units
    UNION ALL
    SELECT 'not_cancelled', subject, lower(part), upper(part) - 1
      FROM losses, unnest(covering - cancelled) part
    UNION ALL
    SELECT 'idle', subject, cancelled_units - covered_units, bare_units
      FROM losses WHERE cancelled_units > covered_units AND bare_units > 0
    UNION ALL
    SELECT 'covering', retirement_id::text, touched_units, upper(units) - lower(units)
      FROM reversal_coverings WHERE touched_units <> upper(units) - lower(units)
    UNION ALL
    SELECT 'project', serial, number, 0 FROM serials WHERE number <> project_number
    UNION ALL
    SELECT 'vintage', serial, stored_vintage, 0 FROM serials WHERE stored_vintage <> vintage
)
SELECT coalesce(issued, 0) AS issued_units, coalesce(active, 0) AS active_units,
       coalesce(retired, 0) AS retired_units, coalesce(cancelled, 0) AS cancelled_units,
       coalesce(buffer, 0) AS buffer_units, coalesce(suspended, 0) AS suspended_units,
       coalesce(reserved, 0) AS reserved_units,
       (SELECT coalesce(json_agg(few), '[]') FROM (SELECT DISTINCT * FROM differences ORDER BY kind, subject, first, last LIMIT :limit) few)
           AS differences
  FROM (SELECT) nothing LEFT JOIN sums ON level = 3
"""


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
