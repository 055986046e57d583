"""
The columns of the open data, in their fixed order: where each comes from and what it means.

New columns are added at the end, and none is ever taken away or renamed (docs/open-data.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.publishing.open_data import Dataset


class Kind(StrEnum):
    """
    What a value is. Only `text` was typed by somebody, and so may hold anything.

    Decimals, moments and days are strings of digits and signs; integers, numbers and `json` are written
    as JSON has them.
    """

    TEXT = "text"
    CODE = "code"
    DECIMAL = "decimal"
    MOMENT = "moment"
    DAY = "day"
    INTEGER = "integer"
    NUMBER = "number"
    JSON = "json"


@dataclass(frozen=True)
class Column:
    """`name` is the API's; a dot leads into an object of the JSON. `sql` gives text or a number."""

    name: str
    kind: Kind
    sql: str
    meaning: str


@dataclass(frozen=True)
class ColumnSource:
    columns: Sequence[Column]
    rows: str
    """FROM clause and order."""


def moment(column: str) -> str:
    return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


def _day(column: str) -> str:
    """Asyncpg writes the first and the last day that Python knows as infinities."""
    return (
        f"CASE {column} WHEN '-infinity' THEN '0001-01-01' WHEN 'infinity' THEN '9999-12-31'"
        f" ELSE to_char({column}, 'YYYY-MM-DD') END"
    )


def tonnes(column: str) -> str:
    return f"(({column}) / 100)::text || '.' || lpad((({column}) % 100)::text, 2, '0')"


def _labels(project_id: str, *, covering: str = "") -> Column:
    """By name, as lists of a CSV are written: with semicolons between."""
    schemes = (
        f"SELECT DISTINCT l.scheme FROM public_standard_labels l WHERE l.project_id = {project_id}"  # noqa: S608 -- constants
        " AND l.status = 'confirmed' AND l.valid_from <= current_date"
        f" AND (l.valid_until IS NULL OR l.valid_until >= current_date){covering} ORDER BY 1"
    )
    return Column(
        "labels",
        Kind.CODE,
        f"array_to_string(ARRAY({schemes}), ';')",
        "Schemes whose standard or label stood for it on the day of the export, semicolons between; empty: none.",
    )


_PROJECTS = ColumnSource(
    (
        Column("id", Kind.CODE, "p.id::text", "UUID of the project."),
        Column("number", Kind.INTEGER, "p.number", "The project number inside serials."),
        Column("title", Kind.TEXT, "p.title", "As registered."),
        Column("type", Kind.CODE, "p.type", "Kind of project."),
        Column("description", Kind.TEXT, "p.description", "As registered; may have line breaks."),
        Column("location", Kind.TEXT, "p.location", "Place in words."),
        Column("country", Kind.CODE, "p.country", "ISO 3166-1 alpha-3."),
        Column("coordinates.latitude", Kind.NUMBER, "p.latitude", "WGS 84 degrees."),
        Column("coordinates.longitude", Kind.NUMBER, "p.longitude", "WGS 84 degrees."),
        Column(
            "emissionsTarget",
            Kind.DECIMAL,
            tonnes("p.emissions_target_units"),
            "Tonnes of CO2e, decimal string.",
        ),
        Column("startDate", Kind.DAY, _day("p.start_date"), "First day, YYYY-MM-DD."),
        Column("status", Kind.CODE, "p.status", "pending, verified, rejected or withdrawn."),
        Column(
            "developer",
            Kind.TEXT,
            "o.legal_name",
            "The organisation behind it; persons are not named.",
        ),
        Column("createdAt", Kind.MOMENT, moment("p.created_at"), "Registered, RFC 3339 in UTC."),
        Column("updatedAt", Kind.MOMENT, moment("p.updated_at"), "Last changed, RFC 3339 in UTC."),
        Column(
            "verificationBody",
            Kind.TEXT,
            "v.verification_body",
            "Who signed off, as it was called then; empty until approved, or when it named none.",
        ),
        Column(
            "bufferPercent",
            Kind.DECIMAL,
            "s.percent::text",
            "Of each issuance, into the buffer, decimal string; empty until it is decided.",
        ),
        Column(
            "owedQuantity",
            Kind.DECIMAL,
            tonnes("coalesce(owed.units, 0)"),
            "Tonnes lost, not covered by the buffer and not made good yet.",
        ),
        _labels("p.id"),
    ),
    "FROM projects p JOIN organisations o ON o.holding_account_id = p.developer_id"
    " LEFT JOIN LATERAL (SELECT first.verification_body FROM verification_requests first"
    " WHERE first.project_id = p.id AND first.monitoring_period IS NULL"
    " ORDER BY first.number DESC LIMIT 1) v ON true"
    " LEFT JOIN buffer_shares s ON s.project_id = p.id"
    " LEFT JOIN (SELECT r.project_id, sum(o.quantity_units - coalesce(("
    "SELECT sum(t.quantity_units) FROM obligation_cancellations c"
    " JOIN public_credit_transactions t ON t.id = c.transaction_id"
    " WHERE c.reversal_id = o.reversal_id), 0))::bigint AS units"
    " FROM obligations o JOIN reversals r ON r.id = o.reversal_id"
    " WHERE o.status <> 'settled' GROUP BY 1) owed ON owed.project_id = p.id"
    " ORDER BY p.number",
)

