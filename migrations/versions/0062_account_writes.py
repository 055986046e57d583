"""How far the log had been written when an account last wrote.

Why: who has just written must not be answered by a replica that has not heard of it (ADR 0105).
Unlogged, because noting it must not wait for a disk: after a crash nobody has just written.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account_writes",
        sa.Column("user_id", postgresql.UUID(as_uuid=True), nullable=False, comment="Who wrote."),
        sa.Column(
            "position",
            sa.BigInteger(),
            nullable=False,
            comment="Where PostgreSQL's log (WAL) ended then, in bytes: a pg_lsn as a number.",
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_account_writes")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_account_writes_user_id_users")
        ),
        prefixes=["UNLOGGED"],
        comment="Up to where the log must have come to a replica before it answers an account.",
    )
