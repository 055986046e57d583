"""
Cancelling, the buffer, reversals and retirements of several entries, as far as the API alone goes.

Temporal is away here: a body that gets through is answered 503, and a faulty one changes nothing.
"""

from datetime import UTC, datetime
from itertools import product
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import insert, text
from sqlalchemy.dialects.postgresql import Range

from adapters.postgres import tables
from adapters.postgres.credits.reads import reversals as reads_reversals
from domain.accounts.roles import REGISTRY_ACCOUNT_ID, Account, Role
from tests.api.bodies import RETIREMENT
from tests.api.caller import Api, told
from tests.api.registry_rows import IssuedProject, RegistryRows
from tests.databases import changed_tables, snapshot
from tests.factories import ADMINISTRATOR, BUYER, DEVELOPER, VERIFIER, account
from tests.issuance_guards import issuing_without_approvals

STATEMENT = {name: value for name, value in RETIREMENT.items() if name != "quantity"}
REVERSAL: dict[str, Any] = {
    "quantity": "10.00",
    "vintage": 2024,
    "cause": "A fire.",
    "avoidable": False,
}

FAULTY_STAFF_ACTIONS: dict[str, tuple[str, dict[str, Any], list[tuple[str, str]]]] = {
    f"{action}: {case}": (path, body, faults)
    for action, path in (
        ("cancel", "/credits/{serial}/cancel"),
        ("release", "/buffer/{serial}/release"),
    )
    for case, body, faults in (
        (
            "nothing",
            {},
            [("/quantity", "Quantity is required"), ("/reason", "Reason is required")],
        ),
        (
            "no quantity to speak of",
            {"quantity": "0.00", "reason": "Twice."},
            [("/quantity", "Quantity must be a positive number")],
        ),
        (
            "negative",
            {"quantity": "-1", "reason": "Twice."},
            [("/quantity", "Quantity must be a positive number")],
        ),
        (
            "three decimals",
            {"quantity": "0.001", "reason": "Twice."},
            [("/quantity", "Quantity must not have more than two decimals")],
        ),
        (
            "an empty reason",
            {"quantity": "1.00", "reason": "  "},
            [("/reason", "Reason must not be empty")],
        ),
        (
            "a reason too long",
            {"quantity": "1.00", "reason": "x" * 2001},
            [("/reason", "Reason must not be longer than 2000 characters")],
        ),
    )
}


@pytest.mark.parametrize("case", FAULTY_STAFF_ACTIONS)
async def test_a_faulty_cancellation_or_release_is_refused_field_by_field(
    unchanging_api: Api, issued_project: IssuedProject, case: str
) -> None:
    path, body, faults = FAULTY_STAFF_ACTIONS[case]
    headers = await unchanging_api.signed_in(ADMINISTRATOR)
    before = await snapshot(unchanging_api.engine)

    address = "/api/v1" + path.format(serial=issued_project.serial(1))
    answer = await unchanging_api.client.post(address, json=body, headers=headers)

    assert answer.status_code == 400
    assert told(answer) == [("VALIDATION_ERROR", place, sentence) for place, sentence in faults]
    assert await snapshot(unchanging_api.engine) == before


FAULTY_REVERSALS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a quantity of zero": ({"quantity": "0"}, ["/quantity"]),
    "three decimals": ({"quantity": "1.005"}, ["/quantity"]),
    "no cause": ({"cause": ""}, ["/cause"]),
    "a cause that is null": ({"cause": None}, ["/cause"]),
    "avoidable in words": ({"avoidable": "no"}, ["/avoidable"]),
    "a vintage before there were any": ({"vintage": 1889}, ["/vintage"]),
    "a vintage in words": ({"vintage": "2024"}, ["/vintage"]),
    "a vintage that is true": ({"vintage": True}, ["/vintage"]),
    "an unknown field": ({"covered": "all"}, ["/covered"]),
    "several faults": ({"quantity": "x", "cause": " "}, ["/quantity", "/cause"]),
}


