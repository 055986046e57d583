"""
The agreed electronic format of Article 6.2: five tables whose columns are the template's own, in its order.

Source: decision 2/CMA.3, annex, paragraph 20; decision 6/CMA.4, paragraph 17(j) and annexes; the second iteration of
the tables (CMA 6), whose labels and order are used here. What the centralized accounting and reporting platform
fills in stays empty, and so does what only the Party knows: the version and date of its submission, its periods, the
identifiers of its cooperative approach and of its own registry. "NA" stands where the template's notes ask for "not
applicable".

Actions are movements of units that a host Party has authorised, one row for each movement and vintage:

- what the Party defined as first transfer (decision 2/CMA.3, annex, paragraph 2) is "First transfer";
- other movements between accounts are "Transfer", retirements "Use", cancellations "Cancellation".
"""

from collections.abc import Sequence

from adapters.postgres.publishing.open_data_columns import Column, Kind, moment
from adapters.postgres.reports.sources.article_6_codes import (
    FIRST_TRANSFER,
    METRIC,
    MITIGATION,
    OIMP,
    PURPOSES,
    REGISTRY_ID,
    SECTOR,
)
from adapters.postgres.reports.sources.article_6_labels import (
    ACTIONS,
    AUTHORIZATIONS,
    ENTITIES,
    HOLDINGS,
    SUBMISSION,
)
from adapters.postgres.reports.sources.moments import (
    Literals,
    ReportTable,
    entries_at,
    quantity,
)

NOT_APPLICABLE = "'NA'"
NUMBERS = {
    "Reported year": Kind.INTEGER,
    "Version of the authorization": Kind.INTEGER,
    "First ID": Kind.INTEGER,
    "Last ID": Kind.INTEGER,
    "First unit ID": Kind.INTEGER,
    "Last unit ID": Kind.INTEGER,
    "Vintage": Kind.INTEGER,
    "Quantity (t CO2 eq)": Kind.DECIMAL,
    "Authorized quantity": Kind.DECIMAL,
}


def columns_of(labels: Sequence[str], values: dict[str, str]) -> tuple[Column, ...]:
    """`values` are SQL by label; what has none stays empty. Each must be a label of the table."""
    unknown = values.keys() - set(labels)
    if unknown:
        raise ValueError(f"the template has no {unknown}")
    return tuple(_column(label, values.get(label)) for label in labels)


def _column(label: str, sql: str | None) -> Column:
    kind = NUMBERS.get(label, Kind.CODE)
    if sql is None:
        return Column(label, kind, "NULL::text", "")
    return quantity(label, sql, "") if kind is Kind.DECIMAL else Column(label, kind, sql, "")


def article_6_tables(terms: Literals) -> Sequence[ReportTable]:
    authorised = _authorised(terms)
    shared = {
        "Authorization ID": "a.id::text",
        "First transferring participating Party ID": "a.host_party",
        "Underlying unit registry ID": REGISTRY_ID,
        "Metric": METRIC,
        "Applicable non-GHG metric": NOT_APPLICABLE,
        "Quantity (in non-GHG metric)": NOT_APPLICABLE,
        "Mitigation type": MITIGATION,
    }
    return (
        ReportTable(
            "submission",
            "Table 1 Submission",
            columns_of(
                SUBMISSION,
                {
                    "Party": "s.party",
                    "Reported year": f"extract(year FROM {terms.begins} AT TIME ZONE 'UTC')::int",
                },
            ),
            f"FROM (SELECT {terms.party}::text AS party) s ORDER BY s.party",
        ),
        ReportTable(
            "authorizations",
            "Table 2 Authorizations",
            columns_of(
                AUTHORIZATIONS,
                {
                    "Authorization ID": "a.id::text",
                    "Date of authorization": "to_char(a.authorised_on, 'DD/MM/YYYY')",
                    "Version of the authorization": "a.version",
                    "Authorized quantity": "a.quantity_units",
                    "Metric": METRIC,
                    "Applicable non-GHG metric": NOT_APPLICABLE,
                    "Sector(s)": SECTOR,
                    "Activity type(s)": "p.type",
                    "Purposes for authorization": PURPOSES,
                    "OIMP authorized by the Party": OIMP,
                    "Authorized timeframe": "CASE WHEN a.vintage_from IS NOT NULL"
                    " THEN a.vintage_from::text || ' - ' || a.vintage_to::text END",
                    "First transfer definition for OIMP": FIRST_TRANSFER,
                    "Additional explanatory information": "CASE WHEN a.revoked_on IS NOT NULL"
                    " THEN 'Revoked on ' || to_char(a.revoked_on, 'DD/MM/YYYY') END",
                },
            ),
            f"FROM {authorised} a JOIN projects p ON p.id = a.project_id ORDER BY a.authorised_on, a.id",
        ),
        ReportTable(
            "actions",
            "Table 3 Actions",
            columns_of(
                ACTIONS,
                {
                    **shared,
                    "Action date": moment("m.at"),
                    "Action type": "m.action",
                    "First unit ID": "lower(m.units)",
                    "Last unit ID": "upper(m.units) - 1",
                    "Quantity (t CO2 eq)": "m.quantity_units",
                    "Vintage": "m.vintage",
                    "Transferring participating Party ID": NOT_APPLICABLE,
                    "Acquiring participating Party ID": NOT_APPLICABLE,
                    "Purpose for which the ITMO has been used towards or cancelled for OIMP": f"CASE WHEN m.type IN ('retirement', 'cancellation') THEN {OIMP} ELSE 'NA' END",
                    "Calendar year for which the ITMOs are used towards the Party's NDC": NOT_APPLICABLE,
                },
            ),
            f"FROM {authorised} a JOIN projects p ON p.id = a.project_id"
            f" JOIN {_actions(terms)} m ON m.project_id = a.project_id AND {_in_window('m')}"
            " WHERE m.first_transfer IS NOT DISTINCT FROM a.first_transfer"
            " AND m.at >= a.authorised_on AND (a.revoked_on IS NULL OR m.at < a.revoked_on)"
            " ORDER BY m.at, m.transaction_id, a.id",
        ),
        ReportTable(
            "holdings",
            "Table 4 Holdings",
            columns_of(
                HOLDINGS,
                {
                    **shared,
                    "First unit ID": "lower(e.units)",
                    "Last unit ID": "upper(e.units) - 1",
                    "Quantity (t CO2 eq)": "e.quantity_units",
                    "Vintage": "e.vintage",
                },
            ),
            f"FROM {authorised} a JOIN projects p ON p.id = a.project_id"
            f" JOIN {entries_at(terms.ends)} e ON e.project_id = a.project_id AND {_in_window('e')}"
            " WHERE e.status NOT IN ('retired', 'cancelled') AND a.revoked_on IS NULL"
            ' ORDER BY e.serial COLLATE "C", a.id',
        ),
        ReportTable(
            "entities",
            "Table 5 Authorized entities",
            columns_of(ENTITIES, {}),
            "FROM (SELECT 1 AS number) nobody WHERE false ORDER BY nobody.number",
        ),
    )


