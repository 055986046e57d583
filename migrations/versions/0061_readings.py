"""Readings of instruments, boundaries of projects, and the quantifications that approvals stand on.

Why: monitoring data came in as files that belonged to nobody, and no tonne followed from them (ADR 0104). What was
signed off before keeps its digest; files that came in before belong to no project.
"""

import re

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
VERIFICATIONS = "verification_requests"
ME, OURS = "(SELECT karbonica_account_id())", "(SELECT karbonica_holding_id())"
EVERYTHING = "(SELECT karbonica_sees_everything())"


def _works_on(project_id: str) -> str:
    return f"""{EVERYTHING} OR EXISTS (SELECT FROM verification_requests v WHERE v.project_id = {project_id}
    AND (v.developer_id = {OURS} OR v.verifier_id = {ME}))"""


# Who sees which rows; boundaries are everybody's by a view, overlaps are for those who decide.
ROWS = {
    "devices": _works_on("devices.project_id"),
    "readings": f"""{EVERYTHING} OR EXISTS (SELECT FROM devices d JOIN verification_requests v
    ON v.project_id = d.project_id WHERE d.id = device_id
    AND (v.developer_id = {OURS} OR v.verifier_id = {ME}))""",
    "project_boundaries": _works_on("project_boundaries.project_id"),
    "sampling_points": _works_on("sampling_points.project_id"),
    "boundary_overlaps": f"""{EVERYTHING} OR EXISTS (SELECT FROM verification_requests v
    WHERE v.project_id = boundary_overlaps.project_id AND v.verifier_id = {ME})""",
    "quantifications": f"""{EVERYTHING} OR EXISTS (SELECT FROM verification_requests v
    WHERE v.id = verification_id AND (v.developer_id = {OURS} OR v.verifier_id = {ME}))""",
    "quantification_inputs": f"""{EVERYTHING} OR EXISTS (SELECT FROM quantifications q
    JOIN verification_requests v ON v.id = q.verification_id
    WHERE q.inputs_sha256 = quantification_inputs.sha256 AND (v.developer_id = {OURS} OR v.verifier_id = {ME}))""",
}
WRITTEN_ONCE = ("devices", "readings", "quantifications", "quantification_inputs")

# With the owner's rights, as every public view (revision 0044).
VIEWS = {
    "public_boundaries": (
        "Where each project lies: its newest boundary.",
        """
SELECT project_id, number, geometry, area_hectares, box, set_at
  FROM project_boundaries WHERE is_newest
""",
    ),
    "public_quantifications": (
        "What was worked out for each round that is approved for good, as its approval is bound to it, with all inputs.",
        """
SELECT q.id, q.verification_id, v.project_id, v.number AS round, q.number, q.calculation, q.calculation_version,
       q.period_from, q.period_to, q.inputs_sha256, q.result, q.computed_at, v.completed_at,
       v.quantification_sha256, i.content
  FROM quantifications q
  JOIN verification_requests v ON v.id = q.verification_id AND v.quantification_sha256 = q.sha256
  JOIN quantification_inputs i ON i.sha256 = q.inputs_sha256
 WHERE v.status = 'approved' AND (NOT v.needs_countersignature OR v.countersigned_by IS NOT NULL)
""",
    ),
}

