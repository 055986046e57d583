"""
Units that CORSIA accepts, and what was used up of them.

A unit is eligible by its vintage and by the label's days (ICAO document "CORSIA Eligible Emissions Units"); what a host
Party has authorised for international purposes stands beside it, since a unit issued from 2021 on counts only with it.
"""

from collections.abc import Sequence

from adapters.postgres.publishing.open_data_columns import Column, Kind, moment
from adapters.postgres.reports.sources.moments import Literals, ReportTable, entries_at, quantity

_LABEL = (
    Column("programme", Kind.TEXT, "l.programme", "The eligible programme."),
    Column(
        "phase", Kind.CODE, "l.phase", "pilot (2021-2023), first (2024-2026) or second (2027-2035)."
    ),
)


def corsia_tables(terms: Literals) -> Sequence[ReportTable]:
    labels = f"""(
        SELECT s.project_id, s.programme, s.phase, s.vintage_from, s.vintage_to, s.valid_from, s.valid_until
          FROM standard_labels s
         WHERE s.scheme = 'corsia' AND s.confirmed_at < {terms.known_at}
           AND (s.withdrawn_at IS NULL OR s.withdrawn_at >= {terms.known_at}))"""
    authorised = f"""EXISTS (
        SELECT FROM authorisations a JOIN authorisation_steps s ON s.authorisation_id = a.id
         WHERE a.project_id = e.project_id AND s.kind IN ('authorise', 'change')
           AND s.confirmed_at < {terms.known_at} AND 'international' = ANY (s.uses)
           AND e.vintage BETWEEN coalesce(a.vintage_from, 0) AND coalesce(a.vintage_to, 9999)
           AND NOT EXISTS (SELECT FROM authorisation_steps r WHERE r.authorisation_id = a.id
                              AND r.kind = 'revoke' AND r.confirmed_at < {terms.known_at}))"""
    window = "l.project_id = e.project_id AND e.vintage BETWEEN l.vintage_from AND l.vintage_to"
    by_host = Column(
        "authorisedByHost",
        Kind.CODE,
        f"CASE WHEN {authorised} THEN 'yes' ELSE 'no' END",
        "Whether the host Party has authorised international purposes, as known then.",
    )

    def stands(day: str) -> str:
        return f"{day} >= l.valid_from AND ({day} < l.valid_until + 1 OR l.valid_until IS NULL)"

    unit = (
        Column("serial", Kind.CODE, "e.serial", "Names the entry for ever."),
        Column("projectId", Kind.CODE, "e.project_id::text", "UUID of the project."),
        Column("vintage", Kind.INTEGER, "e.vintage", "Year of the removal or reduction."),
    )
    return (
        ReportTable(
            "eligible_units",
            "Eligible units held when the period ended",
            (
                *unit,
                *_LABEL,
                by_host,
                Column("status", Kind.CODE, "e.status", "active, reserved, suspended or buffer."),
                Column("firstUnit", Kind.INTEGER, "lower(e.units)", "First unit of 0.01 t."),
                Column("lastUnit", Kind.INTEGER, "upper(e.units) - 1", "Last unit, included."),
                quantity("quantity", "e.quantity_units", "Tonnes."),
            ),
            f"FROM {entries_at(terms.ends)} e JOIN {labels} l ON {window} AND {stands(terms.ends)}"
            " WHERE e.status NOT IN ('retired', 'cancelled')"
            ' ORDER BY e.serial COLLATE "C", l.phase, l.programme COLLATE "C", l.valid_from',
            sheet="Eligible units",
        ),
        ReportTable(
            "used_units",
            "Eligible units retired or cancelled in the period",
            (
                *unit,
                *_LABEL,
                by_host,
                Column("usedAt", Kind.MOMENT, moment("t.created_at"), "RFC 3339 in UTC."),
                Column("use", Kind.CODE, "t.type", "retirement or cancellation."),
                Column(
                    "beneficiaryName",
                    Kind.TEXT,
                    "r.beneficiary_name",
                    "As the operator, where it is one.",
                ),
                Column(
                    "beneficiaryCountry", Kind.CODE, "r.beneficiary_country", "ISO 3166-1 alpha-3."
                ),
                Column("purpose", Kind.TEXT, "r.purpose", "What the claim is for."),
                Column("firstUnit", Kind.INTEGER, "lower(t.units)", "First unit of 0.01 t."),
                Column("lastUnit", Kind.INTEGER, "upper(t.units) - 1", "Last unit, included."),
                quantity("quantity", "t.quantity_units", "Tonnes."),
            ),
            "FROM credit_transactions t JOIN credit_entries e ON e.id = t.result_entry_id"
            f" JOIN {labels} l ON {window} AND {stands('t.created_at')}"
            " LEFT JOIN retirements r ON r.id = t.retirement_id"
            " WHERE t.type IN ('retirement', 'cancellation')"
            f" AND t.created_at >= {terms.begins} AND t.created_at < {terms.ends}"
            ' ORDER BY t.created_at, t.id, l.phase, l.programme COLLATE "C", l.valid_from',
            sheet="Used units",
        ),
    )
