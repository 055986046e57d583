"""Rounds that wait on the board of staff: each of a project of its own, in all stages by turns."""

from datetime import timedelta
from typing import Any

MINUTE = timedelta(minutes=1)

ROUNDS = (
    """
    INSERT INTO projects (id, developer_id, title, type, description, location, country, latitude,
                          longitude, emissions_target_units, start_date, status, created_at, updated_at)
    SELECT gen_random_uuid(), $1, 'Biochar of the village ' || n, 'biochar', 'Kilns and fields.',
           'Rajasthan', 'IND', 27, 74, 500000, '2023-06-01', 'pending',
           now() - n * $3::interval, now() - n * $3::interval
      FROM generate_series(1, $2) n
    """,
    """
    INSERT INTO verification_requests (id, project_id, developer_id, verifier_id, status, submitted_at,
                                       assigned_at, completed_at, decided_by, notes,
                                       verified_quantity_units, vintage, sign_off_digest,
                                       needs_countersignature, updated_at)
    SELECT gen_random_uuid(), p.id, p.developer_id,
           CASE WHEN s.stage <> 'pending' THEN $2::uuid END, s.stage, p.created_at,
           CASE WHEN s.stage <> 'pending' THEN p.created_at + interval '1 hour' END,
           CASE WHEN s.stage IN ('approved', 'rejected') THEN p.created_at + interval '2 hours' END,
           CASE WHEN s.stage IN ('approved', 'rejected') THEN $2::uuid END,
           CASE WHEN s.stage = 'rejected' THEN 'Not credible.' END,
           CASE WHEN s.stage = 'approved' THEN 500000 END,
           CASE WHEN s.stage = 'approved' THEN 2024 END,
           CASE WHEN s.stage = 'approved' THEN repeat('ab', 32) END,
           s.stage = 'approved', p.created_at
      FROM projects p,
           LATERAL (SELECT (ARRAY['pending', 'in_review', 'approved', 'rejected'])[1 + p.number % 4] AS stage) s
     WHERE p.developer_id = $1
       AND NOT EXISTS (SELECT FROM verification_requests v WHERE v.project_id = p.id)
    """,
    # As autovacuum would have done by the time there are so many.
    "VACUUM ANALYZE projects, verification_requests",
)


async def add_rounds(
    connection: Any, count: int, *, supplier: Any, verifier: Any, apart: timedelta = MINUTE
) -> None:
    """Three of four wait for somebody; each was opened `apart` from the next. `connection` is one of asyncpg, of the tables' owner."""
    await connection.execute(ROUNDS[0], supplier, count, apart)
    await connection.execute(ROUNDS[1], supplier, verifier)
    await connection.execute(ROUNDS[2])
