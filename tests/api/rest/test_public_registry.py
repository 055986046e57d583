"""The public registry: complete for strangers, silent about persons, cheap to ask again."""

import gzip
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import insert, select

from adapters.postgres.tables import certificates, ledger_checks, users
from tests.api.caller import PUBLIC_URL, Api, told
from tests.api.registry_rows import BEGAN, IssuedProject, RegistryRows, sha256
from tests.factories import DEVELOPER

# Written down, because processes that share the tests compare their names.
NOBODYS_ID = "6f0d4a52-0b6e-4a53-9a38-5d1e2f3c7b90"


async def public_addresses(api: Api, project: IssuedProject) -> list[str]:
    async with api.engine.connect() as connection:
        retirement_id = (await connection.exec_driver_sql("SELECT id FROM retirements")).scalar()
    return [
        f"/api/v1/registry{path}"
        for path in (
            "/projects",
            f"/projects/{project.id}",
            f"/credits/{project.serial(1)}",
            f"/credits/{project.serial(2)}",
            f"/credits/{project.serial(2)}/lineage",
            f"/units/{project.first_unit}",
            "/retirements",
            f"/retirements/{retirement_id}",
            f"/retirements/{retirement_id}/certificate.json",
            "/stats",
            "/conservation",
        )
    ]


@pytest.fixture
async def project(api: Api) -> IssuedProject:
    """With a public and an internal document, and 250.00 t retired and confirmed."""
    rows = RegistryRows(api.engine)
    made = await rows.project(
        documents=[("Monitoring report 2024", "public"), ("Landowners' contracts", "internal")]
    )
    await rows.retirement(made, chain="confirmed", confirmations=7)
    return made


async def test_no_public_answer_holds_a_person(api: Api, project: IssuedProject) -> None:
    """Every account's id, name and e-mail is looked for in every public answer."""
    async with api.engine.connect() as connection:
        people = (await connection.execute(select(users))).all()
    personal = {str(v) for person in people for v in (person.id, person.name, person.email)}
    # Something that could leak: all of it is in the tables that these answers are read from.
    assert str(project.supplier_id) in personal

    addresses = await public_addresses(api, project)
    answers = {address: await api.client.get(address) for address in addresses}

    leaks = {
        (address, value)
        for address, answer in answers.items()
        for value in personal
        if value in answer.text
    }
    assert {answer.status_code for answer in answers.values()} == {200}
    assert leaks == set()


async def test_a_project_shows_its_evidence_but_not_what_is_not_public(
    api: Api, project: IssuedProject
) -> None:
    answer = await api.client.get(f"/api/v1/registry/projects/{project.id}")

    data = answer.json()["data"]
    assert data["developer"] == "Satyapura Producers"
    assert data["verification"]["verifiedBy"] == "Earthly Verifiers"
    named = {line["sha256"]: (line["name"], line["id"] is None) for line in data["documents"]}
    assert named == {
        sha256("Monitoring report 2024"): ("Monitoring report 2024", False),
        sha256("Landowners' contracts"): (None, True),
    }
    assert data["credits"] == {
        "issued": "5000.00",
        "active": "4750.00",
        "retired": "250.00",
        "cancelled": "0.00",
        "reserved": "0.00",
        "suspended": "0.00",
        "buffer": "0.00",
        "holds": True,
    }


async def test_the_public_timeline_keeps_what_people_wrote_to_itself(
    api: Api, project: IssuedProject
) -> None:
    answer = await api.client.get(f"/api/v1/registry/projects/{project.id}")

    (visit,) = answer.json()["data"]["timeline"]
    assert (visit["eventType"], visit["message"]) == ("site_visit", None)
    assert "kilns were visited" not in answer.text


async def test_a_serial_leads_to_the_serials_before_and_after_it(
    api: Api, project: IssuedProject
) -> None:
    split, part, rest = (project.serial(n) for n in (1, 2, 3))

    before = (await api.client.get(f"/api/v1/registry/credits/{split}")).json()["data"]
    after = (await api.client.get(f"/api/v1/registry/credits/{part}")).json()["data"]

    assert (before["status"], before["childSerials"]) == ("split", [part, rest])
    assert (after["status"], after["parentSerial"]) == ("retired", split)
    assert after["units"] == {"first": 1, "last": 25_000}
    assert after["retirementId"] is not None


