"""
What workflows and activities refuse, as it comes out of the API: on the whole stack.

Goal: each "no" of the rules is an answer of the contract, and the tables are as they were. Tables
that the chain and the seal of earlier retirements move meanwhile are left out of the comparison.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import boto3
import httpx
import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.projects.documents import upload_key
from adapters.postgres.tables import users
from adapters.settings import Settings
from devstack.stack import Stack
from domain.accounts.roles import Account, Role
from domain.publishing.events import EventName
from tests.api.bodies import DOCUMENT, PROJECT, RETIREMENT
from tests.api.caller import Api, running_api, told
from tests.conftest import People
from tests.databases import Snapshot, changed_tables, engine_for, snapshot
from tests.factories import account
from tests.journeys.project_life import announcement, approve, assign, issue, register, upload

MOVED_MEANWHILE = {
    "activity_effects", "alerts", "audit_head", "audit_logs", "audit_queue", "certificates", "chain_provider",
    "chain_records", "chain_transactions", "notifications", "platform_addresses", "public_fragments",
    "wallet_outputs",
}  # fmt: skip
PUBLISHED_MEANWHILE = {EventName.RETIREMENT_COMPLETED, EventName.CERTIFICATE_RESEALED}
"""By the worker, once a record of an earlier test is six blocks deep."""

KEPT_ON_PURPOSE = {"sessions", "idempotency_keys"}


@dataclass(frozen=True)
class Registry:
    """The API in this process, on the stack's services and beside its worker."""

    api: Api
    people: dict[str, dict[str, str]]
    """Headers by who it is."""

    async def post(
        self, who: str, path: str, body: dict[str, Any] | None = None, **headers: str
    ) -> httpx.Response:
        sent = self.people[who] | {name.replace("_", "-"): text for name, text in headers.items()}
        return await self.api.client.post(f"/api/v1{path}", json=body or {}, headers=sent)

    async def get(self, who: str, path: str) -> Any:
        answer = await self.api.client.get(f"/api/v1{path}", headers=self.people[who])
        return answer.json()["data"]

    async def state(self) -> Snapshot:
        """Everything but what the worker does beside the test: deliveries planned, records confirmed."""
        state = await snapshot(self.api.engine)
        state["outbox_events"] = [
            {column: value for column, value in event.items() if column != "dispatched_at"}
            for event in state["outbox_events"]
            if event["name"] not in PUBLISHED_MEANWHILE
        ]
        return state

    async def changed_since(self, before: Snapshot) -> set[str]:
        return changed_tables(before, await self.state()) - MOVED_MEANWHILE - KEPT_ON_PURPOSE


@pytest.fixture(scope="module")
async def engine(stack: Stack) -> AsyncIterator[AsyncEngine]:
    made = engine_for(stack.database_url)
    yield made
    await made.dispose()


@pytest.fixture(scope="module")
async def registry(stack: Stack, engine: AsyncEngine, people: People) -> AsyncIterator[Registry]:
    with pytest.MonkeyPatch.context() as environment:
        # Read as the registry's own processes read it.
        for name, value in stack.environment.items():
            environment.setenv(name, value)
        settings = Settings(update_timeout_seconds=2, log_level="ERROR")
    stranger = account("other verifier on the stack", Role.VERIFIER)
    async with engine.begin() as connection:
        await connection.execute(
            insert(users).values(
                id=stranger.id,
                email="other.verifier@karbonica.example",
                password_hash="no log-in",
                name="Other Verifier",
                role=stranger.role.value,
                email_verified=True,
            )
        )
    signed_in = {
        "admin": _account(people.admin.user),
        "supplier": _account(people.supplier.user),
        "verifier": _account(people.verifier.user),
        "buyer": _account(people.buyer.user),
        "other verifier": stranger,
    }
    async with running_api(settings, engine) as api:
        headers = {name: await api.signed_in(person) for name, person in signed_in.items()}
        yield Registry(api, headers)


def _account(user: dict[str, Any]) -> Account:
    return Account(UUID(user["id"]), Role(user["role"]), email_verified=True)


async def test_a_project_is_not_approved_without_the_documents_it_needs(
    registry: Registry, people: People
) -> None:
    project = await register(people)
    await assign(people, project)
    await upload(people, project, count=2)
    before = await registry.state()

    answer = await registry.post(
        "verifier", f"/verifications/{project['verificationId']}/approve", {"notes": "Fine."}
    )

    assert answer.status_code == 409
    assert told(answer) == [
        (
            "CONFLICT",
            None,
            (
                "Approval needs more documents; missing: a methodology or monitoring plan; the verifier's own"
                " statement (a verification report)."
            ),
        )
    ]
    assert await registry.changed_since(before) == set()


