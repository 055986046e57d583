"""How people are notified: by the API, by forms, and by the link at the end of a mail."""

from typing import Any

import httpx
import pytest

from adapters.postgres.database import PostgresDatabase
from domain.accounts.notices.kinds import NOTICES, kinds_told
from domain.accounts.notices.unsubscribing import Unsubscribing
from domain.accounts.notifications import Notification, NotificationKind
from domain.accounts.roles import Account, Role
from tests.api.caller import Api, told
from tests.api.pages.browsing import browser_of, forms_on, give_password, sign_in, words_of
from tests.factories import ADMINISTRATOR, BUYER, DEVELOPER, NOW, VERIFIER, named

PATH = "/api/v1/me/notification-preferences"
KIND = NotificationKind.CREDITS_RECEIVED
WANTED = {
    "timeZone": "Asia/Kathmandu",
    "digestHour": 7,
    "preferences": [{"kind": KIND, "channel": "digest"}],
}


async def read(api: Api, account: Account) -> dict[str, Any]:
    answer = await api.client.get(PATH, headers=await api.signed_in(account))
    found: dict[str, Any] = answer.json()["data"]
    return found


async def choose(api: Api, account: Account, body: Any) -> httpx.Response:
    return await api.client.put(PATH, json=body, headers=await api.signed_in(account))


def channels(preferences: dict[str, Any]) -> dict[str, str]:
    return {one["kind"]: one["channel"] for one in preferences["preferences"]}


@pytest.mark.parametrize(
    "person", [DEVELOPER, VERIFIER, ADMINISTRATOR, BUYER], ids=lambda p: p.role
)
async def test_each_role_sees_the_kinds_it_can_get(unchanging_api: Api, person: Account) -> None:
    mine = await read(unchanging_api, person)

    assert channels(mine) == dict.fromkeys(kinds_told(person.role), "mail")
    assert {one["kind"] for one in mine["preferences"] if one["mandatory"]} == {
        kind for kind in kinds_told(person.role) if NOTICES[kind].mandatory
    }


async def test_a_choice_takes_the_place_of_the_former_one(api: Api) -> None:
    chosen = await choose(api, BUYER, WANTED)
    again = await choose(api, BUYER, {**WANTED, "preferences": []})

    assert (chosen.json()["data"]["timeZone"], chosen.json()["data"]["digestHour"]) == (
        "Asia/Kathmandu", 7
    )  # fmt: skip
    assert channels(chosen.json()["data"])[KIND] == "digest"
    assert channels(again.json()["data"])[KIND] == "mail"
    assert channels(await read(api, DEVELOPER))[KIND] == "mail"


async def test_every_fault_is_told_at_its_place(unchanging_api: Api) -> None:
    refused = await choose(
        unchanging_api,
        BUYER,
        {
            "timeZone": "Mars/Olympus",
            "digestHour": 7,
            "preferences": [
                {"kind": "wallet_linked", "channel": "none"},
                {"kind": KIND, "channel": "none"},
                {"kind": KIND, "channel": "mail"},
            ],
        },
    )
    unread = await choose(
        unchanging_api,
        BUYER,
        {"timeZone": "UTC", "digestHour": 24, "preferences": [{"kind": "x", "channel": "y"}]},
    )

    assert refused.status_code == unread.status_code == 400
    assert [place for _, place, _ in told(refused)] == [
        "/timeZone",
        "/preferences/0/channel",
        "/preferences/2/kind",
    ]
    assert [place for _, place, _ in told(unread)] == [
        "/digestHour",
        "/preferences/0/kind",
        "/preferences/0/channel",
    ]


async def test_what_somebody_does_not_want_to_hear_of_is_not_shown(api: Api) -> None:
    await tell(api, BUYER)
    await choose(api, BUYER, {**WANTED, "preferences": [{"kind": KIND, "channel": "none"}]})
    headers = await api.signed_in(BUYER)
    hidden = (await api.client.get("/api/v1/me/notifications", headers=headers)).json()
    await choose(api, BUYER, WANTED)
    shown = (await api.client.get("/api/v1/me/notifications", headers=headers)).json()

    assert (hidden["data"], hidden["meta"]["unread"]) == ([], 0)
    assert (len(shown["data"]), shown["meta"]["unread"]) == (1, 1)


