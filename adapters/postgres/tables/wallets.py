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
    Column(
        "tx_hash",
        String(64),
        primary_key=True,
        comment="The transaction that made it; Blake2b-256, hex.",
    ),
    Column("output_index", Integer, primary_key=True, comment="Which of its outputs, from 0."),
    Column(
        "wallet_address",
        String(120),
        nullable=False,
        index=True,
        comment="Bech32; whose output it is.",
    ),
    Column(
        "lovelace",
        BigInteger,
        nullable=False,
        comment="1 ADA is 1,000,000 lovelace; the wallets hold no other assets.",
    ),
    Column(
        "spent_by",
        ForeignKey("chain_transactions.tx_hash"),
        index=True,
        comment="Our own transaction that spends it, sent or not.",
    ),
    Column(
        "created_at",
        Moment,
        nullable=False,
        server_default=text("now()"),
        comment="When the registry learned of it.",
    ),
    CheckConstraint("lovelace > 0", name="lovelace_positive"),
    Index("ix_wallet_outputs_unspent", "wallet_address", postgresql_where=text("spent_by IS NULL")),
    comment="Outputs (UTxOs) of the platform's wallets, as far as we know; deleted when the "
    "chain took them back.",
)

wallets = Table(
    "wallets",
    metadata,
    Column("network", String(20), primary_key=True, comment="The Cardano network, as `preview`."),
    Column("name", String(50), primary_key=True, comment="What the settings call it."),
    Column(
        "address",
        String(120),
        nullable=False,
        comment="Where it keeps its lovelace; another once its key was changed.",
    ),
    Column("frozen_at", Moment, comment="NULL while it signs transactions."),
    Column(
        "frozen_reason", Text, comment="What staff said, or why its key refused to sign (ADR 0026)."
    ),
    Column(
        "frozen_by",
        ForeignKey("users.id"),
        comment="Staff, or the registry's own account when its key refused to sign.",
    ),
    CheckConstraint(
        "(frozen_at IS NULL) = (frozen_reason IS NULL) "
        "AND (frozen_at IS NULL) = (frozen_by IS NULL)",
        name="frozen_for_a_reason",
    ),
    comment="The platform's own wallets, and whether each is frozen; not those of users.",
)

platform_addresses = Table(
    "platform_addresses",
    metadata,
    Column("address", String(120), primary_key=True, comment="Bech32."),
    Column("network", String(20), nullable=False, comment="The Cardano network, as `preview`."),
    Column("public_key", String(64), nullable=False, comment="Raw Ed25519, hex."),
    Column("since", Moment, nullable=False, comment="When its first transaction was built."),
    Column(
        "until",
        Moment,
        comment="No block after this holds a transaction of it; NULL while it may pay.",
    ),
    CheckConstraint("until >= since", name="until_after_since"),
    CheckConstraint("public_key ~ '^[0-9a-f]{64}$'", name="public_key_is_hex"),
    comment="Every address that ever paid for a record (ADR 0019).",
)
