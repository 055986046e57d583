"""Fees, invoices and the payments that come for them: what counts, what is held, what is refused."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import (
    Conflict,
    FeeScheduleSettled,
    Forbidden,
    Invalid,
    InvoiceSettled,
    PaymentDecided,
    Refusal,
)
from domain.payments import invoices as rules
from domain.payments.fees import (
    FeeOutcome,
    FeeSchedule,
    FeeTerms,
    decide_fees,
    propose_fees,
    schedule_in_force,
)
from domain.payments.invoices import (
    HeldBecause,
    Invoice,
    InvoiceKind,
    InvoiceStatus,
    PaymentKind,
    PaymentOutcome,
    PaymentProvider,
    PaymentTold,
    creditor_reference,
    take_payment,
)
from domain.payments.money import format_money
from tests.factories import ADMINISTRATOR, DEVELOPER, NOW, OTHER_ADMINISTRATOR, named

TERMS = FeeTerms("EUR", Decimal(20), Decimal("2.5"), 5000, 30, "As the council decided.")
INVOICE = Invoice(
    id=named("invoice"),
    number=17,
    kind=InvoiceKind.ISSUANCE,
    subject_id=named("verification"),
    payer_id=DEVELOPER.id,
    schedule_id=named("fees"),
    quantity_units=100_000,
    amount_minor=20_000,
    currency="EUR",
    status=InvoiceStatus.DUE,
    issued_at=NOW,
    due_at=NOW + timedelta(days=30),
)
TOLD = PaymentTold(PaymentKind.PAYMENT, PaymentProvider.CHECKOUT, "evt_1", 20_000, "EUR", NOW)
REFUND = replace(TOLD, kind=PaymentKind.REFUND)


def proposed(terms: FeeTerms = TERMS, *known: FeeSchedule) -> FeeSchedule:
    return propose_fees(terms, named(f"fees {len(known)}"), known, actor=ADMINISTRATOR, at=NOW)


def standing(terms: FeeTerms = TERMS) -> FeeSchedule:
    return decide_fees(
        proposed(terms), FeeOutcome.COUNTERSIGNED, None, actor=OTHER_ADMINISTRATOR, at=NOW
    )


@pytest.mark.parametrize(
    ("kind", "quantity_units", "amount_minor"),
    [
        (InvoiceKind.ISSUANCE, 100_000, 20_000),
        (InvoiceKind.ISSUANCE, 1, 5_000),
        (InvoiceKind.RETIREMENT, 1_000_020, 25_001),
        (InvoiceKind.RETIREMENT, 1_000_019, 25_000),
    ],
    ids=["a thousand tonnes", "not less than the minimum", "half a cent up", "less than half down"],
)
def test_what_an_act_costs(kind: InvoiceKind, quantity_units: int, amount_minor: int) -> None:
    assert standing().amount_minor(kind, quantity_units) == amount_minor


def test_a_rate_of_nought_charges_nothing_and_not_the_minimum_either() -> None:
    free = standing(replace(TERMS, retirement_rate=Decimal(0)))

    assert free.amount_minor(InvoiceKind.RETIREMENT, 10**6) == 0
    assert free.amount_minor(InvoiceKind.ISSUANCE, 1) == TERMS.minimum_minor


def test_a_schedule_is_in_force_once_another_administrator_countersigns_it() -> None:
    first, waiting = standing(), proposed(TERMS, standing())
    refused = decide_fees(
        waiting, FeeOutcome.REFUSED, "Too much.", actor=OTHER_ADMINISTRATOR, at=NOW
    )
    second = decide_fees(waiting, FeeOutcome.COUNTERSIGNED, None, actor=OTHER_ADMINISTRATOR, at=NOW)

    assert schedule_in_force([]) is None
    assert schedule_in_force([first, waiting]) == first
    assert schedule_in_force([first, refused]) == first
    assert schedule_in_force([first, second]) == second
    assert second.number == 2


@pytest.mark.parametrize(
    ("attempt", "refusal"),
    [
        (lambda: proposed(TERMS, proposed()), Conflict),
        (lambda: propose_fees(TERMS, named("f"), [], actor=DEVELOPER, at=NOW), Forbidden),
        (lambda: decide_fees(proposed(), FeeOutcome.COUNTERSIGNED, None, actor=ADMINISTRATOR, at=NOW), Forbidden),
        (lambda: decide_fees(standing(), FeeOutcome.REFUSED, "No.", actor=OTHER_ADMINISTRATOR, at=NOW), FeeScheduleSettled),
        (lambda: decide_fees(proposed(), FeeOutcome.REFUSED, " ", actor=OTHER_ADMINISTRATOR, at=NOW), Invalid),
    ],
    ids=["one waits", "no staff", "the same eyes", "twice", "no reason"],
)  # fmt: skip
def test_what_is_no_decision_on_fees(attempt: Callable[[], object], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        attempt()


def test_every_fault_of_a_schedule_is_told_at_once() -> None:
    terms = FeeTerms("XTS", Decimal("0.00001"), Decimal("Infinity"), -1, 0, " ")

    with pytest.raises(Invalid) as refused:
        proposed(terms)

    assert [fault.pointer for fault in refused.value.faults] == [
        "/currency", "/issuanceRate", "/retirementRate", "/minimumMinor", "/daysToPay", "/reason",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "told", "because"),
    [
        (InvoiceStatus.DUE, TOLD, None),
        (InvoiceStatus.OVERDUE, TOLD, None),
        (InvoiceStatus.DUE, replace(TOLD, amount_minor=19_999), HeldBecause.OTHER_AMOUNT),
        (InvoiceStatus.DUE, replace(TOLD, amount_minor=20_001), HeldBecause.OTHER_AMOUNT),
        (InvoiceStatus.DUE, replace(TOLD, currency="USD"), HeldBecause.OTHER_CURRENCY),
        (InvoiceStatus.PAID, TOLD, HeldBecause.NOT_AWAITED),
        (InvoiceStatus.CANCELLED, TOLD, HeldBecause.NOT_AWAITED),
        (InvoiceStatus.PAID, REFUND, None),
        (InvoiceStatus.PAID, replace(REFUND, amount_minor=1), HeldBecause.OTHER_AMOUNT),
        (InvoiceStatus.DUE, REFUND, HeldBecause.NOT_AWAITED),
    ],
    ids=[
        "in time", "late", "too little", "too much", "another currency", "paid already", "cancelled",
        "all given back", "some given back", "nothing to give back",
    ],
)  # fmt: skip
def test_a_payment_counts_when_it_is_exactly_what_is_owed(
    status: InvoiceStatus, told: PaymentTold, because: HeldBecause | None
) -> None:
    before = replace(INVOICE, status=status)

    after, payment = take_payment(
        before, told, payment_id=named("payment"), recorded_by=None, at=NOW
    )

    assert payment.held_because is because
    if because is not None:
        assert (after, payment.outcome) == (before, PaymentOutcome.HELD)
    else:
        became = {
            PaymentKind.PAYMENT: InvoiceStatus.PAID,
            PaymentKind.REFUND: InvoiceStatus.REFUNDED,
        }
        assert (after.status, after.settled_at) == (became[told.kind], NOW)


def held(told: PaymentTold = TOLD) -> rules.Payment:
    other = replace(told, amount_minor=15_000)
    return take_payment(INVOICE, other, payment_id=named("p"), recorded_by=None, at=NOW)[1]


def test_a_person_accepts_what_was_held_or_has_it_sent_back() -> None:
    def decided(outcome: PaymentOutcome) -> Invoice:
        return rules.decide_payment(
            INVOICE, held(), outcome, "The bank kept the rest.", actor=ADMINISTRATOR, at=NOW
        )[0]

    assert decided(PaymentOutcome.ACCEPTED).status is InvoiceStatus.PAID
    assert decided(PaymentOutcome.RETURNED) == INVOICE


PAID = replace(INVOICE, status=InvoiceStatus.PAID, settled_at=NOW)
COUNTED = replace(held(), outcome=PaymentOutcome.COUNTED, held_because=None)


@pytest.mark.parametrize(
    ("attempt", "refusal"),
    [
        (lambda: rules.decide_payment(INVOICE, COUNTED, PaymentOutcome.RETURNED, "x", actor=ADMINISTRATOR, at=NOW), PaymentDecided),
        (lambda: rules.decide_payment(PAID, held(), PaymentOutcome.ACCEPTED, "x", actor=ADMINISTRATOR, at=NOW), InvoiceSettled),
        (lambda: rules.decide_payment(INVOICE, held(), PaymentOutcome.ACCEPTED, " ", actor=ADMINISTRATOR, at=NOW), Invalid),
        (lambda: rules.decide_payment(INVOICE, held(), PaymentOutcome.ACCEPTED, "x", actor=DEVELOPER, at=NOW), Forbidden),
        (lambda: rules.cancel_invoice(PAID, "x", actor=ADMINISTRATOR, at=NOW), InvoiceSettled),
        (lambda: rules.cancel_invoice(INVOICE, "x", actor=DEVELOPER, at=NOW), Forbidden),
        (lambda: rules.cancel_invoice(INVOICE, "", actor=ADMINISTRATOR, at=NOW), Invalid),
        (lambda: rules.refund_invoice(INVOICE, "x", actor=ADMINISTRATOR, at=NOW), InvoiceSettled),
    ],
    ids=["counted", "paid already", "no reason", "no staff", "cancel paid", "cancel by payer", "cancel why", "refund unpaid"],
)  # fmt: skip
def test_what_staff_cannot_do(attempt: Callable[[], object], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        attempt()


def test_an_invoice_falls_overdue_once_its_day_has_passed_and_not_when_it_was_paid() -> None:
    assert rules.fall_overdue(INVOICE, at=INVOICE.due_at).status is InvoiceStatus.OVERDUE
    assert rules.fall_overdue(INVOICE, at=NOW) == INVOICE
    assert rules.fall_overdue(PAID, at=INVOICE.due_at) == PAID


@given(st.integers(1, 10**9), st.integers(0, 9), st.integers(1, 9))
def test_the_reference_is_iso_11649_and_tells_one_wrong_digit(
    number: int, place: int, by: int
) -> None:
    reference = creditor_reference(number)

    assert _remainder(reference) == 1
    body = list(reference)
    body[4 + place] = str((int(body[4 + place]) + by) % 10)
    assert _remainder("".join(body)) != 1


def _remainder(reference: str) -> int:
    """As a bank checks it: the first four to the end, letters as numbers from 10 on, modulo 97."""
    turned = reference[4:] + reference[:4]
    return int("".join(str(int(character, 36)) for character in turned)) % 97


@pytest.mark.parametrize(
    ("amount_minor", "currency", "words"),
    [(123_450, "EUR", "1,234.50 EUR"), (1_235, "JPY", "1,235 JPY"), (5, "XTS", "5 minor units of XTS")],
    ids=["cents", "no cents", "unknown"],
)  # fmt: skip
def test_amounts_as_people_read_them(amount_minor: int, currency: str, words: str) -> None:
    assert format_money(amount_minor, currency) == words