async def test_somebody_elses_verifier_does_not_even_see_it(
    registry: Registry, people: People
) -> None:
    project = await register(people)
    await assign(people, project)
    before = await registry.state()

    answer = await registry.post(
        "other verifier", f"/verifications/{project['verificationId']}/approve", {"notes": "Fine."}
    )

    assert told(answer) == [("NOT_FOUND", None, "There is no such verification.")]
    assert await registry.changed_since(before) == set()


async def test_a_vintage_in_the_future_is_a_fault_of_the_field(
    registry: Registry, people: People
) -> None:
    project = await register(people)
    await assign(people, project)
    await upload(people, project)
    before = await registry.state()
    next_year = datetime.now(UTC).year + 1

    answer = await registry.post(
        "verifier",
        f"/verifications/{project['verificationId']}/approve",
        {"notes": "Fine.", "vintage": next_year},
    )

    assert answer.status_code == 400
    assert told(answer) == [
        (
            "VALIDATION_ERROR",
            "/vintage",
            (
                f"Vintage must be a year from 2025 to {next_year - 1}: the project starts on"
                f" 2025-11-27, and the decision is of {datetime.now(UTC).date()}."
            ),
        )
    ]
    assert await registry.changed_since(before) == set()


async def test_a_second_approval_and_a_late_rejection_are_conflicts(
    registry: Registry, people: People
) -> None:
    project = await register(people)
    await assign(people, project)
    await upload(people, project)
    await approve(people, project)
    verification = f"/verifications/{project['verificationId']}"
    await _until_issued(registry, project)
    before = await registry.state()

    again = await registry.post("verifier", f"{verification}/approve", {"notes": "Again."})
    late = await registry.post("admin", f"{verification}/reject", {"reason": "No, after all."})

    for answer in (again, late):
        assert answer.status_code == 409
        assert told(answer) == [("CONFLICT", None, "This verification is already approved.")]
    assert await registry.changed_since(before) == set()


async def test_a_project_without_a_verifier_is_not_decided(
    registry: Registry, people: People
) -> None:
    project = await register(people)
    before = await registry.state()

    answer = await registry.post(
        "admin", f"/verifications/{project['verificationId']}/reject", {"reason": "No."}
    )

    assert answer.status_code == 409
    assert "not in review" in told(answer)[0][2]
    assert await registry.changed_since(before) == set()


async def test_a_verifier_must_be_one_and_is_assigned_once(
    registry: Registry, people: People
) -> None:
    project = await register(people)
    path = f"/verifications/{project['verificationId']}/assign"

    nobody = await registry.post("admin", path, {"verifierId": str(uuid4())})
    buyer = await registry.post("admin", path, {"verifierId": people.buyer.user["id"]})
    await assign(people, project)
    twice = await registry.post("admin", path, {"verifierId": people.verifier.user["id"]})

    assert [told(answer)[0][:2] for answer in (nobody, buyer)] == [
        ("VALIDATION_ERROR", "/verifierId")
    ] * 2
    assert twice.status_code == 409


async def test_only_the_registry_writes_its_own_events(registry: Registry, people: People) -> None:
    project = await register(people)
    await assign(people, project)
    path = f"/verifications/{project['verificationId']}/events"
    before = await registry.state()

    refused = await registry.post(
        "verifier", path, {"eventType": "approved", "message": "It is approved, I say."}
    )
    unchanged = await registry.changed_since(before)
    added = await registry.post(
        "verifier", path, {"eventType": "note", "message": "Asked for the scale's certificate."}
    )

    assert refused.status_code == 403
    assert unchanged == set()
    assert added.status_code == 201
    assert added.json()["data"]["message"] == "Asked for the scale's certificate."


async def test_bytes_that_are_not_those_announced_do_not_count(
    registry: Registry, people: People, stack: Stack
) -> None:
    """Storage itself refuses them at the presigned address; here somebody got them in all the same."""
    project = await register(people)
    announced = await registry.post(
        "supplier", f"/projects/{project['id']}/documents", announcement(b"as announced")
    )
    document = announced.json()["data"]
    upload_address = document["upload"]
    async with httpx.AsyncClient() as storage:
        refused_by_storage = await storage.put(
            upload_address["url"], headers=upload_address["headers"], content=b"other bytes!"
        )
    nothing = await registry.post("supplier", f"/documents/{document['id']}/complete")
    _put_behind_its_back(stack, UUID(document["id"]), b"other bytes!")
    before = await registry.state()

    answer = await registry.post("supplier", f"/documents/{document['id']}/complete")

    assert refused_by_storage.status_code == 400
    assert told(nothing) == [("CONFLICT", None, "Nothing has been uploaded for this document yet.")]
    assert told(answer) == [("CONFLICT", None, "The upload's SHA-256 is not the one announced.")]
    assert await registry.changed_since(before) == set()