async def test_a_retirement_shows_its_chain_record(api: Api, project: IssuedProject) -> None:
    (item,) = (await api.client.get("/api/v1/registry/retirements")).json()["data"]

    record = item.pop("chainRecord")
    assert record.pop("checkedAt").endswith("Z")
    assert len(record.pop("txHash")) == 64
    assert record == {
        "status": "confirmed",
        "blockHeight": 1234567,
        "confirmations": 7,
        "takenBackAt": None,
    }
    (line,) = item.pop("lines")
    assert line == {
        "serial": project.serial(2),
        "projectId": str(project.id),
        "vintage": 2024,
        "quantity": "250.00",
        "units": {"first": 1, "last": 25_000},
        "chainRecord": line["chainRecord"],
    }
    assert line["chainRecord"]["confirmations"] == 7
    assert item == {
        "id": item["id"],
        "serial": project.serial(2),
        "projectId": str(project.id),
        "quantity": "250.00",
        "vintage": 2024,
        "beneficiary": {
            "name": "Nordlys Shipping AS",
            "country": "NOR",
            "identifier": None,
            "undisclosed": False,
        },
        "purpose": "corporate_neutrality",
        "reason": "Residual emissions of 2024",
        "retiredAt": "2026-02-14T10:30:00Z",
        "certificateUrl": f"{PUBLIC_URL}/retirements/{item['id']}",
        "certificateStatus": "accepted",
        "reversals": [],
        "corrections": [],
    }


async def test_an_undisclosed_beneficiary_says_so_and_the_record_is_null_before_it_is_queued(
    api: Api,
) -> None:
    rows = RegistryRows(api.engine)
    retirement_id = await rows.retirement(await rows.project(), beneficiary=None)

    answer = await api.client.get(f"/api/v1/registry/retirements/{retirement_id}")

    data = answer.json()["data"]
    assert data["beneficiary"] == {
        "name": None,
        "country": None,
        "identifier": None,
        "undisclosed": True,
    }
    assert data["chainRecord"] is None


async def test_the_certificate_is_served_byte_for_byte(api: Api, project: IssuedProject) -> None:
    async with api.engine.connect() as connection:
        stored = (await connection.execute(select(certificates))).one()

    answer = await api.client.get(
        f"/api/v1/registry/retirements/{stored.retirement_id}/certificate.json"
    )

    assert answer.content == stored.document
    assert answer.headers["Content-Type"] == "application/json"


async def test_conservation_holds_in_total_and_in_each_part(
    api: Api, project: IssuedProject
) -> None:
    other = await RegistryRowsAfter(api, project).project("Another")

    data = (await api.client.get("/api/v1/registry/conservation")).json()["data"]

    assert (data["holds"], data["lastCheck"]) == (True, None)
    assert data["total"] == {
        "issued": "10000.00",
        "active": "9750.00",
        "retired": "250.00",
        "cancelled": "0.00",
        "reserved": "0.00",
        "suspended": "0.00",
        "buffer": "0.00",
        "holds": True,
    }
    retired = {part["projectId"]: part["retired"] for part in data["parts"]}
    assert retired == {str(project.id): "250.00", str(other.id): "0.00"}


class RegistryRowsAfter(RegistryRows):
    """Rows that go on where a first project's end."""

    def __init__(self, api: Api, project: IssuedProject) -> None:
        super().__init__(api.engine)
        self._next_unit = project.first_unit + 500_000
        self._projects = 1
        self._serials = 4


async def test_conservation_shows_a_unit_that_was_lost(api: Api, project: IssuedProject) -> None:
    """As nothing but a hand on the database could do, guards switched off."""
    async with api.engine.begin() as connection:
        await connection.exec_driver_sql("SET session_replication_role = replica")
        await connection.exec_driver_sql(
            "UPDATE credit_entries SET status = 'transferred' WHERE status = 'active'"
        )

    data = (await api.client.get("/api/v1/registry/conservation")).json()["data"]

    assert data["holds"] is False
    assert data["total"]["holds"] is False
    assert [part["holds"] for part in data["parts"]] == [False]


