"""Issuances from before revision 0027 are tied to their verification; what a forger added is not."""

from importlib import import_module

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.database import PostgresDatabase
from tests.databases import PROJECT_ROOT
from tests.issuance_guards import issuing_without_approvals
from tests.ledger_rows import LedgerRows

(FILE,) = (PROJECT_ROOT / "migrations/versions").glob("*_issued_as_approved.py")
REVISION = import_module(f"migrations.versions.{FILE.stem}")

ISSUED_BY_HAND = """
    INSERT INTO credit_entries (id, serial, project_id, owner_id, units, vintage, status, issued_at,
                                last_action_at)
    SELECT gen_random_uuid(), 'KRB-2024-001-000099', id, developer_id, '[900001,900101)', 2024, 'active',
           now(), now() FROM projects WHERE number = 1;
    INSERT INTO credit_transactions (id, type, entry_id, result_entry_id, recipient_id, units, status,
                                     created_at, completed_at)
    SELECT gen_random_uuid(), 'issuance', id, id, owner_id, units, 'completed', now(), now()
      FROM credit_entries WHERE serial = 'KRB-2024-001-000099'
"""


async def test_the_first_issuance_of_a_project_is_its_verifications(engine: AsyncEngine) -> None:
    ledger = LedgerRows(engine)
    project = await ledger.project()
    root = await ledger.issue(project, 1_000)
    await ledger.contribute(project, 50)
    other = await ledger.issue(await ledger.project(), 10)
    await ledger.by_hand(
        *ISSUED_BY_HAND.split(";"), "UPDATE credit_transactions SET verification_id = NULL"
    )

    async with issuing_without_approvals(engine), engine.begin() as connection:
        for statement in REVISION.NAME_APPROVALS:
            await connection.execute(text(statement))

    async with engine.connect() as connection:
        rows = await connection.execute(
            text(
                "SELECT e.serial, t.type, v.project_id FROM credit_transactions t"
                " JOIN credit_entries e ON e.id = t.result_entry_id"
                " LEFT JOIN verification_requests v ON v.id = t.verification_id ORDER BY e.units"
            )
        )
        named = [tuple(row) for row in rows]
    async with PostgresDatabase(engine).transaction() as work:
        _, differences = await work.credits.ledger_checks.recompute()
    assert named == [
        (str(root.serial), "issuance", project.id),
        ("KRB-2024-001-000002", "buffer_contribution", project.id),
        (str(other.serial), "issuance", other.project_id),
        ("KRB-2024-001-000099", "issuance", None),
    ]
    assert [one.first for one in differences if one.kind == "unapproved"] == [900_001]
