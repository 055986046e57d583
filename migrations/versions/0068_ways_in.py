"""Folders that pipelines drop files into, and keys that are bound to one of them or to a project.

Why: an instrument's pipeline writes to storage and calls nobody (ADR 0119). Nothing of the ledger refers to
these, and keys that were made before are bound to nothing.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0068"
down_revision = "0066"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
ME = "(SELECT karbonica_account_id())"
EVERYTHING = "(SELECT karbonica_sees_everything())"

ROWS = {
    "ingestion_folders": f"{EVERYTHING} OR opened_by = {ME}",
    "ingestion_drops": f"""{EVERYTHING} OR EXISTS (SELECT FROM ingestion_folders f
    WHERE f.id = folder_id AND f.opened_by = {ME})""",
}


def upgrade() -> None:
    _make_folders()
    for table, rows in ROWS.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY rows_of_identity ON {table} USING ({rows})")
        op.execute(f"REVOKE UPDATE ON {table} FROM karbonica_app")
    op.execute("GRANT UPDATE (closed_at) ON ingestion_folders TO karbonica_app")
    _bind_keys()
    _let_files_be_withdrawn()
    _let_lines_be_decided_on_apart()
    op.add_column(
        "methodology_versions",
        sa.Column(
            "calculations",
            postgresql.ARRAY(sa.String(80)),
            nullable=False,
            server_default=sa.text("'{}'"),
            comment="By which alone tonnes are worked out, as `id/version`; none: any of the project's type.",
        ),
    )


def _let_files_be_withdrawn() -> None:
    op.add_column(
        "ingestions",
        sa.Column(
            "withdrawn_at",
            MOMENT,
            comment="Its rows count no longer from then on; NULL: it was not withdrawn.",
        ),
    )
    op.add_column(
        "ingestions",
        sa.Column(
            "withdrawal_reason",
            sa.Text(),
            comment="Why, as whoever sent it in says; NULL: it was not withdrawn.",
        ),
    )
    _replace_check(
        "ingestions",
        "status_known",
        "status IN ('awaiting_upload', 'reading', 'accepted', 'accepted_with_warnings',"
        " 'partly_accepted', 'refused', 'withdrawn')",
    )
    op.create_check_constraint(
        op.f("ck_ingestions_withdrawn_at_some_time"),
        "ingestions",
        "(status = 'withdrawn') = (withdrawn_at IS NOT NULL)",
    )
    # The same bytes may be sent in anew once they were withdrawn.
    op.drop_constraint("uq_ingestions_same_bytes", "ingestions")
    op.create_index(
        "uq_ingestions_same_bytes",
        "ingestions",
        ["submitted_by", "sha256", "format", "format_version", "accept_partly", "project_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("status <> 'withdrawn'"),
    )
    _replace_check(
        "ingestion_issue_groups",
        "state_known",
        "state IN ('open', 'asked', 'answered', 'waiver_proposed', 'waived', 'resubmitted',"
        " 'lapsed', 'withdrawn')",
    )


def _let_lines_be_decided_on_apart() -> None:
    op.add_column(
        "ingestion_issue_groups",
        sa.Column(
            "separated_from",
            sa.Integer(),
            comment="The group whose one line it is, decided on apart; NULL: it is of all its lines.",
        ),
    )
    _replace_check(
        "ingestion_issue_messages",
        "act_known",
        "act IN ('assign', 'ask', 'answer', 'waive', 'confirm_waiver', 'refuse_waiver', 'separate')",
    )


def _replace_check(table: str, name: str, condition: str) -> None:
    constraint = op.f(f"ck_{table}_{name}")
    op.drop_constraint(constraint, table)
    op.create_check_constraint(constraint, table, condition)


def _make_folders() -> None:
    op.create_table(
        "ingestion_folders",
        sa.Column("id", sa.UUID(), nullable=False, comment="Its place in storage is named by it."),
        sa.Column("opened_by", sa.UUID(), nullable=False, comment="Who sends in what is dropped."),
        sa.Column("name", sa.String(100), nullable=False, comment="As its owner calls it."),
        sa.Column(
            "format",
            sa.String(50),
            nullable=False,
            comment="What is dropped is mapped by its newest version.",
        ),
        sa.Column(
            "accept_partly",
            sa.Boolean(),
            nullable=False,
            comment="True: the good rows are wanted though others are faulty.",
        ),
        sa.Column("opened_at", MOMENT, nullable=False, comment="When."),
        sa.Column(
            "project_id",
            sa.UUID(),
            comment="Whose monitoring data comes in by it; NULL: reference data of nobody.",
        ),
        sa.Column("closed_at", MOMENT, comment="Nothing is taken from then on; NULL: open."),
        sa.ForeignKeyConstraint(
            ["opened_by"], ["users.id"], name=op.f("fk_ingestion_folders_opened_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_ingestion_folders_project_id_projects")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ingestion_folders")),
        comment="Folders of object storage that pipelines drop files into.",
    )
    op.create_index(
        "ix_ingestion_folders_of_account", "ingestion_folders", ["opened_by", "opened_at", "id"]
    )
    op.create_index(
        "ix_ingestion_folders_open",
        "ingestion_folders",
        ["id"],
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "ingestion_drops",
        sa.Column("id", sa.UUID(), nullable=False, comment="What it was moved to is named by it."),
        sa.Column("folder_id", sa.UUID(), nullable=False, comment="Where it was dropped."),
        sa.Column(
            "file_name", sa.String(200), nullable=False, comment="Last part of its key, shortened."
        ),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False, comment="As storage lists it."),
        sa.Column(
            "dropped_at", MOMENT, nullable=False, comment="When storage says that it was written."
        ),
        sa.Column(
            "taken_at", MOMENT, nullable=False, comment="When it was moved out of the folder."
        ),
        sa.Column("ingestion_id", sa.UUID(), comment="The submission that it is; NULL: none."),
        sa.Column(
            "is_known",
            sa.Boolean(),
            nullable=False,
            comment="True: the same bytes had come in before.",
        ),
        sa.Column("refusal", sa.Text(), comment="Why it is no submission; else NULL."),
        sa.CheckConstraint(
            "(ingestion_id IS NULL) = (refusal IS NOT NULL)",
            name=op.f("ck_ingestion_drops_taken_or_refused"),
        ),
        sa.ForeignKeyConstraint(
            ["folder_id"],
            ["ingestion_folders.id"],
            name=op.f("fk_ingestion_drops_folder_id_ingestion_folders"),
        ),
        sa.ForeignKeyConstraint(
            ["ingestion_id"], ["ingestions.id"], name=op.f("fk_ingestion_drops_ingestion_id_ingestions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ingestion_drops")),
        comment="Files that were dropped into folders: written once, by the look that moved them.",
    )
    op.create_index(
        "ix_ingestion_drops_of_folder", "ingestion_drops", ["folder_id", "taken_at", "id"]
    )
    op.create_index("ix_ingestion_drops_ingestion_id", "ingestion_drops", ["ingestion_id"])


def _bind_keys() -> None:
    op.add_column(
        "api_keys",
        sa.Column("project_id", sa.UUID(), comment="It may call this project alone; NULL: all."),
    )
    op.add_column(
        "api_keys",
        sa.Column("folder_id", sa.UUID(), comment="It may call this folder alone; NULL: all."),
    )
    op.create_foreign_key(
        op.f("fk_api_keys_project_id_projects"), "api_keys", "projects", ["project_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_api_keys_folder_id_ingestion_folders"),
        "api_keys",
        "ingestion_folders",
        ["folder_id"],
        ["id"],
    )
    op.create_check_constraint(
        op.f("ck_api_keys_bound_once"), "api_keys", "project_id IS NULL OR folder_id IS NULL"
    )
