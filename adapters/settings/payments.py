"""What is charged, and how it can be paid (ADR 0122)."""

from typing import Annotated, Self

from pydantic import Field, SecretStr, model_validator

from adapters.settings.variables import API, BOTH, WORKER, AreaSettings, variable


class PaymentSettings(AreaSettings):
    fees_charged: bool = variable(
        False,
        "whether issuances and retirements are invoiced by the fee schedule that staff decided "
        "([ADR 0122](adr/0122-fees-are-invoiced.md)); false: nothing is charged, and nothing waits",
        read_by=BOTH,
    )
    payment_provider_url: Annotated[str, Field(pattern=r"^https?://[^\s?#]+[^\s?#/]$")] | None = (
        variable(
            None,
            "the payment provider's API, of Stripe's shape, as `https://api.stripe.com`; unset: invoices are paid by "
            "bank transfer alone",
            read_by=BOTH,
        )
    )
    payment_provider_key: SecretStr | None = variable(
        None, "the key that opens its pages, fit for nothing else; secret", read_by=WORKER
    )
    payment_webhook_secret: SecretStr | None = variable(
        None,
        "what it signs its webhooks to `/api/v1/payments/provider-webhook` with; unset: none are expected",
        read_by=API,
    )
    bank_transfer_details: str = variable(
        "",
        "to whom a transfer goes, as invoices print it: holder, IBAN, BIC, between commas",
        read_by=API,
    )

    @model_validator(mode="after")
    def _pages_have_a_key(self) -> Self:
        url = self.payment_provider_url
        if self.payment_provider_key is not None and url is None:
            raise ValueError("PAYMENT_PROVIDER_KEY is for a PAYMENT_PROVIDER_URL")
        if url is not None and url.startswith("http://") and not _is_loopback(url):
            raise ValueError(
                "PAYMENT_PROVIDER_URL must begin with https://, but on this very machine"
            )
        return self


def _is_loopback(url: str) -> bool:
    return url.startswith(("http://127.0.0.1", "http://localhost", "http://[::1]"))
