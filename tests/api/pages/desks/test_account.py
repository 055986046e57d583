"""One's own page: profile, password, sessions, notifications; and the accounts that staff see."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import insert, select

from adapters.postgres.accounts.holding import LEGAL_NAME
from adapters.postgres.tables import notifications, sessions, users
from tests.api.caller import Api
from tests.api.mailbox import Mailbox
from tests.api.pages.browsing import (
    PASSWORD,
    browser_of,
    forms_on,
    give_password,
    sign_in,
    words_of,
)
from tests.factories import ADMINISTRATOR, BUYER, DEVELOPER

NEW_PASSWORD = "Kelp-forest-41!"


@pytest.fixture
async def browser(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    for person in (ADMINISTRATOR, BUYER):
        await give_password(api, person)
    async with browser_of(api) as made:
        yield made


def form_of(page: httpx.Response, do: str, action: str = "/account") -> dict[str, str]:
    return next(form for form in forms_on(page, action) if form.get("do") == do)


async def press(
    browser: httpx.AsyncClient, do: str, path: str = "/account", **typed: str
) -> httpx.Response:
    page = await browser.get(path)
    return await browser.post(path, data=form_of(page, do, path) | typed)


async def test_who_is_no_staff_is_led_to_a_desk_of_their_own(browser: httpx.AsyncClient) -> None:
    await sign_in(browser, BUYER)

    assert (await browser.get("/staff")).headers["location"] == "/desk"
    assert (await browser.get("/account")).status_code == 200


@pytest.mark.parametrize("path", ["/account", "/staff/users", f"/staff/users/{BUYER.id}"])
async def test_pages_of_people_are_for_those_who_are_signed_in(
    browser: httpx.AsyncClient, path: str
) -> None:
    answers = [await browser.get(path), await browser.post(path, data={"do": "profile"})]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert {answer.headers["location"] for answer in answers} == {f"/sign-in?next={path}"}


@pytest.mark.parametrize("path", ["/staff/users", f"/staff/users/{BUYER.id}"])
async def test_pages_of_accounts_are_for_staff(browser: httpx.AsyncClient, path: str) -> None:
    await sign_in(browser, BUYER)

    assert (await browser.get(path)).status_code == 403


async def test_a_profile_is_changed_and_a_form_without_its_token_is_not(
    api: Api, browser: httpx.AsyncClient
) -> None:
    await sign_in(browser, BUYER)
    saved = await press(browser, "profile", name="李 雷", company="")
    forged = await browser.post("/account", data={"do": "profile", "name": "Mallory"})

    async with api.engine.connect() as connection:
        row = (
            await connection.execute(select(users, LEGAL_NAME).where(users.c.id == BUYER.id))
        ).one()
    assert (saved.status_code, forged.status_code) == (303, 403)
    assert (row.name, row.legal_name, row.mails_notifications) == ("李 雷", None, False)


async def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(
    api: Api, browser: httpx.AsyncClient
) -> None:
    await sign_in(browser, BUYER)
    async with browser_of(api) as other:
        await sign_in(other, BUYER)
        wrong = await press(browser, "password", current="wrong", password=NEW_PASSWORD)
        changed = await press(browser, "password", current=PASSWORD, password=NEW_PASSWORD)

        assert (wrong.status_code, changed.status_code) == (400, 303)
        assert "Current password is wrong" in words_of(wrong)
        assert (await browser.get("/account")).status_code == 200
        assert (await other.get("/account")).status_code == 303
    (mail,) = await Mailbox(api).new()
    assert mail.subject == "Your password was changed"


async def test_other_sessions_are_listed_and_ended(api: Api, browser: httpx.AsyncClient) -> None:
    await sign_in(browser, BUYER)
    async with browser_of(api) as other:
        await sign_in(other, BUYER)
        page = await browser.get("/account")
        ended = await press(browser, "end")

        assert "This session" in words_of(page)
        assert ended.headers["location"] == "/account?done=end"
        assert (await other.get("/account")).status_code == 303
    async with api.engine.connect() as connection:
        still = await connection.execute(select(sessions.c.id).where(sessions.c.ended_at.is_(None)))
        assert len(still.all()) == 1


async def test_what_one_was_told_is_marked_as_read(api: Api, browser: httpx.AsyncClient) -> None:
    async with api.engine.begin() as connection:
        rows = [
            {"id": uuid4(), "user_id": user.id, "kind": "credits_received", "message": f"For {user.role}.",
             "link": "/projects", "created_at": datetime.now(UTC)}
            for user in (BUYER, BUYER, DEVELOPER)
        ]  # fmt: skip
        await connection.execute(insert(notifications), rows)
    await sign_in(browser, BUYER)

    before = words_of(await browser.get("/account"))
    await press(browser, "read")
    one_left = words_of(await browser.get("/account"))
    await press(browser, "read-all")

    assert "2 unread" in before
    assert "1 unread" in one_left
    assert "For developer." not in before
    assert "unread" not in words_of(await browser.get("/account"))


async def test_staff_find_invite_lock_and_unlock(api: Api, browser: httpx.AsyncClient) -> None:
    await sign_in(browser, ADMINISTRATOR)
    mailbox = Mailbox(api)
    invited = await press(
        browser, "invite", "/staff/users", email="vera@verifier.example", name="Vera O'Kafor", role="verifier"
    )  # fmt: skip
    found = await browser.get("/staff/users?q=kafor+vera&role=verifier&status=invited")
    async with api.engine.connect() as connection:
        vera = (
            await connection.execute(
                select(users.c.id).where(users.c.email == "vera@verifier.example")
            )
        ).scalar_one()
    link = await mailbox.token()
    async with browser_of(api) as hers:
        welcome = await hers.get(f"/reset-password?token={link}")
        await hers.post("/reset-password", data={"token": link, "password": NEW_PASSWORD})
        signed_in = await hers.post(
            "/sign-in", data={"email": "vera@verifier.example", "password": NEW_PASSWORD}
        )
        without_reason = await press(browser, "lock", f"/staff/users/{vera}", reason=" ")
        locked = await press(browser, "lock", f"/staff/users/{vera}", reason="Left 350Solutions.")
        ended = await hers.get("/account")
        refused = await hers.post(
            "/sign-in", data={"email": "vera@verifier.example", "password": NEW_PASSWORD}
        )
    page = await browser.get(f"/staff/users/{vera}")

    assert invited.headers["location"] == "/staff/users?done=invite"
    assert "Vera O'Kafor" in words_of(found)
    assert "Welcome" in words_of(welcome)
    assert (signed_in.status_code, locked.status_code) == (303, 303)
    assert (without_reason.status_code, ended.status_code, refused.status_code) == (400, 303, 403)
    assert "Staff of the registry have locked this account" in words_of(refused)
    assert "Left 350Solutions." in words_of(page)
    assert "Unlock the account" in words_of(page)


async def test_nobody_has_buttons_for_their_own_account(browser: httpx.AsyncClient) -> None:
    await sign_in(browser, ADMINISTRATOR)
    page = await browser.get(f"/staff/users/{ADMINISTRATOR.id}")

    assert "This is your own account" in words_of(page)
    assert not forms_on(page, f"/staff/users/{ADMINISTRATOR.id}")
    assert (await browser.get(f"/staff/users/{uuid4()}")).status_code == 404
