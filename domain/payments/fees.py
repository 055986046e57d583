"""
The fee schedule: what the registry charges for issuing and for retiring, in which currency.

It is proposed by one administrator and counts once another countersigns; a stored one never changes, and the one
with the highest number that was countersigned is in force. Nothing is charged before there is one. An invoice names
the schedule that it follows, so that a later one changes none.

Source: issue 19, "Payments"; ADR 0122.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from uuid import UUID

from domain.accounts.roles import Account, Permission
from domain.errors import Conflict, Fault, FeeScheduleSettled, Forbidden, Invalid
from domain.payments.invoices import InvoiceKind
from domain.quantities import UNITS_PER_TONNE

CURRENCIES: Mapping[str, int] = {
    "AUD": 2,
    "BRL": 2,
    "CAD": 2,
    "CHF": 2,
    "EUR": 2,
    "GBP": 2,
    "INR": 2,
    "JPY": 0,
    "KES": 2,
    "SGD": 2,
    "USD": 2,
    "ZAR": 2,
}
"""In which currencies may be charged, with how many decimals each has (ISO 4217)."""

RATE_MAX = Decimal(100_000)
RATE_DECIMALS = 4
MINIMUM_MAX_MINOR = 100_000_000
DAYS_TO_PAY_MAX = 365
REASON_LENGTH_MAX = 1000


class FeeOutcome(StrEnum):
    COUNTERSIGNED = "countersigned"
    REFUSED = "refused"


@dataclass(frozen=True)
class FeeDecision:
    """What another administrator said of a schedule, once; `reason` says why it is refused."""

    schedule_id: UUID
    outcome: FeeOutcome
    reason: str | None
    decided_by: UUID
    decided_at: datetime


@dataclass(frozen=True)
class FeeSchedule:
    """
    Rates are in minor units of `currency` (cents) for each tonne of CO2e; `minimum_minor` is the least of an invoice.

    A rate of 0 charges nothing for that act, not even the minimum. `decision` None: it waits for its countersignature.
    """

    id: UUID
    number: int
    currency: str
    issuance_rate: Decimal
    retirement_rate: Decimal
    minimum_minor: int
    days_to_pay: int
    reason: str
    proposed_by: UUID
    proposed_at: datetime
    decision: FeeDecision | None = None

    @property
    def stands(self) -> bool:
        return self.decision is not None and self.decision.outcome is FeeOutcome.COUNTERSIGNED

    def amount_minor(self, kind: InvoiceKind, quantity_units: int) -> int:
        """Of `quantity_units` (0.01 t), in minor units, half a unit rounded up; 0: nothing is charged."""
        rate = {
            InvoiceKind.ISSUANCE: self.issuance_rate,
            InvoiceKind.RETIREMENT: self.retirement_rate,
        }[kind]
        if not rate:
            return 0
        exact = rate * quantity_units / UNITS_PER_TONNE
        return max(int(exact.quantize(Decimal(1), ROUND_HALF_UP)), self.minimum_minor)


@dataclass(frozen=True)
class FeeTerms:
    """What is proposed, as it was typed."""

    currency: str
    issuance_rate: Decimal
    retirement_rate: Decimal
    minimum_minor: int
    days_to_pay: int
    reason: str


def schedule_in_force(known: Sequence[FeeSchedule]) -> FeeSchedule | None:
    return max((one for one in known if one.stands), key=lambda one: one.number, default=None)


def propose_fees(
    terms: FeeTerms,
    schedule_id: UUID,
    known: Sequence[FeeSchedule],
    *,
    actor: Account,
    at: datetime,
) -> FeeSchedule:
    """
    Raises:
        Forbidden: the actor is not staff.
        Conflict: another schedule waits for its countersignature.
        Invalid: the currency is none that is charged in, a rate or the minimum is out of its range, nobody could
            pay in time, or the reason is empty; all faults at once.
    """
    actor.require(Permission.SET_FEES)
    waiting = next((one for one in known if one.decision is None), None)
    if waiting is not None:
        raise Conflict(f"Fee schedule {waiting.number} waits for its countersignature.")
    faults = [
        Fault(pointer, sentence)
        for pointer, fits, sentence in (
            (
                "/currency",
                terms.currency in CURRENCIES,
                f"Currency must be one of {', '.join(CURRENCIES)}.",
            ),
            ("/issuanceRate", _is_rate(terms.issuance_rate), _RATE_SENTENCE),
            ("/retirementRate", _is_rate(terms.retirement_rate), _RATE_SENTENCE),
            (
                "/minimumMinor",
                0 <= terms.minimum_minor <= MINIMUM_MAX_MINOR,
                f"The least of an invoice is between 0 and {MINIMUM_MAX_MINOR} minor units.",
            ),
            (
                "/daysToPay",
                1 <= terms.days_to_pay <= DAYS_TO_PAY_MAX,
                f"An invoice is due after 1 to {DAYS_TO_PAY_MAX} days.",
            ),
            ("/reason", bool(terms.reason.strip()), "A fee schedule needs a reason."),
        )
        if not fits
    ]
    if faults:
        raise Invalid(" ".join(fault.detail for fault in faults), *faults)
    return FeeSchedule(
        id=schedule_id,
        number=max((one.number for one in known), default=0) + 1,
        currency=terms.currency,
        issuance_rate=terms.issuance_rate,
        retirement_rate=terms.retirement_rate,
        minimum_minor=terms.minimum_minor,
        days_to_pay=terms.days_to_pay,
        reason=terms.reason,
        proposed_by=actor.id,
        proposed_at=at,
    )


def decide_fees(
    schedule: FeeSchedule,
    outcome: FeeOutcome,
    reason: str | None,
    *,
    actor: Account,
    at: datetime,
) -> FeeSchedule:
    """
    Countersign a schedule, from when on it is in force, or refuse it.

    Raises:
        Forbidden: the actor is not staff, or has proposed it.
        FeeScheduleSettled: it was decided before.
        Invalid: it is refused without a reason.
    """
    actor.require(Permission.COUNTERSIGN_FEES)
    if schedule.proposed_by == actor.id:
        raise Forbidden("The second pair of eyes cannot be the first one's.")
    if schedule.decision is not None:
        raise FeeScheduleSettled(f"Fee schedule {schedule.number} was decided before.")
    if outcome is FeeOutcome.REFUSED and not (reason or "").strip():
        sentence = "A refused fee schedule needs a reason."
        raise Invalid(sentence, Fault("/reason", sentence))
    return replace(schedule, decision=FeeDecision(schedule.id, outcome, reason, actor.id, at))


_RATE_SENTENCE = f"A rate is between 0 and {RATE_MAX} minor units a tonne, with {RATE_DECIMALS} decimals at most."


def _is_rate(rate: Decimal) -> bool:
    if not rate.is_finite() or not 0 <= rate <= RATE_MAX:
        return False
    return rate == rate.quantize(Decimal(1).scaleb(-RATE_DECIMALS))
