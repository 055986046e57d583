"""What the registry charges, its invoices, and what came for them (ADR 0122)."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import UUID

from adapters.postgres.tables.schema import Moment, metadata, one_of
from domain.payments.fees import FeeOutcome
from domain.payments.invoices import (
    HeldBecause,
    InvoiceKind,
    InvoiceStatus,
    PaymentKind,
    PaymentOutcome,
    PaymentProvider,
)

fee_schedules = Table(
    "fee_schedules",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column(
        "number",
        Integer,
        nullable=False,
        unique=True,
        comment="1, 2, 3; of those that were countersigned the highest is in force.",
    ),
    Column("currency", String(3), nullable=False, comment="ISO 4217."),
    Column(
        "issuance_rate",
        Numeric(12, 4),
        nullable=False,
        comment="Minor units of the currency for each tonne that is issued; 0: nothing is charged.",
    ),
    Column(
        "retirement_rate",
        Numeric(12, 4),
        nullable=False,
        comment="Likewise, for each tonne that is retired.",
    ),
    Column(
        "minimum_minor",
        BigInteger,
        nullable=False,
        comment="The least of an invoice, in minor units.",
    ),
    Column(
        "days_to_pay", Integer, nullable=False, comment="From an invoice's issue until it is due."
    ),
    Column("reason", Text, nullable=False, comment="Why it is so, in the words of staff."),
    Column("proposed_by", ForeignKey("users.id"), nullable=False, comment="An administrator."),
    Column("proposed_at", Moment, nullable=False, comment="When it was proposed."),
    CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_code"),
    CheckConstraint(
        "issuance_rate >= 0 AND retirement_rate >= 0 AND minimum_minor >= 0 AND days_to_pay > 0",
        name="nothing_negative",
    ),
    comment="What the registry charges, by version (ADR 0122). Rows never change.",
)

fee_decisions = Table(
    "fee_decisions",
    metadata,
    Column(
        "schedule_id",
        ForeignKey("fee_schedules.id"),
        primary_key=True,
        comment="Each is decided once.",
    ),
    Column("outcome", String(20), nullable=False, comment="countersigned or refused."),
    Column("reason", Text, comment="Why it is refused."),
    Column("decided_by", ForeignKey("users.id"), nullable=False, comment="Another administrator."),
    Column("decided_at", Moment, nullable=False, comment="From when on it is in force."),
    one_of("outcome", FeeOutcome),
    CheckConstraint("outcome = 'countersigned' OR length(reason) > 0", name="refused_why"),
    comment="What a second administrator said of a fee schedule (ADR 0122). Rows never change.",
)

invoices = Table(
    "invoices",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column(
        "number",
        Integer,
        nullable=False,
        unique=True,
        comment="Counts all invoices, without a gap.",
    ),
    Column("kind", String(20), nullable=False, comment="issuance or retirement."),
    Column(
        "subject_id",
        UUID(as_uuid=True),
        nullable=False,
        comment="The verification or the retirement that it is for.",
    ),
    Column(
        "payer_id",
        ForeignKey("users.id"),
        nullable=False,
        comment="Whose organisation pays: the account it holds credits under.",
    ),
    Column(
        "schedule_id",
        ForeignKey("fee_schedules.id"),
        nullable=False,
        comment="What the amount follows from.",
    ),
    Column("quantity_units", BigInteger, nullable=False, comment="Charged for, of 0.01 t CO2e."),
    Column("amount_minor", BigInteger, nullable=False, comment="In minor units of the currency."),
    Column("currency", String(3), nullable=False, comment="ISO 4217."),
    Column(
        "status", String(20), nullable=False, comment="due, overdue, paid, cancelled or refunded."
    ),
    Column("issued_at", Moment, nullable=False, comment="With what it is for."),
    Column("due_at", Moment, nullable=False, comment="When it becomes overdue."),
    Column("settled_at", Moment, comment="When it was paid, cancelled or refunded."),
    Column("reason", Text, comment="Why staff cancelled or refunded it."),
    Column("checkout_url", Text, comment="The provider's page on which it is paid."),
    Column("checkout_until", Moment, comment="Until when that page is open."),
    one_of("kind", InvoiceKind),
    one_of("status", InvoiceStatus),
    CheckConstraint("quantity_units > 0 AND amount_minor > 0", name="of_something"),
    CheckConstraint(
        "(status IN ('due', 'overdue')) = (settled_at IS NULL)", name="settled_at_once"
    ),
    CheckConstraint("(checkout_url IS NULL) = (checkout_until IS NULL)", name="page_with_its_end"),
    UniqueConstraint("kind", "subject_id"),
    Index("ix_invoices_payer", "payer_id", "issued_at", "id"),
    Index("ix_invoices_newest", "issued_at", "id"),
    comment="Invoices over fees (ADR 0122). What is owed never changes, and what is settled is never awaited again.",
)

payments = Table(
    "payments",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column(
        "invoice_id",
        ForeignKey("invoices.id"),
        nullable=False,
        index=True,
        comment="What it came for.",
    ),
    Column("kind", String(20), nullable=False, comment="payment or refund."),
    Column("provider", String(20), nullable=False, comment="checkout or bank_transfer."),
    Column(
        "event_id",
        String(200),
        nullable=False,
        comment="The provider's own name for it, or the bank's; it counts once.",
    ),
    Column("amount_minor", BigInteger, nullable=False, comment="As it came, in minor units."),
    Column("currency", String(3), nullable=False, comment="As it came."),
    Column(
        "occurred_at", Moment, nullable=False, comment="When, as the provider or the bank says."
    ),
    Column("recorded_at", Moment, nullable=False, comment="When the registry heard of it."),
    Column("outcome", String(20), nullable=False, comment="counted, held, accepted or returned."),
    Column(
        "held_because", String(20), comment="Why it waited for a person; NULL: it was what is owed."
    ),
    Column(
        "recorded_by",
        ForeignKey("users.id"),
        comment="Staff who found it on the bank statement; NULL: the provider told.",
    ),
    Column("decided_by", ForeignKey("users.id"), comment="Staff who decided what was held."),
    Column("decided_at", Moment, comment="When."),
    Column("reason", Text, comment="Why they decided so."),
    one_of("kind", PaymentKind),
    one_of("provider", PaymentProvider),
    one_of("outcome", PaymentOutcome),
    one_of("held_because", HeldBecause),
    CheckConstraint("amount_minor > 0", name="of_something"),
    CheckConstraint("(outcome = 'counted') = (held_because IS NULL)", name="held_for_a_reason"),
    CheckConstraint(
        "(outcome IN ('accepted', 'returned')) = (decided_at IS NOT NULL)", name="decided_when_said"
    ),
    UniqueConstraint("provider", "event_id"),
    comment="What came for invoices, and what went back (ADR 0122). No card data.",
)
