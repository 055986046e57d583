"""Chain records, the transactions that carry them, and comparisons of the two."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from adapters.postgres.tables.schema import Moment, metadata, one_of
from domain.chain.records import RecordKind, RecordStatus

chain_transactions = Table(
    "chain_transactions",
    metadata,
    Column(
        "tx_hash",
        String(64),
        primary_key=True,
        comment="Blake2b-256 of the transaction's body, hex.",
    ),
    Column(
        "wallet_address",
        String(120),
        nullable=False,
        comment="Bech32; the platform's wallet that pays.",
    ),
    Column(
        "cbor", LargeBinary, nullable=False, comment="Signed bytes, stored before they are sent."
    ),
    Column(
        "ttl_slot",
        BigInteger,
        nullable=False,
        comment="First slot in which no block takes it any more.",
    ),
    Column("fee_lovelace", BigInteger, nullable=False, comment="1 ADA is 1,000,000 lovelace."),
    Column(
        "status",
        String(20),
        nullable=False,
        comment="signed, submitted, confirmed (six blocks on top), final (as many as the chain's "
        "k), expired.",
    ),
    Column("block_hash", String(64), comment="Block it was last seen in; NULL: in none."),
    Column("block_height", BigInteger, comment="Height of that block."),
    Column("block_slot", BigInteger, comment="Slot of that block."),
    Column(
        "confirmations",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="Blocks on top of the block that holds the transaction.",
    ),
    Column(
        "misses",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="Tips in a row that did not show it; three mean that it is gone.",
    ),
    Column("missed_at_slot", BigInteger, comment="Tip of the last of the misses."),
    Column(
        "expired_at_height",
        BigInteger,
        comment="Tip height when the TTL was first seen to have passed.",
    ),
    Column(
        "rollbacks",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="How often its block was found gone.",
    ),
    Column(
        "submissions",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="How often the same bytes were sent.",
    ),
    Column("built_at", Moment, nullable=False, comment="When it was built and signed."),
    Column("submitted_at", Moment, comment="First time a node took the bytes."),
    Column(
        "confirmed_at",
        Moment,
        comment="When six blocks on top were first seen; a rollback does not clear it.",
    ),
    Column("checked_at", Moment, comment="When the chain was last asked."),
    Column(
        "taken_back_at", Moment, comment="When its block was last found gone, after six on top."
    ),
    Column(
        "not_shown_at_height",
        BigInteger,
        comment="Tip height when it was last found to stand in history that the provider does not "
        "keep; NULL: it is shown, or not on the chain.",
    ),
    Column(
        "resends",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="Of the submissions, the follower's since the bytes were last in a block.",
    ),
    Column(
        "resend_at_slot",
        BigInteger,
        comment="The follower does not send the bytes again before this slot.",
    ),
    CheckConstraint(
        "status IN ('signed', 'submitted', 'confirmed', 'final', 'expired')", name="status_known"
    ),
    CheckConstraint("tx_hash ~ '^[0-9a-f]{64}$'", name="tx_hash_is_hex"),
    Index("ix_chain_transactions_newest", "built_at"),
    Index(
        "ix_chain_transactions_taken_back",
        "taken_back_at",
        postgresql_where=text("taken_back_at IS NOT NULL"),
    ),
    Index(
        "ix_chain_transactions_not_shown",
        "not_shown_at_height",
        postgresql_where=text("not_shown_at_height IS NOT NULL"),
    ),
    Index(
        "ix_chain_transactions_in_flight",
        "built_at",
        postgresql_where=text("status IN ('signed', 'submitted', 'confirmed')"),
    ),
    Index(
        "ix_chain_transactions_unsettled",
        "wallet_address",
        postgresql_where=text("status IN ('signed', 'submitted', 'confirmed')"),
    ),
    comment="Cardano transactions that the registry signed, and what was last seen of each "
    "(ADR 0008).",
)

chain_records = Table(
    "chain_records",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column(
        "transaction_id",
        ForeignKey("credit_transactions.id"),
        unique=True,
        comment="One record for each credit transaction, for ever; NULL: an anchor of the audit log.",
    ),
    Column(
        "audit_seq",
        BigInteger,
        unique=True,
        comment="The audit entry that an anchor names; NULL: a record of a credit transaction.",
    ),
    Column(
        "kind",
        String(20),
        nullable=False,
        comment="As the credit transaction's type, or audit (an anchor of the audit log).",
    ),
    Column("record", JSONB, nullable=False, comment="What stands under label 674."),
    Column(
        "status",
        String(20),
        nullable=False,
        comment="queued, submitted, confirmed (six blocks on top), final (as many as the chain's "
        "k), parked.",
    ),
    Column(
        "waiting_workflow_id",
        String(255),
        nullable=False,
        comment="The workflow that is told of the confirmation.",
    ),
    Column(
        "tx_hash",
        ForeignKey("chain_transactions.tx_hash"),
        index=True,
        comment="The transaction that carries it; NULL while it is queued or parked.",
    ),
    Column("park_reason", Text, comment="Why it waits for a person; NULL unless it is parked."),
    Column(
        "announced_at", Moment, comment="When the waiting workflow was told of the confirmation."
    ),
    Column(
        "queued_at",
        Moment,
        nullable=False,
        comment="Since when it waits; anew when it goes back into the queue.",
    ),
    Column("position", BigInteger, Identity(), nullable=False, comment="Order in the queue."),
    Column(
        "attempts",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="Its transactions that expired; 0 again once staff resume it.",
    ),
    one_of("kind", RecordKind),
    one_of("status", RecordStatus),
    CheckConstraint(
        "status IN ('queued', 'parked') OR tx_hash IS NOT NULL", name="sent_in_something"
    ),
    CheckConstraint("(status = 'parked') = (park_reason IS NOT NULL)", name="parked_for_a_reason"),
    CheckConstraint(
        "(kind = 'audit') = (audit_seq IS NOT NULL) AND (kind = 'audit') = (transaction_id IS NULL)",
        name="of_a_transaction_or_the_audit_log",
    ),
    Index("ix_chain_records_queue", "position", postgresql_where=text("status = 'queued'")),
    Index("ix_chain_records_newest", "queued_at", "id"),
    Index("ix_chain_records_status_newest", "status", "queued_at", "id"),
    Index(
        "ix_chain_records_unannounced",
        "position",
        postgresql_where=text("status IN ('confirmed', 'final') AND announced_at IS NULL"),
    ),
    comment="What is to stand on Cardano, and how far it has come: every movement of units, and "
    "anchors.",
)

chain_record_openings = Table(
    "chain_record_openings",
    metadata,
    Column(
        "record_id",
        ForeignKey("chain_records.id"),
        primary_key=True,
        comment="The record that commits to the account.",
    ),
    Column(
        "field",
        String(20),
        primary_key=True,
        comment="The field of the record that holds the commitment.",
    ),
    Column(
        "account_id", ForeignKey("users.id"), nullable=False, comment="Whose account it stands for."
    ),
    Column(
        "salt", LargeBinary, nullable=False, comment="Secret; hides what the record commits to."
    ),
    CheckConstraint("length(salt) = 32", name="salted"),
    comment="What shows whose accounts chain records commit to, told to these accounts alone "
    "(ADR 0046). Rows never change.",
)

reconciliations = Table(
    "reconciliations",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column(
        "checked_at",
        Moment,
        nullable=False,
        index=True,
        comment="When the comparison was finished.",
    ),
    Column("since_height", BigInteger, comment="NULL: everything was compared with the chain."),
    Column(
        "tip_height",
        BigInteger,
        nullable=False,
        comment="Block height it reached; where it was cut short, where it began.",
    ),
    Column("transactions", BigInteger, nullable=False, comment="Read from the chain."),
    Column("records", BigInteger, nullable=False, comment="Of ours, compared field by field."),
    Column("differences", JSONB, nullable=False, comment="Kind, transaction, subject, detail."),
    comment="Comparisons of our records with the chain, and what came of each. Rows never change.",
)
