"""Fee schedules, invoices and payments as rows, and the provider whose page takes payments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.payments.fees import FeeDecision, FeeSchedule
from domain.payments.invoices import Invoice, InvoiceKind, Payment, PaymentProvider


class FeeSchedules(Protocol):
    async def lock(self) -> None:
        """Whoever else would propose or decide waits until the commit."""

    async def all(self) -> Sequence[FeeSchedule]:
        """By number."""

    async def in_force(self) -> FeeSchedule | None: ...

    async def add(self, schedule: FeeSchedule) -> None: ...

    async def decide(self, decision: FeeDecision) -> None: ...


class Invoices(Protocol):
    async def next_number(self) -> int:
        """One more than the highest; whoever else takes one waits until the commit, so that none is missing."""

    async def add(self, invoice: Invoice) -> None: ...

    async def lock(self, invoice_id: UUID) -> Invoice | None: ...

    async def of_subject(self, kind: InvoiceKind, subject_id: UUID) -> Invoice | None: ...

    async def save(self, invoice: Invoice) -> None: ...


class Payments(Protocol):
    async def of_event(self, provider: PaymentProvider, event_id: str) -> Payment | None: ...

    async def lock(self, payment_id: UUID) -> Payment | None: ...

    async def add(self, payment: Payment) -> None: ...

    async def decide(self, payment: Payment) -> None:
        """Write what a person decided of it."""


class PaymentRepositories(Protocol):
    @property
    def fees(self) -> FeeSchedules: ...

    @property
    def invoices(self) -> Invoices: ...

    @property
    def payments(self) -> Payments: ...


@dataclass(frozen=True)
class CheckoutPage:
    """Where whoever pays is led; good until a moment."""

    url: str
    until: datetime


class CheckoutUnavailable(Exception):
    """The provider did not answer, or not as it should; it is asked again."""


class CheckoutPages(Protocol):
    """A payment provider that takes the money on pages of its own, and tells by webhook."""

    async def open(
        self, invoice: Invoice, *, back_to: str, again: datetime | None = None
    ) -> CheckoutPage:
        """
        A page on which exactly the invoice's amount is paid; the same one, however often it is asked for.

        `again` is when the former one ended: then it is another page.

        Raises:
            CheckoutUnavailable: as it says.
        """
