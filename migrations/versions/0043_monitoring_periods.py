"""Rounds: a project is verified again for each monitoring period, and an approval issues several vintages.

Why: a project could be verified once, though real ones are monitored, verified and issued for again for
decades; a period that crosses years had to be issued as one vintage; and nobody could resubmit what was
rejected (ADR 0076). Verifications that are there become the first round of their project and stay as they
are; what was signed off keeps its digest.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

VERIFICATIONS = "verification_requests"
EVENT_TYPES = (
    *("project_registered", "monitoring_period_opened", "resubmitted", "assignment_overdue"),
    *("verifier_assigned", "verifier_replaced", "document_completed", "note", "site_visit"),
    *("review_overdue", "escalated", "approved", "rejected", "countersignature_overdue"),
    *("countersignature_refused", "countersigned", "credits_issued", "loss_recorded"),
    *("obligation_overdue", "obligation_settled"),
)
OPEN = (
    "status IN ('pending', 'in_review')"
    " OR status = 'approved' AND needs_countersignature AND countersigned_by IS NULL"
)

# Both are read in the guards below, and by the registry's own reads. Without a search path of their own
# they are put into the statement that asks.
APPROVED_VINTAGES = """
CREATE FUNCTION approved_vintages(vintages jsonb, only_vintage integer, only_units bigint)
RETURNS TABLE (vintage integer, quantity_units bigint) LANGUAGE sql IMMUTABLE AS $$
    SELECT said.key::integer, said.value::bigint
      FROM jsonb_each_text(coalesce(vintages, CASE WHEN only_vintage IS NOT NULL
                                              THEN jsonb_build_object(only_vintage::text, only_units) END)) said
$$
"""
CREDITING_PERIOD = """
CREATE FUNCTION crediting_period(project projects) RETURNS daterange LANGUAGE sql IMMUTABLE AS $$
    SELECT daterange((project).start_date,
                     coalesce((project).crediting_period_ends,
                              least((greatest((project).start_date, DATE '1990-01-01') + interval '100 years')::date - 1,
                                    DATE '9999-12-31')), '[]')
$$
"""

# As of revision 0027, for each vintage of the approval apart. Whoever issues without naming the vintage, as
# the version of the code before does, is not held by the unique index: the approval is locked instead.
ISSUED_AS_APPROVED = """
CREATE OR REPLACE FUNCTION karbonica_guard_issuance() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    approval verification_requests;
BEGIN
    SELECT verification.* INTO approval
      FROM verification_requests verification JOIN projects project ON project.id = verification.project_id
     WHERE verification.id = NEW.verification_id AND verification.status = 'approved'
       AND (NOT verification.needs_countersignature OR verification.countersigned_by IS NOT NULL)
       AND project.status = 'verified' AND project.developer_id = verification.developer_id
       FOR UPDATE OF verification;
    IF NOT FOUND THEN
        RAISE EXCEPTION '% % rests on no approval of a verified project', NEW.type, NEW.id
            USING ERRCODE = 'check_violation';
    END IF;
    PERFORM FROM (
        SELECT entry.vintage, sum(issued.quantity_units) AS quantity_units,
               count(*) FILTER (WHERE issued.type = 'issuance') = 1 AND count(*) <= 2
               AND bool_and(entry.project_id = approval.project_id
                            AND coalesce(issued.vintage, entry.vintage) = entry.vintage
                            AND issued.recipient_id = CASE issued.type WHEN 'issuance' THEN approval.developer_id
                                                      ELSE '00000000-0000-4000-8000-000000000001'::uuid END)
               AND range_agg(issued.units)
                   = int8multirange(int8range(min(lower(issued.units)), max(upper(issued.units))))
               AND max(upper(issued.units)) <= (SELECT next_unit FROM unit_counter) AS is_whole
          FROM credit_transactions issued JOIN credit_entries entry ON entry.id = issued.result_entry_id
         WHERE issued.verification_id = approval.id AND issued.status = 'completed'
           AND issued.type IN ('issuance', 'buffer_contribution')
         GROUP BY entry.vintage
      ) made
      FULL JOIN (SELECT said.vintage, said.quantity_units FROM approved_vintages(approval.vintages, approval.vintage,
                                                                      approval.verified_quantity_units) said
                  WHERE said.quantity_units > 0) approved ON approved.vintage = made.vintage
      WHERE made.is_whole IS NOT TRUE OR made.quantity_units IS DISTINCT FROM approved.quantity_units;
    IF FOUND THEN
        RAISE EXCEPTION '% % is not what verification % approved', NEW.type, NEW.id, approval.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$
