"""Revision 0049 on a registry from before it: rounds go on without a methodology, and its guards have the last word."""

from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.database import PostgresDatabase
from adapters.postgres.identity import Identity
from devstack.methodologies import LANDFILL_GAS, OCEAN_ALKALINITY, seed_methodologies
from domain.projects.approvals import digest_of
from tests.adapters.postgres.audit.test_audit_migration import migrated
from tests.adapters.postgres.test_rounds_migration import DONE, FILL, IN_REVIEW
from tests.databases import Databases, engine_for
from tests.factories import ADMINISTRATOR, BUYER, DEVELOPER, OTHER_VERIFIER, VERIFIER

BEFORE, AFTER = "0046", "head"
NAMED = "UPDATE verification_requests SET methodology_version_id = '{}' WHERE id = '{}'"
STATED = """
INSERT INTO verification_statements (id, verification_id, version, scope, criteria, assurance,
    materiality_percent, quantities, uncertainty_percent, deductions, independence, opinion, written_by, written_at)
VALUES (gen_random_uuid(), '{}', 1, 'A plant', 'ISO 14064-2', 'limited', 5, '{{"2024": 1}}', 3, '[]', 'None',
        'positive', '{}', now())
"""
APPROVED = (
    "UPDATE verification_requests SET status = 'approved', completed_at = now(), vintage = 2024,"
    " verified_quantity_units = 1, sign_off_digest = repeat('a', 64), decided_by = verifier_id"
    f" WHERE id = '{IN_REVIEW}'"
)
TICKED = (
    "INSERT INTO checklist_ticks (id, verification_id, item, done, user_id, ticked_at)"
    f" VALUES (gen_random_uuid(), '{DONE}', 'statement_read', true, '{VERIFIER.id}', now())"
)
WITHDRAWN = "UPDATE methodology_versions SET withdrawn_at = now(), withdrawal_reason = 'Old.' WHERE id = '{}'"
FITTING = f"UPDATE projects SET type = 'ocean_alkalinity_enhancement' WHERE id = '{IN_REVIEW}'"


@pytest.fixture(scope="module")
async def engine(databases: Databases) -> AsyncIterator[AsyncEngine]:
    async with databases.empty() as url:
        await migrated(url, BEFORE)
        connection = await asyncpg.connect(url)
        await connection.execute(FILL)
        await connection.close()
        await migrated(url, AFTER)
        engine = engine_for(url)
        async with engine.begin() as seeding:
            await seed_methodologies(seeding, recorded_by=VERIFIER.id)
        yield engine
        await engine.dispose()


async def test_what_was_signed_off_before_keeps_its_digest_and_names_no_methodology(
    engine: AsyncEngine,
) -> None:
    async with PostgresDatabase(engine).transaction() as work:
        [done] = await work.projects.verifications.rounds(DONE)
        [signed] = await work.projects.sign_offs.after(UUID(int=0), limit=10)
        versions = await work.projects.methodologies.versions_of(OCEAN_ALKALINITY.methodology.id)

    assert (done.methodology_version_id, done.statement_sha256, done.accreditation) == (None,) * 3
    assert done.sign_off_version == 1
    assert digest_of(signed.verification, signed.project, ()) == digest_of(done, signed.project, ())
    assert versions == [OCEAN_ALKALINITY]


@pytest.mark.parametrize(
    ("statements", "sentence"),
    [
        ([NAMED.format(LANDFILL_GAS.id, IN_REVIEW)], "or not for project"),
        ([FITTING, WITHDRAWN.format(OCEAN_ALKALINITY.id), NAMED.format(OCEAN_ALKALINITY.id, IN_REVIEW)],
         "is withdrawn"),
        ([FITTING, NAMED.format(OCEAN_ALKALINITY.id, IN_REVIEW), APPROVED], "has not what its methodology"),
        ([STATED.format(DONE, VERIFIER.id)], "is not in review by"),
        ([STATED.format(IN_REVIEW, OTHER_VERIFIER.id)], "is not in review by"),
        ([WITHDRAWN.format(LANDFILL_GAS.id)] * 2, "stays as it was recorded"),
        ([f"UPDATE methodology_versions SET version = '2' WHERE id = '{LANDFILL_GAS.id}'"], "stays as it was"),
        (["SET LOCAL ROLE karbonica_app; UPDATE verification_statements SET scope = ''"], "permission denied"),
        (["SET LOCAL ROLE karbonica_app; UPDATE checklist_ticks SET done = true"], "permission denied"),
        (["SET LOCAL ROLE karbonica_app; UPDATE methodologies SET name = 'Ours'"], "permission denied"),
    ],
)  # fmt: skip
async def test_the_database_refuses_what_no_rule_allows(
    engine: AsyncEngine, statements: list[str], sentence: str
) -> None:
    parts = [one for statement in statements for one in statement.split("; ")]
    async with engine.connect() as connection:
        for one in parts[:-1]:
            await connection.execute(text(one.replace(":", r"\:")))
        with pytest.raises(DBAPIError, match=sentence):
            await connection.execute(text(parts[-1].replace(":", r"\:")))


async def test_a_round_that_has_a_version_finishes_on_it_after_its_withdrawal(
    engine: AsyncEngine,
) -> None:
    """Rolled back, so that the others see the registry as it came."""
    async with engine.connect() as connection:
        for statement in (
            FITTING,
            NAMED.format(OCEAN_ALKALINITY.id, IN_REVIEW),
            WITHDRAWN.format(OCEAN_ALKALINITY.id),
            STATED.format(IN_REVIEW, VERIFIER.id).replace(":", r"\:"),
            APPROVED.replace("decided_by", "statement_sha256 = repeat('b', 64), decided_by"),
        ):
            await connection.execute(text(statement))
        public = await connection.execute(text("SELECT statement_sha256 FROM public_statements"))

        assert public.scalars().all() == ["b" * 64]
        await connection.rollback()


@pytest.mark.parametrize(
    ("identity", "statements", "ticks"),
    [
        (Identity.of(VERIFIER), 1, 0),
        (Identity.of(DEVELOPER), 1, 0),
        (Identity.of(OTHER_VERIFIER), 0, 0),
        (Identity.of(BUYER), 0, 0),
        (Identity.of(ADMINISTRATOR), 1, 1),
    ],
    ids=lambda value: getattr(value, "role", None),
)
async def test_statements_are_their_partys_and_ticks_are_staffs(
    engine: AsyncEngine, identity: Identity, statements: int, ticks: int
) -> None:
    async with engine.connect() as connection:
        await connection.execute(text(STATED.format(IN_REVIEW, VERIFIER.id).replace(":", r"\:")))
        await connection.execute(text(TICKED))
        await connection.execute(text("SET LOCAL ROLE karbonica_app"))
        await connection.execute(text(identity.statement()))
        counted = [
            await connection.scalar(text(f"SELECT count(*) FROM {table}"))
            for table in ("verification_statements", "checklist_ticks", "public_statements")
        ]
        await connection.rollback()

    # Nothing is public of a round in review.
    assert counted == [statements, ticks, 0]
