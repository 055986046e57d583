"""The buffer, verification, the audit log and the register of processing."""

from collections.abc import Sequence

from adapters.postgres.publishing.open_data_columns import Column, Kind, moment
from adapters.postgres.reports.sources.moments import (
    REGISTRY,
    Literals,
    ReportTable,
    deltas,
    quantity,
)
from domain.reports.processing import REGISTER


def buffer_tables(terms: Literals) -> Sequence[ReportTable]:
    during = f"d.created_at >= {terms.begins}"
    sums = f"""(
        SELECT d.project_id, d.vintage,
               coalesce(sum(d.units) FILTER (WHERE d.created_at < {terms.begins}), 0)::bigint AS opening,
               coalesce(sum(d.units) FILTER (WHERE d.units > 0 AND {during}), 0)::bigint AS contributed,
               coalesce(-sum(d.units) FILTER (WHERE d.type = 'buffer_release' AND {during}), 0)::bigint AS released,
               coalesce(-sum(d.units) FILTER (WHERE d.type = 'cancellation' AND {during}), 0)::bigint AS cancelled,
               sum(d.units)::bigint AS closing
          FROM {deltas(terms.ends)} d WHERE d.account_id = {REGISTRY} GROUP BY 1, 2)"""
    covered = f"""(SELECT c.reversal_id, sum(t.quantity_units)::bigint AS units
                     FROM reversal_cancellations c JOIN credit_transactions t ON t.id = c.transaction_id
                    WHERE t.created_at < {terms.ends} GROUP BY 1)"""
    made_good = f"""(SELECT c.reversal_id, sum(t.quantity_units)::bigint AS units
                       FROM obligation_cancellations c JOIN credit_transactions t ON t.id = c.transaction_id
                      WHERE t.created_at < {terms.ends} GROUP BY 1)"""
    return (
        ReportTable(
            "buffer",
            "The buffer by project and vintage",
            (
                Column("projectId", Kind.CODE, "b.project_id::text", "UUID of the project."),
                Column("vintage", Kind.INTEGER, "b.vintage", "Year of the removal or reduction."),
                quantity("opening", "b.opening", "In the buffer when the period began, tonnes."),
                quantity("contributed", "b.contributed", "Set aside of issuances."),
                quantity("released", "b.released", "Given back to holders."),
                quantity("cancelled", "b.cancelled", "Cancelled, for losses or otherwise."),
                quantity("closing", "b.closing", "In the buffer when it ended."),
            ),
            f"FROM {sums} b ORDER BY b.project_id, b.vintage",
            sheet="Buffer",
        ),
        ReportTable(
            "losses",
            "Losses recorded until the period's end",
            (
                Column("reversalId", Kind.CODE, "v.id::text", "UUID of the reversal."),
                Column("recordedAt", Kind.MOMENT, moment("v.recorded_at"), "RFC 3339 in UTC."),
                Column("projectId", Kind.CODE, "v.project_id::text", "UUID of the project."),
                Column("vintage", Kind.INTEGER, "v.vintage", "Empty: all of them."),
                quantity("quantity", "v.quantity_units", "Lost, tonnes."),
                Column(
                    "avoidable",
                    Kind.CODE,
                    "CASE WHEN v.avoidable THEN 'yes' ELSE 'no' END",
                    "As staff judged.",
                ),
                Column("cause", Kind.TEXT, "v.cause", "In the words of staff."),
                quantity("covered", "coalesce(covered.units, 0)", "Buffer cancelled for it."),
                quantity("owed", "coalesce(o.quantity_units, 0)", "What the buffer did not cover."),
                quantity(
                    "madeGood", "coalesce(made_good.units, 0)", "Of that, cancelled in its place."
                ),
                Column(
                    "dueAt", Kind.MOMENT, moment("o.due_at"), "Until when; empty: nothing is owed."
                ),
            ),
            f"FROM reversals v LEFT JOIN {covered} covered ON covered.reversal_id = v.id"
            f" LEFT JOIN obligations o ON o.reversal_id = v.id"
            f" LEFT JOIN {made_good} made_good ON made_good.reversal_id = v.id"
            f" WHERE v.recorded_at < {terms.ends} ORDER BY v.recorded_at, v.id",
            sheet="Losses",
        ),
    )


