"""The provider whose page takes payments."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.payments.invoices import Invoice


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