# Nothing is worked out for a round once it is decided; of both at once, one waits for the other.
QUANTIFIED = """
CREATE FUNCTION karbonica_guard_quantification() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM verification_requests verification
      WHERE verification.id = NEW.verification_id AND verification.status IN ('pending', 'in_review')
        FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'verification % is decided', NEW.verification_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""


class BoxType(sa.types.UserDefinedType[object]):
    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "BOX"


def upgrade() -> None:
    _make_readings()
    _make_boundaries()
    _make_quantifications()
    _bind_rounds()
    for table, rows in ROWS.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY rows_of_identity ON {table} USING ({rows})")
        op.execute(f"REVOKE UPDATE ON {table} FROM karbonica_app")
    op.execute("GRANT UPDATE (is_newest) ON project_boundaries TO karbonica_app")
    op.execute("GRANT DELETE ON sampling_points, boundary_overlaps TO karbonica_app")
    for table in WRITTEN_ONCE:
        op.execute(
            f"CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION karbonica_forbid()"
        )
        op.execute(
            f"CREATE TRIGGER never_truncated BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION karbonica_forbid()"
        )
    for view, (comment, query) in VIEWS.items():
        op.execute(f"CREATE VIEW {view} AS {query}")
        op.execute(f"COMMENT ON VIEW {view} IS '{comment}'")
        op.execute(f"REVOKE ALL ON {view} FROM karbonica_app")
        op.execute(f"GRANT SELECT ON {view} TO karbonica_app")
    op.execute(QUANTIFIED)
    op.execute(
        "CREATE TRIGGER quantified_in_time BEFORE INSERT ON quantifications"
        " FOR EACH ROW EXECUTE FUNCTION karbonica_guard_quantification()"
    )


def _make_readings() -> None:
    op.create_table(
        "devices",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("project_id", sa.UUID(), nullable=False, comment="Whose monitoring it serves."),
        sa.Column("name", sa.String(100), nullable=False, comment="By which its readings name it."),
        sa.Column("quantity", sa.String(100), nullable=False, comment="What it measures, as `temperature`."),
        sa.Column("unit", sa.String(40), nullable=False, comment="Of its values; of a pH the scale."),
        sa.Column("instrument", sa.String(200), nullable=False, comment="Maker and serial number."),
        sa.Column("calibration", sa.String(500), comment="Under which it measures; a new one is a new device."),
        sa.Column("latitude", sa.Float(), comment="Degrees north, WGS 84; NULL: not told."),
        sa.Column("longitude", sa.Float(), comment="Degrees east, WGS 84; NULL: not told."),
        sa.Column("registered_by", sa.UUID(), nullable=False, comment="Who acts for the supplier."),
        sa.Column("registered_at", MOMENT, nullable=False, comment="When it was."),
        sa.CheckConstraint(
            "(latitude IS NULL) = (longitude IS NULL)", name=op.f("ck_devices_place_whole")
        ),
        sa.CheckConstraint("latitude BETWEEN -90 AND 90", name=op.f("ck_devices_latitude_on_globe")),
        sa.CheckConstraint("longitude BETWEEN -180 AND 180", name=op.f("ck_devices_longitude_on_globe")),
        _key("devices", "project_id", "projects"),
        _key("devices", "registered_by", "users"),
        sa.UniqueConstraint("project_id", "name", name=op.f("uq_devices_project_id_name")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_devices")),
        comment="Instruments of projects, one for each quantity that they measure (ADR 0104). Rows never change.",
    )
    op.create_table(
        "readings",
        sa.Column("device_id", sa.UUID(), nullable=False, comment="What measured it."),
        sa.Column("sequence", sa.BigInteger(), nullable=False, comment="The device's own number for it."),
        sa.Column(
            "revision",
            sa.Integer(),
            nullable=False,
            comment="From 1; the highest of a number counts, the others stay.",
        ),
        sa.Column("measured_at", MOMENT, nullable=False, comment="By the device's clock."),
        sa.Column("value", sa.Numeric(), comment="In the device's unit; NULL: flagged missing."),
        sa.Column("uncertainty", sa.Numeric(), comment="Standard uncertainty, in that unit; NULL: not told."),
        sa.Column("quality_flag", sa.String(20), nullable=False, comment="Of QARTOD; fail and missing never count."),
        sa.Column("received_at", MOMENT, nullable=False, comment="When its batch came in."),
        sa.CheckConstraint(
            "quality_flag IN ('pass', 'not_evaluated', 'suspect', 'fail', 'missing')",
            name=op.f("ck_readings_quality_flag_known"),
        ),
        sa.CheckConstraint(
            "(value IS NULL) = (quality_flag = 'missing')", name=op.f("ck_readings_value_unless_missing")
        ),
        sa.CheckConstraint("revision > 0 AND sequence >= 0", name=op.f("ck_readings_counted")),
        sa.CheckConstraint("uncertainty >= 0", name=op.f("ck_readings_uncertainty_natural")),
        _key("readings", "device_id", "devices"),
        sa.PrimaryKeyConstraint("device_id", "sequence", "revision", name=op.f("pk_readings")),
        comment="What devices measured, with every revision of it (ADR 0104). Rows never change.",
    )
    op.create_index("ix_readings_in_time", "readings", ["device_id", "measured_at", "sequence", "revision"])
    op.add_column(
        "ingestions",
        sa.Column(
            "project_id",
            sa.UUID(),
            sa.ForeignKey("projects.id", name=op.f("fk_ingestions_project_id_projects")),
            comment="Whose monitoring data it brings; NULL: reference data of nobody.",
        ),
    )
    op.create_index(
        op.f("ix_ingestions_project_id"),
        "ingestions",
        ["project_id"],
        postgresql_where=sa.text("project_id IS NOT NULL"),
    )
    op.drop_constraint("uq_ingestions_same_bytes", "ingestions")
    op.create_unique_constraint(
        "uq_ingestions_same_bytes",
        "ingestions",
        ["submitted_by", "sha256", "format", "format_version", "accept_partly", "project_id"],
        postgresql_nulls_not_distinct=True,
    )


def _make_boundaries() -> None:
    op.create_table(
        "project_boundaries",
        sa.Column("project_id", sa.UUID(), nullable=False, comment="What lies in it."),
        sa.Column("number", sa.Integer(), nullable=False, comment="Counts those of a project from 1."),
        sa.Column(
            "geometry",
            postgresql.JSONB(),
            nullable=False,
            comment="GeoJSON Polygon or MultiPolygon: longitude first, WGS 84.",
        ),
        sa.Column("area_hectares", sa.Float(), nullable=False, comment="On the globe."),
        sa.Column("box", BoxType(), nullable=False, comment="Around it, in degrees; x is the longitude."),
        sa.Column("is_newest", sa.Boolean(), nullable=False, comment="False: another one has followed."),
        sa.Column("set_by", sa.UUID(), nullable=False, comment="Who acts for the supplier."),
        sa.Column("set_at", MOMENT, nullable=False, comment="When it was drawn so."),
        sa.CheckConstraint("number > 0", name=op.f("ck_project_boundaries_counted_from_one")),
        _key("project_boundaries", "project_id", "projects"),
        _key("project_boundaries", "set_by", "users"),
        sa.PrimaryKeyConstraint("project_id", "number", name=op.f("pk_project_boundaries")),
        comment="Where projects lie; the newest counts, the others stay (ADR 0104).",
    )
    op.create_index(
        "ix_project_boundaries_box",
        "project_boundaries",
        ["box"],
        postgresql_using="gist",
        postgresql_where=sa.text("is_newest"),
    )
    op.create_index(
        "uq_project_boundaries_newest",
        "project_boundaries",
        ["project_id"],
        unique=True,
        postgresql_where=sa.text("is_newest"),
    )
    op.create_table(
        "sampling_points",
        sa.Column("project_id", sa.UUID(), nullable=False, comment="Whose samples are taken there."),
        sa.Column("name", sa.String(100), nullable=False, comment="By which people know it."),
        sa.Column("latitude", sa.Float(), nullable=False, comment="Degrees north, WGS 84."),
        sa.Column("longitude", sa.Float(), nullable=False, comment="Degrees east, WGS 84."),
        sa.CheckConstraint("latitude BETWEEN -90 AND 90", name=op.f("ck_sampling_points_latitude_on_globe")),
        sa.CheckConstraint(
            "longitude BETWEEN -180 AND 180", name=op.f("ck_sampling_points_longitude_on_globe")
        ),
        _key("sampling_points", "project_id", "projects"),
        sa.PrimaryKeyConstraint("project_id", "name", name=op.f("pk_sampling_points")),
        comment="Where samples of a project are taken; replaced as a whole. For those who work on it.",
    )
    op.create_table(
        "boundary_overlaps",
        sa.Column("project_id", sa.UUID(), nullable=False, comment="Of each pair there are two rows."),
        sa.Column("other_project_id", sa.UUID(), nullable=False, comment="With whose boundary it overlaps."),
        sa.Column("share", sa.Float(), nullable=False, comment="Of the project's own area, 0 to 1."),
        sa.Column("area_hectares", sa.Float(), nullable=False, comment="That both have."),
        sa.Column("found_at", MOMENT, nullable=False, comment="When the newer boundary was drawn."),
        sa.CheckConstraint(
            "project_id <> other_project_id", name=op.f("ck_boundary_overlaps_two_projects")
        ),
        _key("boundary_overlaps", "project_id", "projects"),
        _key("boundary_overlaps", "other_project_id", "projects"),
        sa.PrimaryKeyConstraint("project_id", "other_project_id", name=op.f("pk_boundary_overlaps")),
        comment="Projects whose newest boundaries overlap. For staff and verifiers.",
    )
    op.create_index(
        op.f("ix_boundary_overlaps_other_project_id"), "boundary_overlaps", ["other_project_id"]
    )


def _make_quantifications() -> None:
    op.create_table(
        "quantification_inputs",
        sa.Column("sha256", sa.String(64), nullable=False, comment="Of the content."),
        sa.Column("content", sa.LargeBinary(), nullable=False, comment="Canonical JSON (RFC 8785), UTF-8."),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_quantification_inputs_sha256_is_sha256")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_quantification_inputs")),
        comment="What quantifications were worked out of, as it was then. Rows never change.",
    )
    op.create_table(
        "quantifications",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("verification_id", sa.UUID(), nullable=False, comment="For which round."),
        sa.Column("number", sa.Integer(), nullable=False, comment="Counts those of a round from 1."),
        sa.Column("calculation", sa.String(60), nullable=False, comment="Id of the declared calculation."),
        sa.Column("calculation_version", sa.Integer(), nullable=False, comment="By which it was worked out."),
        sa.Column("period_from", sa.Date(), nullable=False, comment="First day, UTC."),
        sa.Column("period_to", sa.Date(), nullable=False, comment="Last day, UTC."),
        sa.Column("inputs_sha256", sa.String(64), nullable=False, comment="Of what it was worked out of."),
        sa.Column(
            "result",
            postgresql.JSONB(),
            nullable=False,
            comment="Tonnes and steps of each year, with the inputs' SHA-256; numbers are decimals as text.",
        ),
        sa.Column("sha256", sa.String(64), nullable=False, comment="Of the result's canonical JSON."),
        sa.Column("computed_by", sa.UUID(), nullable=False, comment="Who had it worked out."),
        sa.Column("computed_at", MOMENT, nullable=False, comment="When that was."),
        sa.CheckConstraint("number > 0", name=op.f("ck_quantifications_counted_from_one")),
        sa.CheckConstraint("period_from <= period_to", name=op.f("ck_quantifications_period_runs_on")),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_quantifications_sha256_is_sha256")),
        _key("quantifications", "verification_id", VERIFICATIONS),
        _key("quantifications", "computed_by", "users"),
        sa.ForeignKeyConstraint(
            ["inputs_sha256"],
            ["quantification_inputs.sha256"],
            name=op.f("fk_quantifications_inputs_sha256_quantification_inputs"),
        ),
        sa.UniqueConstraint(
            "verification_id", "number", name=op.f("uq_quantifications_verification_id_number")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quantifications")),
        comment="The tonnes that follow from monitoring data; the newest of a round counts (ADR 0104). Rows never change.",
    )
    op.create_index(op.f("ix_quantifications_inputs_sha256"), "quantifications", ["inputs_sha256"])


def _bind_rounds() -> None:
    op.add_column(
        VERIFICATIONS,
        sa.Column(
            "quantification_sha256",
            sa.String(64),
            comment="The quantification that the approval is bound to; NULL: none.",
        ),
    )
    op.alter_column(
        VERIFICATIONS,
        "sign_off_version",
        comment="The form that sign_off_digest was made in (ADR 0076, ADR 0091, ADR 0104).",
    )
    op.drop_constraint(op.f("ck_verification_requests_sign_off_version_known"), VERIFICATIONS)
    for constraint, condition in {
        "sign_off_version_known": "sign_off_version IN (1, 2, 3, 4)",
        "quantification_sha256_is_sha256": "quantification_sha256 ~ '^[0-9a-f]{64}$'",
    }.items():
        op.create_check_constraint(
            op.f(f"ck_verification_requests_{constraint}"), VERIFICATIONS, condition
        )
    _widen("checklist_ticks", "item", "overlaps_looked_at", "above_quantified_explained")
    _widen("verification_events", "event_type", "quantified")


def _widen(table: str, column: str, *words: str) -> None:
    """Beside the words that the constraint lists already, whichever revision listed them."""
    name = f"ck_{table}_{column}_known"
    definition = op.get_bind().scalar(
        sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name"),
        {"name": name},
    )
    listed = ", ".join(f"'{word}'" for word in [*re.findall(r"'(\w+)'", definition), *words])
    op.drop_constraint(op.f(name), table)
    op.create_check_constraint(op.f(name), table, f"{column} IN ({listed})")


def _key(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))
