"""A second approval, refused and given, and another verifier: through HTTP, on real parts."""

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.tables import users
from adapters.settings.database import DatabaseSettings
from adapters.settings.rules import RuleSettings
from devstack.seed import accredit_verifiers
from devstack.stack import Stack
from migrations.policy import write_policy
from tests.conftest import People
from tests.databases import engine_for, sqlalchemy_url
from tests.journeys.project_life import announcement, approve, assign, register, upload

REASON = "The laboratory lost its accreditation before the samples were taken."


@pytest.fixture
async def two_pairs_of_eyes(stack: Stack) -> AsyncIterator[None]:
    """As long as it lasts, every approval needs a second one."""
    owner = DatabaseSettings(migrations_database_url=SecretStr(sqlalchemy_url(stack.database_url)))
    await write_policy(owner, RuleSettings(require_countersignature=True))
    yield
    await write_policy(owner, RuleSettings(require_countersignature=False))


@pytest.fixture
async def another_verifier(stack: Stack) -> UUID:
    engine: AsyncEngine = engine_for(stack.database_url)
    verifier_id = uuid4()
    async with engine.begin() as connection:
        await connection.execute(
            insert(users).values(
                id=verifier_id,
                email=f"{verifier_id}@karbonica.example",
                password_hash="no log-in",
                name="Another Verifier",
                company="AENOR",
                role="verifier",
                email_verified=True,
            )
        )
        await accredit_verifiers(connection)
    await engine.dispose()
    return verifier_id


async def test_a_refused_approval_goes_back_to_its_verifier_and_is_given_again(
    people: People, http: httpx.AsyncClient, two_pairs_of_eyes: None
) -> None:
    project = await register(people)
    public = f"/api/v1/registry/projects/{project['id']}"
    verification = f"/verifications/{project['verificationId']}"
    await assign(people, project)
    await upload(people, project)

    await approve(people, project)
    waiting = (await http.get(public)).json()["data"]
    refused = await people.admin.post(f"{verification}/countersign/refuse", {"reason": REASON})
    read = [await caller.get(verification) for caller in (people.supplier, people.verifier)]
    await approve(people, project)
    await people.admin.post(f"{verification}/countersign", {})
    await people.supplier.wait_for(
        f"/credits?projectId={project['id']}", lambda found: len(found) == 1, seconds=30
    )

    final = (await http.get(public)).json()["data"]
    assert (waiting["status"], waiting["verification"]["countersignedAt"]) == ("pending", None)
    assert (refused["status"], refused["signOffDigest"]) == ("in_review", None)
    assert [one["countersignatureRefusal"]["reason"] for one in read] == [REASON, REASON]
    assert final["status"] == "verified"
    assert REASON not in str(final["timeline"])


async def test_another_verifier_takes_over_and_staff_who_decide_say_in_whose_stead(
    people: People, http: httpx.AsyncClient, another_verifier: UUID
) -> None:
    project = await register(people)
    verification = f"/verifications/{project['verificationId']}"
    await assign(people, project)
    await upload(people, project)

    await people.admin.post(f"{verification}/assign", {"verifierId": str(another_verifier)})
    former = await http.get(f"/api/v1{verification}", headers=people.verifier.headers)
    content = b"What staff looked at.\n"
    await people.admin.upload(
        f"/projects/{project['id']}/documents",
        announcement(content, documentType="verification_report"),
        content,
    )
    decided = await people.admin.post(
        f"{verification}/approve",
        {
            "notes": "In order.",
            "vintage": 2025,
            "duplicateNote": "Each journey has its own kiln.",
            "steadReason": "The body has gone out of business.",
        },
    )

    public = await http.get(f"/api/v1/registry/projects/{project['id']}")
    assert former.status_code == 404
    assert (decided["needsCountersignature"], decided["countersignedAt"]) == (True, None)
    assert public.json()["data"]["verification"]["verifiedBy"] == (
        "Karbonica Registry staff, in the stead of AENOR"
    )
