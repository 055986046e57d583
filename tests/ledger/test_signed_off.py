"""
What was signed off stays, whoever gets hold of the application's database password.

As in test_hand_written_sql.py each statement is typed as `karbonica_app`; here the registry has a
project that is approved, one that is in review, and one whose approval waits for a second one.
"""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from adapters.postgres.database import PostgresDatabase
from tests.activities import story
from tests.activities.registry import Registry
from tests.databases import Databases, engine_for, save_people
from tests.factories import ADMINISTRATOR, BUYER, EVIDENCE, OTHER_VERIFIER, document
from tests.ledger.conftest import prompt_of_the_registry

HISTORY = "23001"
KEPT = document(EVIDENCE[0])
ONE = f"WHERE id = '{KEPT.id}'"

STAYS = {
    "other bytes": f"UPDATE documents SET sha256 = repeat('0', 64) {ONE}",
    "another size": f"UPDATE documents SET file_size = 5 {ONE}",
    "another class": f"UPDATE documents SET disclosure = 'restricted' {ONE}",
    "a class for everybody": "UPDATE documents SET disclosure = 'public'",
    "another type": f"UPDATE documents SET document_type = 'other' {ONE}",
    "another uploader": f"UPDATE documents SET uploaded_by = '{BUYER.id}' {ONE}",
    "no document any more": (
        f"UPDATE documents SET status = 'awaiting_upload', completed_at = NULL {ONE}"
    ),
    "a document more": (
        "INSERT INTO documents SELECT (jsonb_populate_record(d, jsonb_build_object("
        "'id', gen_random_uuid(), 'status', 'awaiting_upload', 'completed_at', NULL))).*"
        f" FROM documents d {ONE};"
        " UPDATE documents SET status = 'completed', completed_at = now()"
        " WHERE status = 'awaiting_upload'"
    ),
    "a document that was never announced": (
        "INSERT INTO documents SELECT (jsonb_populate_record(d, jsonb_build_object("
        f"'id', gen_random_uuid()))).* FROM documents d {ONE}"
    ),
    "another title": "UPDATE projects SET title = 'Another forest'",
    "another target": "UPDATE projects SET emissions_target_units = 5",
    "another place": "UPDATE projects SET latitude = 1",
    "another supplier": f"UPDATE projects SET developer_id = '{BUYER.id}'",
    "another country": "UPDATE projects SET country = 'ARG'",
    "another start": "UPDATE projects SET start_date = '2000-01-01'",
    "another body": "UPDATE verification_requests SET verification_body = 'Somebody else'",
    "another digest": "UPDATE verification_requests SET sign_off_digest = repeat('0', 64)",
    "a rejected project": "UPDATE projects SET status = 'rejected'",
    "a pending project": "UPDATE projects SET status = 'pending'",
}
IN_REVIEW = {
    "a project without its approval": "UPDATE projects SET status = 'verified'",
    "a project without its rejection": "UPDATE projects SET status = 'rejected'",
    "bytes that were read": f"UPDATE documents SET sha256 = repeat('0', 64) {ONE}",
}
MAY_CHANGE = {
    "a project's facts": "UPDATE projects SET title = 'Another forest'",
    "the verifier": f"UPDATE verification_requests SET verifier_id = '{OTHER_VERIFIER.id}'",
}


@pytest.fixture(scope="module")
async def chapters(databases: Databases) -> AsyncIterator[dict[str, asyncpg.Connection]]:
    """A prompt for each chapter; nobody commits."""
    async with (
        databases.fresh() as approved,
        databases.fresh() as review,
        databases.fresh() as waits,
    ):
        prompts = {}
        for url, chapter in (
            (approved, story.the_project_is_approved),
            (review, story.evidence_is_complete),
            (waits, story.the_approval_waits),
        ):
            engine = engine_for(url)
            await save_people(engine)
            await chapter(Registry(PostgresDatabase(engine)))
            await engine.dispose()
            prompts[chapter.__name__] = await asyncpg.connect(prompt_of_the_registry(url))
        yield prompts
        for prompt in prompts.values():
            await prompt.close()


async def typed(prompt: asyncpg.Connection, statement: str) -> None:
    """And taken back, whatever came of it."""
    transaction = prompt.transaction()
    await transaction.start()
    try:
        await prompt.execute(statement)
    finally:
        await transaction.rollback()


@pytest.mark.parametrize("statement", STAYS.values(), ids=STAYS.keys())
async def test_what_was_signed_off_stays(
    chapters: dict[str, asyncpg.Connection], statement: str
) -> None:
    with pytest.raises(asyncpg.PostgresError) as refused:
        await typed(chapters["the_project_is_approved"], statement)

    assert refused.value.sqlstate == HISTORY


@pytest.mark.parametrize("statement", IN_REVIEW.values(), ids=IN_REVIEW.keys())
async def test_a_project_has_the_status_that_its_verification_gives_it(
    chapters: dict[str, asyncpg.Connection], statement: str
) -> None:
    with pytest.raises(asyncpg.PostgresError) as refused:
        await typed(chapters["evidence_is_complete"], statement)

    assert refused.value.sqlstate == HISTORY


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE projects SET status = 'verified'",
        "UPDATE projects SET title = 'Another forest'",
        f"UPDATE documents SET disclosure = 'public' {ONE}",
    ],
)
async def test_an_approval_that_waits_is_signed_off_and_verifies_nothing(
    chapters: dict[str, asyncpg.Connection], statement: str
) -> None:
    with pytest.raises(asyncpg.PostgresError) as refused:
        await typed(chapters["the_approval_waits"], statement)

    assert refused.value.sqlstate == HISTORY


@pytest.mark.parametrize("statement", MAY_CHANGE.values(), ids=MAY_CHANGE.keys())
async def test_until_then_it_may_change(
    chapters: dict[str, asyncpg.Connection], statement: str
) -> None:
    prompt = chapters["evidence_is_complete"]

    await typed(prompt, statement)

    assert await prompt.fetchval("SELECT count(*) FROM projects") == 1


async def test_corrections_are_written_once(chapters: dict[str, asyncpg.Connection]) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await typed(
            chapters["the_project_is_approved"],
            f"UPDATE certificate_corrections SET reason = '{ADMINISTRATOR.id}'",
        )
