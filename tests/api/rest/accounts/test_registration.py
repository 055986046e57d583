"""Opening an account: what is taken, what a stranger learns, and the links in mails."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, update

from adapters.postgres.accounts.data_keys import newest_key
from adapters.postgres.tables import (
    account_messages,
    account_tokens,
    audit_logs,
    sessions,
    users,
)
from tests.api.caller import Api, running_api, settings_for, told
from tests.api.mailbox import Mailbox, token_in
from tests.factories import DEVELOPER

EMAIL = "asha.rao@supplier.example"
PASSWORD = "Kelp-forest-41!"
KNOWN = f"{DEVELOPER.id}@people.example"
WANTED = {
    "email": EMAIL,
    "password": PASSWORD,
    "name": "李 雷 Müller, Inc.",
    "company": "O'Neil & Söhne",
    "role": "developer",
}


async def post(api: Api, path: str, **body: Any) -> httpx.Response:
    return await api.client.post(f"/api/v1/auth/{path}", json=body)


async def register(api: Api, **changes: Any) -> httpx.Response:
    return await post(api, "register", **(WANTED | changes))


async def sign_in(api: Api, password: str = PASSWORD, email: str = EMAIL) -> httpx.Response:
    return await post(api, "login", email=email, password=password)


async def confirmed(api: Api) -> Mailbox:
    """Somebody has registered and confirmed the e-mail."""
    mailbox = Mailbox(api)
    await register(api)
    await post(api, "verify-email", token=await mailbox.token())
    return mailbox


async def count(api: Api, table: Any, *where: Any) -> int:
    async with api.engine.connect() as connection:
        found = await connection.execute(select(func.count()).select_from(table).where(*where))
        return int(found.scalar_one())


async def test_whoever_registers_confirms_and_signs_in(api: Api) -> None:
    mailbox = Mailbox(api)
    registered = await register(api)
    early = await sign_in(api)
    guessed = await sign_in(api, "Another-pass-7!")
    (mail,) = await mailbox.new()
    verified = await post(api, "verify-email", token=token_in(mail))
    signed_in = await sign_in(api)

    assert registered.status_code == 201
    assert registered.json()["data"]["emailVerified"] is False
    # The sentence comes after the right password only.
    assert (early.status_code, guessed.status_code) == (403, 401)
    assert "not confirmed yet" in told(early)[0][2]
    # The name is whatever somebody typed, so a mail to a stranger does not say it.
    assert (mail.contact.email, mail.contact.name) == (EMAIL, "")
    assert mail.text.splitlines()[-1].startswith("https://registry.example/verify-email?token=")
    assert verified.json()["data"]["emailVerified"] is True
    assert verified.json()["data"]["id"] == registered.json()["data"]["id"]
    assert signed_in.json()["data"]["user"] == verified.json()["data"]


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Asha.Rao+kelp@Supplier.EXAMPLE", "asha.rao+kelp@supplier.example"),
        ("asha@Müller.example", "asha@xn--mller-kva.example"),
        ("  asha@xn--mller-kva.example ", "asha@xn--mller-kva.example"),
        ("a.b@x.example", "a.b@x.example"),
    ],
    ids=["capitals, dot and plus", "IDN", "IDN as DNS has it", "a dot is part of it"],
)
async def test_an_e_mail_has_one_spelling_and_signs_in_by_any(
    api: Api, typed: str, stored: str
) -> None:
    await register(api, email=typed)

    assert await count(api, users, users.c.email == stored) == 1
    # 403 is the answer to the right password of an account that is not confirmed yet.
    for spelling in (typed, stored, stored.upper()):
        assert (await sign_in(api, email=spelling)).status_code == 403


BAD_EMAIL = (
    "VALIDATION_ERROR",
    "/email",
    "Email must be an e-mail address such as name@organisation.org",
)


@pytest.mark.parametrize(
    "email",
    ["asha", "asha@", "@x.example", "a b@x.example", "asha@localhost", "asha@[10.0.0.1]", "a@x..example",
     "a..b@x.example", "a@x.example, b@x.example", "ü@x.example", "a" * 65 + "@x.example"],
)  # fmt: skip
async def test_what_is_no_e_mail_is_refused(unchanging_api: Api, email: str) -> None:
    assert told(await register(unchanging_api, email=email)) == [BAD_EMAIL]


@pytest.mark.parametrize(
    ("password", "faults"),
    [
        ("Kelp-1a", ["must have at least 8 characters"]),
        ("Kelp-forest", ["must have a digit"]),
        ("kelp-forest-41", ["must have an upper-case letter"]),
        ("KELP-FOREST-41", ["must have a lower-case letter"]),
        ("KelpForest41", ["must have a sign such as - or !"]),
        ("Kelp-41!" + "x" * 65, ["must not be longer than 72 bytes (UTF-8)"]),
        ("Kelp-41!" + "é" * 33, ["must not be longer than 72 bytes (UTF-8)"]),
        ("Kelp-41!\x00forest", ["must not contain the character NUL"]),
        ("Password1!", ["must not be a common one, or close to one"]),
        ("P@ssw0rd", ["must not be a common one, or close to one"]),
        ("Asha.Rao41@Supplier.example", ["must not be the e-mail address"]),
        (
            "kelp",
            [
                "must have at least 8 characters",
                "must have an upper-case letter",
                "must have a digit",
                "must have a sign such as - or !",
                "must not be a common one, or close to one",
            ],
        ),
    ],
)
async def test_every_fault_of_a_password_is_told_at_once(
    unchanging_api: Api, password: str, faults: list[str]
) -> None:
    answer = await register(unchanging_api, email="Asha.Rao41@supplier.example", password=password)

    assert answer.status_code == 400
    assert told(answer) == [
        ("VALIDATION_ERROR", "/password", f"Password {fault}") for fault in faults
    ]


async def test_faults_of_all_fields_are_told_with_those_of_the_password(
    unchanging_api: Api,
) -> None:
    answer = await register(
        unchanging_api, email="asha", password="Kelp-forest", name=" ", role="owner", id=1
    )

    assert [pointer for _, pointer, _ in told(answer)] == [
        "/email", "/password", "/name", "/role", "/id"
    ]  # fmt: skip


@pytest.mark.parametrize("role", ["verifier", "administrator"])
async def test_nobody_makes_themselves_staff_or_verifier(unchanging_api: Api, role: str) -> None:
    answer = await register(unchanging_api, role=role)

    assert answer.status_code == 403
    assert told(answer)[0][2].startswith(f"Nobody registers as {role} by themselves")
    assert await count(unchanging_api, users, users.c.email == EMAIL) == 0


@pytest.mark.parametrize("field", ["emailVerified", "locked", "invitedAt", "walletAddress"])
async def test_nothing_else_of_an_account_is_set_by_registering(
    unchanging_api: Api, field: str
) -> None:
    answer = await register(unchanging_api, **{field: True})

    assert told(answer) == [
        ("VALIDATION_ERROR", f"/{field}", f"“{field}” is not a field of this request")
    ]


async def test_two_at_once_make_one_account(api: Api) -> None:
    answers = await asyncio.gather(*(register(api) for _ in range(4)))

    assert {answer.status_code for answer in answers} == {201}
    assert await count(api, users, users.c.email == EMAIL) == 1
    mails = await Mailbox(api).new()
    assert {mail.subject for mail in mails} == {"Confirm your e-mail address"}


async def test_a_stranger_learns_nothing_of_an_e_mail_and_its_owner_is_told(api: Api) -> None:
    mailbox = Mailbox(api)
    unknown, known = await register(api), await register(api, email=KNOWN)

    def said(answer: httpx.Response) -> dict[str, Any]:
        varies = {"id": None, "email": None, "createdAt": None}
        return {**answer.json()["data"], **varies}

    assert (known.status_code, said(known)) == (unknown.status_code, said(unknown))
    assert {*known.headers} == {*unknown.headers}
    mails = {mail.contact.email: mail for mail in await mailbox.new()}
    assert mails[KNOWN].subject == "Somebody tried to register with your e-mail address"
    assert "token" not in mails[KNOWN].text
    async with api.engine.connect() as connection:
        row = (await connection.execute(select(users).where(users.c.email == KNOWN))).one()
    assert (row.name, row.password_hash) == ("A developer", "no log-in")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("register", WANTED),
        ("forgot-password", {}),
        ("resend-verification", {}),
    ],
)
async def test_a_known_and_an_unknown_e_mail_are_the_same_work(
    api: Api, path: str, body: dict[str, Any]
) -> None:
    """The same statements and the same audit entry; what differs is decided later, by the worker."""
    asked = []
    async with api.engine.begin() as connection:
        # Made once in a registry's life.
        await newest_key(connection)
    for email in (KNOWN, "nobody@people.example"):
        async with api.counting_queries(writing=True) as statements:
            answer = await post(api, path, **(body | {"email": email}))
        asked.append((answer.status_code, list(statements)))
    async with api.engine.connect() as connection:
        entries = (
            await connection.execute(
                select(audit_logs.c.event_type, audit_logs.c.resource_type, audit_logs.c.changes)
            )
        ).all()

    assert asked[0] == asked[1]
    assert len(asked[0][1]) >= 2
    assert len(entries) == 2
    assert entries[0] == entries[1]


async def test_registering_again_before_confirming_replaces_what_was_registered(api: Api) -> None:
    """Who squats on somebody's e-mail gets nothing once its owner registers."""
    mailbox = Mailbox(api)
    await register(api, password="Squatter-pass-1!", role="buyer", name="Mallory")
    squatted = await mailbox.token()
    await register(api)
    own = await mailbox.token()

    refused = await post(api, "verify-email", token=squatted)
    await post(api, "verify-email", token=own)

    assert refused.status_code == 400
    assert (await sign_in(api, "Squatter-pass-1!")).status_code == 401
    user = (await sign_in(api)).json()["data"]["user"]
    assert (user["name"], user["role"]) == (WANTED["name"], "developer")


