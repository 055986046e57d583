"""A transparency log of movements and audit entries, and lists that tell what became of credentials.

Why: an anchor names the audit log's head, and who wants to know that one entry is in it reads the whole
log. In a Merkle tree a proof is a few hashes, and other people's tools know its form (ADR 0107). The tree
is filled after the commit, so that no movement waits for it. A credential that was superseded or corrected
looked like any other to a verifier that knows only the W3C's forms (ADR 0113): credentials made from now
on have a place in the status lists.
"""

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None

ROLE = "karbonica_app"
MOMENT = sa.DateTime(timezone=True)

ONLY_GROWS = """
CREATE FUNCTION karbonica_guard_log_tree() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.size < OLD.size OR NEW.movement_seq < OLD.movement_seq OR NEW.audit_seq < OLD.audit_seq THEN
        RAISE EXCEPTION 'the transparency log only grows' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""

TILES_ONLY_GROW = """
CREATE FUNCTION karbonica_guard_log_tile() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_temp AS $$
BEGIN
    IF (NEW.level, NEW.index) IS DISTINCT FROM (OLD.level, OLD.index)
       OR substring(NEW.hashes FROM 1 FOR length(OLD.hashes)) <> OLD.hashes
       OR substring(NEW.entries FROM 1 FOR length(OLD.entries)) <> OLD.entries THEN
        RAISE EXCEPTION 'a tile of the transparency log only grows' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""

WRITTEN_ONCE = ("log_runs", "log_checkpoints", "log_cosignatures", "status_lists")
GUARDED = ("log_tree", "log_tiles")


def upgrade() -> None:
    _create_tree()
    _create_checkpoints()
    _create_status_lists()
    for table in WRITTEN_ONCE:
        op.execute(f"REVOKE UPDATE ON {table} FROM {ROLE}")
        op.execute(
            f"CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION karbonica_forbid()"
        )
    for table in GUARDED:
        op.execute(
            f"CREATE TRIGGER never_deleted BEFORE DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION karbonica_forbid()"
        )
    for table in (*WRITTEN_ONCE, *GUARDED):
        op.execute(
            f"CREATE TRIGGER never_truncated BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION karbonica_forbid()"
        )
    for function, trigger, table in (
        (ONLY_GROWS, "karbonica_guard_log_tree", "log_tree"),
        (TILES_ONLY_GROW, "karbonica_guard_log_tile", "log_tiles"),
    ):
        op.execute(function)
        op.execute(
            f"CREATE TRIGGER only_grows BEFORE UPDATE ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION {trigger}()"
        )
    # Months that left the database before have their places in the audit chain, and none in the tree.
    op.execute(
        "INSERT INTO log_tree (size, movement_seq, audit_seq)"
        " SELECT 0, 0, coalesce(max(last_seq), 0) FROM audit_archives"
    )
    op.execute(f"REVOKE INSERT ON log_tree FROM {ROLE}")


def _create_tree() -> None:
    op.create_table(
        "log_tree",
        sa.Column("only_row", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False,
                  comment="Leaves in the tree; published up to the newest checkpoint."),
        sa.Column("movement_seq", sa.BigInteger(), nullable=False,
                  comment="The last movement of the ledger that has a leaf."),
        sa.Column("audit_seq", sa.BigInteger(), nullable=False,
                  comment="The last audit entry that has a leaf, or was archived before there was a tree."),
        sa.CheckConstraint("only_row", name=op.f("ck_log_tree_only_row")),
        sa.PrimaryKeyConstraint("only_row", name=op.f("pk_log_tree")),
        comment="One row: how far the transparency log has come (ADR 0107). Its lock gives leaves their order.",
    )
    op.create_table(
        "log_runs",
        sa.Column("first_index", sa.BigInteger(), autoincrement=False, nullable=False,
                  comment="Place of its first leaf, from 0."),
        sa.Column("kind", sa.String(20), nullable=False, comment="movement or audit."),
        sa.Column("first_seq", sa.BigInteger(), nullable=False,
                  comment="Number of that movement or audit entry."),
        sa.Column("leaves", sa.BigInteger(), nullable=False,
                  comment="How many leaves follow each other so."),
        sa.CheckConstraint("kind IN ('movement', 'audit')", name=op.f("ck_log_runs_kind_known")),
        sa.CheckConstraint(
            "first_index >= 0 AND first_seq > 0 AND leaves > 0", name=op.f("ck_log_runs_some_leaves")
        ),
        sa.PrimaryKeyConstraint("first_index", name=op.f("pk_log_runs")),
        sa.UniqueConstraint("kind", "first_seq", name=op.f("uq_log_runs_kind_first_seq")),
        comment="Which movements and audit entries became which leaves (ADR 0107). Rows never change.",
    )
    op.create_table(
        "log_tiles",
        sa.Column("level", sa.SmallInteger(), nullable=False,
                  comment="0: hashes of leaves; each further one of 256 of the one below."),
        sa.Column("index", sa.BigInteger(), nullable=False, comment="Its place in the level, from 0."),
        sa.Column("hashes", sa.LargeBinary(), nullable=False, comment="Up to 256 of 32 bytes."),
        sa.Column("entries", sa.LargeBinary(), nullable=False,
                  comment="On level 0 the leaves themselves, each after its length in two bytes."),
        sa.CheckConstraint(
            "length(hashes) BETWEEN 32 AND 8192 AND length(hashes) % 32 = 0",
            name=op.f("ck_log_tiles_whole_hashes"),
        ),
        sa.CheckConstraint(
            "(level = 0) = (length(entries) > 0)", name=op.f("ck_log_tiles_entries_of_leaves")
        ),
        sa.PrimaryKeyConstraint("level", "index", name=op.f("pk_log_tiles")),
        comment="The tree in the tiles of C2SP tlog-tiles, as object storage has them too (ADR 0107). They only grow.",
    )


