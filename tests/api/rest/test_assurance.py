"""Validation, technical review and risk assessment on real rows: who may, what stands, what an approval waits for."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from activities.projects.assurance import AssuranceRules
from activities.projects.verification import VerificationActivities
from adapters.postgres.database import PostgresDatabase
from api.rest.projects.examples.assurance import STATEMENT_SENT
from api.rest.projects.examples.opinions import RISK_ASSESSMENT_SENT, VALIDATION_SENT
from domain.accounts.roles import Account
from domain.errors import NotReviewed, NotValidated
from tests.activities import story
from tests.activities.registry import Registry, run
from tests.api.caller import Api, told
from tests.factories import (
    ADMINISTRATOR,
    DEVELOPER,
    OTHER_ADMINISTRATOR,
    OTHER_VERIFIER,
    VERIFIER,
)

PROJECT = f"/projects/{story.PROJECT_ID}"
ROUND = f"/verifications/{story.VERIFICATION_ID}"
SECRET = "My cousin once worked there."
STATEMENT = {**STATEMENT_SENT, "methodologyVersionId": None, "deductions": []} | {
    "quantities": [{"vintage": 2024, "quantity": "1000.00"}],
    "opinion": "positive",
    "opinionBasis": None,
}
VALIDATION = VALIDATION_SENT | {"independence": SECRET}
OF_ONE_BODY = f"""
    UPDATE organisation_members SET organisation_id =
        (SELECT organisation_id FROM organisation_members WHERE user_id = '{VERIFIER.id}' AND left_at IS NULL)
     WHERE user_id = '{OTHER_VERIFIER.id}'
