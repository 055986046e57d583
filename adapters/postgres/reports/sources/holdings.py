"""What accounts held, and how it came and went."""

from collections.abc import Sequence

from adapters.postgres.publishing.open_data_columns import Column, Kind, moment
from adapters.postgres.reports.sources.moments import (
    Literals,
    ReportTable,
    deltas,
    entries_at,
    quantity,
)


def holdings_tables(terms: Literals) -> Sequence[ReportTable]:
    account = "true" if terms.account_id == "NULL::uuid" else f"{{0}} = {terms.account_id}"
    party = (
        "true" if account == "true" else (f"{terms.account_id} IN (t.sender_id, t.recipient_id)")
    )
    during = f"d.created_at >= {terms.begins}"

    def summed(types: str, sign: int = 1) -> str:
        chosen = f"d.type IN ({types}) AND {during} AND d.units * {sign} > 0"
        return f"coalesce(sum(d.units * {sign}) FILTER (WHERE {chosen}), 0)::bigint"

    sums = f"""(
        SELECT d.account_id, d.project_id, d.vintage,
               coalesce(sum(d.units) FILTER (WHERE d.created_at < {terms.begins}), 0)::bigint AS opening,
               {summed("'issuance', 'buffer_contribution'")} AS issued,
               {summed("'transfer', 'buffer_release'")} AS received,
               {summed("'transfer', 'buffer_release'", -1)} AS sent,
               {summed("'retirement'", -1)} AS retired,
               {summed("'cancellation'", -1)} AS cancelled,
               sum(d.units)::bigint AS closing,
               count(*) FILTER (WHERE {during}) AS movements
          FROM {deltas(terms.ends)} d WHERE {account.format("d.account_id")}
         GROUP BY 1, 2, 3)"""
    return (
        ReportTable(
            "holdings",
            "Holdings of accounts by project and vintage",
            (
                Column("accountId", Kind.CODE, "h.account_id::text", "Who holds; UUID."),
                Column("projectId", Kind.CODE, "h.project_id::text", "UUID of the project."),
                Column("vintage", Kind.INTEGER, "h.vintage", "Year of the removal or reduction."),
                quantity("opening", "h.opening", "Held when the period began, tonnes."),
                quantity("issued", "h.issued", "Issued in the period."),
                quantity(
                    "received", "h.received", "Came from other accounts, or out of the buffer."
                ),
                quantity("sent", "h.sent", "Went to other accounts."),
                quantity("retired", "h.retired", "Retired in the period."),
                quantity("cancelled", "h.cancelled", "Cancelled in the period."),
                quantity("closing", "h.closing", "Held when it ended."),
            ),
            f"FROM {sums} h WHERE h.opening <> 0 OR h.closing <> 0 OR h.movements > 0"
            " ORDER BY h.account_id, h.project_id, h.vintage",
            sheet="Holdings",
        ),
        ReportTable(
            "entries",
            "Entries held when the period ended",
            (
                Column("accountId", Kind.CODE, "e.owner_id::text", "Who holds; UUID."),
                Column("serial", Kind.CODE, "e.serial", "Names the entry for ever."),
                Column("projectId", Kind.CODE, "e.project_id::text", "UUID of the project."),
                Column("vintage", Kind.INTEGER, "e.vintage", "Year of the removal or reduction."),
                Column(
                    "status",
                    Kind.CODE,
                    "e.status",
                    "active, reserved, suspended or buffer, as it was then.",
                ),
                Column("firstUnit", Kind.INTEGER, "lower(e.units)", "First unit of 0.01 t."),
                Column("lastUnit", Kind.INTEGER, "upper(e.units) - 1", "Last unit, included."),
                quantity("quantity", "e.quantity_units", "Tonnes."),
            ),
            f"FROM {entries_at(terms.ends, account.format('e.owner_id'))} e"
            " WHERE e.status NOT IN ('retired', 'cancelled') ORDER BY e.owner_id, e.serial",
            sheet="Entries",
        ),
        ReportTable(
            "movements",
            "Movements in the period",
            (
                Column("completedAt", Kind.MOMENT, moment("t.created_at"), "RFC 3339 in UTC."),
                Column("transactionId", Kind.CODE, "t.id::text", "UUID of the movement."),
                Column("type", Kind.CODE, "t.type", "As in the ledger."),
                Column("serial", Kind.CODE, "source.serial", "The entry that was acted upon."),
                Column(
                    "resultSerial",
                    Kind.CODE,
                    "e.serial",
                    "The entry that holds the units afterwards.",
                ),
                Column(
                    "senderId",
                    Kind.CODE,
                    _shown("t.sender_id", terms),
                    "Who held them; empty when they were issued, or of another account in a statement.",
                ),
                Column(
                    "recipientId",
                    Kind.CODE,
                    _shown("t.recipient_id", terms),
                    "Who holds them; empty when they are used up, likewise.",
                ),
                Column("firstUnit", Kind.INTEGER, "lower(t.units)", "First unit that moved."),
                Column("lastUnit", Kind.INTEGER, "upper(t.units) - 1", "Last unit, included."),
                quantity("quantity", "t.quantity_units", "Tonnes."),
                Column(
                    "retirementId", Kind.CODE, "t.retirement_id::text", "UUID; of a retirement."
                ),
            ),
            "FROM credit_transactions t JOIN credit_entries e ON e.id = t.result_entry_id"
            " JOIN credit_entries source ON source.id = t.entry_id"
            f" WHERE t.created_at >= {terms.begins} AND t.created_at < {terms.ends} AND {party}"
            " ORDER BY t.created_at, t.id",
            sheet="Movements",
        ),
    )


def _shown(column: str, terms: Literals) -> str:
    """A statement tells its holder nothing of whom they deal with; they know, and others may read it too."""
    if terms.account_id == "NULL::uuid":
        return f"{column}::text"
    return f"CASE WHEN {column} = {terms.account_id} THEN {column}::text END"