_CREDITS = ColumnSource(
    (
        Column("serial", Kind.CODE, "e.serial", "Names the entry for ever."),
        Column("projectId", Kind.CODE, "e.project_id::text", "UUID of the project."),
        Column("quantity", Kind.DECIMAL, tonnes("e.quantity_units"), "Tonnes, decimal string."),
        Column("vintage", Kind.INTEGER, "e.vintage", "Year of the removal or reduction."),
        Column(
            "status",
            Kind.CODE,
            "e.status",
            "active, reserved (for somebody, for a time), suspended (for a loss), retired, cancelled, "
            "buffer; split and transferred live on in other entries.",
        ),
        Column("units.first", Kind.INTEGER, "lower(e.units)", "First unit of 0.01 t."),
        Column("units.last", Kind.INTEGER, "upper(e.units) - 1", "Last unit, included."),
        Column("issuedAt", Kind.MOMENT, moment("e.issued_at"), "Issued, RFC 3339 in UTC."),
        Column("lastActionAt", Kind.MOMENT, moment("e.last_action_at"), "Last movement."),
        Column(
            "parentSerial",
            Kind.CODE,
            "parent.serial",
            "The entry it was split or moved from; empty for what was issued.",
        ),
        Column(
            "suspendedFor",
            Kind.CODE,
            "e.suspended_for::text",
            "UUID of the reversal that its units are, or were, suspended for; empty for all others.",
        ),
        _labels(
            "e.project_id",
            covering=" AND (l.vintage_from IS NULL OR e.vintage BETWEEN l.vintage_from AND l.vintage_to)",
        ),
    ),
    "FROM public_credit_entries e LEFT JOIN public_credit_entries parent ON parent.id = e.parent_id"
    " ORDER BY e.serial",
)

# Of each seal that is corrected, present or former, one sentence.
_CORRECTION = """(
    SELECT string_agg(format('%s says %s; right is %s', k.pointer, coalesce(k.stated, 'nothing'),
                             coalesce(k.correct, 'nothing')), ' | ' ORDER BY k.corrected_at, k.pointer)
      FROM certificate_corrections k WHERE k.retirement_id = r.id)"""

_RETIREMENTS = ColumnSource(
    (
        Column("id", Kind.CODE, "r.id::text", "UUID of the retirement; one line for each entry."),
        Column("serial", Kind.CODE, "e.serial", "The retired entry."),
        Column("projectId", Kind.CODE, "e.project_id::text", "UUID of the project."),
        Column("quantity", Kind.DECIMAL, tonnes("t.quantity_units"), "Tonnes of this entry."),
        Column("vintage", Kind.INTEGER, "e.vintage", "Year of the removal or reduction."),
        Column("beneficiary.name", Kind.TEXT, "r.beneficiary_name", "Empty when undisclosed."),
        Column("beneficiary.country", Kind.CODE, "r.beneficiary_country", "ISO 3166-1 alpha-3."),
        Column("purpose", Kind.TEXT, "r.purpose", "What the claim is for."),
        Column("reason", Kind.TEXT, "r.reason", "In the holder's words; also on the chain."),
        Column("retiredAt", Kind.MOMENT, moment("r.retired_at"), "RFC 3339 in UTC."),
        Column("chainRecord.status", Kind.CODE, "c.status", "queued to final; empty before that."),
        Column("chainRecord.txHash", Kind.CODE, "c.tx_hash", "Cardano transaction, 64 hex digits."),
        Column(
            "correction",
            Kind.TEXT,
            _CORRECTION,
            "What the sealed certificate says wrongly and what is right; empty when nothing is.",
        ),
        Column(
            "touchedQuantity",
            Kind.DECIMAL,
            tonnes("coalesce(touched.units, 0)"),
            "Tonnes of the whole retirement, all its lines, whose carbon was lost since.",
        ),
        Column(
            "coveredQuantity",
            Kind.DECIMAL,
            tonnes("coalesce(touched.covered_units, 0)"),
            "Of those, what cancelled buffer units stand for.",
        ),
    ),
    "FROM retirements r JOIN public_credit_transactions t ON t.retirement_id = r.id"
    " JOIN public_credit_entries e ON e.id = t.result_entry_id"
    " LEFT JOIN chain_records c ON c.transaction_id = t.id"
    " LEFT JOIN (SELECT retirement_id, sum(touched_units)::bigint AS units,"
    " sum(upper(units) - lower(units))::bigint AS covered_units"
    " FROM reversal_coverings GROUP BY 1) touched ON touched.retirement_id = r.id"
    " ORDER BY r.retired_at, r.id, lower(t.units)",
)

SOURCES: dict[Dataset, ColumnSource] = {
    Dataset.PROJECTS: _PROJECTS,
    Dataset.CREDITS: _CREDITS,
    Dataset.RETIREMENTS: _RETIREMENTS,
}