async def test_a_completed_document_may_be_completed_again_and_nothing_happens(
    registry: Registry, people: People
) -> None:
    project = await register(people)
    (document,) = await upload(people, project, count=1)
    before = await registry.state()

    again = await registry.post("supplier", f"/documents/{document['id']}/complete")

    assert again.status_code == 200
    assert again.json()["data"] == document
    assert await registry.changed_since(before) == set()


async def test_a_decided_verification_takes_no_more_documents(
    registry: Registry, people: People
) -> None:
    project = await register(people)
    await assign(people, project)
    await upload(people, project)
    await approve(people, project)
    before = await registry.state()

    answer = await registry.post("supplier", f"/projects/{project['id']}/documents", DOCUMENT)

    assert told(answer) == [("CONFLICT", None, "This verification is already approved.")]
    assert await registry.changed_since(before) <= {"chain_record_openings", "credit_entries",
                                                    "credit_sums", "credit_transactions", "outbox_events",
                                                    "ledger_changes", "ledger_head",
                                                    "serial_counters", "unit_counter",
                                                    "verification_events"}  # fmt: skip


async def test_no_more_is_retired_or_transferred_than_is_held(
    registry: Registry, people: People
) -> None:
    serial = await issue(people)
    before = await registry.state()

    retire = await registry.post(
        "supplier", f"/credits/{serial}/retire", RETIREMENT | {"quantity": "1000.01"}
    )
    transfer = await registry.post(
        "supplier",
        f"/credits/{serial}/transfer",
        {"quantity": "1000.01", "recipientEmail": "buyer@karbonica.example"},
    )

    sentence = f"{serial} holds 1000.00 t, 1000.01 t were asked for."
    assert told(retire) == told(transfer) == [("CONFLICT", "/quantity", sentence)]
    assert await registry.changed_since(before) == set()


async def test_credits_go_to_accounts_that_can_hold_them_and_not_to_oneself(
    registry: Registry, people: People
) -> None:
    serial = await issue(people)
    before = await registry.state()
    recipients: list[dict[str, Any]] = [
        {"recipientEmail": "nobody@karbonica.example"},
        {"recipientEmail": "verifier@karbonica.example"},
        {"recipientId": str(uuid4())},
        {"recipientId": people.supplier.user["id"]},
        {"recipientEmail": "supplier@karbonica.example"},
    ]

    answers = [
        await registry.post(
            "supplier", f"/credits/{serial}/transfer", {"quantity": "1.00"} | recipient
        )
        for recipient in recipients
    ]

    by_email, by_id = "/recipientEmail", "/recipientId"
    unavailable = "That account cannot receive credits."
    oneself = "Credits cannot be transferred to oneself."
    assert [told(answer) for answer in answers] == [
        [("CONFLICT", by_email, unavailable)],
        [("CONFLICT", by_email, unavailable)],
        [("CONFLICT", by_id, unavailable)],
        [("VALIDATION_ERROR", by_id, oneself)],
        [("VALIDATION_ERROR", by_email, oneself)],
    ]
    assert await registry.changed_since(before) == set()


async def test_an_entry_that_was_split_names_the_serials_that_live_on(
    registry: Registry, people: People
) -> None:
    serial = await issue(people)
    moved = await registry.post(
        "supplier",
        f"/credits/{serial}/transfer",
        {"quantity": "250.00", "recipientEmail": "Buyer@Karbonica.example"},
    )
    before = await registry.state()

    answer = await registry.post(
        "supplier", f"/credits/{serial}/retire", RETIREMENT | {"quantity": "1.00"}
    )

    assert moved.status_code == 201
    ((code, _, sentence),) = told(answer)
    assert code == "CONFLICT"
    assert moved.json()["data"]["resultSerial"] in sentence
    assert await registry.changed_since(before) == set()