@pytest.mark.parametrize("case", FAULTY_REVERSALS)
async def test_a_faulty_reversal_is_refused_field_by_field(
    unchanging_api: Api, issued_project: IssuedProject, case: str
) -> None:
    changes, places = FAULTY_REVERSALS[case]
    headers = await unchanging_api.signed_in(ADMINISTRATOR)
    before = await snapshot(unchanging_api.engine)

    answer = await unchanging_api.client.post(
        f"/api/v1/projects/{issued_project.id}/reversals", json=REVERSAL | changes, headers=headers
    )

    assert answer.status_code == 400
    assert sorted(str(place) for _, place, _ in told(answer)) == sorted(places)
    assert await snapshot(unchanging_api.engine) == before


def line(serial: str, quantity: Any = "1.00") -> dict[str, Any]:
    return {"serial": serial, "quantity": quantity}


S1, S2 = "KRB-2024-001-000001", "KRB-2024-001-000002"
FAULTY_LINES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "no lines": ({}, ["/lines"]),
    "an empty list": ({"lines": []}, ["/lines"]),
    "not a list": ({"lines": line(S1)}, ["/lines"]),
    "too many": ({"lines": [line(f"KRB-2024-001-{n:06d}") for n in range(1, 22)]}, ["/lines"]),
    "one entry twice": ({"lines": [line(S1), line(S2), line(S1)]}, ["/lines/2/serial"]),
    "one entry three times": (
        {"lines": [line(S1), line(S1), line(S1)]},
        ["/lines/1/serial", "/lines/2/serial"],
    ),
    "a serial of another shape": ({"lines": [line("KRB-1")]}, ["/lines/0/serial"]),
    "each line with its fault": (
        {"lines": [line(S1, "0"), line(S2, "1.001")]},
        ["/lines/0/quantity", "/lines/1/quantity"],
    ),
    "neither beneficiary nor undisclosed": (
        {"lines": [line(S1)], "beneficiary": {}},
        ["/beneficiary/name", "/beneficiary/country"],
    ),
}


@pytest.mark.parametrize("case", FAULTY_LINES)
async def test_a_faulty_retirement_of_several_is_refused_by_line(
    unchanging_api: Api, issued_project: IssuedProject, case: str
) -> None:
    changes, places = FAULTY_LINES[case]
    headers = await unchanging_api.signed_in(holder_of(issued_project))
    before = await snapshot(unchanging_api.engine)

    answer = await unchanging_api.client.post(
        "/api/v1/retirements", json=STATEMENT | changes, headers=headers
    )

    assert answer.status_code == 400
    assert sorted(str(place) for _, place, _ in told(answer)) == sorted(places)
    assert await snapshot(unchanging_api.engine) == before


async def test_every_line_that_one_may_not_see_is_named(
    unchanging_api: Api, issued_project: IssuedProject
) -> None:
    headers = await unchanging_api.signed_in(holder_of(issued_project))
    seen, unknown = issued_project.serial(1), "KRB-2024-999-000001"

    answer = await unchanging_api.client.post(
        "/api/v1/retirements", json=STATEMENT | {"lines": [line(seen), line(unknown)]}, headers=headers
    )  # fmt: skip

    assert answer.status_code == 404
    assert told(answer) == [
        ("NOT_FOUND", "/lines/1/serial", "There is no credit entry KRB-2024-999-000001.")
    ]