async def tell(api: Api, account: Account) -> None:
    told_of = Notification(named("told"), account.id, KIND, "Credits came.", "/projects", NOW)
    async with PostgresDatabase(api.engine).transaction() as work:
        await work.accounts.notifications.add(told_of)


async def link(api: Api, account: Account, kind: NotificationKind | None) -> str:
    async with PostgresDatabase(api.engine).transaction() as work:
        key = await work.accounts.preferences.unsubscribe_key(account.id)
    return Unsubscribing(account.id, kind).address(key, "")


async def test_a_mail_program_turns_one_kind_off_with_one_post_and_a_look_does_not(
    api: Api,
) -> None:
    address = await link(api, BUYER, KIND)

    looked = await api.client.get(address)
    before = channels(await read(api, BUYER))[KIND]
    # As RFC 8058 has it: no cookie, no origin, one fixed field.
    posts = [
        await api.client.post(address, data={"List-Unsubscribe": "One-Click"}) for _ in range(2)
    ]

    assert "Stop these mails" in words_of(looked)
    assert before == "mail"
    assert [post.status_code for post in posts] == [200, 200]
    assert channels(await read(api, BUYER))[KIND] == "in_app"
    assert set(channels(await read(api, DEVELOPER)).values()) == {"mail"}


async def test_a_digests_link_turns_off_what_comes_in_it(api: Api) -> None:
    await choose(api, BUYER, WANTED)

    await api.client.post(await link(api, BUYER, None))

    after = channels(await read(api, BUYER))
    assert after[KIND] == "in_app"
    assert {kind for kind, channel in after.items() if channel != "mail"} == {KIND}


@pytest.mark.parametrize("kind", [KIND, NotificationKind.WALLET_LINKED])
async def test_a_link_that_is_not_ours_or_names_what_must_arrive_changes_nothing(
    api: Api, kind: NotificationKind
) -> None:
    own = await link(api, BUYER, kind)
    changed = own.replace(str(BUYER.id), str(DEVELOPER.id)) if kind is KIND else own

    answers = [await api.client.get(changed), await api.client.post(changed)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert set(channels(await read(api, DEVELOPER)).values()) == {"mail"}


async def test_the_pages_show_unread_on_top_and_save_what_is_chosen(api: Api) -> None:
    await tell(api, BUYER)
    await give_password(api, BUYER)
    async with browser_of(api) as browser:
        await sign_in(browser, BUYER)
        page = await browser.get("/account/notifications")
        form = next(
            form for form in forms_on(page, "/account/notifications") if form["do"] == "read-all"
        )
        await browser.post("/account/notifications", data=form)
        after = await browser.get("/account/notifications")
        preferences = await browser.get("/account/notifications/preferences")
        (choice,) = forms_on(preferences, "/account/notifications/preferences")
        wrong = await browser.post(
            "/account/notifications/preferences", data=choice | {"digest_hour": "25"}
        )
        saved = await browser.post(
            "/account/notifications/preferences",
            data=choice | {KIND.value: "digest", "time_zone": "Europe/Warsaw", "digest_hour": "6"},
        )

    count = "<strong>1</strong>"
    assert [count in one.text for one in (page, after)] == [True, False]
    assert "Unread Mark all as read Credits came." in words_of(page)
    assert "There is nothing that you have not read." in words_of(after)
    assert wrong.status_code == 400
    assert saved.status_code == 303
    mine = await read(api, BUYER)
    assert (mine["timeZone"], mine["digestHour"]) == ("Europe/Warsaw", 6)
    assert channels(mine) == dict.fromkeys(kinds_told(Role.BUYER), "mail") | {KIND: "digest"}