async def test_conservation_says_when_the_ledger_was_last_checked(api: Api) -> None:
    async with api.engine.begin() as connection:
        await connection.execute(
            insert(ledger_checks),
            [
                {"id": uuid4(), "checked_at": at, "holds": holds, "totals": {}, "differences": []}
                for at, holds in ((BEGAN, True), (BEGAN + timedelta(minutes=15), False))
            ],
        )

    data = (await api.client.get("/api/v1/registry/conservation")).json()["data"]

    assert data["lastCheck"] == {"checkedAt": "2026-01-15T10:45:00Z", "holds": False}


async def test_stats_are_totals(api: Api, project: IssuedProject) -> None:
    data = (await api.client.get("/api/v1/registry/stats")).json()["data"]

    assert data == {
        "projects": 1,
        "projectsVerified": 1,
        "retirements": 1,
        "retirementsOnChain": 1,
        "issued": "5000.00",
        "active": "4750.00",
        "retired": "250.00",
        "cancelled": "0.00",
        "reserved": "0.00",
        "suspended": "0.00",
        "buffer": "0.00",
    }


async def test_who_has_the_same_bytes_is_answered_with_304(
    api: Api, project: IssuedProject
) -> None:
    addresses = await public_addresses(api, project)

    assert addresses
    for address in addresses:
        first = await api.client.get(address)
        tag = first.headers["ETag"]

        again = await api.client.get(address, headers={"If-None-Match": f'"x", W/{tag}'})
        other = await api.client.get(address, headers={"If-None-Match": '"x"'})

        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == tag
        assert (other.status_code, other.content) == (200, first.content)
        assert first.headers["Cache-Control"].startswith("public")


async def test_large_answers_are_compressed_for_those_who_take_it(
    api: Api, project: IssuedProject
) -> None:
    address = f"/api/v1/registry/projects/{project.id}"

    plain = await api.client.get(address, headers={"Accept-Encoding": "identity"})
    async with api.client.stream("GET", address, headers={"Accept-Encoding": "gzip"}) as packed:
        raw = b"".join([chunk async for chunk in packed.aiter_raw()])

    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(raw) < len(plain.content)
    assert gzip.decompress(raw) == plain.content


@pytest.mark.parametrize(
    ("path", "noun"),
    [
        (f"/projects/{NOBODYS_ID}", "project"),
        ("/credits/KRB-2024-999-000001", "credit entry"),
        (f"/retirements/{NOBODYS_ID}", "retirement"),
        (f"/retirements/{NOBODYS_ID}/certificate.json", "retirement"),
        (f"/retirements/{NOBODYS_ID}/certificate.pdf", "retirement"),
    ],
)
async def test_what_is_not_there_is_404(unchanging_api: Api, path: str, noun: str) -> None:
    answer = await unchanging_api.client.get(f"/api/v1/registry{path}")

    assert answer.status_code == 404
    assert told(answer) == [("NOT_FOUND", None, f"There is no such {noun}.")]


async def test_private_answers_are_nobodys_to_keep(unchanging_api: Api) -> None:
    headers = await unchanging_api.signed_in(DEVELOPER)

    answers: list[httpx.Response] = [
        await unchanging_api.client.get(f"/api/v1{path}", headers=headers)
        for path in ("/me", "/projects", "/credits", f"/projects/{uuid4()}")
    ]

    assert {answer.headers["Cache-Control"] for answer in answers} == {"no-store"}


async def test_quantities_are_texts_and_coordinates_are_the_numbers_that_were_sent(
    api: Api, project: IssuedProject
) -> None:
    answer = await api.client.get(f"/api/v1/registry/projects/{project.id}")

    data: dict[str, Any] = json.loads(answer.content, parse_float=str)["data"]
    assert data["emissionsTarget"] == "5000.00"
    assert data["coordinates"] == {"latitude": "27.0238", "longitude": "74.2179"}
