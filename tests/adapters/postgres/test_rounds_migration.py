"""Revision 0043 on a registry from before it: what was verified once becomes a first round, and goes on."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.database import PostgresDatabase
from domain.projects.approvals import digest_of
from domain.projects.sign_offs import AuditedSignOff, SignedOff, sign_off_differences
from domain.projects.verification import VerificationStatus, VintageQuantity
from tests.adapters.postgres.audit.test_audit_migration import migrated
from tests.databases import Databases, engine_for
from tests.factories import DEVELOPER, VERIFIER, named

BEFORE, AFTER = "0042", "head"
DONE, IN_REVIEW = named("done"), named("in review")

FILL = f"""
SET session_replication_role = replica;
INSERT INTO users (id, email, password_hash, name, role) VALUES
    ('{DEVELOPER.id}', 'd@karbonica.example', 'x', 'D', 'developer'),
    ('{VERIFIER.id}', 'v@karbonica.example', 'x', 'V', 'verifier');
INSERT INTO projects (id, developer_id, title, type, description, location, country, latitude, longitude,
                      emissions_target_units, start_date, status, created_at, updated_at)
SELECT id, '{DEVELOPER.id}', 'Kilns', 'biochar', '', 'Solapur', 'IND', 17.65, 75.9, 100000,
       '2024-02-29', status, now(), now()
  FROM (VALUES ('{DONE}'::uuid, 'verified'), ('{IN_REVIEW}', 'pending')) made (id, status);
INSERT INTO verification_requests (id, project_id, developer_id, verifier_id, status, submitted_at, assigned_at,
                                   completed_at, decided_by, verified_quantity_units, vintage, sign_off_digest,
                                   updated_at)
VALUES ('{DONE}', '{DONE}', '{DEVELOPER.id}', '{VERIFIER.id}', 'approved', now(), now(), now(), '{VERIFIER.id}',
        100000, 2024, repeat('a', 64), now()),
       ('{IN_REVIEW}', '{IN_REVIEW}', '{DEVELOPER.id}', '{VERIFIER.id}', 'in_review', now(), now(), NULL, NULL,
        NULL, NULL, NULL, now());
INSERT INTO credit_entries (id, serial, project_id, owner_id, units, vintage, status, issued_at, last_action_at)
VALUES ('{DONE}', 'KRB-2024-001-000001', '{DONE}', '{DEVELOPER.id}', '[1,100001)', 2024, 'active', now(), now());
INSERT INTO credit_transactions (id, type, entry_id, result_entry_id, recipient_id, units, status, created_at,
                                 completed_at, verification_id)
VALUES ('{DONE}', 'issuance', '{DONE}', '{DONE}', '{DEVELOPER.id}', '[1,100001)', 'completed', now(), now(),
        '{DONE}');
UPDATE unit_counter SET next_unit = 100001;
SET session_replication_role = origin;
"""


@pytest.fixture
async def engine(databases: Databases) -> AsyncIterator[AsyncEngine]:
    async with databases.empty() as url:
        await migrated(url, BEFORE)
        connection = await asyncpg.connect(url)
        await connection.execute(FILL)
        await connection.close()
        await migrated(url, AFTER)
        engine = engine_for(url)
        yield engine
        await engine.dispose()


async def test_what_was_verified_before_is_a_first_round_and_stays_as_it_was(
    engine: AsyncEngine,
) -> None:
    async with PostgresDatabase(engine).transaction() as work:
        [done] = await work.projects.verifications.rounds(DONE)
        [reviewed] = await work.projects.verifications.rounds(IN_REVIEW)
        project = await work.projects.projects.get(DONE)
        conservation, differences = await work.credits.ledger_checks.recompute()

    assert project is not None
    assert (done.number, done.monitoring_period, done.vintages) == (1, None, None)
    assert done.approved_vintages == (VintageQuantity(2024, 100_000),)
    assert str(project.crediting_period_end) == "2124-02-28"
    assert reviewed.status is VerificationStatus.IN_REVIEW
    assert (conservation.issued_units, differences) == (100_000, [])
    # The digest is still made in the form that it was signed in.
    assert done.sign_off_version == 1
    signed = AuditedSignOff(done.sign_off_digest, 100_000, 2024, VERIFIER.id)
    [said] = sign_off_differences(SignedOff(done, project, (), signed))
    assert digest_of(done, project, ())[:12] in said
