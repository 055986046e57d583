"""Organisations: who acts for them, sees what is theirs, and does not any more after leaving."""

from typing import Any

import httpx
import pytest
from sqlalchemy import func, insert, select

from adapters.postgres.tables import account_messages, audit_logs, notifications, projects, users
from domain.accounts.roles import Account, Role
from tests.api.caller import Api, told
from tests.api.registry_rows import IssuedProject, RegistryRows
from tests.factories import (
    ADMINISTRATOR,
    BUYER,
    DEVELOPER,
    OTHER_BUYER,
    OTHER_DEVELOPER,
    VERIFIER,
    project,
)

ORGANISATION = "/me/organisation"


async def call(
    api: Api, account: Account, method: str, path: str, body: Any = None
) -> httpx.Response:
    headers = await api.signed_in(account)
    return await api.client.request(method, f"/api/v1{path}", json=body, headers=headers)


def email_of(account: Account) -> str:
    return f"{account.id}@people.example"


async def invited(api: Api, owner: Account, other: Account, role: str = "member") -> str:
    body = {"email": email_of(other), "name": "Somebody", "role": role}
    sent = await call(api, owner, "POST", f"{ORGANISATION}/invitations", body)
    assert sent.status_code == 201, sent.text
    received = await call(api, other, "GET", "/me/invitations")
    invitation: str = received.json()["data"][-1]["id"]
    return invitation


async def joined(api: Api, owner: Account, other: Account, role: str = "member") -> None:
    invitation = await invited(api, owner, other, role)
    answer = await call(api, other, "POST", f"/me/invitations/{invitation}/accept")
    assert answer.status_code == 200, answer.text


@pytest.fixture
async def issued(api: Api) -> tuple[IssuedProject, Account]:
    """A verified project with credits, and its supplier."""
    made = await RegistryRows(api.engine).project()
    return made, Account(made.supplier_id, Role.DEVELOPER, email_verified=True)


async def test_each_account_begins_with_an_organisation_of_its_own(api: Api) -> None:
    found = [
        (await call(api, person, "GET", ORGANISATION)).json()["data"]
        for person in (DEVELOPER, BUYER, VERIFIER, ADMINISTRATOR)
    ]

    assert [(one["kind"], one["legalName"], one["myRole"]) for one in found] == [
        ("developer", "Developer & Co.", "owner"),
        ("buyer", "Buyer & Co.", "owner"),
        ("verification_body", "Verifier & Co.", "owner"),
        ("registry", "Administrator & Co.", "owner"),
    ]


async def test_members_see_what_is_the_organisations_and_who_left_does_not(
    api: Api, issued: tuple[IssuedProject, Account]
) -> None:
    made, owner = issued
    serial = made.serial(1)
    paths = [f"/projects/{made.id}", f"/credits/{serial}"]

    async def seen(path: str) -> int:
        return (await call(api, OTHER_BUYER, "GET", path)).status_code

    await call(api, owner, "PATCH", ORGANISATION, {"registrationNumber": "U1"})
    before = [await seen(path) for path in paths]
    body = {"email": (await _email(api, OTHER_BUYER)), "name": "A colleague"}
    await call(api, owner, "POST", f"{ORGANISATION}/invitations", body)
    invitation = (await call(api, OTHER_BUYER, "GET", "/me/invitations")).json()["data"][0]["id"]
    waiting = [await seen(path) for path in paths]
    await call(api, OTHER_BUYER, "POST", f"/me/invitations/{invitation}/accept")
    acting = [await seen(path) for path in paths]
    removed = await call(api, owner, "DELETE", f"{ORGANISATION}/members/{OTHER_BUYER.id}")
    after = [await seen(path) for path in paths]

    assert (before, waiting, acting, removed.status_code, after) == (
        [404, 404],
        [404, 404],
        [200, 200],
        204,
        [404, 404],
    )
    own = (await call(api, OTHER_BUYER, "GET", ORGANISATION)).json()["data"]
    assert own["legalName"] == "Buyer & Co."


async def _email(api: Api, account: Account) -> str:
    async with api.engine.connect() as connection:
        found = await connection.execute(select(users.c.email).where(users.c.id == account.id))
    return str(found.scalar_one())


async def test_who_founded_it_leaves_it_to_another_owner_and_sees_it_no_more(
    api: Api, issued: tuple[IssuedProject, Account]
) -> None:
    made, founder = issued
    leave = f"{ORGANISATION}/members/{founder.id}"
    stays = await call(api, founder, "DELETE", leave)
    await joined(api, founder, OTHER_DEVELOPER, "owner")
    left = await call(api, founder, "DELETE", leave)

    assert told(stays) == [
        ("CONFLICT", None, "You act for yourself alone; there is nobody to leave.")
    ]
    assert left.status_code == 204, left.text
    found = [
        (await call(api, person, "GET", f"/projects/{made.id}")).status_code
        for person in (founder, OTHER_DEVELOPER)
    ]
    assert found == [404, 200]
    assert (await call(api, founder, "GET", ORGANISATION)).status_code == 404
    refused = await call(api, founder, "POST", "/projects", PROJECT_SENT)
    assert told(refused) == [
        (
            "AUTHORIZATION_ERROR",
            None,
            "You act for no organisation; ask the owner of one to invite you.",
        )
    ]


