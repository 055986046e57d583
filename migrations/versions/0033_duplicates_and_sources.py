"""Projects that may be registered twice, and the network and browser behind an audit entry.

Why: a second registration of the same project was issued for without a word (ADR 0053), and the
audit log did not say where somebody acted from (ADR 0054). A key of the title is computed for the
projects that are there; pairs among those are found when one of them is approved.
"""

import unicodedata

import regex
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
BATCH_ROWS = 1_000


def upgrade() -> None:
    _add_title_key()
    _add_likely_duplicates()
    op.add_column(
        "audit_logs",
        sa.Column(
            "source",
            postgresql.JSONB(none_as_null=True),
            comment="Network and browser family it was asked from; for staff. The changes commit to it.",
        ),
    )


def _add_title_key() -> None:
    op.add_column(
        "projects",
        sa.Column(
            "title_key",
            sa.String(200),
            comment="Letters and digits of the title in one case, by which duplicates are looked for; "
            "NULL: not looked for.",
        ),
    )
    connection = op.get_bind()
    titles = connection.execute(sa.text("SELECT id, title FROM projects")).all()
    keys = [{"id": row.id, "key": title_key(row.title)} for row in titles]
    for first in range(0, len(keys), BATCH_ROWS):
        connection.execute(
            sa.text("UPDATE projects SET title_key = :key WHERE id = :id"),
            keys[first : first + BATCH_ROWS],
        )
    op.create_index("ix_projects_title_key", "projects", ["title_key"])
    op.create_index("ix_projects_type_latitude", "projects", ["type", "latitude"])


def _add_likely_duplicates() -> None:
    op.create_table(
        "likely_duplicates",
        sa.Column("project_id", postgresql.UUID(as_uuid=True), nullable=False),
        sa.Column(
            "other_project_id",
            postgresql.UUID(as_uuid=True),
            nullable=False,
            comment="The project that it may be.",
        ),
        sa.Column(
            "same_title",
            sa.Boolean(),
            nullable=False,
            comment="Whether both titles have one title_key.",
        ),
        sa.Column(
            "same_place",
            sa.Boolean(),
            nullable=False,
            comment="Whether they have one type, stand within 5 km and start within five years.",
        ),
        sa.Column(
            "distance_meters",
            sa.Integer(),
            nullable=False,
            comment="From one to the other, on the surface.",
        ),
        sa.Column(
            "found_at",
            MOMENT,
            nullable=False,
            comment="When one of the two was registered, or approved.",
        ),
        sa.Column(
            "explanation",
            sa.Text(),
            comment="Why they are two, as the approval of project_id says; NULL: not approved.",
        ),
        sa.Column("explained_by", postgresql.UUID(as_uuid=True), comment="Who approved."),
        sa.Column("explained_at", MOMENT, comment="When that was."),
        sa.CheckConstraint(
            "project_id <> other_project_id", name=op.f("ck_likely_duplicates_two_projects")
        ),
        sa.CheckConstraint(
            "same_title OR same_place", name=op.f("ck_likely_duplicates_something_in_common")
        ),
        sa.CheckConstraint(
            "distance_meters >= 0", name=op.f("ck_likely_duplicates_distance_natural")
        ),
        sa.CheckConstraint(
            "(explanation IS NULL) = (explained_by IS NULL)"
            " AND (explanation IS NULL) = (explained_at IS NULL)",
            name=op.f("ck_likely_duplicates_explanation_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_likely_duplicates_project_id_projects")
        ),
        sa.ForeignKeyConstraint(
            ["other_project_id"],
            ["projects.id"],
            name=op.f("fk_likely_duplicates_other_project_id_projects"),
        ),
        sa.ForeignKeyConstraint(
            ["explained_by"], ["users.id"], name=op.f("fk_likely_duplicates_explained_by_users")
        ),
        sa.PrimaryKeyConstraint(
            "project_id", "other_project_id", name=op.f("pk_likely_duplicates")
        ),
        comment="Projects that may be registered twice (ADR 0053): two rows for each pair, one for "
        "either side. For staff and verifiers.",
    )
    op.create_index(
        op.f("ix_likely_duplicates_other_project_id"), "likely_duplicates", ["other_project_id"]
    )
    # What was found stays; what an approval says of it is added.
    op.execute("REVOKE UPDATE ON likely_duplicates FROM karbonica_app")
    op.execute(
        "GRANT UPDATE (explanation, explained_by, explained_at) ON likely_duplicates"
        " TO karbonica_app"
    )


def title_key(title: str) -> str:
    """As domain.projects.duplicates has it when this is written."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", title).casefold())
    kept = "".join(
        character
        for character in folded
        if unicodedata.category(character)[0] in "LMN"
        and not unicodedata.combining(character)
        and not regex.match(r"\p{Default_Ignorable_Code_Point}", character)
    )
    return (kept or title.strip())[:200]
