"""Invoices on a real database: written with what they are for, settled once, and issuances that wait for them."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.payments.invoices import OpenCheckout
from adapters.payments.checkout import CheckoutProvider
from adapters.postgres.tables import audit_logs, invoices, notifications, payments
from domain.errors import Conflict, InvoiceSettled
from domain.payments.invoices import InvoiceStatus
from tests.activities import story
from tests.activities.payments import invoicing_story as charging
from tests.activities.registry import Registry, keep_draft, run
from tests.factories import ADMINISTRATOR, DEVELOPER
from tests.fakes.payment_provider import KEY, running_provider


async def statuses(engine: AsyncEngine) -> list[str]:
    async with engine.connect() as connection:
        return list((await connection.execute(select(invoices.c.status))).scalars())


async def test_where_nothing_is_charged_nothing_is_asked_or_written(
    registry: Registry, engine: AsyncEngine
) -> None:
    await charging.fees_are_in_force(registry)
    await story.evidence_is_complete(registry)

    step = await run(registry.verification.record_decision, story.APPROVE)

    assert step.invoice is None
    assert await statuses(engine) == []


async def test_an_approval_writes_its_invoice_and_nothing_is_issued_before_it_is_paid(
    registry: Registry, engine: AsyncEngine
) -> None:
    await charging.an_approval_is_invoiced(registry)
    with pytest.raises(DBAPIError, match="is not paid"):
        await run(registry.issuance.issue_credits, story.ISSUE)

    first = await run(registry.invoices.take_payment, charging.PAY)
    again = await run(registry.invoices.take_payment, charging.PAY)

    assert first.status is again.status is InvoiceStatus.PAID
    await run(registry.issuance.issue_credits, story.ISSUE)
    async with engine.connect() as connection:
        row = (await connection.execute(select(invoices))).one()
        assert (row.number, row.amount_minor, row.currency) == (1, 20_000, "EUR")
        assert row.due_at - row.issued_at == timedelta(days=30)
        assert await connection.scalar(select(func.count()).select_from(payments)) == 1
        told = select(notifications.c.kind).where(notifications.c.user_id == DEVELOPER.id)
        kinds = (await connection.execute(told)).scalars().all()
        assert {"invoice_issued", "invoice_settled"} <= set(kinds)
        audited = select(audit_logs.c.event_type).where(audit_logs.c.resource_type == "invoice")
        events = (await connection.execute(audited.order_by(audit_logs.c.seq))).scalars().all()
        assert events == ["invoice.issued", "payment.counted", "invoice.paid"]


async def test_a_retirement_is_invoiced_and_stands(registry: Registry, engine: AsyncEngine) -> None:
    await charging.fees_are_in_force(registry)
    await story.credits_are_issued(registry)
    dear = Registry(registry.database, charges=True)

    retired = await run(dear.retirement.retire_units, story.RETIRE)

    assert retired.invoice is not None
    assert retired.invoice.invoice_id == charging.RETIREMENT_INVOICE
    assert await statuses(engine) == [InvoiceStatus.DUE]


async def test_a_part_is_kept_in_sight_until_a_person_has_decided(
    registry: Registry, engine: AsyncEngine
) -> None:
    await charging.an_approval_is_invoiced(registry)

    held = await run(registry.invoices.take_payment, charging.PAY_LESS)
    accepted = await run(registry.invoices.decide_payment, charging.ACCEPT)

    assert (held.status, accepted.status) == (InvoiceStatus.DUE, InvoiceStatus.PAID)
    async with engine.connect() as connection:
        told = select(notifications.c.user_id).where(notifications.c.kind == "payment_held")
        assert ADMINISTRATOR.id in (await connection.execute(told)).scalars().all()


async def test_what_was_recorded_for_one_invoice_pays_no_other(registry: Registry) -> None:
    await charging.it_is_paid(registry)
    await run(registry.issuance.issue_credits, story.ISSUE)

    await keep_draft(registry, story.RETIREMENT_ID, DEVELOPER.id, story.RETIREMENT_DRAFT)
    dear = Registry(registry.database, charges=True)
    await run(dear.retirement.retire_units, story.RETIRE)
    elsewhere = charging.PAY.model_copy(update={"invoice_id": charging.RETIREMENT_INVOICE})

    with pytest.raises(Conflict, match="another invoice"):
        await run(registry.invoices.take_payment, elsewhere)


async def test_the_provider_opens_one_page_and_another_once_that_has_ended(
    registry: Registry, engine: AsyncEngine
) -> None:
    await charging.an_approval_is_invoiced(registry)
    ask = OpenCheckout(invoice_id=charging.ISSUANCE_INVOICE, account_id=DEVELOPER.id)
    with running_provider(registry.clock) as provider:
        registry.invoices._pages = CheckoutProvider(provider.url, KEY)  # noqa: SLF001 -- as worker.py sets it
        for _ in range(2):
            await run(registry.invoices.open_checkout, ask)
        async with engine.connect() as connection:
            first = await connection.scalar(select(invoices.c.checkout_url))
        registry.clock.advance(hours=25)
        await run(registry.invoices.open_checkout, ask)
        async with engine.connect() as connection:
            second = await connection.scalar(select(invoices.c.checkout_url))

    assert [one["amount"] for one in provider.opened] == ["20000", "20000"]
    assert {one["currency"] for one in provider.opened} == {"eur"}
    assert first != second
    await run(registry.invoices.take_payment, charging.PAY)
    with pytest.raises(InvoiceSettled):
        await run(registry.invoices.open_checkout, ask)


HAND_WRITTEN = {
    "pay it by hand": (
        "UPDATE invoices SET status = 'paid', settled_at = now()",
        "nothing was paid",
    ),
    "owe another amount": ("UPDATE invoices SET amount_minor = 1", "does not change"),
    "await what is cancelled": (
        """UPDATE invoices SET status = 'cancelled', settled_at = now();
           UPDATE invoices SET status = 'due', settled_at = NULL""",
        "does not become due",
    ),
    "forget it": ("DELETE FROM invoices", "forbidden"),
    "change what came": ("UPDATE payments SET amount_minor = 20000", "does not change"),
    "decide on it twice": (
        """UPDATE payments SET outcome = 'returned', decided_at = now(), decided_by = recorded_by;
           UPDATE payments SET outcome = 'accepted'""",
        "does not wait",
    ),
    "countersign one's own fees": (
        """INSERT INTO fee_schedules SELECT gen_random_uuid(), 2, currency, 0, 0, 0, 1, 'x', proposed_by, now()
             FROM fee_schedules;
           INSERT INTO fee_decisions SELECT id, 'countersigned', NULL, proposed_by, now()
             FROM fee_schedules WHERE number = 2""",
        "is not decided by",
    ),
    "lower the fees": ("UPDATE fee_schedules SET issuance_rate = 0", "forbidden"),
}


async def test_the_database_has_the_last_word(registry: Registry, engine: AsyncEngine) -> None:
    await charging.less_is_transferred(registry)

    said = {
        name: await _refusal_of(engine, statements)
        for name, (statements, _) in HAND_WRITTEN.items()
    }

    assert {
        name: words in said[name] for name, (_, words) in HAND_WRITTEN.items()
    } == dict.fromkeys(HAND_WRITTEN, True), said


async def _refusal_of(engine: AsyncEngine, statements: str) -> str:
    try:
        async with engine.begin() as connection:
            for one in statements.split(";"):
                await connection.execute(text(one))
    except DBAPIError as refused:
        return str(refused)
    return "nothing"
