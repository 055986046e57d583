"""Verification bodies for staff: accreditation, verifiers and their load; and declared interests."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from adapters.postgres.database import PostgresDatabase
from adapters.postgres.tables import notifications, outbox_events
from tests.api.caller import Api, told
from tests.api.rest.organisations.test_organisations import call
from tests.factories import (
    ADMINISTRATOR,
    BUYER,
    DEVELOPER,
    OTHER_VERIFIER,
    VERIFIER,
    in_review,
    project,
)

BODIES = "/verification-bodies"
ACCREDITATION = {
    "scheme": "ISO 14065, ANAB",
    "number": "VB-0417",
    "validFrom": "2020-01-01",
    "validUntil": "2098-12-31",
}
SENT = {
    "legalName": "350Solutions",
    "country": "US",
    "scope": ["soil_carbon", "biochar"],
    "accreditation": ACCREDITATION,
}


async def added(api: Api, **changes: Any) -> dict[str, Any]:
    answer = await call(api, ADMINISTRATOR, "POST", BODIES, SENT | changes)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()["data"]
    return body


async def test_staff_record_a_body_give_it_verifiers_and_find_them(api: Api) -> None:
    body = await added(api)
    path = f"{BODIES}/{body['id']}"
    joined = await call(
        api, ADMINISTRATOR, "POST", f"{path}/verifiers", {"userId": str(VERIFIER.id)}
    )
    listed = (await call(api, ADMINISTRATOR, "GET", BODIES)).json()["data"]
    found = (await call(api, ADMINISTRATOR, "GET", "/users?role=verifier")).json()["data"]

    assert (body["scope"], body["accreditation"]["valid"]) == (["biochar", "soil_carbon"], True)
    assert [one["userId"] for one in joined.json()["data"]["verifiers"]] == [str(VERIFIER.id)]
    assert next(one for one in listed if one["id"] == body["id"]) == joined.json()["data"]
    load = {UUID(one["id"]): one["load"] for one in found}
    assert load[VERIFIER.id] == {
        "verificationBodyId": body["id"],
        "openVerifications": 0,
        "overdueVerifications": 0,
        "decidedInAYear": 0,
    }
    assert load[OTHER_VERIFIER.id]["verificationBodyId"] != body["id"]


async def test_an_accreditation_is_renewed_by_scheme_and_number(api: Api) -> None:
    path = f"{BODIES}/{(await added(api))['id']}"
    renewed = {
        "scope": ["biochar"],
        "accreditation": ACCREDITATION | {"validUntil": "2020-02-01"},
    }
    ended = (await call(api, ADMINISTRATOR, "PATCH", path, renewed)).json()["data"]
    beside = renewed | {"accreditation": ACCREDITATION | {"number": "VB-0418"}}
    both = (await call(api, ADMINISTRATOR, "PATCH", path, beside)).json()["data"]

    assert (ended["scope"], ended["accreditation"], len(ended["accreditations"])) == ([], None, 1)
    assert (both["scope"], both["accreditation"]["number"]) == (["biochar"], "VB-0418")


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"legalName": "", "country": "ZZZ"}, {"/legalName", "/country"}),
        ({"scope": None}, {None}),
        ({"scope": ["perpetual_motion"]}, {"/scope/0"}),
        (
            {"accreditation": ACCREDITATION | {"validUntil": "2019-12-31"}},
            {"/accreditation/validUntil"},
        ),
        (
            {"accreditation": ACCREDITATION | {"evidenceUrl": "javascript:alert(1)"}},
            {"/accreditation/evidenceUrl"},
        ),
        (
            {"accreditation": ACCREDITATION | {"validFrom": "31.12.2020"}},
            {"/accreditation/validFrom"},
        ),
    ],
)
async def test_what_is_wrong_with_a_body_is_said_at_once(
    api: Api, changes: dict[str, Any], places: set[str | None]
) -> None:
    answer = await call(api, ADMINISTRATOR, "POST", BODIES, SENT | changes)

    assert answer.status_code == 400
    assert {place for _, place, _ in told(answer)} - {""} == places - {None}


async def test_bodies_are_kept_by_staff_and_verified_for_by_verifiers(api: Api) -> None:
    path = f"{BODIES}/{(await added(api))['id']}"
    others = [
        await call(api, person, method, where, body)
        for person in (DEVELOPER, VERIFIER)
        for method, where, body in (
            ("GET", BODIES, None),
            ("POST", BODIES, SENT),
            ("PATCH", path, {"country": "US"}),
            ("POST", f"{path}/verifiers", {"userId": str(VERIFIER.id)}),
        )
    ]
    buyer = await call(api, ADMINISTRATOR, "POST", f"{path}/verifiers", {"userId": str(BUYER.id)})

    assert {answer.status_code for answer in others} == {403}
    assert told(buyer) == [("VALIDATION_ERROR", "/userId", "That is no account of a verifier.")]


@pytest.fixture
async def reviewed(api: Api) -> str:
    """The path of a verification that is with VERIFIER."""
    under_way = in_review()
    async with PostgresDatabase(api.engine).transaction() as work:
        await work.projects.projects.add(project())
        await work.projects.verifications.add(under_way)
    return f"/verifications/{under_way.id}/conflict-of-interest"


async def test_the_load_counts_what_is_open_and_what_is_late(api: Api, reviewed: str) -> None:
    assert reviewed
    found = (await call(api, ADMINISTRATOR, "GET", "/users")).json()["data"]

    load = {UUID(one["id"]): one["load"] for one in found}
    counts = [load[one.id]["openVerifications"] for one in (VERIFIER, OTHER_VERIFIER)]
    # It was assigned months ago (tests/factories.py).
    late = [load[one.id]["overdueVerifications"] for one in (VERIFIER, OTHER_VERIFIER)]
    assert (counts, late, load[DEVELOPER.id]) == ([1, 0], [1, 0], None)


async def test_a_conflict_that_was_declared_stays_and_staff_are_told(
    api: Api, reviewed: str
) -> None:
    wordless = await call(api, VERIFIER, "POST", reviewed, {"declared": "present"})
    declared = await call(
        api, VERIFIER, "POST", reviewed, {"declared": "present", "words": "My sister's farm."}
    )
    taken_back = await call(api, VERIFIER, "POST", reviewed, {"declared": "none"})
    read = [await call(api, person, "GET", reviewed) for person in (VERIFIER, ADMINISTRATOR)]
    others = [await call(api, person, "GET", reviewed) for person in (DEVELOPER, OTHER_VERIFIER)]

    assert [one.status_code for one in (wordless, declared, taken_back)] == [400, 201, 409]
    assert [one.json()["data"][0]["words"] for one in read] == ["My sister's farm."] * 2
    assert [one.status_code for one in others] == [403, 404]
    async with api.engine.connect() as connection:
        told_staff = (await connection.execute(select(notifications.c.kind))).scalars().all()
        events = (await connection.execute(select(outbox_events.c.payload))).scalars().all()
    assert told_staff == ["conflict_declared"] * 2
    assert [event["declared"] for event in events] == ["present"]
    assert "sister" not in str(events)


async def test_a_suppliers_note_is_refused_with_a_sentence_about_notes(
    api: Api, reviewed: str
) -> None:
    path = reviewed.replace("conflict-of-interest", "events")
    answer = await call(api, DEVELOPER, "POST", path, {"eventType": "note", "message": "But …"})

    assert told(answer) == [
        (
            "AUTHORIZATION_ERROR",
            None,
            "Your role (developer) may not add notes and site visits to a verification.",
        )
    ]
