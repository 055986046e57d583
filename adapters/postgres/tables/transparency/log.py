"""The transparency log: its tree in tiles, what its leaves are of, its checkpoints and their cosignatures."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from adapters.postgres.tables.schema import RANDOM, Moment, metadata

log_tree = Table(
    "log_tree",
    metadata,
    Column("only_row", Boolean, primary_key=True, server_default=text("true")),
    Column(
        "size",
        BigInteger,
        nullable=False,
        comment="Leaves in the tree; published up to the newest checkpoint.",
    ),
    Column(
        "movement_seq",
        BigInteger,
        nullable=False,
        comment="The last movement of the ledger that has a leaf.",
    ),
    Column(
        "audit_seq",
        BigInteger,
        nullable=False,
        comment="The last audit entry that has a leaf, or was archived before there was a tree.",
    ),
    CheckConstraint("only_row", name="only_row"),
    comment="One row: how far the transparency log has come (ADR 0107). Its lock gives leaves their order.",
)

log_runs = Table(
    "log_runs",
    metadata,
    Column(
        "first_index",
        BigInteger,
        primary_key=True,
        autoincrement=False,
        comment="Place of its first leaf, from 0.",
    ),
    Column("kind", String(20), nullable=False, comment="movement or audit."),
    Column(
        "first_seq",
        BigInteger,
        nullable=False,
        comment="Number of that movement or audit entry.",
    ),
    Column("leaves", BigInteger, nullable=False, comment="How many leaves follow each other so."),
    CheckConstraint("kind IN ('movement', 'audit')", name="kind_known"),
    CheckConstraint("first_index >= 0 AND first_seq > 0 AND leaves > 0", name="some_leaves"),
    UniqueConstraint("kind", "first_seq"),
    comment="Which movements and audit entries became which leaves (ADR 0107). Rows never change.",
)

log_tiles = Table(
    "log_tiles",
    metadata,
    Column(
        "level",
        SmallInteger,
        primary_key=True,
        autoincrement=False,
        comment="0: hashes of leaves; each further one of 256 of the one below.",
    ),
    Column(
        "index",
        BigInteger,
        primary_key=True,
        autoincrement=False,
        comment="Its place in the level, from 0.",
    ),
    Column("hashes", LargeBinary, nullable=False, info=RANDOM, comment="Up to 256 of 32 bytes."),
    Column(
        "entries",
        LargeBinary,
        nullable=False,
        info=RANDOM,
        comment="On level 0 the leaves themselves, each after its length in two bytes.",
    ),
    CheckConstraint(
        "length(hashes) BETWEEN 32 AND 8192 AND length(hashes) % 32 = 0", name="whole_hashes"
    ),
    CheckConstraint("(level = 0) = (length(entries) > 0)", name="entries_of_leaves"),
    comment="The tree in the tiles of C2SP tlog-tiles, as object storage has them too (ADR 0107). They only grow.",
)

log_checkpoints = Table(
    "log_checkpoints",
    metadata,
    Column(
        "size",
        BigInteger,
        primary_key=True,
        autoincrement=False,
        comment="Leaves; there is one tree of each size.",
    ),
    Column("root", LargeBinary, nullable=False, info=RANDOM, comment="Of the tree, 32 bytes."),
    Column(
        "note",
        Text,
        nullable=False,
        info=RANDOM,
        comment="The signed note, without the signatures of witnesses.",
    ),
    Column("signed_at", Moment, nullable=False, comment="When it was signed and published."),
    CheckConstraint("size > 0 AND length(root) = 32", name="of_a_tree"),
    comment="Checkpoints of the transparency log (ADR 0107). Rows never change.",
)

log_cosignatures = Table(
    "log_cosignatures",
    metadata,
    Column(
        "size", ForeignKey("log_checkpoints.size"), primary_key=True, comment="The checkpoint's."
    ),
    Column("witness", String(200), primary_key=True, comment="The name of its key."),
    Column(
        "line",
        Text,
        nullable=False,
        info=RANDOM,
        comment="As it stands below the checkpoint.",
    ),
    Column("signed_at", Moment, nullable=False, comment="By the witness's clock."),
    comment="What witnesses signed of checkpoints (ADR 0107). Rows never change.",
)
