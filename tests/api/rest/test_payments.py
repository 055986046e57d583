"""Fees by two administrators, invoices for whom they concern, and the payment provider's door."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.database import PostgresDatabase
from api.rest.payments.examples.payments import FEES_REFUSED, FEES_SENT
from domain.accounts.roles import Account
from tests.activities.payments import invoicing_story as charging
from tests.activities.registry import Registry, run
from tests.api.caller import Api, running_api, settings_for, told
from tests.factories import ADMINISTRATOR, BUYER, DEVELOPER, OTHER_ADMINISTRATOR, VERIFIER, named
from tests.fakes.payment_provider import SECRET, paid, signed

DOOR = "/api/v1/payments/provider-webhook"
INVOICE = f"/invoices/{charging.ISSUANCE_INVOICE}"


async def ask(api: Api, method: str, path: str, by: Account, body: Any = None) -> httpx.Response:
    headers = await api.signed_in(by)
    headers |= {"Idempotency-Key": str(uuid4())} if method == "POST" else {}
    return await api.client.request(method, f"/api/v1{path}", json=body, headers=headers)


async def test_fees_are_in_force_once_two_administrators_want_them(api: Api) -> None:
    by_supplier = await ask(api, "POST", "/fee-schedules", DEVELOPER, FEES_SENT)
    faulty = await ask(
        api,
        "POST",
        "/fee-schedules",
        ADMINISTRATOR,
        FEES_SENT | {"currency": "XTS", "daysToPay": 0},
    )
    proposed = await ask(api, "POST", "/fee-schedules", ADMINISTRATOR, FEES_SENT)
    alone = await ask(api, "POST", "/fee-schedules/1/countersign", ADMINISTRATOR)
    together = await ask(api, "POST", "/fee-schedules/1/countersign", OTHER_ADMINISTRATOR)
    late = await ask(api, "POST", "/fee-schedules/1/refuse", OTHER_ADMINISTRATOR, FEES_REFUSED)

    assert (by_supplier.status_code, alone.status_code, late.status_code) == (403, 403, 409)
    assert [where for _, where, _ in told(faulty)] == ["/currency", "/daysToPay"]
    assert proposed.json()["data"]["schedules"][0]["inForce"] is False
    standing = together.json()["data"]["schedules"][0]
    assert (standing["inForce"], standing["issuanceRate"], standing["number"]) == (True, "20", 1)


async def test_an_invoice_is_shown_to_whom_it_concerns_and_printed(api: Api) -> None:
    registry = Registry(PostgresDatabase(api.engine))
    await charging.less_is_transferred(registry)

    seen = {
        account.id: (await ask(api, "GET", INVOICE, account)).status_code
        for account in (DEVELOPER, ADMINISTRATOR, BUYER, VERIFIER)
    }
    shown = (await ask(api, "GET", INVOICE, DEVELOPER)).json()["data"]
    listed = (await ask(api, "GET", "/invoices?status=due", DEVELOPER)).json()["data"]
    elsewhere = (await ask(api, "GET", "/invoices", BUYER)).json()["data"]
    page = await ask(api, "GET", f"{INVOICE}/invoice.pdf", DEVELOPER)
    by_payer = await ask(api, "POST", f"{INVOICE}/cancel", DEVELOPER, {"reason": "Too dear."})

    assert seen == {DEVELOPER.id: 200, ADMINISTRATOR.id: 200, BUYER.id: 404, VERIFIER.id: 404}
    assert (shown["amount"], shown["name"][-6:]) == ("200.00 EUR", "000001")
    assert [(one["outcome"], one["heldBecause"]) for one in shown["payments"]] == [
        ("held", "other_amount")
    ]
    assert ([one["id"] for one in listed], elsewhere) == ([shown["id"]], [])
    assert page.content.startswith(b"%PDF-")
    assert by_payer.status_code == 403


@pytest.fixture
async def told_api(database_url: str, engine: AsyncEngine) -> AsyncIterator[Api]:
    settings = settings_for(database_url, payment_webhook_secret=SecretStr(SECRET))
    async with running_api(settings, engine) as api:
        yield api


def moment(seconds: int = 0) -> int:
    return int(datetime.now(UTC).timestamp()) + seconds


EVENT = paid(named("invoice"))


CALLS: dict[str, tuple[dict[str, Any], int, str, int]] = {
    "of another secret": (EVENT, 0, "another", 401),
    "old": (EVENT, -301, SECRET, 401),
    "of the future": (EVENT, 310, SECRET, 401),
    "of something else": ({"type": "customer.created", "data": {"object": {}}}, 0, SECRET, 204),
    "not paid yet": (paid(named("invoice"), payment_status="unpaid"), 0, SECRET, 204),
    "of another shop": (paid(named("invoice"), metadata={}), 0, SECRET, 204),
    "amount as text": (paid(named("invoice"), amount_total="20000"), 0, SECRET, 400),
    "amount as truth": (paid(named("invoice"), amount_total=True), 0, SECRET, 400),
    "no currency": (paid(named("invoice"), currency="euro"), 0, SECRET, 400),
    "no invoice": (paid("seventeen"), 0, SECRET, 400),
    "no event": (paid(named("invoice"), event_id="evt 1"), 0, SECRET, 400),
    "no object": ({"type": "charge.refunded", "data": []}, 0, SECRET, 400),
    # It goes on to the workflows, which are not there.
    "genuine and whole": (EVENT, -290, SECRET, 503),
}


async def test_the_door_takes_what_the_provider_signed_and_nothing_else(told_api: Api) -> None:
    answers = {}
    for name, (event, at, secret, _) in CALLS.items():
        body, signature = signed(event, at=moment(at), secret=secret)
        headers = {"Stripe-Signature": signature}
        answers[name] = (
            await told_api.client.post(DOOR, content=body, headers=headers)
        ).status_code

    assert answers == {name: status for name, (*_, status) in CALLS.items()}


async def test_a_body_that_was_changed_on_its_way_is_refused(told_api: Api, api: Api) -> None:
    body, signature = signed(EVENT, at=moment())
    changed = body.replace(b"20000", b"10000")

    for content, sent in ((changed, signature), (body, "t=x"), (body, "")):
        answer = await told_api.client.post(
            DOOR, content=content, headers={"Stripe-Signature": sent}
        )
        assert answer.status_code == 401
    closed = await api.client.post(DOOR, content=body, headers={"Stripe-Signature": signature})
    assert closed.status_code == 404


async def test_what_was_cancelled_is_shown_with_why(api: Api) -> None:
    registry = Registry(PostgresDatabase(api.engine))
    await charging.an_approval_is_invoiced(registry)
    await run(registry.invoices.cancel_invoice, charging.CANCEL)

    shown = (await ask(api, "GET", INVOICE, DEVELOPER)).json()["data"]

    assert (shown["status"], shown["reason"]) == ("cancelled", "The bank kept the rest.")
