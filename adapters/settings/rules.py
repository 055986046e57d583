"""What an operator decides about the registry's own rules, and about what is charged and how it is paid (ADR 0122)."""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, SecretStr, model_validator

from adapters.settings.variables import (
    API,
    BOTH,
    MIGRATIONS,
    WORKER,
    AreaSettings,
    variable,
)
from domain.audit.archives import KEPT_YEARS_MIN
from domain.projects.programme.appeals import AppealRules


class RuleSettings(AreaSettings):
    assignment_deadline_hours: float = variable(
        72, "until staff are reminded that nobody verifies", read_by=API
    )
    review_deadline_hours: float = variable(
        720, "until staff are reminded that a review takes long", read_by=API
    )
    countersignature_deadline_hours: float = variable(
        72, "until staff are reminded that an approval waits for a second one", read_by=API
    )
    finding_answer_deadline_hours: float = variable(
        336, "until a supplier is reminded of a finding that waits for an answer", read_by=API
    )
    ingestion_answer_deadline_hours: float = variable(
        72,
        "until whoever must act is reminded of the faults of a file, and until staff hear of it once more "
        "([ADR 0103](adr/0103-people-and-data-that-comes-in.md))",
        read_by=BOTH,
        gt=0,
    )
    erasure_cooling_off_days: int = variable(
        14,
        "how long whoever asks to be erased may withdraw it "
        "([ADR 0073](adr/0073-ones-own-data.md))",
        read_by=API,
        ge=0,
        le=30,
    )
    terms_version: str = variable(
        "2026-01-01", "of the terms that people are shown, kept with each consent", read_by=API
    )
    require_countersignature: bool | None = variable(
        None,
        "whether a second person must approve before credits are issued (not, at first); "
        "`python -m migrations` writes it into the database, where every process reads it; unset: "
        "it stays as it is ([ADR 0036](adr/0036-one-countersignature-policy.md))",
        read_by=MIGRATIONS,
    )
    audit_retention_years: int = variable(
        KEPT_YEARS_MIN,
        "how long the audit log stays in the database; older months go to object storage "
        "([ADR 0070](adr/0070-the-audit-log-in-months.md))",
        read_by=WORKER,
        ge=KEPT_YEARS_MIN,
    )
    conflict_declaration_required: bool = variable(
        False,
        "a verifier declares the absence of a conflict of interest in words of its own before deciding; "
        "false: where nothing was declared, the decision itself declares it, as its terms say "
        "([ADR 0068](adr/0068-organisations.md))",
        read_by=WORKER,
    )
    consultation_required: bool = variable(
        False,
        "the public must have been heard before a project is approved for the first time; false: only where "
        "staff opened a consultation ([ADR 0099](adr/0099-the-public-is-heard.md))",
        read_by=WORKER,
    )
    consultation_answers_required: bool = variable(
        True,
        "each comment of a consultation must be answered, or hidden, before the approval",
        read_by=WORKER,
    )
    validation_required: bool = variable(
        False,
        "a project's design must be validated, apart from its tonnes, before it is approved for the first time; "
        "false: only where an opinion is written it counts ([ADR 0100](adr/0100-validated-reviewed-assessed.md))",
        read_by=WORKER,
    )
    technical_review_required: bool = variable(
        False,
        "a second person of the verifier's body must have confirmed the verification statement before an approval; "
        "false: only a statement that was returned carries none "
        "([ADR 0100](adr/0100-validated-reviewed-assessed.md))",
        read_by=WORKER,
    )
    rounds_of_one_body_max: int = variable(
        0,
        "how many rounds of a project one verification body verifies in a row before another must "
        "([ADR 0099](adr/0099-the-public-is-heard.md)); 0: as many as there are",
        read_by=WORKER,
        ge=0,
    )
    consultation_days_min: Annotated[int, Field(ge=1, le=365)] = variable(
        30, "how many days a consultation takes at least", read_by=API
    )
    appeal_within_days: Annotated[int, Field(ge=1, le=365)] = variable(
        30,
        "how many days after a decision its supplier may appeal against it "
        "([ADR 0101](adr/0101-appeals-and-corrections.md))",
        read_by=BOTH,
    )
    appeal_acknowledged_within_days: Annotated[int, Field(ge=1, le=365)] = variable(
        7, "until staff must have acknowledged an appeal or a grievance", read_by=BOTH
    )
    appeal_answered_within_days: Annotated[int, Field(ge=1, le=730)] = variable(
        60, "until staff must have decided on it, from its filing on", read_by=BOTH
    )
    correction_countersigned_above_tonnes: (
        Annotated[Decimal, Field(ge=0, decimal_places=2)] | None
    ) = variable(
        Decimal(0),
        "another administrator must countersign each correction of an issuance of more than this: each of them, "
        "at first; unset: none ([ADR 0101](adr/0101-appeals-and-corrections.md))",
        read_by=API,
    )
    correction_replaced_within_days: Annotated[int, Field(ge=1, le=730)] = variable(
        180,
        "until a supplier must have handed in as many units as were issued in error and moved on",
        read_by=WORKER,
    )
    cancellation_countersigned_above_tonnes: (
        Annotated[Decimal, Field(ge=0, decimal_places=2)] | None
    ) = variable(
        Decimal(10_000),
        "another administrator must countersign each cancellation of more than this; unset: none "
        "([ADR 0066](adr/0066-one-table-of-permissions.md))",
        read_by=API,
    )
    buffer_release_countersigned_above_tonnes: (
        Annotated[Decimal, Field(ge=0, decimal_places=2)] | None
    ) = variable(
        Decimal(10_000), "the same for each release of the buffer; unset: none", read_by=API
    )
    reversal_countersigned_above_tonnes: (
        Annotated[Decimal, Field(ge=0, decimal_places=2)] | None
    ) = variable(Decimal(10_000), "the same for each recorded reversal; unset: none", read_by=API)
    role_changes_countersigned: bool = variable(
        False,
        "whether another administrator must countersign who becomes an administrator, or is none any more",
        read_by=API,
    )
    freezes_countersigned: bool = variable(
        False,
        "whether another administrator must countersign freezing and unfreezing the registry",
        read_by=API,
    )
    proposal_hours: Annotated[float, Field(gt=0)] = variable(
        72, "until what another administrator must countersign expires", read_by=API
    )
    wallet_signature_above_tonnes: Annotated[Decimal, Field(ge=0, decimal_places=2)] | None = (
        variable(
            None,
            "the holder's wallet must sign each transfer and retirement of more than this; unset: none "
            "([ADR 0062](adr/0062-wallets-are-proven.md))",
            read_by=API,
        )
    )

    def appeals(self) -> AppealRules:
        return AppealRules(
            appeal_within=timedelta(days=self.appeal_within_days),
            acknowledge_within=timedelta(days=self.appeal_acknowledged_within_days),
            answer_within=timedelta(days=self.appeal_answered_within_days),
        )


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