PROJECT_SENT = {
    "title": "Kilns",
    "type": "biochar",
    "description": "Kilns.",
    "location": "Rajasthan",
    "country": "IN",
    "coordinates": {"latitude": 27.0, "longitude": 74.2},
    "emissionsTarget": "10.00",
    "startDate": "2025-01-01",
}


async def test_the_last_owner_of_projects_joins_nobody_else(api: Api) -> None:
    async with api.engine.begin() as connection:
        at = func.now()
        await connection.execute(
            insert(projects).values(
                id=project().id, developer_id=OTHER_DEVELOPER.id, title="Kilns", type="biochar",
                description="", location="Here", country="IND", latitude="1.0", longitude="1.0",
                emissions_target_units=100, start_date=project().start_date, status="pending",
                created_at=at, updated_at=at,
            )
        )  # fmt: skip
    invitation = await invited(api, DEVELOPER, OTHER_DEVELOPER)
    answer = await call(api, OTHER_DEVELOPER, "POST", f"/me/invitations/{invitation}/accept")

    assert (answer.status_code, told(answer)[0][0]) == (409, "CONFLICT")
    # Nothing of it happened: the invitation still waits.
    assert len((await call(api, OTHER_DEVELOPER, "GET", "/me/invitations")).json()["data"]) == 1


async def test_an_invitation_is_answered_once_by_whom_it_names(api: Api) -> None:
    invitation = await invited(api, BUYER, OTHER_BUYER)
    strangers = await call(api, DEVELOPER, "POST", f"/me/invitations/{invitation}/accept")
    declined = await call(api, OTHER_BUYER, "POST", f"/me/invitations/{invitation}/decline")
    again = await call(api, OTHER_BUYER, "POST", f"/me/invitations/{invitation}/accept")
    withdrawn = await invited(api, BUYER, OTHER_BUYER)
    await call(api, BUYER, "DELETE", f"{ORGANISATION}/invitations/{withdrawn}")
    late = await call(api, OTHER_BUYER, "POST", f"/me/invitations/{withdrawn}/accept")

    assert [one.status_code for one in (strangers, declined, again, late)] == [404, 204, 409, 409]


async def test_the_answer_does_not_tell_whether_an_e_mail_has_an_account(api: Api) -> None:
    answers = [
        (
            await call(
                api,
                BUYER,
                "POST",
                f"{ORGANISATION}/invitations",
                {"email": email, "name": "Somebody"},
            )
        ).json()["data"]["invitations"][-1]
        for email in (email_of(OTHER_BUYER), "nobody@elsewhere.example")
    ]

    assert [set(answer) for answer in answers] == [
        {"id", "email", "role", "createdAt", "expiresAt"}
    ] * 2
    async with api.engine.connect() as connection:
        mails = (await connection.execute(select(account_messages.c.kind))).scalars().all()
        notices = (await connection.execute(select(notifications.c.kind))).scalars().all()
        logged = (await connection.execute(select(audit_logs.c.event_type))).scalars().all()
    assert (mails, notices) == (["invitation"], ["organisation_invitation"] * 2)
    assert logged.count("organisation.member_invited") == 2


async def test_members_say_nothing_about_who_acts_for_the_organisation(api: Api) -> None:
    await joined(api, BUYER, OTHER_BUYER)
    body = {"email": "somebody@else.example", "name": "Somebody"}
    answers = [
        await call(api, OTHER_BUYER, "POST", f"{ORGANISATION}/invitations", body),
        await call(api, OTHER_BUYER, "DELETE", f"{ORGANISATION}/members/{BUYER.id}"),
        await call(
            api, OTHER_BUYER, "PATCH", f"{ORGANISATION}/members/{OTHER_BUYER.id}", {"role": "owner"}
        ),
        await call(api, OTHER_BUYER, "PATCH", ORGANISATION, {"legalName": "Mine Ltd"}),
        await call(api, OTHER_BUYER, "PATCH", "/me", {"company": "Mine Ltd"}),
    ]

    assert [answer.status_code for answer in answers] == [403] * 5
    seen = (await call(api, OTHER_BUYER, "GET", ORGANISATION)).json()["data"]
    assert (seen["myRole"], len(seen["members"]), seen["invitations"]) == ("member", 2, None)


async def test_a_legal_name_that_is_public_stays(
    api: Api, issued: tuple[IssuedProject, Account]
) -> None:
    made, owner = issued
    refused = await call(api, owner, "PATCH", ORGANISATION, {"legalName": "Another Ltd"})
    public = await api.client.get(f"/api/v1/registry/projects/{made.id}")
    changed = await call(
        api, BUYER, "PATCH", ORGANISATION, {"legalName": "李 雷 Ltd", "country": "cn"}
    )

    assert (refused.status_code, public.json()["data"]["developer"]) == (409, "Satyapura Producers")
    assert [changed.json()["data"][name] for name in ("legalName", "country")] == [
        "李 雷 Ltd",
        "CHN",
    ]
    assert (await call(api, BUYER, "GET", "/me")).json()["data"]["company"] == "李 雷 Ltd"