"""

# As of revision 0026; what a round is approved for lies in its monitoring period, which is over, and in
# the crediting period.
APPROVAL_BOUNDED = """
CREATE OR REPLACE FUNCTION karbonica_bound_approval() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    credited daterange;
    decided_on date := (NEW.completed_at AT TIME ZONE 'UTC')::date;
    said record;
BEGIN
    SELECT crediting_period(project) INTO credited FROM projects project WHERE project.id = NEW.project_id;
    IF NEW.monitoring_period IS NOT NULL THEN
        credited := credited * NEW.monitoring_period;
        IF upper(NEW.monitoring_period) > decided_on THEN
            RAISE EXCEPTION 'the monitoring period of verification % is not over', NEW.id
                  USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    FOR said IN SELECT approved.* FROM approved_vintages(NEW.vintages, NEW.vintage, NEW.verified_quantity_units) approved LOOP
        IF said.vintage < greatest(1990, date_part('year', lower(credited)))
           OR said.vintage > least(date_part('year', decided_on), date_part('year', upper(credited) - 1))
           OR said.quantity_units < 0 OR isempty(credited) THEN
            RAISE EXCEPTION 'vintage % of verification % is none of its project', said.vintage, NEW.id
                  USING ERRCODE = 'check_violation';
        END IF;
    END LOOP;
    IF NEW.verified_quantity_units > 100000000000 THEN
        RAISE EXCEPTION 'verification % approves over 1,000,000,000 t', NEW.id
              USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.verified_quantity_units
       IS DISTINCT FROM (SELECT sum(approved.quantity_units) FROM approved_vintages(NEW.vintages, NEW.vintage, NEW.verified_quantity_units) approved) THEN
        RAISE EXCEPTION 'the vintages of verification % do not add up to what it approves', NEW.id
              USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""
APPROVAL_BOUNDED_WHEN = """
CREATE TRIGGER approval_bounded BEFORE UPDATE ON verification_requests
    FOR EACH ROW WHEN (NEW.status = 'approved'
                       AND (NEW.status, NEW.vintage, NEW.vintages, NEW.verified_quantity_units)
                       IS DISTINCT FROM (OLD.status, OLD.vintage, OLD.vintages, OLD.verified_quantity_units))
    EXECUTE FUNCTION karbonica_bound_approval()
"""

# As of revision 0027; what a round is about never changes.
VERIFICATION_STAYS = """
CREATE OR REPLACE FUNCTION karbonica_guard_verification() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    waits boolean := OLD.status = 'approved' AND OLD.needs_countersignature AND OLD.countersigned_by IS NULL;
    still_changes text[] := '{updated_at}';
BEGIN
    IF (NEW.id, NEW.project_id, NEW.developer_id, NEW.submitted_at, NEW.number, NEW.monitoring_period,
        NEW.resubmits, NEW.what_changed)
       IS DISTINCT FROM
       (OLD.id, OLD.project_id, OLD.developer_id, OLD.submitted_at, OLD.number, OLD.monitoring_period,
        OLD.resubmits, OLD.what_changed) THEN
        RAISE EXCEPTION 'verification % stays that of its project', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF waits AND NEW.status = 'in_review' OR OLD.status NOT IN ('approved', 'rejected') THEN
        RETURN NEW;
    END IF;
    IF waits THEN
        still_changes := '{updated_at,countersigned_by,countersigned_at}';
    END IF;
    IF to_jsonb(NEW) - still_changes IS DISTINCT FROM to_jsonb(OLD) - still_changes THEN
        RAISE EXCEPTION 'verification % is % and stays as it was decided', OLD.id, OLD.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""

# A later round rests on its project: verified, for a monitoring period in the crediting period; pending
# again, for a first verification that is resubmitted.
ROUND_OPENED = """
CREATE FUNCTION karbonica_guard_round() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM projects project
      WHERE project.id = NEW.project_id AND project.developer_id = NEW.developer_id
        AND CASE WHEN NEW.monitoring_period IS NULL THEN project.status = 'pending'
                 ELSE project.status = 'verified' AND NEW.monitoring_period <@ crediting_period(project) END;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'round % of project % has nothing to rest on', NEW.number, NEW.project_id
            USING ERRCODE = 'check_violation';
    END IF;
    PERFORM FROM verification_requests rejected
      WHERE rejected.id = NEW.resubmits AND rejected.project_id = NEW.project_id AND rejected.status = 'rejected';
    IF NEW.resubmits IS NOT NULL AND NOT FOUND THEN
        RAISE EXCEPTION 'round % of project % resubmits nothing that was rejected', NEW.number, NEW.project_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""