async def test_the_same_key_retires_once_and_another_body_is_a_conflict(
    registry: Registry, people: People
) -> None:
    serial = await issue(people)
    path, key = f"/credits/{serial}/retire", str(uuid4())

    first, second = await asyncio.gather(
        registry.post("supplier", path, RETIREMENT, Idempotency_Key=key),
        registry.post("supplier", path, RETIREMENT, Idempotency_Key=key),
    )
    before = await registry.state()
    other = await registry.post(
        "supplier", path, RETIREMENT | {"quantity": "2.00"}, Idempotency_Key=key
    )

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert other.status_code == 409
    assert await registry.changed_since(before) == set()
    credits = await registry.get(
        "supplier", f"/credits?projectId={first.json()['data']['projectId']}"
    )
    assert sorted((c["status"], c["quantity"]) for c in credits) == [
        ("active", "999.00"),
        ("retired", "1.00"),
        ("split", "1000.00"),
    ]


async def test_a_retirement_answers_with_its_certificate_which_is_there_at_once(
    registry: Registry, people: People
) -> None:
    serial = await issue(people)

    answer = await registry.post(
        "supplier",
        f"/credits/{serial}/retire",
        RETIREMENT
        | {"beneficiary": {"name": "Zo\u0065\u0308 & Co.", "country": "de", "identifier": "HRB 1"}},
    )

    retirement = answer.json()["data"]
    assert retirement["beneficiary"]["name"] == "Zoë & Co."
    assert retirement["beneficiary"]["country"] == "DEU"
    assert answer.headers["Location"] == f"/api/v1/retirements/{retirement['id']}"
    base = f"/api/v1/registry/retirements/{retirement['id']}"
    document = await registry.api.client.get(f"{base}/certificate.json")
    printed = await registry.api.client.get(f"{base}/certificate.pdf")
    assert document.json()["certificateId"] == retirement["id"]
    assert printed.content.startswith(b"%PDF-")
    assert printed.headers["Content-Type"] == "application/pdf"


async def test_staff_see_the_workflow_and_the_way_to_its_history(
    registry: Registry, people: People, stack: Stack
) -> None:
    project = await register(people)
    verification_id = project["verificationId"]

    seen = await registry.get("admin", f"/verifications/{verification_id}/workflow")

    assert seen == {
        "workflowId": f"verification/{verification_id}",
        "status": "running",
        "stage": "waiting_for_verifier",
        "state": {
            "stage": "waiting_for_verifier",
            "status": "pending",
            "serial": None,
            "record_confirmed": False,
            "serials": [],
        },
        "historyUrl": (
            f"{stack.temporal_ui_url}/namespaces/default/workflows/verification%2F{verification_id}"
        ),
    }


async def test_without_a_worker_the_outcome_is_unknown_and_the_same_key_asks_again(
    registry: Registry, people: People, stack: Stack
) -> None:
    project = await register(people)
    key = str(uuid4())
    await stack.worker.kill()
    try:
        late = await registry.post("supplier", "/projects", PROJECT, Idempotency_Key=key)
        again = await registry.post("supplier", "/projects", PROJECT, Idempotency_Key=key)
        unseen = await registry.api.client.get(
            f"/api/v1/verifications/{project['verificationId']}/workflow",
            headers=registry.people["admin"],
        )
    finally:
        await stack.worker.start()

    operation = late.json()["data"]
    assert (late.status_code, operation["status"]) == (202, "accepted")
    assert operation["location"] == f"/api/v1/projects/{operation['operationId']}"
    assert again.json()["data"] == operation
    assert unseen.status_code == 503

    done = await _until_created(registry, key)

    assert done.json()["data"]["id"] == operation["operationId"]
    titled = await registry.get("supplier", "/projects?q=satyapura&limit=100")
    assert [p["id"] for p in titled].count(operation["operationId"]) == 1


async def _until_created(registry: Registry, key: str) -> httpx.Response:
    for _ in range(30):
        answer = await registry.post("supplier", "/projects", PROJECT, Idempotency_Key=key)
        if answer.status_code == 201:
            return answer
    raise AssertionError(f"the worker is back, but the answer is {answer.status_code}")


async def _until_issued(registry: Registry, project: dict[str, Any]) -> None:
    for _ in range(100):
        if await registry.get("supplier", f"/credits?projectId={project['id']}"):
            return
        await asyncio.sleep(0.1)
    raise AssertionError("no credits were issued")


def _put_behind_its_back(stack: Stack, document_id: UUID, content: bytes) -> None:
    environment = stack.environment
    storage = boto3.client(
        "s3",
        endpoint_url=environment["S3_ENDPOINT_URL"],
        region_name=environment["S3_REGION"],
        aws_access_key_id=environment["S3_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["S3_SECRET_ACCESS_KEY"],
    )
    storage.put_object(Bucket=environment["S3_BUCKET"], Key=upload_key(document_id), Body=content)
