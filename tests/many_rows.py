"""Ledgers too large to be moved one step at a time, written as rows that each step would have left."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.credits.ledger import CreditEntry

_NAMES = """
    CREATE TEMPORARY TABLE steps ON COMMIT DROP AS
    SELECT n, md5(:serial || '/part/' || n)::uuid AS part_id,
           CASE WHEN n = 0 THEN e.id ELSE md5(:serial || '/rest/' || n)::uuid END AS rest_id,
           md5(:serial || '/retirement/' || n)::uuid AS retirement_id,
           'KRB-' || e.vintage || '-' || split_part(e.serial, '-', 3) || '-' AS stem,
           c.next_number + 2 * (n - 1) AS number, lower(e.units) + n AS first_left,
           upper(e.units) AS after, e.project_id, e.owner_id, e.vintage, e.issued_at,
           e.issued_at + n * interval '1 second' AS at
      FROM credit_entries e
      JOIN serial_counters c ON c.project_id = e.project_id AND c.vintage = e.vintage,
           generate_series(0, CAST(:count AS integer)) n
     WHERE e.serial = :serial
"""
_STEPS = (
    """
    UPDATE serial_counters c SET next_number = next_number + 2 * CAST(:count AS integer)
      FROM credit_entries e
     WHERE e.serial = :serial AND c.project_id = e.project_id AND c.vintage = e.vintage
    """,
    "UPDATE credit_entries SET status = 'split' WHERE serial = :serial",
    """
    INSERT INTO retirements (id, account_id, quantity_units, purpose, reason, retired_at)
    SELECT retirement_id, owner_id, 1, 'One of many', 'A proof', at FROM steps WHERE n > 0
    """,
    """
    INSERT INTO credit_entries (id, serial, project_id, owner_id, parent_id, units, vintage,
                                status, issued_at, last_action_at)
    SELECT s.part_id, s.stem || lpad(s.number::text, 6, '0'), s.project_id, s.owner_id,
           before.rest_id, int8range(before.first_left, s.first_left), s.vintage, 'retired',
           s.issued_at, s.at
      FROM steps s JOIN steps before ON before.n = s.n - 1
    UNION ALL
    SELECT s.rest_id, s.stem || lpad((s.number + 1)::text, 6, '0'), s.project_id, s.owner_id,
           before.rest_id, int8range(s.first_left, s.after), s.vintage,
           CASE WHEN s.n = :count THEN 'active' ELSE 'split' END, s.issued_at, s.at
      FROM steps s JOIN steps before ON before.n = s.n - 1
    """,
    """
    INSERT INTO credit_transactions (id, type, entry_id, result_entry_id, sender_id, units,
                                     status, retirement_id, created_at, completed_at)
    SELECT md5(s.retirement_id::text)::uuid, 'retirement', before.rest_id, s.part_id, s.owner_id,
           int8range(before.first_left, s.first_left), 'completed', s.retirement_id, s.at, s.at
      FROM steps s JOIN steps before ON before.n = s.n - 1
    """,
)


async def retire_unit_by_unit(engine: AsyncEngine, entry: CreditEntry, count: int) -> None:
    """
    So many retirements of one unit each: every one splits what the one before left over.

    Triggers, foreign keys among them, are asleep meanwhile; the constraints are not.
    """
    values = {"serial": str(entry.serial), "count": count}
    async with engine.begin() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in (_NAMES, *_STEPS):
            named = {name: value for name, value in values.items() if f":{name}" in statement}
            await connection.execute(text(statement), named)
    async with engine.connect() as connection:
        outside = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await outside.execute(text("ANALYZE credit_entries, credit_transactions, retirements"))
