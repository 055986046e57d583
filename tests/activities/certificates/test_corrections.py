"""A seal that names a body which verified nothing stays, and a public correction stands beside it."""

import csv
import io
import json

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.certificates.certificates import SealCertificate
from activities.certificates.corrections import CertificatesCorrected, CorrectCertificates
from activities.projects.verification import RecordDecision
from adapters.postgres.certificates import reads as reads_certificates
from adapters.postgres.credits.reads import retirements as reads_retirements
from adapters.postgres.projects.reads import projects as reads_projects
from adapters.postgres.publishing.open_data import PostgresOpenData
from domain.certificates.certificates import StoredCertificate
from domain.certificates.corrections import REASON
from domain.publishing.open_data import Dataset, FileFormat
from tests.activities import story
from tests.activities.registry import Registry, keep_draft, run
from tests.factories import DEVELOPER, named

CORRECT = CorrectCertificates(check_id=named("correction"))
WRONG = "Verifier & Co."
RIGHT = "Administrator & Co. staff, in the stead of Verifier & Co."


async def stored(registry: Registry) -> StoredCertificate:
    async with registry.database.transaction() as work:
        found = await work.certificates.lock(story.RETIREMENT_ID)
    assert found is not None
    return found


def body_in(certificate: StoredCertificate) -> str | None:
    body: str | None = json.loads(certificate.document)["evidence"]["verificationBody"]
    return body


@pytest.mark.parametrize(
    ("decision", "body"), [(story.APPROVE, WRONG), (story.APPROVE_AS_STAFF, RIGHT)]
)
async def test_certificate_project_and_open_data_name_the_body_of_who_decided(
    registry: Registry, engine: AsyncEngine, decision: RecordDecision, body: str
) -> None:
    """As it was called then: it may call itself otherwise afterwards."""
    await story.evidence_is_complete(registry)
    await story.it_is_decided(registry, decision)
    await story.by_the_owner(registry, "UPDATE users SET company = 'Renamed since'")
    await run(registry.issuance.issue_credits, story.ISSUE)
    await keep_draft(registry, story.RETIREMENT_ID, DEVELOPER.id, story.RETIREMENT_DRAFT)
    await story.the_retirement_is_confirmed_from_here(registry)
    accepted = await stored(registry)
    seal = SealCertificate(retirement_id=story.RETIREMENT_ID)
    await run(registry.certificates.seal_certificate, seal)
    corrected = await run(registry.corrections.correct_certificates, CORRECT)

    async with engine.connect() as connection:
        project = await reads_projects.public_project(connection, story.PROJECT_ID)
    exported = await _exported(engine, Dataset.PROJECTS)

    assert project is not None
    assert {
        body_in(accepted),
        body_in(await stored(registry)),
        project.verification.verification_body,
        exported["verificationBody"],
    } == {body}
    assert corrected == CertificatesCorrected(corrected=0)


async def test_a_wrong_seal_stays_byte_for_byte_and_is_corrected_in_public_once(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.a_seal_names_the_wrong_body(registry)
    before = await stored(registry)

    answers = [await run(registry.corrections.correct_certificates, CORRECT) for _ in range(2)]

    async with engine.connect() as connection:
        view = await reads_retirements.retirement(connection, story.RETIREMENT_ID, account=None)
        standing = await reads_certificates.standing(connection, story.RETIREMENT_ID)
        told = await connection.execute(
            text("SELECT user_id FROM notifications WHERE kind = 'certificate_corrected'")
        )
        audited = await connection.execute(
            text("SELECT count(*) FROM audit_logs WHERE event_type = 'certificate.corrected'")
        )
        assert told.scalars().all() == [DEVELOPER.id]
        assert audited.scalar_one() == 1
    assert answers == [CertificatesCorrected(corrected=1)] * 2
    assert (await stored(registry), body_in(before)) == (before, WRONG)
    assert view is not None
    assert standing is not None
    (correction,) = view.corrections
    assert (
        correction.digest,
        correction.pointer,
        correction.stated,
        correction.correct,
        correction.reason,
    ) == (before.digest, "/evidence/verificationBody", WRONG, RIGHT, REASON)
    assert standing.corrections_of(before.digest) == [correction]
    assert standing.corrections_of("00" * 32) == []
    assert (await _exported(engine, Dataset.RETIREMENTS))["correction"] == (
        f"/evidence/verificationBody says {WRONG}; right is {RIGHT}"
    )


async def test_what_nobody_has_signed_yet_is_written_anew(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.evidence_is_complete(registry)
    await story.it_is_decided(registry, story.APPROVE_AS_STAFF)
    await story.by_the_owner(
        registry, f"UPDATE verification_requests SET verification_body = '{WRONG}'"
    )
    await run(registry.issuance.issue_credits, story.ISSUE)
    await keep_draft(registry, story.RETIREMENT_ID, DEVELOPER.id, story.RETIREMENT_DRAFT)
    await run(registry.retirement.retire_units, story.RETIRE)
    await story.by_the_owner(
        registry, f"UPDATE verification_requests SET verification_body = '{RIGHT}'"
    )

    await run(registry.corrections.correct_certificates, CORRECT)

    async with engine.connect() as connection:
        found = await connection.execute(text("SELECT count(*) FROM certificate_corrections"))
        assert found.scalar_one() == 0
    assert body_in(await stored(registry)) == RIGHT


async def _exported(engine: AsyncEngine, dataset: Dataset) -> dict[str, str]:
    """The one line of a CSV."""
    async with PostgresOpenData(engine).snapshot() as snapshot:
        chunks = [chunk.content async for chunk in snapshot.chunks(dataset, FileFormat.CSV)]
    (row,) = csv.DictReader(io.StringIO(b"".join(chunks).decode()))
    return row