"""


async def ask(
    api: Api, method: str, path: str, by: Account | None, body: Any = None
) -> httpx.Response:
    headers = await api.signed_in(by) if by else {}
    headers |= {"Idempotency-Key": str(uuid4())} if method == "POST" else {}
    return await api.client.request(method, f"/api/v1{path}", json=body, headers=headers)


async def statuses(api: Api, *asked: tuple[str, str, Account, Any]) -> list[int]:
    return [
        (await ask(api, method, path, by, body)).status_code for method, path, by, body in asked
    ]


async def sums_up(api: Api) -> dict[str, Any]:
    public = await ask(api, "GET", f"/registry{PROJECT}", None)
    data: dict[str, Any] = public.json()["data"]
    return data


async def change_share(api: Api, change: str) -> None:
    """As the application would, had it no rules."""
    async with api.engine.begin() as connection:
        await connection.execute(text("SET LOCAL ROLE karbonica_app"))
        await connection.execute(text("SET LOCAL karbonica.role = 'system'"))
        await connection.execute(text(f"UPDATE buffer_shares SET {change}"))


async def test_a_statement_is_confirmed_by_a_second_person_of_the_body(api: Api) -> None:
    registry = Registry(PostgresDatabase(api.engine))
    await story.evidence_is_complete(registry)
    strict = VerificationActivities(
        registry.database, registry.clock, assurance=AssuranceRules(technical_review_required=True)
    )
    naming, review = f"{ROUND}/technical-reviewer", f"{ROUND}/technical-review"
    reviewer = {"reviewerId": str(OTHER_VERIFIER.id)}

    with pytest.raises(NotReviewed, match="no statement yet"):
        await run(strict.record_decision, story.APPROVE)
    first = (await ask(api, "PUT", f"{ROUND}/statement", VERIFIER, STATEMENT)).json()["data"]
    before = await statuses(
        api,
        ("GET", ROUND, OTHER_VERIFIER, None),
        ("PUT", naming, VERIFIER, reviewer),
        ("PUT", naming, DEVELOPER, reviewer),
    )
    await story.by_the_owner(registry, OF_ONE_BODY)
    named = await statuses(
        api,
        ("PUT", naming, VERIFIER, {"reviewerId": str(VERIFIER.id)}),
        ("PUT", naming, VERIFIER, reviewer),
        ("GET", ROUND, OTHER_VERIFIER, None),
        ("PUT", f"{ROUND}/statement", OTHER_VERIFIER, STATEMENT),
        ("POST", f"{ROUND}/reject", OTHER_VERIFIER, {"reason": "No."}),
    )
    document = (await ask(api, "GET", f"{PROJECT}/documents", OTHER_VERIFIER)).json()["data"][0]

    assert before == [404, 400, 403]
    assert named == [400, 200, 200, 403, 403]
    assert document["name"]

    async def say(outcome: str, sha256: str, words: str | None = None) -> httpx.Response:
        said = {"outcome": outcome, "statementSha256": sha256, "words": words}
        return await ask(api, "POST", review, OTHER_VERIFIER, said | {"independence": SECRET})

    silent = await say("returned", first["sha256"])
    returned = await say("returned", first["sha256"], "The scale was not calibrated.")
    assert told(silent) == [("VALIDATION_ERROR", "/words", "Say why the statement is returned.")]
    assert returned.json()["data"]["state"] == "returned"
    # Bound to no decision of anybody, whatever the setting.
    with pytest.raises(NotReviewed, match="has returned"):
        await run(registry.verification.record_decision, story.APPROVE)

    anew = STATEMENT | {"scope": "A plant, with a calibrated scale."}
    second = (await ask(api, "PUT", f"{ROUND}/statement", VERIFIER, anew)).json()["data"]
    stale = await say("confirmed", first["sha256"])
    confirmed = await say("confirmed", second["sha256"])
    twice = await say("confirmed", second["sha256"])
    assert (stale.status_code, confirmed.status_code, twice.status_code) == (409, 201, 409)
    assert "changed since you looked" in stale.json()["errors"][0]["detail"]

    third = (await ask(api, "PUT", f"{ROUND}/statement", VERIFIER, STATEMENT)).json()["data"]
    void = (await ask(api, "GET", review, VERIFIER)).json()["data"]
    assert void["state"] == "void"
    with pytest.raises(NotReviewed, match="changed since"):
        await run(strict.record_decision, story.APPROVE)
    await say("confirmed", third["sha256"])
    await run(strict.record_decision, story.APPROVE)

    async with api.engine.connect() as connection:
        query = "SELECT count(*) FROM {} WHERE {}"
        counted = [
            await connection.scalar(text(query.format(*one)))
            for one in (
                ("conflict_declarations", f"words = '{SECRET}' AND declared = 'none'"),
                ("notifications", f"user_id = '{OTHER_VERIFIER.id}' AND kind = 'technical_review_asked'"),
                ("notifications", f"user_id = '{VERIFIER.id}' AND kind = 'technical_review_given'"),
                ("outbox_events", "name = 'verification.statement_reviewed'"),
                ("audit_queue", f"changes::text LIKE '%{SECRET}%'"),
                ("verification_events", "event_type IN ('statement_confirmed', 'statement_returned')"),
            )
        ]  # fmt: skip
    assert counted == [3, 1, 3, 3, 0, 3]


async def test_a_design_is_validated_apart_from_its_tonnes(api: Api) -> None:
    registry = Registry(PostgresDatabase(api.engine))
    await story.evidence_is_complete(registry)
    strict = VerificationActivities(
        registry.database, registry.clock, assurance=AssuranceRules(validation_required=True)
    )
    page = f"{ROUND}/validation"

    with pytest.raises(NotValidated, match="not written yet"):
        await run(strict.record_decision, story.APPROVE)
    asked = await statuses(
        api,
        ("PUT", page, OTHER_VERIFIER, VALIDATION),
        ("PUT", page, VERIFIER, VALIDATION | {"opinion": "adverse"}),
        ("PUT", f"{ROUND}/validator", VERIFIER, {"verifierId": str(OTHER_VERIFIER.id)}),
        ("PUT", f"{ROUND}/validator", ADMINISTRATOR, {"verifierId": str(DEVELOPER.id)}),
        ("PUT", f"{ROUND}/validator", ADMINISTRATOR, {"verifierId": str(OTHER_VERIFIER.id)}),
        ("PUT", page, VERIFIER, VALIDATION),
        ("PUT", page, OTHER_VERIFIER, VALIDATION | {"opinion": "adverse", "opinionBasis": "Rot."}),
    )
    assert asked == [404, 400, 403, 400, 200, 409, 200]
    with pytest.raises(NotValidated, match="adverse"):
        await run(registry.verification.record_decision, story.APPROVE)

    written = (await ask(api, "PUT", page, OTHER_VERIFIER, VALIDATION)).json()["data"]["opinion"]
    assert (await sums_up(api))["validation"] is None
    await run(strict.record_decision, story.APPROVE)
    public = (await sums_up(api))["validation"]
    shown = (await api.client.get(PROJECT)).text

    assert (public["sha256"], public["opinion"]) == (written["sha256"], "positive")
    assert public["baseline"] == VALIDATION["baseline"]
    assert "independence" not in public
    assert (VALIDATION["baseline"] in shown, SECRET in shown) == (True, False)
    assert (await ask(api, "PUT", page, OTHER_VERIFIER, VALIDATION)).status_code == 409


async def test_the_share_of_coming_issuances_follows_from_an_assessment_of_two_people(
    api: Api,
) -> None:
    registry = Registry(PostgresDatabase(api.engine))
    await story.evidence_is_complete(registry)
    page = f"{PROJECT}/risk-assessments"
    few = {"factors": RISK_ASSESSMENT_SENT["factors"][1:]}

    entering = await statuses(
        api,
        ("POST", page, OTHER_VERIFIER, RISK_ASSESSMENT_SENT),
        ("POST", page, DEVELOPER, RISK_ASSESSMENT_SENT),
        ("POST", page, VERIFIER, few),
        ("POST", page, VERIFIER, RISK_ASSESSMENT_SENT),
        ("POST", page, ADMINISTRATOR, RISK_ASSESSMENT_SENT),
        ("POST", f"{page}/1/countersign", VERIFIER, None),
        ("POST", f"{page}/2/countersign", ADMINISTRATOR, None),
        ("POST", f"{page}/1/countersign", ADMINISTRATOR, None),
        ("POST", f"{page}/1/refuse", ADMINISTRATOR, {"reason": "Fire."}),
    )
    assert entering == [404, 403, 400, 201, 409, 403, 404, 200, 409]
    share = (await sums_up(api))["bufferShare"]
    assert (share["percent"], share["reversalRisk"]) == ("20.00", "high")

    await run(registry.verification.record_decision, story.APPROVE)
    calm = {"factors": [one | {"score": 0} for one in RISK_ASSESSMENT_SENT["factors"]]}
    again = await statuses(
        api,
        ("POST", page, ADMINISTRATOR, calm),
        ("POST", f"{page}/2/countersign", ADMINISTRATOR, None),
        ("POST", f"{page}/2/countersign", OTHER_ADMINISTRATOR, None),
    )
    assert again == [201, 403, 200]
    public = await sums_up(api)
    assert public["bufferShare"]["percent"] == public["riskAssessment"]["percent"] == "10.00"
    assert public["riskAssessment"]["number"] == 2

    # The row that the issuance reads, and the database's own word on it.
    async with registry.database.transaction() as work:
        read = await work.projects.buffer_shares.get(story.PROJECT_ID)
    assert read is not None
    assert read.percent == 10
    for forged in (
        "percent = 5",
        "percent = 20, assessment_id = (SELECT id FROM risk_assessments WHERE number = 1)",
        "assessment_id = NULL",
    ):
        with pytest.raises(IntegrityError, match="buffer share"):
            await change_share(api, forged)

    seen = (await api.client.get(f"{PROJECT}/risk")).text
    assert "Seen on site" not in seen
    assert "Number 2, countersigned" in seen