def _create_checkpoints() -> None:
    op.create_table(
        "log_checkpoints",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False,
                  comment="Leaves; there is one tree of each size."),
        sa.Column("root", sa.LargeBinary(), nullable=False, comment="Of the tree, 32 bytes."),
        sa.Column("note", sa.Text(), nullable=False,
                  comment="The signed note, without the signatures of witnesses."),
        sa.Column("signed_at", MOMENT, nullable=False, comment="When it was signed and published."),
        sa.CheckConstraint("size > 0 AND length(root) = 32", name=op.f("ck_log_checkpoints_of_a_tree")),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_log_checkpoints")),
        comment="Checkpoints of the transparency log (ADR 0107). Rows never change.",
    )
    op.create_table(
        "log_cosignatures",
        sa.Column("size", sa.BigInteger(), nullable=False, comment="The checkpoint's."),
        sa.Column("witness", sa.String(200), nullable=False, comment="The name of its key."),
        sa.Column("line", sa.Text(), nullable=False, comment="As it stands below the checkpoint."),
        sa.Column("signed_at", MOMENT, nullable=False, comment="By the witness's clock."),
        sa.ForeignKeyConstraint(["size"], ["log_checkpoints.size"],
                                name=op.f("fk_log_cosignatures_size_log_checkpoints")),
        sa.PrimaryKeyConstraint("size", "witness", name=op.f("pk_log_cosignatures")),
        comment="What witnesses signed of checkpoints (ADR 0107). Rows never change.",
    )


def _create_status_lists() -> None:
    op.execute("CREATE SEQUENCE credential_status_places MINVALUE 0 START 0")
    op.execute(f"GRANT USAGE ON SEQUENCE credential_status_places TO {ROLE}")
    op.add_column(
        "certificate_credentials",
        sa.Column("status_place", sa.BigInteger(),
                  comment="Its place in all status lists, from 0; NULL: signed before there were any."),
    )
    op.create_unique_constraint(
        op.f("uq_certificate_credentials_status_place"), "certificate_credentials", ["status_place"]
    )
    op.create_table(
        "status_lists",
        sa.Column("purpose", sa.String(20), nullable=False,
                  comment="What a bit tells: superseded, corrected or reversed."),
        sa.Column("number", sa.BigInteger(), nullable=False,
                  comment="Places number * 131072 and the following are in it."),
        sa.Column("version", sa.BigInteger(), nullable=False, comment="1, 2, 3; the highest stands."),
        sa.Column("bits_sha256", sa.String(64), nullable=False,
                  comment="Of the bits, by which a change is noticed."),
        sa.Column("document", sa.LargeBinary(), nullable=False,
                  comment="Canonical JSON (RFC 8785), as served: a signed credential."),
        sa.Column("signed_at", MOMENT, nullable=False, comment="When it was signed."),
        sa.CheckConstraint("purpose IN ('superseded', 'corrected', 'reversed')",
                           name=op.f("ck_status_lists_purpose_known")),
        sa.CheckConstraint("bits_sha256 ~ '^[0-9a-f]{64}$'",
                           name=op.f("ck_status_lists_bits_sha256_is_sha256")),
        sa.PrimaryKeyConstraint("purpose", "number", "version", name=op.f("pk_status_lists")),
        comment="What became of credentials, by their places (ADR 0113). Rows never change.",
    )
