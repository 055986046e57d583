"""What was retired in a period, and what has become known of it until a moment."""

from collections.abc import Sequence

from adapters.postgres.publishing.open_data_columns import Column, Kind, moment
from adapters.postgres.reports.sources.moments import Literals, ReportTable, quantity


def retirement_tables(terms: Literals) -> Sequence[ReportTable]:
    lines = f"""
        FROM retirements r JOIN credit_transactions t ON t.retirement_id = r.id
        JOIN credit_entries e ON e.id = t.result_entry_id JOIN projects p ON p.id = e.project_id
       WHERE t.created_at >= {terms.begins} AND t.created_at < {terms.ends}"""
    touched = f"""(SELECT c.retirement_id, sum(c.touched_units)::bigint AS units,
                          coalesce(sum(upper(c.units) - lower(c.units)), 0)::bigint AS covered
                     FROM reversal_coverings c JOIN reversals v ON v.id = c.reversal_id
                    WHERE v.recorded_at < {terms.known_at} GROUP BY 1)"""
    correction = f"""(SELECT string_agg(format('%s says %s; right is %s', k.pointer,
                             coalesce(k.stated, 'nothing'), coalesce(k.correct, 'nothing')), ' | '
                             ORDER BY k.corrected_at, k.pointer)
                        FROM certificate_corrections k
                       WHERE k.retirement_id = r.id AND k.corrected_at < {terms.known_at})"""

    def by(name: str, title: str, columns: Sequence[tuple[Column, str]]) -> ReportTable:
        keys = ", ".join(key for _, key in columns)
        return ReportTable(
            name,
            title,
            (
                *(column for column, _ in columns),
                Column("retirements", Kind.INTEGER, "s.retirements", "How many."),
                quantity("quantity", "s.units", "Tonnes."),
            ),
            f"FROM (SELECT {keys}, count(DISTINCT r.id) AS retirements, sum(t.quantity_units)::bigint AS units"
            f" {lines} GROUP BY {', '.join(str(n + 1) for n in range(len(columns)))}) s"
            f" ORDER BY {', '.join(_order(column) for column, _ in columns)}",
            sheet=title,
        )

    return (
        ReportTable(
            "retirements",
            "Retirements",
            (
                Column(
                    "retirementId", Kind.CODE, "r.id::text", "UUID; one row for each entry of it."
                ),
                Column("retiredAt", Kind.MOMENT, moment("r.retired_at"), "RFC 3339 in UTC."),
                Column("serial", Kind.CODE, "e.serial", "The retired entry."),
                Column("projectId", Kind.CODE, "p.id::text", "UUID of the project."),
                Column("sector", Kind.CODE, "p.type", "Kind of project."),
                Column("projectCountry", Kind.CODE, "p.country", "ISO 3166-1 alpha-3."),
                Column("vintage", Kind.INTEGER, "e.vintage", "Year of the removal or reduction."),
                Column("firstUnit", Kind.INTEGER, "lower(t.units)", "First unit of 0.01 t."),
                Column("lastUnit", Kind.INTEGER, "upper(t.units) - 1", "Last unit, included."),
                quantity("quantity", "t.quantity_units", "Tonnes."),
                Column(
                    "beneficiaryName", Kind.TEXT, "r.beneficiary_name", "Empty when undisclosed."
                ),
                Column(
                    "beneficiaryCountry", Kind.CODE, "r.beneficiary_country", "ISO 3166-1 alpha-3."
                ),
                Column("purpose", Kind.TEXT, "r.purpose", "What the claim is for."),
                quantity(
                    "lostQuantity",
                    "coalesce(touched.units, 0)",
                    "Of the whole retirement, tonnes whose carbon was lost, as known then.",
                ),
                quantity(
                    "coveredQuantity",
                    "coalesce(touched.covered, 0)",
                    "Of those, what cancelled buffer units stand for.",
                ),
                Column(
                    "correction",
                    Kind.TEXT,
                    correction,
                    "What its certificate says wrongly and what is right, as known then.",
                ),
            ),
            f"{lines.replace(' WHERE ', f' LEFT JOIN {touched} touched ON touched.retirement_id = r.id WHERE ', 1)}"
            " ORDER BY r.retired_at, r.id, lower(t.units)",
            sheet="Retirements",
        ),
        by(
            "by_country",
            "By country",
            [
                (
                    Column(
                        "projectCountry",
                        Kind.CODE,
                        "s.country",
                        "Of the project, ISO 3166-1 alpha-3.",
                    ),
                    "p.country",
                ),
            ],
        ),
        by(
            "by_sector",
            "By sector",
            [
                (Column("sector", Kind.CODE, "s.type", "Kind of project."), "p.type"),
            ],
        ),
        by(
            "by_vintage",
            "By vintage",
            [
                (
                    Column(
                        "vintage", Kind.INTEGER, "s.vintage", "Year of the removal or reduction."
                    ),
                    "e.vintage",
                ),
            ],
        ),
        by(
            "by_beneficiary",
            "By beneficiary",
            [
                (
                    Column(
                        "beneficiaryName", Kind.TEXT, "s.beneficiary_name", "Empty: undisclosed."
                    ),
                    "r.beneficiary_name",
                ),
                (
                    Column(
                        "beneficiaryCountry",
                        Kind.CODE,
                        "s.beneficiary_country",
                        "ISO 3166-1 alpha-3.",
                    ),
                    "r.beneficiary_country",
                ),
            ],
        ),
    )


def _order(column: Column) -> str:
    """By bytes, whatever the database's own order of letters is."""
    return column.sql if column.kind is Kind.INTEGER else f'{column.sql} COLLATE "C"'