def verification_tables(terms: Literals) -> Sequence[ReportTable]:
    # The first step on a timeline opens the round; statuses change, steps do not.
    rounds = f"""(
        SELECT v.verification_id, min(v.created_at) AS opened_at,
               min(v.created_at) FILTER (WHERE v.event_type = 'verifier_assigned') AS assigned_at,
               max(v.created_at) FILTER (WHERE v.event_type IN ('approved', 'rejected', 'withdrawn')) AS ended_at,
               (array_agg(v.event_type ORDER BY v.created_at DESC, v.id)
                  FILTER (WHERE v.event_type IN ('approved', 'rejected', 'withdrawn')))[1] AS ended_by,
               count(*) FILTER (WHERE v.event_type = 'assignment_overdue') AS assignment_overdue,
               count(*) FILTER (WHERE v.event_type = 'review_overdue') AS review_overdue,
               count(*) FILTER (WHERE v.event_type = 'countersignature_overdue') AS countersignature_overdue,
               count(*) FILTER (WHERE v.event_type = 'finding_raised') AS findings
          FROM verification_events v WHERE v.created_at < {terms.ends} GROUP BY 1)"""
    chosen = f"(s.ended_at IS NULL OR s.ended_at >= {terms.begins})"
    months = f"""(
        SELECT to_char(date_trunc('month', v.created_at AT TIME ZONE 'UTC'), 'YYYY-MM') AS month,
               count(*) FILTER (WHERE v.event_type IN ('project_registered', 'monitoring_period_opened',
                                                       'resubmitted')) AS opened,
               count(*) FILTER (WHERE v.event_type = 'approved') AS approved,
               count(*) FILTER (WHERE v.event_type = 'rejected') AS rejected,
               count(*) FILTER (WHERE v.event_type = 'withdrawn') AS withdrawn,
               count(*) FILTER (WHERE v.event_type IN ('assignment_overdue', 'review_overdue',
                                                       'countersignature_overdue')) AS overdue
          FROM verification_events v
         WHERE v.created_at >= {terms.begins} AND v.created_at < {terms.ends} GROUP BY 1)"""

    def days(until: str, since: str) -> str:
        return f"round(extract(epoch FROM {until} - {since}) / 86400, 2)::text"

    return (
        ReportTable(
            "throughput",
            "Rounds by month",
            (
                Column("month", Kind.CODE, "m.month", "YYYY-MM, in UTC."),
                *(
                    Column(name, Kind.INTEGER, f"m.{name}", meaning)
                    for name, meaning in (
                        ("opened", "Rounds that were opened."),
                        ("approved", "Approvals."),
                        ("rejected", "Rejections."),
                        ("withdrawn", "Withdrawn by their suppliers."),
                        ("overdue", "Deadlines that passed."),
                    )
                ),
            ),
            f"FROM {months} m ORDER BY m.month",
            sheet="Throughput",
        ),
        ReportTable(
            "rounds",
            "Rounds that were open in the period",
            (
                Column(
                    "verificationId", Kind.CODE, "s.verification_id::text", "UUID of the round."
                ),
                Column("projectId", Kind.CODE, "r.project_id::text", "UUID of the project."),
                Column("round", Kind.INTEGER, "r.number", "Counts the rounds of a project."),
                Column("openedAt", Kind.MOMENT, moment("s.opened_at"), "RFC 3339 in UTC."),
                Column("assignedAt", Kind.MOMENT, moment("s.assigned_at"), "Its first verifier."),
                Column(
                    "endedAt",
                    Kind.MOMENT,
                    moment("s.ended_at"),
                    "Decided or withdrawn; empty: open.",
                ),
                Column("endedBy", Kind.CODE, "s.ended_by", "approved, rejected or withdrawn."),
                Column(
                    "daysToAssign",
                    Kind.DECIMAL,
                    days("s.assigned_at", "s.opened_at"),
                    "From opened to assigned.",
                ),
                Column(
                    "daysToDecide",
                    Kind.DECIMAL,
                    days("s.ended_at", "s.assigned_at"),
                    "From assigned to ended.",
                ),
                Column("findings", Kind.INTEGER, "s.findings", "Raised until the period's end."),
                Column(
                    "assignmentOverdue",
                    Kind.INTEGER,
                    "s.assignment_overdue",
                    "Deadlines that passed.",
                ),
                Column("reviewOverdue", Kind.INTEGER, "s.review_overdue", "Deadlines that passed."),
                Column(
                    "countersignatureOverdue",
                    Kind.INTEGER,
                    "s.countersignature_overdue",
                    "Deadlines that passed.",
                ),
            ),
            f"FROM {rounds} s JOIN verification_requests r ON r.id = s.verification_id WHERE {chosen}"
            " ORDER BY s.opened_at, s.verification_id",
            sheet="Rounds",
        ),
    )


def audit_tables(terms: Literals) -> Sequence[ReportTable]:
    return (
        ReportTable(
            "audit",
            "Entries of the audit log",
            (
                Column("seq", Kind.INTEGER, "a.seq", "Place in the chain."),
                Column("at", Kind.MOMENT, moment("a.at"), "RFC 3339 in UTC."),
                Column("eventType", Kind.CODE, "a.event_type", "What happened."),
                Column("action", Kind.CODE, "a.action", "In a word."),
                Column(
                    "userId", Kind.CODE, "a.user_id::text", "Who acted; empty: the registry itself."
                ),
                Column("resourceType", Kind.CODE, "a.resource_type", "To what."),
                Column("resourceId", Kind.CODE, "a.resource_id::text", "Which one."),
                Column(
                    "changes",
                    Kind.TEXT,
                    "a.changes::text",
                    "Before and after, JSON; without personal data.",
                ),
                Column("previousHash", Kind.CODE, "a.previous_hash", "Of the entry before."),
                Column(
                    "hash",
                    Kind.CODE,
                    "a.hash",
                    "SHA-256; tools/verify_audit.py recomputes the chain.",
                ),
            ),
            f"FROM audit_logs a WHERE a.at >= {terms.begins} AND a.at < {terms.ends} ORDER BY a.seq",
            sheet="Audit log",
        ),
    )


def processing_tables(terms: Literals) -> Sequence[ReportTable]:  # noqa: ARG001 -- as the others
    values = ", ".join(
        "(" + ", ".join(_quoted(value) for value in (str(number), *vars(one).values())) + ")"
        for number, one in enumerate(REGISTER, 1)
    )
    names = ("data", "subjects", "purpose", "basis", "until")
    listed = ", ".join(f'"{name}"' for name in names)
    meanings = (
        "What is kept.",
        "Whose it is.",
        "Why.",
        "Paragraph of GDPR 6, or article.",
        "When it is erased.",
    )
    return (
        ReportTable(
            "processing",
            "Register of processing (GDPR 30)",
            tuple(
                Column(name, Kind.TEXT, f'r."{name}"', meaning)
                for name, meaning in zip(names, meanings, strict=True)
            ),
            f"FROM (VALUES {values}) AS r (number, {listed}) ORDER BY r.number::int",
            sheet="Processing",
        ),
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