async def test_a_link_is_good_once_for_one_thing_and_for_its_time(api: Api) -> None:
    mailbox = Mailbox(api)
    await register(api)
    token = await mailbox.token()

    as_reset = await post(api, "reset-password", token=token, password="Other-kelp-42!")
    both = await asyncio.gather(*(post(api, "verify-email", token=token) for _ in range(2)))
    await post(api, "forgot-password", email=EMAIL)
    late = await mailbox.token()
    async with api.engine.begin() as connection:
        await connection.execute(
            update(account_tokens).values(
                expires_at=account_tokens.c.created_at, created_at=func.now() - timedelta(hours=2)
            )
        )
    expired = await post(api, "reset-password", token=late, password="Other-kelp-42!")
    unknown = await post(api, "verify-email", token="x" * 43)

    dead = [("VALIDATION_ERROR", "/token", "This link is unknown, was used or has expired; ask for another one.")]  # fmt: skip
    assert sorted(answer.status_code for answer in both) == [200, 400]
    assert [told(answer) for answer in (as_reset, expired, unknown)] == [dead] * 3


async def test_a_token_is_stored_as_its_hash_alone(api: Api) -> None:
    mailbox = Mailbox(api)
    await register(api)
    token = await mailbox.token()

    async with api.engine.connect() as connection:
        everything = [
            str(row)
            for table in (account_tokens, account_messages, audit_logs)
            for row in await connection.execute(select(table))
        ]
    assert everything
    assert not [row for row in everything if token in row or EMAIL in row or PASSWORD in row]


