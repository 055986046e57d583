"""Accounts in the hands of staff, and one's own profile and sessions, as JSON."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import ProgrammingError

from adapters.postgres.tables import account_acts, audit_logs, notifications, users
from domain.accounts.roles import Account, Role
from tests.api.caller import Api, told
from tests.api.mailbox import Mailbox, token_in
from tests.factories import (
    ADMINISTRATOR,
    BUYER,
    DEVELOPER,
    OTHER_ADMINISTRATOR,
    PEOPLE,
    VERIFIER,
)

INVITED = {"email": "Vera@Verifier.example", "name": "Vera O'Kafor", "role": "verifier"}
REASON = "Left 350Solutions on 28 February."


async def call(
    api: Api, account: Account, method: str, path: str, body: Any = None, **headers: str
) -> httpx.Response:
    signed = await api.signed_in(account)
    return await api.client.request(method, f"/api/v1{path}", json=body, headers=signed | headers)


async def test_staff_find_people_by_words_role_and_state(api: Api) -> None:
    await call(api, ADMINISTRATOR, "POST", "/users", INVITED)

    async def names(query: str) -> set[str]:
        answer = await call(api, ADMINISTRATOR, "GET", f"/users{query}")
        return {user["name"] for user in answer.json()["data"]}

    assert await names("?q=KAFOR%20vera") == {"Vera O'Kafor"}
    assert await names("?q=verifier.example") == {"Vera O'Kafor"}
    assert await names("?q=100%25") == set()
    assert await names("?role=verifier&status=active") == {"A verifier"}
    assert await names("?status=invited") == {"Vera O'Kafor"}
    first = (await call(api, ADMINISTRATOR, "GET", "/users?limit=2")).json()
    rest = await call(api, ADMINISTRATOR, "GET", first["links"]["next"].removeprefix("/api/v1"))
    pages = [user["id"] for part in (first, rest.json()) for user in part["data"]]
    everybody = (await call(api, ADMINISTRATOR, "GET", "/users")).json()["data"]
    assert pages == [user["id"] for user in everybody][:4]
    # The registry's own account is nobody's to manage.
    assert len(everybody) == len(PEOPLE) + 1


CALLS = [
    ("GET", "/users", None),
    ("POST", "/users", INVITED),
    ("GET", f"/users/{BUYER.id}", None),
    ("PATCH", f"/users/{BUYER.id}", {"locked": True, "reason": REASON}),
    ("POST", f"/users/{BUYER.id}/invitation", None),
]


@pytest.mark.parametrize("person", [DEVELOPER, VERIFIER, BUYER], ids=lambda one: one.role)
async def test_accounts_are_for_administrators(unchanging_api: Api, person: Account) -> None:
    for method, path, body in CALLS:
        refused = await call(unchanging_api, person, method, path, body)
        assert refused.status_code == 403, (method, path)
        anonymous = await unchanging_api.client.request(method, f"/api/v1{path}", json=body)
        assert anonymous.status_code == 401, (method, path)


async def test_an_invitation_is_good_once_and_a_new_one_makes_the_former_void(api: Api) -> None:
    mailbox = Mailbox(api)
    key = {"Idempotency-Key": str(uuid4())}
    invited = [await call(api, ADMINISTRATOR, "POST", "/users", INVITED, **key) for _ in range(2)]
    user = invited[0].json()["data"]
    first = await mailbox.token()
    again = await call(api, ADMINISTRATOR, "POST", f"/users/{user['id']}/invitation")
    second = await mailbox.token()

    async def choose(token: str) -> int:
        body = {"token": token, "password": "Kelp-forest-41!"}
        return (await api.client.post("/api/v1/auth/reset-password", json=body)).status_code

    answers = [await choose(token) for token in (first, second, second)]
    late = await call(api, ADMINISTRATOR, "POST", f"/users/{user['id']}/invitation")
    twice = await call(api, OTHER_ADMINISTRATOR, "POST", "/users", INVITED)

    assert [answer.status_code for answer in invited] == [201, 201]
    assert invited[0].content == invited[1].content
    assert (user["email"], user["status"]) == ("vera@verifier.example", "invited")
    assert again.json()["data"]["status"] == "invited"
    assert answers == [400, 204, 400]
    assert [late.status_code, twice.status_code] == [409, 409]
    assert told(twice)[0][1] == "/email"


async def test_locking_ends_sessions_at_once_and_leaves_its_reason_to_staff(api: Api) -> None:
    mailbox = Mailbox(api)
    theirs = await api.signed_in(BUYER)
    change = {"locked": True, "reason": REASON}
    locked = await call(api, ADMINISTRATOR, "PATCH", f"/users/{BUYER.id}", change)
    me = await api.client.get("/api/v1/me", headers=theirs)
    same = await call(api, ADMINISTRATOR, "PATCH", f"/users/{BUYER.id}", change)
    (mail,) = await mailbox.new()
    opened = await call(
        api, ADMINISTRATOR, "PATCH", f"/users/{BUYER.id}", {"locked": False, "reason": "Is back."}
    )

    assert (locked.json()["data"]["status"], me.status_code) == ("locked", 401)
    assert len(same.json()["data"]["acts"]) == 1
    assert mail.subject == "Your account is locked"
    assert REASON not in mail.text
    acts = opened.json()["data"]["acts"]
    assert [(act["act"], act["reason"]) for act in acts] == [
        ("unlocked", "Is back."),
        ("locked", REASON),
    ]
    async with api.engine.connect() as connection:
        entries = [str(row) for row in await connection.execute(select(audit_logs))]
    assert len(entries) == 2
    assert not [entry for entry in entries if REASON in entry]


async def test_a_role_counts_with_the_next_request(api: Api) -> None:
    theirs = await api.signed_in(BUYER)
    change = {"role": "administrator", "reason": "Joins the registry."}
    await call(api, ADMINISTRATOR, "PATCH", f"/users/{BUYER.id}", change)

    assert (await api.client.get("/api/v1/users", headers=theirs)).status_code == 200


@pytest.mark.parametrize("change", [{"locked": True}, {"role": "buyer"}], ids=str)
async def test_two_administrators_who_remove_each_other_leave_one(
    api: Api, change: dict[str, Any]
) -> None:
    both = (ADMINISTRATOR, OTHER_ADMINISTRATOR)
    oneself = await call(
        api, ADMINISTRATOR, "PATCH", f"/users/{ADMINISTRATOR.id}", change | {"reason": REASON}
    )
    answers = await asyncio.gather(
        *(
            call(api, one, "PATCH", f"/users/{other.id}", change | {"reason": REASON})
            for one, other in (both, both[::-1])
        )
    )

    assert oneself.status_code == 403
    statuses = sorted(answer.status_code for answer in answers)
    # The second one is refused: as the last one, or because its caller is nobody any more.
    assert statuses[0] == 200
    assert statuses[1] in {401, 403, 409}
    async with api.engine.connect() as connection:
        left = await connection.execute(
            select(users.c.id).where(
                users.c.role == Role.ADMINISTRATOR.value,
                users.c.locked_at.is_(None),
                users.c.id.in_([one.id for one in both]),
            )
        )
        assert len(left.all()) == 1


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"locked": True}, "/reason"),
        ({"locked": True, "reason": " "}, "/reason"),
        ({"reason": REASON}, ""),
        ({"role": "owner", "reason": REASON}, "/role"),
        ({"emailVerified": True, "role": "buyer", "reason": REASON}, "/emailVerified"),
    ],
)
async def test_a_change_has_its_reason_and_says_what_it_changes(
    unchanging_api: Api, body: dict[str, Any], pointer: str
) -> None:
    answer = await call(unchanging_api, ADMINISTRATOR, "PATCH", f"/users/{BUYER.id}", body)

    assert (answer.status_code, [place for _, place, _ in told(answer)]) == (400, [pointer])


async def test_an_account_that_is_not_there_is_not_found(unchanging_api: Api) -> None:
    unknown = uuid4()
    statuses = [
        (await call(unchanging_api, ADMINISTRATOR, method, path, body)).status_code
        for method, path, body in (
            ("GET", f"/users/{unknown}", None),
            ("PATCH", f"/users/{unknown}", {"locked": True, "reason": REASON}),
            ("POST", f"/users/{unknown}/invitation", None),
        )
    ]
    assert statuses == [404, 404, 404]


async def test_a_profile_is_changed_by_what_is_sent(api: Api) -> None:
    kept = await call(api, BUYER, "PATCH", "/me", {})
    changed = await call(
        api, BUYER, "PATCH", "/me", {"name": "李 雷", "preferences": {"mailNotifications": False}}
    )
    mine = (await call(api, BUYER, "GET", "/me")).json()["data"]
    assigned = await call(api, BUYER, "PATCH", "/me", {"role": "administrator"})
    nameless = await call(api, BUYER, "PATCH", "/me", {"name": None, "company": ""})

    assert kept.json()["data"]["name"] == "A buyer"
    assert changed.json()["data"] == mine
    assert (mine["name"], mine["company"]) == ("李 雷", "Buyer & Co.")
    assert mine["preferences"] == {"mailNotifications": False}
    assert [place for _, place, _ in told(assigned)] == ["/role"]
    assert [place for _, place, _ in told(nameless)] == ["/name", "/company"]


async def test_sessions_of_one_log_in_are_one_and_others_are_nobody_elses(api: Api) -> None:
    mine, other = await api.signed_in(BUYER), await api.signed_in(BUYER)
    foreign = await api.signed_in(DEVELOPER)

    async def listed(headers: dict[str, str]) -> list[dict[str, Any]]:
        answer = await api.client.get("/api/v1/me/sessions", headers=headers)
        found: list[dict[str, Any]] = answer.json()["data"]
        return found

    (current,) = [one for one in await listed(mine) if one["current"]]
    (rest,) = [one for one in await listed(mine) if not one["current"]]
    stolen = await api.client.delete(f"/api/v1/me/sessions/{rest['id']}", headers=foreign)
    ended = await api.client.delete(f"/api/v1/me/sessions/{rest['id']}", headers=mine)
    again = await api.client.delete(f"/api/v1/me/sessions/{rest['id']}", headers=mine)

    assert [stolen.status_code, ended.status_code, again.status_code] == [404, 204, 404]
    assert (await api.client.get("/api/v1/me", headers=other)).status_code == 401
    assert [one["id"] for one in await listed(mine)] == [current["id"]]


async def test_what_is_read_is_marked_once_and_by_its_own_account(api: Api) -> None:
    ids = [uuid4(), uuid4()]
    async with api.engine.begin() as connection:
        rows = [
            {"id": one, "user_id": BUYER.id, "kind": "credits_received", "message": "Credits.",
             "link": "/projects", "created_at": datetime.now(UTC)}
            for one in ids
        ]  # fmt: skip
        await connection.execute(insert(notifications), rows)

    stolen = await call(api, DEVELOPER, "POST", f"/me/notifications/{ids[0]}/read")
    read = await call(api, BUYER, "POST", f"/me/notifications/{ids[0]}/read")
    again = await call(api, BUYER, "POST", f"/me/notifications/{ids[0]}/read")
    left = (await call(api, BUYER, "GET", "/me/notifications?unread=true")).json()

    assert stolen.status_code == 404
    assert read.json()["data"]["readAt"] == again.json()["data"]["readAt"] is not None
    assert ([one["id"] for one in left["data"]], left["meta"]["unread"]) == ([str(ids[1])], 1)


async def test_acts_of_staff_stay_as_they_were_written(api: Api) -> None:
    invited = await call(api, ADMINISTRATOR, "POST", "/users", INVITED)
    assert invited.status_code == 201
    async with api.engine.connect() as connection:
        await connection.exec_driver_sql("SET ROLE karbonica_app")
        with pytest.raises(ProgrammingError, match="permission denied"):
            await connection.execute(update(account_acts).values(act="locked"))


async def test_the_mail_of_an_invitation_names_its_person(api: Api) -> None:
    mailbox = Mailbox(api)
    await call(api, ADMINISTRATOR, "POST", "/users", INVITED)
    (mail,) = await mailbox.new()

    assert (mail.contact.email, mail.contact.name) == ("vera@verifier.example", "Vera O'Kafor")
    assert f"/reset-password?token={token_in(mail)}" in mail.text
