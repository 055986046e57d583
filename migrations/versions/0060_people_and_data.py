"""What people do about data that came in: groups of issues, resubmissions, stored formats, scans.

Why: a fault needs somebody who acts on it, and a format is made where its files are seen (ADR 0103). No table of
the ledger refers to these, and none of these to the ledger.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0060"
down_revision = "0058"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column(
        "ingestions",
        sa.Column(
            "predecessor_id", sa.UUID(), comment="The file that this one was sent in the place of."
        ),
    )
    op.add_column(
        "ingestions",
        sa.Column(
            "scan",
            sa.String(20),
            nullable=False,
            server_default="not_scanned",
            comment="What the malware scanner said of its bytes.",
        ),
    )
    op.alter_column("ingestions", "scan", server_default=None)
    op.create_foreign_key(
        op.f("fk_ingestions_predecessor_id_ingestions"),
        "ingestions",
        "ingestions",
        ["predecessor_id"],
        ["id"],
    )
    op.create_unique_constraint("uq_ingestions_predecessor_id", "ingestions", ["predecessor_id"])
    op.create_check_constraint(
        op.f("ck_ingestions_scan_known"),
        "ingestions",
        "scan IN ('not_scanned', 'waits_for_scanner', 'clean', 'infected', 'not_scannable')",
    )
    op.add_column(
        "ingestion_issues",
        sa.Column(
            "row_key",
            sa.String(16),
            comment="What tells its row from others, whatever its line; NULL: it stands for many.",
        ),
    )
    op.create_table(
        "ingestion_issue_rows",
        sa.Column("ingestion_id", sa.UUID(), nullable=False, comment="The file it is a row of."),
        sa.Column("chunk", sa.Integer(), nullable=False, comment="The part of the file."),
        sa.Column("position", sa.Integer(), nullable=False, comment="From 0, within the part."),
        sa.Column("sheet", sa.String(100), comment="Of a workbook; NULL for other files."),
        sa.Column("line", sa.BigInteger(), nullable=False, comment="Where the row begins, from 1."),
        sa.Column(
            "cells",
            postgresql.JSONB(),
            nullable=False,
            comment="Name and value of each cell as found, shortened.",
        ),
        sa.ForeignKeyConstraint(
            ["ingestion_id", "chunk"],
            ["ingestion_chunks.ingestion_id", "ingestion_chunks.chunk"],
            name=op.f("fk_ingestion_issue_rows_ingestion_id_ingestion_chunks"),
        ),
        sa.PrimaryKeyConstraint(
            "ingestion_id", "chunk", "position", name=op.f("pk_ingestion_issue_rows")
        ),
        comment="The first rows that have an issue, to be shown beside it.",
    )
    op.create_table(
        "ingestion_issue_groups",
        sa.Column("ingestion_id", sa.UUID(), nullable=False, comment="The file they were found in."),
        sa.Column("number", sa.Integer(), nullable=False, comment="From 1, within the file."),
        sa.Column("rule", sa.String(30), nullable=False, comment="What is broken, as `number`."),
        sa.Column("severity", sa.String(10), nullable=False, comment="An error keeps its row out."),
        sa.Column("sheet", sa.String(100), comment="Of a workbook; NULL for other files."),
        sa.Column("column", sa.String(200), comment="Name of the column; NULL: the whole row."),
        sa.Column("advice", sa.Text(), nullable=False, comment="Of the first of them."),
        sa.Column("line", sa.BigInteger(), comment="The first of them; NULL: the whole file."),
        sa.Column("value", sa.Text(), comment="Of the first of them, as found, shortened."),
        sa.Column("count", sa.BigInteger(), nullable=False, comment="Lines that have it."),
        sa.Column("state", sa.String(20), nullable=False, comment="How far people are with it."),
        sa.Column("assigned_to", sa.UUID(), comment="The administrator who acts; NULL: nobody yet."),
        sa.Column("waived_by", sa.UUID(), comment="Who proposed or gave the waiver; NULL: nobody."),
        sa.Column("opened_at", MOMENT, nullable=False, comment="When the file's outcome was known."),
        sa.Column("changed_at", MOMENT, nullable=False, comment="When anybody last acted on it."),
        sa.CheckConstraint(
            "severity IN ('error', 'warning')",
            name=op.f("ck_ingestion_issue_groups_severity_known"),
        ),
        sa.CheckConstraint(
            "state IN ('open', 'asked', 'answered', 'waiver_proposed', 'waived', 'resubmitted',"
            " 'lapsed')",
            name=op.f("ck_ingestion_issue_groups_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["ingestion_id"],
            ["ingestions.id"],
            name=op.f("fk_ingestion_issue_groups_ingestion_id_ingestions"),
        ),
        sa.ForeignKeyConstraint(
            ["assigned_to"], ["users.id"], name=op.f("fk_ingestion_issue_groups_assigned_to_users")
        ),
        sa.ForeignKeyConstraint(
            ["waived_by"], ["users.id"], name=op.f("fk_ingestion_issue_groups_waived_by_users")
        ),
        sa.PrimaryKeyConstraint("ingestion_id", "number", name=op.f("pk_ingestion_issue_groups")),
        comment="Issues of one rule in one column of a file: what people decide on together.",
    )
    op.create_index(
        "ix_ingestion_issue_groups_oldest", "ingestion_issue_groups", ["state", "opened_at"]
    )
    op.create_table(
        "ingestion_issue_messages",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("ingestion_id", sa.UUID(), nullable=False, comment="The file."),
        sa.Column("number", sa.Integer(), nullable=False, comment="The group within it."),
        sa.Column("author_id", sa.UUID(), nullable=False, comment="Who did it."),
        sa.Column("act", sa.String(20), nullable=False, comment="What they did, as `ask`."),
        sa.Column("text", sa.Text(), nullable=False, comment="What they wrote; empty: nothing."),
        sa.Column("written_at", MOMENT, nullable=False, comment="When."),
        sa.CheckConstraint(
            "act IN ('assign', 'ask', 'answer', 'waive', 'confirm_waiver', 'refuse_waiver')",
            name=op.f("ck_ingestion_issue_messages_act_known"),
        ),
        sa.ForeignKeyConstraint(
            ["ingestion_id", "number"],
            ["ingestion_issue_groups.ingestion_id", "ingestion_issue_groups.number"],
            name=op.f("fk_ingestion_issue_messages_ingestion_id_ingestion_issue_groups"),
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_ingestion_issue_messages_author_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ingestion_issue_messages")),
        comment="What people did about a group of issues, in its order.",
    )
    op.create_index(
        "ix_ingestion_issue_messages_ingestion_id",
        "ingestion_issue_messages",
        ["ingestion_id", "number", "written_at"],
    )
    op.create_table(
        "ingestion_formats",
        sa.Column("id", sa.String(50), nullable=False, comment="As people choose it."),
        sa.Column("version", sa.Integer(), nullable=False, comment="From 1; never changed later."),
        sa.Column(
            "declared",
            postgresql.JSONB(),
            nullable=False,
            comment="As a file of formats declares it (docs/ingestion.md).",
        ),
        sa.Column(
            "sample",
            postgresql.JSONB(),
            nullable=False,
            comment="Header and the rows that its author lets be published.",
        ),
        sa.Column("saved_by", sa.UUID(), nullable=False, comment="Who made this version."),
        sa.Column("saved_at", MOMENT, nullable=False, comment="When."),
        sa.Column("review", sa.String(20), nullable=False, comment="What its reviewer says."),
        sa.Column("reviewed_by", sa.UUID(), comment="Another person; NULL: nobody yet."),
        sa.Column("review_note", sa.Text(), comment="What the reviewer wrote; NULL: nothing yet."),
        sa.Column("reviewed_at", MOMENT, comment="When; NULL: not yet."),
        sa.CheckConstraint(
            "review IN ('to_review', 'accepted', 'refused')",
            name=op.f("ck_ingestion_formats_review_known"),
        ),
        sa.CheckConstraint("version >= 1", name=op.f("ck_ingestion_formats_version_counts")),
        sa.CheckConstraint(
            "reviewed_by IS DISTINCT FROM saved_by",
            name=op.f("ck_ingestion_formats_another_person"),
        ),
        sa.ForeignKeyConstraint(
            ["saved_by"], ["users.id"], name=op.f("fk_ingestion_formats_saved_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["reviewed_by"], ["users.id"], name=op.f("fk_ingestion_formats_reviewed_by_users")
        ),
        sa.PrimaryKeyConstraint("id", "version", name=op.f("pk_ingestion_formats")),
        comment="Formats that people made, beside those of the release; each version stays as it is.",
    )
    op.create_table(
        "ingestion_format_drafts",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("saved_by", sa.UUID(), nullable=False, comment="Whose it is."),
        sa.Column("file_name", sa.String(200), nullable=False, comment="As its sender named it."),
        sa.Column("content", sa.LargeBinary(), nullable=False, comment="The sample, 1 MB at most."),
        sa.Column("choices", postgresql.JSONB(), nullable=False, comment="What was chosen so far."),
        sa.Column("created_at", MOMENT, nullable=False, comment="It is forgotten after a week."),
        sa.ForeignKeyConstraint(
            ["saved_by"], ["users.id"], name=op.f("fk_ingestion_format_drafts_saved_by_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ingestion_format_drafts")),
        comment="A format that somebody is working on, with the sample that it is made by.",
    )
    op.create_index(
        "ix_ingestion_format_drafts_saved_by", "ingestion_format_drafts", ["saved_by", "created_at"]
    )
    op.execute(
        "CREATE VIEW public_ingestion_formats AS"
        " SELECT id, version, declared, sample, saved_at FROM ingestion_formats WHERE review = 'accepted'"
    )
    op.execute(
        "COMMENT ON VIEW public_ingestion_formats IS"
        " 'Formats that people made and others reviewed, with the sample that may be published.'"
    )
    op.execute("REVOKE ALL ON public_ingestion_formats FROM karbonica_app")
    op.execute("GRANT SELECT ON public_ingestion_formats TO karbonica_app")
    op.execute("GRANT DELETE ON ingestion_format_drafts TO karbonica_app")
    op.execute("REVOKE UPDATE ON ingestion_issue_rows, ingestion_issue_messages FROM karbonica_app")
    # A version is what files were mapped by: only its review is written later.
    op.execute("REVOKE UPDATE ON ingestion_formats FROM karbonica_app")
    op.execute(
        "GRANT UPDATE (review, reviewed_by, review_note, reviewed_at) ON ingestion_formats"
        " TO karbonica_app"
    )