async def test_a_forgotten_password_is_replaced_by_mail_and_all_sessions_end(api: Api) -> None:
    mailbox = await confirmed(api)
    first = (await sign_in(api)).json()["data"]
    await post(api, "forgot-password", email=EMAIL.upper())
    token = await mailbox.token()

    unfit = await post(api, "reset-password", token=token, password=EMAIL)
    changed = await post(api, "reset-password", token=token, password="Other-kelp-42!")
    again = await post(api, "reset-password", token=token, password="Third-kelp-43!")

    assert [unfit.status_code, changed.status_code, again.status_code] == [400, 204, 400]
    (mail,) = await mailbox.new()
    assert mail.subject == "Your password was changed"
    assert (await sign_in(api)).status_code == 401
    assert (await sign_in(api, "Other-kelp-42!")).status_code == 200
    me = await api.client.get(
        "/api/v1/me", headers={"Authorization": f"Bearer {first['accessToken']}"}
    )
    refreshed = await post(api, "refresh", refreshToken=first["refreshToken"])
    assert [me.status_code, refreshed.status_code] == [401, 401]
    assert await count(api, sessions, sessions.c.ended_at.is_(None)) == 1


async def test_a_stranger_cannot_flood_a_mailbox(api: Api) -> None:
    mailbox = await confirmed(api)
    for _ in range(8):
        assert (await post(api, "forgot-password", email=EMAIL)).status_code == 202

    assert len(await mailbox.new()) == 5


async def test_one_address_asks_ten_times_a_minute(api: Api, database_url: str) -> None:
    settings = settings_for(database_url, rate_limit_account_requests_per_minute=10)
    async with running_api(settings, api.engine) as limited:
        calls = [
            await post(limited, path, **body)
            for path, body in [
                ("forgot-password", {"email": EMAIL}),
                ("resend-verification", {"email": EMAIL}),
                ("verify-email", {"token": "x"}),
                ("reset-password", {"token": "x", "password": PASSWORD}),
            ]
            * 3
        ]

    assert [call.status_code for call in calls[:10]] == [202, 202, 400, 400] * 2 + [202, 202]
    assert [call.status_code for call in calls[10:]] == [429, 429]
    assert int(calls[-1].headers["retry-after"]) <= 60
