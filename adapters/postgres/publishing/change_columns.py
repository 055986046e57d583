"""What is told of a movement of the ledger: enough to make the same entries elsewhere."""

from adapters.postgres.publishing.open_data_columns import (
    Column,
    ColumnSource,
    Kind,
    moment,
    tonnes,
)

# The entries that the movement made, in the order of their units. An entry moves once, so that its
# children are of one movement; an issuance makes the entry that it names.
_OPENED = """
    coalesce((SELECT json_agg(json_build_object('serial', o.serial, 'units',
                              json_build_object('first', lower(o.units), 'last', upper(o.units) - 1))
                              ORDER BY o.units)
                FROM public_credit_entries o
               WHERE CASE WHEN t.type IN ('issuance', 'buffer_contribution') THEN o.id = t.entry_id
                          WHEN t.entry_id <> t.result_entry_id THEN o.parent_id = t.entry_id END),
             '[]')"""

_RETIREMENT = f"""
    CASE WHEN r.id IS NOT NULL THEN json_build_object(
        'id', r.id, 'quantity', {tonnes("r.quantity_units")},
        'beneficiary', CASE WHEN r.beneficiary_name IS NOT NULL THEN json_build_object(
            'name', r.beneficiary_name, 'country', r.beneficiary_country,
            'identifier', r.beneficiary_identifier) END,
        'purpose', r.purpose, 'reason', r.reason, 'retiredAt', {moment("r.retired_at")}) END"""

CHANGES = ColumnSource(
    (
        Column("seq", Kind.INTEGER, "c.seq", "1, 2, 3, without gaps, in the order of commits."),
        Column("id", Kind.CODE, "t.id::text", "UUID of the credit transaction."),
        Column("type", Kind.CODE, "t.type", "As `issuance` or `retirement`."),
        Column("completedAt", Kind.MOMENT, moment("t.completed_at"), "RFC 3339 in UTC."),
        Column("projectId", Kind.CODE, "s.project_id::text", "UUID of the project."),
        Column("vintage", Kind.INTEGER, "s.vintage", "Year of the removal or reduction."),
        Column("serial", Kind.CODE, "s.serial", "The entry acted upon."),
        Column("resultSerial", Kind.CODE, "e.serial", "The entry that holds the units since."),
        Column("quantity", Kind.DECIMAL, tonnes("t.quantity_units"), "Tonnes, decimal string."),
        Column("units.first", Kind.INTEGER, "lower(t.units)", "First unit of 0.01 t."),
        Column("units.last", Kind.INTEGER, "upper(t.units) - 1", "Last unit, included."),
        Column("opened", Kind.JSON, _OPENED, "The entries it made, each with its units."),
        Column(
            "suspendedFor",
            Kind.CODE,
            "CASE WHEN t.type = 'suspension' THEN e.suspended_for::text END",
            "UUID of the reversal of a suspension.",
        ),
        Column("reason", Kind.TEXT, "t.reason", "What was said of it; public."),
        Column("retirement", Kind.JSON, _RETIREMENT, "The retirement it is a line of."),
    ),
    # `c` are rows of ledger_changes.
    "FROM c JOIN public_credit_transactions t ON t.id = c.transaction_id"
    " JOIN public_credit_entries s ON s.id = t.entry_id"
    " JOIN public_credit_entries e ON e.id = t.result_entry_id"
    " LEFT JOIN retirements r ON r.id = t.retirement_id",
)