async def test_one_entry_and_a_list_of_one_are_refused_alike(api: Api) -> None:
    """The list's fault points at its line; the entry of a path is in no body to point at."""
    rows = RegistryRows(api.engine)
    project = await rows.project()
    await rows.retirement(project)
    headers = await api.signed_in(holder_of(project))
    superseded, unknown = project.serial(1), "KRB-2024-999-000001"
    lives_on = (
        f"{superseded} is split; its units live on as {project.serial(2)}, {project.serial(3)}."
    )
    before = await snapshot(api.engine)

    answers = {}
    for serial in (superseded, unknown):
        alone = await api.client.post(
            f"/api/v1/credits/{serial}/retire", json=RETIREMENT, headers=headers
        )
        listed = await api.client.post(
            "/api/v1/retirements", json=STATEMENT | {"lines": [line(serial)]}, headers=headers
        )
        answers[serial] = [*told(alone), *told(listed)]

    assert answers == {
        superseded: [("CONFLICT", None, lives_on), ("CONFLICT", "/lines/0/serial", lives_on)],
        unknown: [
            ("NOT_FOUND", None, "There is no such credit entry."),
            ("NOT_FOUND", "/lines/0/serial", f"There is no credit entry {unknown}."),
        ],
    }
    assert await snapshot(api.engine) == before


@pytest.mark.parametrize("person", [DEVELOPER, VERIFIER, BUYER])
async def test_only_staff_cancel_release_reverse_and_see_the_buffer(
    unchanging_api: Api, issued_project: IssuedProject, person: Account
) -> None:
    headers = await unchanging_api.signed_in(person)
    owner = await unchanging_api.signed_in(holder_of(issued_project))
    before = await snapshot(unchanging_api.engine)
    act = {"quantity": "1.00", "reason": "Twice."}
    calls: list[tuple[str, dict[str, Any]]] = [
        (f"/credits/{issued_project.serial(1)}/cancel", act),
        (f"/buffer/{issued_project.serial(1)}/release", act),
        (f"/projects/{issued_project.id}/reversals", REVERSAL),
    ]

    statuses = []
    for path, body in calls:
        for who in (headers, owner):
            answer = await unchanging_api.client.post(f"/api/v1{path}", json=body, headers=who)
            statuses.append(answer.status_code)
    seen = await unchanging_api.client.get("/api/v1/buffer", headers=headers)

    # Others do not see the entry or project; its owner does, and may not.
    assert statuses == [404, 403] * 3
    assert seen.status_code == 403
    # That somebody was refused is noted, and nothing else.
    assert changed_tables(before, await snapshot(unchanging_api.engine)) <= {"audit_queue"}


async def test_nobody_without_an_account_acts_on_the_ledger(unchanging_api: Api) -> None:
    for path in (
        f"/credits/{S1}/cancel",
        f"/buffer/{S1}/release",
        f"/projects/{uuid4()}/reversals",
        "/retirements",
    ):
        assert (await unchanging_api.client.post(f"/api/v1{path}", json={})).status_code == 401


async def test_the_buffer_lists_its_entries_for_staff(api: Api) -> None:
    project = await RegistryRows(api.engine).project()
    await add_buffer(api, project)

    answer = await api.client.get("/api/v1/buffer", headers=await api.signed_in(ADMINISTRATOR))

    (entry,) = answer.json()["data"]
    assert (entry["serial"], entry["quantity"], entry["status"]) == (
        "KRB-2024-001-000009",
        "10.00",
        "buffer",
    )


