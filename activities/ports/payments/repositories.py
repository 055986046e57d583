"""Fee schedules, invoices and payments as rows."""

from collections.abc import Sequence
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
