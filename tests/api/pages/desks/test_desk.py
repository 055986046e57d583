"""
The desk of staff: who may come in, what its pages say, and what becomes of what is sent.

Temporal is away here, so that changes of the registry and of wallets are only asked for; that they
happen is shown in tests/browser/test_desk.py. Webhooks need no workflow, so all of theirs is here.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import insert, select, update

from adapters.postgres import tables
from domain.accounts.roles import Account
from domain.publishing.events import EventName
from tests.api.caller import Api
from tests.api.pages.browsing import browser_of, forms_on, give_password, sign_in, words_of
from tests.api.registry_rows import RegistryRows
from tests.databases import changed_tables, snapshot
from tests.factories import ADMINISTRATOR, BUYER, DEVELOPER, VERIFIER

PAGES = ("/staff/chain", "/staff/proposals", "/staff/registry", "/staff/webhooks")
NOW = datetime.now(UTC)
AWAY = "cannot be reached at the moment. Nothing was lost"


@pytest.fixture
async def browser(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    """Of somebody on staff, who is signed in."""
    async with browser_of(api) as made:
        await enter(api, made, ADMINISTRATOR)
        yield made


async def enter(api: Api, browser: httpx.AsyncClient, account: Account) -> None:
    await give_password(api, account)
    assert (await sign_in(browser, account)).status_code == 303


async def add(api: Api, table: Any, **values: Any) -> None:
    async with api.engine.begin() as connection:
        await connection.execute(insert(table).values(values))


async def a_parked_record(api: Api) -> UUID:
    rows = RegistryRows(api.engine)
    await rows.retirement(await rows.project(), chain="parked")
    async with api.engine.connect() as connection:
        found = await connection.execute(select(tables.chain_records.c.id))
        return UUID(str(found.scalar_one()))


async def a_wallet(api: Api, **changes: Any) -> None:
    values = {"network": "devnet", "name": "platform", "address": "addr_test1wallet"}
    await add(api, tables.wallets, **values | changes)


async def a_failed_delivery(api: Api, *, active: bool = True) -> UUID:
    webhook_id, event_id, delivery_id = uuid4(), uuid4(), uuid4()
    await add(
        api, tables.webhooks, id=webhook_id, url="https://receiver.example/hook", secret="whsec_x",
        events=[], active=active, created_by=ADMINISTRATOR.id, created_at=NOW,
    )  # fmt: skip
    await add(
        api, tables.outbox_events, id=event_id, name=EventName.RETIREMENT_ACCEPTED.value,
        payload={}, occurred_at=NOW, dispatched_at=NOW,
    )  # fmt: skip
    await add(
        api, tables.webhook_deliveries, id=delivery_id, webhook_id=webhook_id, event_id=event_id,
        status="failed", attempts=12, last_status_code=502, created_at=NOW, last_attempt_at=NOW,
        taken_at=NOW,
    )  # fmt: skip
    return delivery_id


@pytest.mark.parametrize("address", PAGES)
async def test_strangers_are_led_to_the_sign_in_and_back(api: Api, address: str) -> None:
    async with browser_of(api) as stranger:
        asked = await stranger.get(address)
        sent = await stranger.post(address, data={"do": "freeze", "reason": "x"})

    for answer in (asked, sent):
        assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next={address}")


@pytest.mark.parametrize("account", [BUYER, DEVELOPER, VERIFIER], ids=lambda a: a.role)
@pytest.mark.parametrize("address", PAGES)
async def test_other_roles_are_told_that_it_is_not_for_them(
    api: Api, account: Account, address: str
) -> None:
    async with browser_of(api) as browser:
        await enter(api, browser, account)
        before = await snapshot(api.engine)
        asked = await browser.get(address)
        sent = await browser.post(address, data={"do": "freeze", "reason": "x"})

    for answer in (asked, sent):
        assert answer.status_code == 403
        assert f"Your role ({account.role}) may not" in words_of(answer)
    assert "Staff desk" not in asked.text
    # Nothing has changed but what was noted: who asked for what.
    assert changed_tables(before, await snapshot(api.engine)) == {"audit_queue"}
    queue = tables.audit_queue.c
    async with api.engine.connect() as connection:
        noted = await connection.execute(
            select(queue.event_type, queue.user_id, queue.changes["after"]).order_by(queue.id)
        )
        assert noted.all() == [
            ("access.refused", account.id, {"method": method, "address": address})
            for method in ("GET", "POST")
        ]


@pytest.mark.parametrize("address", PAGES)
async def test_an_empty_registry_has_an_empty_desk(
    browser: httpx.AsyncClient, address: str
) -> None:
    page = await browser.get(address)

    assert page.status_code == 200
    assert page.headers["content-security-policy"].startswith("default-src 'self'")
    assert "Traceback" not in page.text


async def test_a_parked_record_is_shown_with_its_reason(
    api: Api, browser: httpx.AsyncClient
) -> None:
    record_id = await a_parked_record(api)

    page = await browser.get("/staff/chain")

    assert "secret reason for staff" in words_of(page)
    assert f"Record {record_id}" in words_of(page)
    assert [form["subject"] for form in forms_on(page, "/staff/chain")] == [str(record_id)]


async def test_a_wallet_is_shown_with_what_it_holds_and_why_it_is_frozen(
    api: Api, browser: httpx.AsyncClient
) -> None:
    await a_wallet(
        api, frozen_at=NOW, frozen_reason="Its key is doubted.", frozen_by=ADMINISTRATOR.id
    )
    await a_wallet(api, name="second", address="addr_test1second")
    await a_wallet(api, network="preview", name="elsewhere")
    await add(
        api, tables.wallet_outputs, tx_hash="ab" * 32, output_index=0,
        wallet_address="addr_test1wallet", lovelace=12_345_678,
    )  # fmt: skip

    page = await browser.get("/staff/chain")

    said = words_of(page)
    assert "12.34 ADA in 1 output" in said
    assert "Because Its key is doubted." in said
    assert "elsewhere" not in said
    assert [(form["do"], form["subject"]) for form in forms_on(page, "/staff/chain")] == [
        ("resume-wallet", "platform"),
        ("freeze-wallet", "second"),
    ]


async def test_open_alerts_are_shown_with_their_age(api: Api, browser: httpx.AsyncClient) -> None:
    hours_ago = NOW - timedelta(hours=3)
    for subject, cleared_at in (("open", None), ("over", NOW)):
        await add(
            api, tables.alerts, id=uuid4(), kind="wallet_low", subject=subject,
            sentence=f"About {subject}.", raised_at=hours_ago, cleared_at=cleared_at,
        )  # fmt: skip

    said = words_of(await browser.get("/staff/chain"))

    assert "Wallet low About open." in said
    assert "3 hours ago" in said
    assert "About over." not in said


@pytest.mark.parametrize(
    ("address", "form", "sentence"),
    [
        ("/staff/registry", {"do": "freeze", "reason": " "}, "Reason must not be empty"),
        (
            "/staff/registry",
            {"do": "freeze", "reason": "x" * 2001},
            "Reason must not be longer than 2000 characters",
        ),
        ("/staff/registry", {"do": "unfreeze", "reason": ""}, "Reason must not be empty"),
        ("/staff/registry", {"do": "burn"}, "no such button"),
        ("/staff/registry", {}, "no such button"),
        (
            "/staff/chain",
            {"do": "resume-record", "subject": str(uuid4()), "reason": "Mended."},
            "There is no such chain record.",
        ),
        (
            "/staff/chain",
            {"do": "resume-record", "subject": "x", "reason": "Mended."},
            "There is no such chain record.",
        ),
        (
            "/staff/chain",
            {"do": "freeze-wallet", "subject": "../x", "reason": "Doubt."},
            "Wallet is not valid",
        ),
        (
            "/staff/webhooks",
            {"do": "replay", "subject": str(uuid4()), "webhook": str(uuid4())},
            "There is no such webhook.",
        ),
        ("/staff/webhooks", {"do": "replay", "subject": "x", "webhook": ""}, "no such webhook"),
    ],
)
async def test_what_is_refused_is_said_on_the_page_and_changes_nothing(
    api: Api, browser: httpx.AsyncClient, address: str, form: dict[str, str], sentence: str
) -> None:
    token = form_token(await browser.get(address))
    before = await snapshot(api.engine)

    answer = await browser.post(address, data=form | {"form_token": token})

    assert answer.status_code in {400, 404}
    assert sentence in words_of(answer)
    assert changed_tables(before, await snapshot(api.engine)) == set()


def form_token(page: httpx.Response) -> str:
    return forms_on(page, "/sign-out")[0]["form_token"]


@pytest.mark.parametrize("address", PAGES)
async def test_a_form_without_the_sessions_token_is_not_taken(
    api: Api, browser: httpx.AsyncClient, address: str
) -> None:
    async with browser_of(api) as other:
        await enter(api, other, ADMINISTRATOR)
        of_another_session = form_token(await other.get(address))
    before = await snapshot(api.engine)

    for token in ("", "x", "é", of_another_session):
        form = {"do": "freeze", "reason": "x", "form_token": token}
        answer = await browser.post(address, data=form)

        assert answer.status_code == 403
        assert "Nothing was done" in words_of(answer)
    assert changed_tables(before, await snapshot(api.engine)) == set()


async def test_a_form_from_elsewhere_is_not_taken_even_with_the_token(
    browser: httpx.AsyncClient,
) -> None:
    form = {"do": "freeze", "form_token": form_token(await browser.get("/staff/registry"))}

    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        answer = await browser.post("/staff/registry", data=form, headers=headers)
        assert answer.status_code == 403


async def test_while_workflows_are_away_the_form_keeps_what_was_typed_and_its_key(
    api: Api, browser: httpx.AsyncClient
) -> None:
    """So that sending it again asks for the same thing, and never for a second one."""
    await a_parked_record(api)
    (form,) = forms_on(await browser.get("/staff/chain"), "/staff/chain")

    answer = await browser.post("/staff/chain", data=form | {"reason": "The <provider> is back."})

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert AWAY in words_of(answer)
    assert forms_on(answer, "/staff/chain") == [form | {"reason": "The <provider> is back."}]


async def test_a_refused_form_gets_a_fresh_key(api: Api, browser: httpx.AsyncClient) -> None:
    """What was refused was answered; the next try is another request."""
    await a_parked_record(api)
    (form,) = forms_on(await browser.get("/staff/chain"), "/staff/chain")

    answer = await browser.post("/staff/chain", data=form | {"reason": " "})

    (again,) = forms_on(answer, "/staff/chain")
    assert again["key"] != form["key"]
    assert again["form_token"] == form["form_token"]
    assert 'autofocus aria-describedby="refusal" aria-invalid="true">' in answer.text
    assert "Reason must not be empty." in words_of(answer)


async def test_a_failed_delivery_is_sent_once_more_however_often_the_form_is_sent(
    api: Api, browser: httpx.AsyncClient
) -> None:
    delivery_id = await a_failed_delivery(api)
    (form,) = forms_on(await browser.get("/staff/webhooks"), "/staff/webhooks")

    answers = [await browser.post("/staff/webhooks", data=form) for _ in range(2)]
    page = await browser.get(answers[0].headers["location"])

    assert [(answer.status_code, answer.headers["location"]) for answer in answers] == [
        (303, "/staff/webhooks?done=replay")
    ] * 2
    async with api.engine.connect() as connection:
        (delivery,) = (await connection.execute(select(tables.webhook_deliveries))).mappings()
        audited = await connection.execute(
            select(tables.audit_logs.c.user_id).where(
                tables.audit_logs.c.event_type == "webhook.replayed"
            )
        )
    assert (delivery["id"], delivery["status"], delivery["replays"]) == (delivery_id, "pending", 1)
    assert audited.scalars().all() == [ADMINISTRATOR.id]
    assert "It is on its way once more" in words_of(page)
    assert "Nothing was given up." in words_of(page)


async def test_a_webhook_that_is_switched_off_has_no_button(
    api: Api, browser: httpx.AsyncClient
) -> None:
    await a_failed_delivery(api, active=False)

    page = await browser.get("/staff/webhooks")

    assert "It answered 502." in words_of(page)
    assert "The webhook is switched off." in words_of(page)
    assert forms_on(page, "/staff/webhooks") == []


async def test_a_frozen_ledger_can_be_opened_and_an_open_one_frozen(
    api: Api, browser: httpx.AsyncClient
) -> None:
    _, while_open = forms_on(await browser.get("/staff/registry"), "/staff/registry")
    async with api.engine.begin() as connection:
        await connection.execute(
            update(tables.registry_state).values(frozen=True, reason="A recount.", changed_at=NOW)
        )
    page = await browser.get("/staff/registry")

    _, while_frozen = forms_on(page, "/staff/registry")
    assert (while_open["do"], while_frozen["do"]) == ("freeze", "unfreeze")
    assert "Staff said A recount." in words_of(page)
    assert 'class="freeze"' in page.text


async def test_no_word_of_an_address_is_shown_as_done(browser: httpx.AsyncClient) -> None:
    page = await browser.get("/staff/chain", params={"done": "You <b>won</b>"})

    assert "won" not in page.text