ROUND_OPENED_WHEN = """
CREATE TRIGGER round_opened BEFORE INSERT ON verification_requests
    FOR EACH ROW WHEN (NEW.number > 1) EXECUTE FUNCTION karbonica_guard_round()
"""

# As of revision 0028. A project's status follows from its newest first verification: a rejected one is
# pending again by a resubmission, which is written next and must be there at the commit.
PROJECT_STAYS = """
CREATE OR REPLACE FUNCTION karbonica_guard_project() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    decided verification_requests%ROWTYPE;
    resubmitted boolean := OLD.status = 'rejected' AND NEW.status = 'pending';
BEGIN
    SELECT * INTO decided FROM verification_requests
     WHERE project_id = OLD.id AND monitoring_period IS NULL ORDER BY number DESC LIMIT 1;
    IF (decided.status = 'approved' OR OLD.status <> 'pending') AND (
        (NEW.id, NEW.developer_id, NEW.title, NEW.type, NEW.description, NEW.location, NEW.country,
         NEW.latitude, NEW.longitude, NEW.emissions_target_units, NEW.start_date, NEW.crediting_period_ends,
         NEW.created_at)
        IS DISTINCT FROM
        (OLD.id, OLD.developer_id, OLD.title, OLD.type, OLD.description, OLD.location, OLD.country,
         OLD.latitude, OLD.longitude, OLD.emissions_target_units, OLD.start_date, OLD.crediting_period_ends,
         OLD.created_at)
    ) THEN
        RAISE EXCEPTION 'project % is % and stays as it was decided', OLD.number, OLD.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.status <> OLD.status AND NOT resubmitted AND (
        OLD.status <> 'pending'
        OR NEW.status = 'verified' AND (
            decided.status IS DISTINCT FROM 'approved'
            OR decided.needs_countersignature AND decided.countersigned_by IS NULL
        )
        OR NEW.status = 'rejected' AND decided.status IS DISTINCT FROM 'rejected'
    ) THEN
        RAISE EXCEPTION 'project % has no decision that makes it %', OLD.id, NEW.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""
RESUBMITTED = """
CREATE FUNCTION karbonica_guard_resubmission() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM verification_requests
      WHERE project_id = NEW.id AND monitoring_period IS NULL AND resubmits IS NOT NULL
        AND (status IN ('pending', 'in_review') OR updated_at >= NEW.updated_at);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'project % is pending again without a resubmission', NEW.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$
"""
RESUBMITTED_WHEN = """
CREATE CONSTRAINT TRIGGER project_resubmitted AFTER UPDATE ON projects
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.status = 'rejected' AND NEW.status = 'pending')
    EXECUTE FUNCTION karbonica_guard_resubmission()
