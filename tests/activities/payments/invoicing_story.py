"""Chapters of a story in which the registry charges fees; each goes on where the one before ends."""

from decimal import Decimal

from activities.payloads import ReasonPayload
from activities.payments.invoices import (
    DecidePayment,
    InvoiceDeadline,
    SettleInvoice,
    TakePayment,
)
from domain.identifiers import derived_id
from domain.payments.fees import FeeOutcome, FeeTerms, decide_fees, propose_fees
from domain.payments.invoices import PaymentKind, PaymentOutcome, PaymentProvider
from tests.activities import story
from tests.activities.registry import Registry, keep_draft, run
from tests.factories import ADMINISTRATOR, NOW, OTHER_ADMINISTRATOR, named

ISSUANCE_INVOICE = derived_id(story.VERIFICATION_ID, "invoice/issuance")
RETIREMENT_INVOICE = derived_id(story.RETIREMENT_ID, "invoice/retirement")
TERMS = FeeTerms("EUR", Decimal(20), Decimal("2.5"), 0, 30, "As the council decided.")
PAY = TakePayment(
    invoice_id=ISSUANCE_INVOICE,
    kind=PaymentKind.PAYMENT,
    provider=PaymentProvider.CHECKOUT,
    event_id="evt_1",
    amount_minor=20_000,
    currency="EUR",
    occurred_at=NOW,
)
PAY_LESS = PAY.model_copy(
    update={
        "provider": PaymentProvider.BANK_TRANSFER,
        "event_id": "NTRF1",
        "amount_minor": 15_000,
        "actor_id": ADMINISTRATOR.id,
    }
)
ACCEPT = DecidePayment(
    operation_id=named("accept payment"),
    invoice_id=ISSUANCE_INVOICE,
    payment_id=derived_id(ISSUANCE_INVOICE, "bank_transfer/NTRF1"),
    outcome=PaymentOutcome.ACCEPTED,
    actor_id=ADMINISTRATOR.id,
)
CANCEL = SettleInvoice(
    operation_id=named("cancel invoice"),
    invoice_id=ISSUANCE_INVOICE,
    actor_id=ADMINISTRATOR.id,
)
REFUND = CANCEL.model_copy(update={"operation_id": named("refund invoice")})
DEADLINE = InvoiceDeadline(invoice_id=ISSUANCE_INVOICE)


async def fees_are_in_force(registry: Registry) -> None:
    """Of a registry that charges; by two administrators."""
    async with registry.database.transaction() as work:
        schedule = propose_fees(TERMS, named("fees"), [], actor=ADMINISTRATOR, at=NOW)
        await work.payments.fees.add(schedule)
        decided = decide_fees(
            schedule, FeeOutcome.COUNTERSIGNED, None, actor=OTHER_ADMINISTRATOR, at=NOW
        )
        assert decided.decision is not None
        await work.payments.fees.decide(decided.decision)


async def an_approval_is_invoiced(registry: Registry) -> None:
    """By a registry that charges, whatever this one does."""
    await fees_are_in_force(registry)
    await story.evidence_is_complete(registry)
    charging = Registry(registry.database, charges=True)
    await keep_reasons(registry)
    await story.it_is_decided(charging, story.APPROVE)


async def less_is_transferred(registry: Registry) -> None:
    await an_approval_is_invoiced(registry)
    await run(registry.invoices.take_payment, PAY_LESS)


async def it_is_paid(registry: Registry) -> None:
    await an_approval_is_invoiced(registry)
    await run(registry.invoices.take_payment, PAY)


async def its_day_has_passed(registry: Registry) -> None:
    await an_approval_is_invoiced(registry)
    registry.clock.advance(days=31)


async def keep_reasons(registry: Registry) -> None:
    for request in (ACCEPT, CANCEL, REFUND):
        await keep_draft(
            registry,
            request.operation_id,
            ADMINISTRATOR.id,
            ReasonPayload(reason="The bank kept the rest."),
        )
