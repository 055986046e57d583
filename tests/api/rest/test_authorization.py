"""
Who may see what, and who may do what.

What somebody may not see answers 404, as if it were not there; what they see but may not do, 403.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from adapters.postgres.tables import documents, verification_requests
from domain.accounts.roles import Account, Role
from tests.api.bodies import DOCUMENT, PROJECT, RETIREMENT
from tests.api.caller import Api, told
from tests.api.registry_rows import IssuedProject, RegistryRows
from tests.factories import ADMINISTRATOR, BUYER, OTHER_DEVELOPER, OTHER_VERIFIER, account


@dataclass(frozen=True)
class Cast:
    """A verified project, those who work on it, and its documents by disclosure class."""

    project: IssuedProject
    verification_id: UUID
    retirement_id: UUID
    transaction_id: UUID
    serial: str
    documents: dict[str, UUID]
    people: dict[str, Account]


@pytest.fixture
async def acted(api: Api) -> Cast:
    rows = RegistryRows(api.engine)
    classes = ("public", "internal", "confidential", "restricted")
    # Uploaded by the verifier, so that the owner is not their reader by having brought them.
    project = await rows.project(
        documents=[(name, name) for name in classes], uploaded_by_verifier=True
    )
    retirement_id = await rows.retirement(project)
    async with api.engine.connect() as connection:
        verification = (await connection.execute(select(verification_requests))).one()
        found = (await connection.execute(select(documents))).all()
        transaction_id = (
            await connection.exec_driver_sql(
                "SELECT id FROM credit_transactions WHERE type = 'retirement'"
            )
        ).scalar_one()
    return Cast(
        project=project,
        verification_id=verification.id,
        retirement_id=retirement_id,
        transaction_id=transaction_id,
        serial=project.serial(1),
        documents={row.disclosure: row.id for row in found},
        people={
            "owner": account("owner", Role.DEVELOPER, id=project.supplier_id),
            "verifier": account("its verifier", Role.VERIFIER, id=verification.verifier_id),
            "staff": ADMINISTRATOR,
            "other developer": OTHER_DEVELOPER,
            "other verifier": OTHER_VERIFIER,
            "buyer": BUYER,
        },
    )


INSIDERS = {"owner", "verifier", "staff"}
HOLDERS = {"owner", "staff"}

SEEN_BY = {
    "/projects/{project}": INSIDERS,
    "/projects/{project}/documents": INSIDERS,
    "/verifications/{verification}": INSIDERS,
    "/verifications/{verification}/events": INSIDERS,
    "/documents/{internal}": INSIDERS,
    "/credits/{serial}": HOLDERS,
    "/credits/{serial}/transactions": HOLDERS,
    "/credits/{serial}/lineage": HOLDERS,
    "/retirements/{retirement}": HOLDERS,
    "/transactions/{transaction}": HOLDERS,
}


def places(acted: Cast) -> dict[str, Any]:
    return {
        "project": acted.project.id,
        "verification": acted.verification_id,
        "retirement": acted.retirement_id,
        "transaction": acted.transaction_id,
        "serial": acted.serial,
        **acted.documents,
    }


@pytest.mark.parametrize("path", SEEN_BY)
async def test_each_thing_is_seen_by_those_concerned_and_nobody_else(
    api: Api, acted: Cast, path: str
) -> None:
    address = "/api/v1" + path.format(**places(acted))

    statuses = {
        name: (await api.client.get(address, headers=await api.signed_in(person))).status_code
        for name, person in acted.people.items()
    }

    assert statuses == {name: 200 if name in SEEN_BY[path] else 404 for name in acted.people}
    assert (await api.client.get(address)).status_code == 401


@pytest.mark.parametrize("path", ["/projects", "/verifications", "/credits", "/retirements"])
async def test_lists_hold_only_what_one_may_see(api: Api, acted: Cast, path: str) -> None:
    holders_only = path in {"/credits", "/retirements"}
    lengths = {}
    for name, person in acted.people.items():
        answer = await api.client.get(f"/api/v1{path}", headers=await api.signed_in(person))
        lengths[name] = bool(answer.json()["data"])

    seen_by = HOLDERS if holders_only else INSIDERS
    assert lengths == {name: name in seen_by for name in acted.people}


READ_BY = {
    "public": {"owner", "verifier", "staff", "other developer", "other verifier", "buyer"},
    "internal": INSIDERS,
    "confidential": INSIDERS,
    "restricted": {"verifier", "staff"},
}


@pytest.mark.parametrize("disclosure", READ_BY)
async def test_a_document_is_downloaded_by_its_disclosure_class(
    api: Api, acted: Cast, disclosure: str
) -> None:
    address = f"/api/v1/documents/{acted.documents[disclosure]}/content"

    statuses = {
        name: (await api.client.get(address, headers=await api.signed_in(person))).status_code
        for name, person in acted.people.items()
    }

    expected = {name: 302 if name in READ_BY[disclosure] else 404 for name in acted.people}
    if disclosure == "restricted":
        # The owner sees that it exists, which is not to say that it is for the owner to read.
        expected["owner"] = 403
    assert statuses == expected
    without_account = await api.client.get(address)
    assert without_account.status_code == (302 if disclosure == "public" else 404)


async def test_a_download_leads_to_storage_and_downloads_under_its_own_name(
    api: Api, acted: Cast
) -> None:
    answer = await api.client.get(f"/api/v1/documents/{acted.documents['public']}/content")

    location = answer.headers["Location"]
    assert location.startswith("http://127.0.0.1:1/karbonica/documents/")
    assert "attachment" in location
    assert answer.headers["Cache-Control"] == "no-store"


async def test_the_owner_does_not_learn_the_name_of_a_restricted_document(
    api: Api, acted: Cast
) -> None:
    owner = await api.signed_in(acted.people["owner"])

    answer = await api.client.get(f"/api/v1/projects/{acted.project.id}/documents", headers=owner)

    named = {document["disclosure"]: document["name"] for document in answer.json()["data"]}
    assert named == {
        "public": "public",
        "internal": "internal",
        "confidential": "confidential",
        "restricted": None,
    }


STEPS: dict[str, tuple[dict[str, Any] | None, dict[str, int]]] = {
    "/verifications/{verification}/assign": (
        {"verifierId": str(uuid4())},
        {"owner": 403, "verifier": 403, "other developer": 404, "other verifier": 404},
    ),
    "/verifications/{verification}/approve": (
        {"notes": "Fine."},
        {"owner": 403, "other developer": 404, "other verifier": 404, "buyer": 404},
    ),
    "/verifications/{verification}/reject": (
        {"reason": "No."},
        {"owner": 403, "other developer": 404, "other verifier": 404, "buyer": 404},
    ),
    "/verifications/{verification}/countersign": (
        None,
        {"owner": 403, "verifier": 403, "other verifier": 404},
    ),
    "/verifications/{verification}/countersign/refuse": (
        {"reason": "No."},
        {"owner": 403, "verifier": 403, "other verifier": 404},
    ),
    "/verifications/{verification}/events": (
        {"eventType": "note", "message": "Seen."},
        {"owner": 403, "other verifier": 404},
    ),
    "/verifications/{verification}/documents": (
        DOCUMENT,
        # The supplier may, as long as the round is not decided.
        {"owner": 409, "staff": 403, "other verifier": 404},
    ),
    "/projects/{project}/documents": (DOCUMENT, {"other developer": 404, "buyer": 404}),
    "/documents/{internal}/complete": (None, {"owner": 403, "staff": 403, "buyer": 404}),
    "/credits/{serial}/retire": (RETIREMENT, {"staff": 403, "buyer": 404, "verifier": 404}),
    "/credits/{serial}/transfer": (
        {"quantity": "1", "recipientId": str(BUYER.id)},
        {"staff": 403, "buyer": 404, "verifier": 404},
    ),
    "/projects": (PROJECT, {"verifier": 403, "staff": 403, "buyer": 403}),
}


@pytest.mark.parametrize("path", STEPS)
async def test_steps_are_taken_by_those_who_may(api: Api, acted: Cast, path: str) -> None:
    """Temporal is away: who may take a step would be answered 503."""
    body, expected = STEPS[path]
    address = "/api/v1" + path.format(**places(acted))

    statuses = {}
    for name in expected:
        headers = await api.signed_in(acted.people[name])
        statuses[name] = (await api.client.post(address, json=body, headers=headers)).status_code

    assert statuses == expected
    assert (await api.client.post(address, json=body)).status_code == 401


@pytest.mark.parametrize("noun", ["verifications/{verification}", "retirements/{retirement}"])
async def test_only_staff_look_into_workflows(api: Api, acted: Cast, noun: str) -> None:
    address = f"/api/v1/{noun.format(**places(acted))}/workflow"

    statuses = {
        name: (
            await api.client.get(address, headers=await api.signed_in(acted.people[name]))
        ).status_code
        for name in ("staff", "owner", "buyer")
    }

    # Temporal is away, which is the answer to those who may ask.
    assert statuses == {"staff": 503, "owner": 403, "buyer": 404}


async def test_a_hidden_thing_is_answered_like_one_that_is_not_there(api: Api, acted: Cast) -> None:
    headers = await api.signed_in(OTHER_DEVELOPER)

    hidden = await api.client.get(f"/api/v1/projects/{acted.project.id}", headers=headers)
    absent = await api.client.get(f"/api/v1/projects/{uuid4()}", headers=headers)

    assert told(hidden) == told(absent) == [("NOT_FOUND", None, "There is no such project.")]
