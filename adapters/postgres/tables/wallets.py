"""The wallets of the platform: their outputs, their state, and every address ever used."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from adapters.postgres.tables.schema import Moment, metadata

wallet_outputs = Table(
    "wallet_outputs",
    metadata,
    Column("tx_hash", String(64), primary_key=True),
    Column("output_index", Integer, primary_key=True),
    Column("wallet_address", String(120), nullable=False, index=True),
    Column("lovelace", BigInteger, nullable=False),
    Column(
        "spent_by",
        ForeignKey("chain_transactions.tx_hash"),
        index=True,
        comment="Our own transaction that spends it, sent or not.",
    ),
    Column("created_at", Moment, nullable=False, server_default=text("now()")),
    CheckConstraint("lovelace > 0", name="lovelace_positive"),
    Index("ix_wallet_outputs_unspent", "wallet_address", postgresql_where=text("spent_by IS NULL")),
)

wallets = Table(
    "wallets",
    metadata,
    Column("network", String(20), primary_key=True),
    Column("name", String(50), primary_key=True),
    Column(
        "address",
        String(120),
        nullable=False,
        comment="Where it keeps its lovelace; another once its key was changed.",
    ),
    Column("frozen_at", Moment, comment="NULL while it signs transactions."),
    Column("frozen_reason", Text),
    Column("frozen_by", ForeignKey("users.id")),
    CheckConstraint(
        "(frozen_at IS NULL) = (frozen_reason IS NULL) "
        "AND (frozen_at IS NULL) = (frozen_by IS NULL)",
        name="frozen_for_a_reason",
    ),
)

platform_addresses = Table(
    "platform_addresses",
    metadata,
    Column("address", String(120), primary_key=True),
    Column("network", String(20), nullable=False),
    Column("public_key", String(64), nullable=False, comment="Raw Ed25519, hex."),
    Column("since", Moment, nullable=False, comment="When its first transaction was built."),
    Column(
        "until",
        Moment,
        comment="No block after this holds a transaction of it; NULL while it may pay.",
    ),
    CheckConstraint("until >= since", name="until_after_since"),
    CheckConstraint("public_key ~ '^[0-9a-f]{64}$'", name="public_key_is_hex"),
)