def _in_window(alias: str) -> str:
    return f"{alias}.vintage BETWEEN coalesce(a.vintage_from, 0) AND coalesce(a.vintage_to, 9999)"


def _authorised(terms: Literals) -> str:
    """
    Authorisations of the Party as its confirmed documents leave them, known at a moment and dated within the period.

    The newest document with terms says what is authorised; days are those that the documents bear.
    """
    return f"""(
        SELECT a.id, a.project_id, a.host_party, a.vintage_from, a.vintage_to, s.authorised_on, s.revoked_on,
               s.version, n.uses, n.first_transfer, n.quantity_units
          FROM authorisations a
          JOIN LATERAL (
               SELECT min(s.source_dated) FILTER (WHERE s.kind = 'authorise') AS authorised_on,
                      min(s.source_dated) FILTER (WHERE s.kind = 'revoke') AS revoked_on,
                      count(*) FILTER (WHERE s.kind IN ('authorise', 'change')) AS version
                 FROM authorisation_steps s
                WHERE s.authorisation_id = a.id AND {_known("s", terms)}) s ON s.authorised_on IS NOT NULL
          JOIN LATERAL (
               SELECT s.uses, s.first_transfer, s.quantity_units FROM authorisation_steps s
                WHERE s.authorisation_id = a.id AND s.uses IS NOT NULL AND {_known("s", terms)}
                ORDER BY s.number DESC LIMIT 1) n ON true
         WHERE a.host_party = {terms.party})"""


def _known(alias: str, terms: Literals) -> str:
    return (
        f"{alias}.confirmed_at < {terms.known_at}"
        f" AND {alias}.source_dated < ({terms.ends} AT TIME ZONE 'UTC')::date"
    )


def _actions(terms: Literals) -> str:
    """
    Movements of the period as actions, once for each definition of first transfer.

    An issuance is an action where it is the first transfer, or where the authorisation was and came before.
    """
    return f"""(
        SELECT t.id AS transaction_id, t.created_at AS at, t.type, t.units, t.quantity_units, e.project_id, e.vintage,
               d.first_transfer,
               CASE WHEN t.type IN ('issuance', 'buffer_contribution')
                      OR t.type IN ('retirement', 'cancellation') AND d.first_transfer = 'use_or_cancellation'
                    THEN 'First transfer'
                    WHEN t.type = 'retirement' THEN 'Use' WHEN t.type = 'cancellation' THEN 'Cancellation'
                    ELSE 'Transfer' END AS action
          FROM credit_transactions t JOIN credit_entries e ON e.id = t.result_entry_id
         CROSS JOIN (VALUES ('international_transfer'), ('authorisation'), ('issuance'),
                            ('use_or_cancellation')) AS d (first_transfer)
         WHERE t.created_at >= {terms.begins} AND t.created_at < {terms.ends}
           AND (t.type IN ('transfer', 'buffer_release', 'retirement', 'cancellation')
                OR t.type IN ('issuance', 'buffer_contribution') AND d.first_transfer IN ('authorisation', 'issuance')))"""