"""


def upgrade() -> None:
    _give_projects_a_crediting_period()
    _make_verifications_rounds()
    _issue_by_vintage()
    op.drop_constraint(op.f("ck_verification_events_event_type_known"), "verification_events")
    listed = ", ".join(f"'{event_type}'" for event_type in EVENT_TYPES)
    op.create_check_constraint(
        op.f("ck_verification_events_event_type_known"),
        "verification_events",
        f"event_type IN ({listed})",
    )
    op.execute("DROP TRIGGER approval_bounded ON verification_requests")
    for statement in (
        *(APPROVED_VINTAGES, CREDITING_PERIOD, ISSUED_AS_APPROVED, APPROVAL_BOUNDED),
        *(APPROVAL_BOUNDED_WHEN, VERIFICATION_STAYS, ROUND_OPENED, ROUND_OPENED_WHEN),
        *(PROJECT_STAYS, RESUBMITTED, RESUBMITTED_WHEN),
    ):
        op.execute(statement)


def _give_projects_a_crediting_period() -> None:
    op.add_column(
        "projects",
        sa.Column(
            "crediting_period_ends",
            sa.Date(),
            comment="Its last day, as the developer said; NULL: as long as any (function crediting_period).",
        ),
    )
    op.create_check_constraint(
        op.f("ck_projects_crediting_period_in_order"),
        "projects",
        "crediting_period_ends >= start_date",
    )
    op.alter_column(
        "projects",
        "status",
        existing_type=sa.String(50),
        existing_nullable=False,
        comment="pending, then verified for ever or rejected, as its newest first verification is decided; "
        "pending again when that is resubmitted.",
    )


def _make_verifications_rounds() -> None:
    for column in (
        sa.Column(
            "number",
            sa.Integer(),
            server_default=sa.text("1"),
            nullable=False,
            comment="Counts the rounds of a project; 1 is its first verification.",
        ),
        sa.Column(
            "monitoring_period",
            postgresql.DATERANGE(),
            comment="The days that were monitored; NULL: a first verification.",
        ),
        sa.Column(
            "resubmits",
            sa.UUID(),
            sa.ForeignKey(
                "verification_requests.id",
                name=op.f("fk_verification_requests_resubmits_verification_requests"),
            ),
            comment="The rejected round that this one takes up again.",
        ),
        sa.Column(
            "what_changed",
            sa.Text(),
            comment="What is other than in that round, as the developer says; for those who work on it.",
        ),
        sa.Column(
            "vintages",
            postgresql.JSONB(none_as_null=True),
            comment="Units of 0.01 t approved for each calendar year; NULL: verified_quantity_units of vintage.",
        ),
        sa.Column(
            "sign_off_version",
            sa.SmallInteger(),
            server_default=sa.text("1"),
            nullable=False,
            comment="The form that sign_off_digest was made in (ADR 0076).",
        ),
    ):
        op.add_column(VERIFICATIONS, column)
    for name, comment in {
        "submitted_at": "When the round was opened; the first with the project's registration.",
        "verified_quantity_units": "Units of 0.01 t CO2e, of all vintages.",
        "vintage": "The only calendar year with a quantity; NULL: several, see vintages.",
    }.items():
        op.alter_column(VERIFICATIONS, name, comment=comment)
    op.create_table_comment(
        VERIFICATIONS,
        "The rounds of each project and their decisions: its first verification, and its monitoring periods.",
    )
    op.drop_constraint(op.f("uq_verification_requests_project_id"), VERIFICATIONS)
    op.create_unique_constraint(
        op.f("uq_verification_requests_project_id_number"), VERIFICATIONS, ["project_id", "number"]
    )
    op.create_index(
        "uq_verification_requests_one_open",
        VERIFICATIONS,
        ["project_id"],
        unique=True,
        postgresql_where=sa.text(OPEN),
    )
    # GiST asks no identifiers whether they are equal, but any range whether it overlaps with another.
    op.execute("CREATE TYPE uuid_range AS RANGE (subtype = uuid)")
    op.execute(
        "ALTER TABLE verification_requests ADD CONSTRAINT ex_verification_requests_days_verified_once"
        " EXCLUDE USING gist (uuid_range(project_id, project_id, '[]') WITH &&, monitoring_period WITH &&)"
        " WHERE (status <> 'rejected')"
    )
    for constraint, condition in {
        "first_has_no_period": "number > 0 AND (number > 1 OR monitoring_period IS NULL AND resubmits IS NULL)",
        "later_says_why": "number = 1 OR monitoring_period IS NOT NULL OR resubmits IS NOT NULL",
        "period_bounded": "NOT isempty(monitoring_period) AND lower(monitoring_period) > '-infinity'"
        " AND upper(monitoring_period) < 'infinity'",
        "resubmission_says_what_changed": "(resubmits IS NULL) = (what_changed IS NULL)"
        " AND length(what_changed) > 0",
        "sign_off_version_known": "sign_off_version IN (1, 2)",
    }.items():
        op.create_check_constraint(
            op.f(f"ck_verification_requests_{constraint}"), VERIFICATIONS, condition
        )
    op.drop_constraint(op.f("ck_verification_requests_approval_says_what"), VERIFICATIONS)
    op.create_check_constraint(
        op.f("ck_verification_requests_approval_says_what"),
        VERIFICATIONS,
        "status <> 'approved' OR (verified_quantity_units > 0 AND (vintage IS NOT NULL OR vintages IS NOT NULL)"
        " AND sign_off_digest IS NOT NULL)",
    )


def _issue_by_vintage() -> None:
    op.add_column(
        "credit_transactions",
        sa.Column(
            "vintage",
            sa.Integer(),
            comment="Of an issuance and of the buffer's share, which there is once for each; NULL: any other,"
            " or issued when an approval had one vintage.",
        ),
    )
    op.drop_index("uq_credit_transactions_issued_once", "credit_transactions")
    op.create_index(
        "uq_credit_transactions_issued_once",
        "credit_transactions",
        ["verification_id", "type", sa.text("coalesce(vintage, 0)")],
        unique=True,
        postgresql_where=sa.text("verification_id IS NOT NULL"),
    )