async def test_a_reversal_is_public_and_the_retirement_it_touches_says_so(api: Api) -> None:
    rows = RegistryRows(api.engine)
    project = await rows.project()
    retirement_id = await rows.retirement(project)
    reversal_id = await add_reversal(api, project, retirement_id)

    (listed,) = (await api.client.get("/api/v1/registry/reversals")).json()["data"]
    alone = (await api.client.get(f"/api/v1/registry/reversals/{reversal_id}")).json()["data"]
    retirement = await api.client.get(f"/api/v1/registry/retirements/{retirement_id}")
    page = await api.client.get(f"/retirements/{retirement_id}")

    assert listed == alone
    assert alone["certificates"] == [
        {
            "retirementId": str(retirement_id),
            "touchedQuantity": "15.00",
            "coveredQuantity": "10.00",
            "coveredBy": [{"first": 900_001, "last": 901_000}],
        }
    ]
    (touch,) = retirement.json()["data"]["reversals"]
    assert (touch["reversalId"], touch["touchedQuantity"], touch["coveredQuantity"]) == (
        str(reversal_id),
        "15.00",
        "10.00",
    )
    assert "Reversed since" in page.text
    assert "A fire." in page.text
    # The helper wrote down no cancellation at all, so that nothing came of the buffer.
    assert (touch["bufferQuantity"], touch["obligationStatus"]) == ("0.00", "open")
    assert "the buffer was empty" in page.text
    assert "the buffer was used up" not in page.text
    obligation = await api.client.get(f"/api/v1/registry/reversals/{reversal_id}/obligation")
    assert obligation.json()["data"] == alone["obligation"]
    assert (alone["obligation"]["owedQuantity"], alone["obligation"]["dueAt"]) == (
        "20.00",
        "2026-05-01T00:00:00Z",
    )
    of_project = await api.client.get(f"/api/v1/registry/projects/{project.id}")
    assert of_project.json()["data"]["obligations"] == [alone["obligation"]]
    for address in (f"/projects/{project.id}", f"/credits/{project.serial(1)}"):
        assert "not yet made good" in (await api.client.get(address)).text


FAULTY: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "a replacement of nothing": (
        "/reversals/{id}/replacements",
        {},
        ["/serial", "/quantity", "/reason"],
    ),
    "a replacement of less than a unit": (
        "/reversals/{id}/replacements",
        {"serial": "KRB-2024-001-000001", "quantity": "0.001", "reason": "Kilns."},
        ["/quantity"],
    ),
    "giving up without a word": ("/reversals/{id}/cancel-suspended", {"reason": " "}, ["/reason"]),
    "a share of everything": (
        "/projects/{id}/buffer-share",
        {"reversalRisk": "low", "percent": "60.01", "reason": "Fires."},
        ["/percent"],
    ),
    "a share of three decimals, for an unknown risk": (
        "/projects/{id}/buffer-share",
        {"reversalRisk": "none", "percent": "1.005", "reason": "Fires."},
        ["/reversalRisk", "/percent"],
    ),
}


@pytest.mark.parametrize("case", FAULTY)
async def test_a_faulty_replacement_or_share_is_refused_field_by_field(
    unchanging_api: Api, case: str
) -> None:
    path, body, pointers = FAULTY[case]
    headers = await unchanging_api.signed_in(ADMINISTRATOR)

    answer = await unchanging_api.client.post(
        "/api/v1" + path.format(id=uuid4()), json=body, headers=headers
    )

    assert answer.status_code == 400
    assert {place for _, place, _ in told(answer)} == set(pointers)


async def test_only_staff_give_up_or_set_a_share_and_an_approved_project_keeps_its_own(
    api: Api,
) -> None:
    project = await RegistryRows(api.engine).project()
    reversal_id = await add_reversal(api, project)
    share = {"reversalRisk": "low", "reason": "Fires."}
    asked = (
        (DEVELOPER, f"/reversals/{reversal_id}/cancel-suspended", {"reason": "Enough."}, 403),
        # Somebody else's project is hidden from a supplier.
        (DEVELOPER, f"/projects/{project.id}/buffer-share", share, 404),
        (ADMINISTRATOR, f"/projects/{project.id}/buffer-share", share, 409),
        (ADMINISTRATOR, f"/reversals/{uuid4()}/cancel-suspended", {"reason": "Enough."}, 404),
    )

    answers = [
        (await api.client.post(f"/api/v1{path}", json=body, headers=await api.signed_in(who)))
        for who, path, body, _ in asked
    ]

    assert [answer.status_code for answer in answers] == [status for *_, status in asked]


