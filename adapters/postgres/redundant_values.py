"""
What is kept twice, compared: quantities, and the number of a serial's project.

The database ties each pair where it is written (migration 0020); here they are read once more, as one
query of the columns kind, subject, first and last (domain.credits.ledger_check.Difference).
"""

REDUNDANT_VALUES = """
    SELECT 'retirement' AS kind, r.id::text AS subject, r.quantity_units AS first,
           coalesce(lines.units, 0)::bigint AS last
      FROM retirements r LEFT JOIN (
               SELECT retirement_id, sum(quantity_units) AS units FROM credit_transactions
                WHERE type = 'retirement' AND status = 'completed' GROUP BY 1
           ) lines ON lines.retirement_id = r.id
     WHERE r.quantity_units IS DISTINCT FROM lines.units
    UNION ALL
    SELECT 'covering', c.retirement_id::text, c.touched_units, upper(c.units) - lower(c.units)
      FROM reversal_coverings c WHERE c.touched_units <> upper(c.units) - lower(c.units)
    UNION ALL
    SELECT 'project', e.serial, p.number, 0
      FROM credit_entries e JOIN projects p ON p.id = e.project_id
     WHERE split_part(e.serial, '-', 3)::bigint <> p.number
"""
