"""
The agreed electronic format of Article 6.2: five tables whose columns are the template's own, in its order.

Source: decision 2/CMA.3, annex, paragraph 20; decision 6/CMA.4, paragraph 17(j) and annexes; the second iteration of
the tables (CMA 6), whose labels and order are used here. What the centralized accounting and reporting platform
fills in stays empty. "NA" stands where the template's notes ask for "not applicable".
"""

from collections.abc import Sequence

from adapters.postgres.publishing.open_data_columns import Column, Kind
from adapters.postgres.reports.sources.moments import Literals, ReportTable

SUBMISSION = (
    "Party",
    "Version",
    "Reported year",
    "Date of submission",
    "Review status of the initial report",
    "Result of the consistency check of this AEF submission",
    "First year of the NDC implementation period",
    "Last year of the NDC implementation period",
    "Reference to the Article 6 technical expert review report of the initial report",
)
AUTHORIZATIONS = (
    "Authorization ID",
    "Date of authorization",
    "Cooperative approach ID",
    "Version of the authorization",
    "Authorized quantity",
    "Metric",
    "Applicable GWP value(s)",
    "Applicable non-GHG metric",
    "Sector(s)",
    "Activity type(s)",
    "Purposes for authorization",
    "Authorized Party(ies) ID",
    "Authorized entity(ies) ID",
    "OIMP authorized by the Party",
    "Authorized timeframe",
    "Authorization terms and conditions",
    "Authorization documentation",
    "First transfer definition for OIMP",
    "Additional explanatory information",
)
ACTIONS = (
    "Action date",
    "Action type",
    "Action subtype",
    "Cooperative approach ID",
    "Authorization ID",
    "First transferring participating Party ID",
    "Party ITMO registry ID",
    "First ID",
    "Last ID",
    "Underlying unit registry ID",
    "First unit ID",
    "Last unit ID",
    "Metric",
    "Applicable GWP value(s)",
    "Applicable non-GHG metric",
    "Quantity (t CO2 eq)",
    "Quantity (in non-GHG metric)",
    "Mitigation type",
    "Vintage",
    "Transferring participating Party ID",
    "Acquiring participating Party ID",
    "Purpose for which the ITMO has been used towards or cancelled for OIMP",
    "Using/cancelling participating Party ID",
    "Using/cancelling authorized entity ID",
    "Calendar year for which the ITMOs are used towards the Party's NDC",
    "Result of the consistency checks",
    "Additional explanatory information",
)
HOLDINGS = (
    "Cooperative approach ID",
    "Authorization ID",
    "First transferring participating Party ID",
    "Party ITMO registry ID",
    "First ID",
    "Last ID",
    "Underlying unit registry ID",
    "First unit ID",
    "Last unit ID",
    "Metric",
    "Applicable GWP value(s)",
    "Applicable non-GHG metric",
    "Quantity (t CO2 eq)",
    "Quantity (in non-GHG metric)",
    "Mitigation type",
    "Vintage",
)
ENTITIES = (
    "Date of the authorization",
    "Name",
    "Country of incorporation",
    "Identification number",
    "Cooperative approach ID",
    "Conditions",
    "Change and revocation conditions",
    "Additional explanatory information",
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
    return tuple(
        Column(label, NUMBERS.get(label, Kind.TEXT), values.get(label, "NULL::text"), "")
        for label in labels
    )


def article_6_tables(terms: Literals) -> Sequence[ReportTable]:
    nothing = "FROM (SELECT 1) nothing WHERE false ORDER BY 1"
    return tuple(
        ReportTable(name, title, columns_of(labels, {}), nothing, sheet=title)
        for name, title, labels in (
            ("submission", "Table 1 Submission", SUBMISSION),
            ("authorizations", "Table 2 Authorizations", AUTHORIZATIONS),
            ("actions", "Table 3 Actions", ACTIONS),
            ("holdings", "Table 4 Holdings", HOLDINGS),
            ("entities", "Table 5 Authorized entities", ENTITIES),
        )
    )