async def test_a_reversal_shows_its_first_certificates_and_lists_all_of_them(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reads_reversals, "SHOWN_MAX", 1)
    rows = RegistryRows(api.engine)
    projects = [await rows.project() for _ in range(3)]
    retired = [str(await rows.retirement(project)) for project in projects]
    reversal_id = await add_reversal(api, projects[0], *retired)
    address = f"/api/v1/registry/reversals/{reversal_id}"

    (listed,) = (await api.client.get("/api/v1/registry/reversals")).json()["data"]
    first = (await api.client.get(f"{address}/certificates?limit=2")).json()
    rest = (await api.client.get(first["links"]["next"])).json()

    everything = first["data"] + rest["data"]
    assert (listed["certificates"], listed["certificatesTotal"]) == (everything[:1], 3)
    assert (len(first["data"]), rest["meta"]["nextCursor"]) == (2, None)
    assert sorted(certificate["retirementId"] for certificate in everything) == sorted(retired)
    assert {
        (certificate["touchedQuantity"], certificate["coveredQuantity"])
        for certificate in everything
    } == {("15.00", "10.00")}


async def test_an_unknown_reversal_is_not_found(unchanging_api: Api) -> None:
    address = f"/api/v1/registry/reversals/{uuid4()}"

    answers = [await unchanging_api.client.get(address + of) for of in ("", "/certificates")]

    assert [answer.status_code for answer in answers] == [404, 404]


async def test_the_rules_of_the_ledger_are_a_page(unchanging_api: Api) -> None:
    page = await unchanging_api.client.get("/ledger")

    assert page.status_code == 200
    for status in ("Active", "Buffer", "Transferred", "Split", "Retired", "Cancelled"):
        assert status in page.text


def holder_of(project: IssuedProject) -> Account:
    return account("holder", Role.DEVELOPER, id=project.supplier_id)


async def add_buffer(api: Api, project: IssuedProject) -> None:
    """Beside what was approved and issued in full."""
    entry_id, at = uuid4(), datetime(2026, 1, 20, tzinfo=UTC)
    async with issuing_without_approvals(api.engine), api.engine.begin() as connection:
        await connection.execute(
            insert(tables.credit_entries).values(
                id=entry_id, serial=project.serial(9), project_id=project.id,
                owner_id=REGISTRY_ACCOUNT_ID, units=Range(900_001, 901_001),
                vintage=2024, status="buffer", issued_at=at, last_action_at=at,
            )
        )  # fmt: skip
        await connection.execute(
            insert(tables.credit_transactions).values(
                id=uuid4(), type="buffer_contribution", entry_id=entry_id, result_entry_id=entry_id,
                recipient_id=REGISTRY_ACCOUNT_ID, units=Range(900_001, 901_001),
                status="completed", created_at=at, completed_at=at,
            )
        )  # fmt: skip


async def add_reversal(api: Api, project: IssuedProject, *retirement_ids: Any) -> Any:
    reversal_id, at = uuid4(), datetime(2026, 5, 1, tzinfo=UTC)
    async with api.engine.begin() as connection:
        # What a reversal cancels and suspends is not what these tests are about.
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        await connection.execute(
            insert(tables.reversals).values(
                id=reversal_id, project_id=project.id, vintage=2024, quantity_units=2_000,
                cause="A fire.", avoidable=False, recorded_by=ADMINISTRATOR.id, recorded_at=at,
            )
        )  # fmt: skip
        await connection.execute(
            insert(tables.obligations).values(
                reversal_id=reversal_id, quantity_units=2_000, due_at=at, status="open"
            )
        )
        for (touched_units, units), retirement_id in product(
            ((1_000, Range(900_001, 901_001)), (500, None)), retirement_ids
        ):
            await connection.execute(
                insert(tables.reversal_coverings).values(
                    id=uuid4(), reversal_id=reversal_id, retirement_id=retirement_id,
                    touched_units=touched_units, units=units,
                )
            )  # fmt: skip
    return reversal_id
