"""
The registry in the data model of the Climate Action Data Trust.

Source: CAD Trust data model 2.0 (github.com/Chia-Network/cadt, docs/cadt_rpc_api_v2.md and
cadtrust-schema-v2.0.2.json): names of tables and fields, picklists of `projectStatus`, `unitStatus` and
`unitMetric`. Identifiers are ours, as the model's own are given by its node.
"""

from collections.abc import Sequence

from adapters.postgres.publishing.open_data_columns import Column, Kind, moment
from adapters.postgres.reports.sources.moments import Literals, ReportTable, entries_at, quantity

UNIT_STATUS = {
    "active": "Held",
    "reserved": "Held",
    "suspended": "Held",
    "buffer": "Buffer",
    "retired": "Retired",
    "cancelled": "Cancelled",
}
METRIC = "'tCO2e'::text"


def _day(sql: str) -> str:
    return f"to_char({sql} AT TIME ZONE 'UTC', 'YYYY-MM-DD')"


def cad_trust_tables(terms: Literals, registry_name: str) -> Sequence[ReportTable]:
    name = "'" + registry_name.replace("'", "''") + "'::text"
    approvals = f"""(SELECT v.verification_id, min(v.created_at) AS approved_at
                       FROM verification_events v
                      WHERE v.event_type = 'approved' AND v.created_at < {terms.ends} GROUP BY 1)"""
    issued = (
        "FROM credit_transactions t JOIN credit_entries e ON e.id = t.result_entry_id"
        f" WHERE t.type IN ('issuance', 'buffer_contribution') AND t.created_at < {terms.ends}"
    )
    statuses = " ".join(f"WHEN '{ours}' THEN '{theirs}'" for ours, theirs in UNIT_STATUS.items())
    return (
        ReportTable(
            "projects",
            "projects",
            (
                Column("projectId", Kind.CODE, "p.id::text", "Ours."),
                Column("projectRegistryName", Kind.TEXT, name, "This registry."),
                Column("projectName", Kind.TEXT, "p.title", "As registered."),
                Column("projectSector", Kind.CODE, "p.type", "Our kind of project."),
                Column("projectType", Kind.CODE, "p.type", "Likewise."),
                Column("projectStatus", Kind.CODE, "'Registered'", "It has an approval."),
                Column(
                    "projectStatusDate", Kind.DAY, _day("s.approved_at"), "Of the first approval."
                ),
                Column("projectUnitMetric", Kind.CODE, METRIC, "Tonnes of CO2e."),
            ),
            "FROM projects p JOIN (SELECT r.project_id, min(a.approved_at) AS approved_at"
            f" FROM {approvals} a JOIN verification_requests r ON r.id = a.verification_id"
            " GROUP BY 1) s ON s.project_id = p.id ORDER BY p.number",
        ),
        ReportTable(
            "locations",
            "locations",
            (
                Column("projectId", Kind.CODE, "p.id::text", "Ours."),
                Column("locationCountry", Kind.CODE, "p.country", "ISO 3166-1 alpha-3."),
                Column("locationRegion", Kind.TEXT, "p.location", "In words."),
                Column(
                    "locationGeographicIdentifier",
                    Kind.CODE,
                    "p.latitude::text || ', ' || p.longitude::text",
                    "WGS 84 degrees.",
                ),
            ),
            "FROM projects p WHERE p.id IN (SELECT r.project_id"
            f" FROM {approvals} a JOIN verification_requests r ON r.id = a.verification_id)"
            " ORDER BY p.number",
        ),
        ReportTable(
            "verifications",
            "verifications",
            (
                Column("verificationId", Kind.CODE, "r.id::text", "Ours."),
                Column("projectId", Kind.CODE, "r.project_id::text", "Ours."),
                Column(
                    "verificationStartDate",
                    Kind.DAY,
                    "to_char(lower(r.monitoring_period), 'YYYY-MM-DD')",
                    "First day monitored; empty: a first verification.",
                ),
                Column(
                    "verificationEndDate",
                    Kind.DAY,
                    "to_char(upper(r.monitoring_period) - 1, 'YYYY-MM-DD')",
                    "Last day monitored.",
                ),
                Column(
                    "verificationBody",
                    Kind.TEXT,
                    "r.verification_body",
                    "Who signed off, as it was called then.",
                ),
            ),
            f"FROM {approvals} a JOIN verification_requests r ON r.id = a.verification_id"
            " ORDER BY a.approved_at, r.id",
        ),
        ReportTable(
            "issuances",
            "issuances",
            (
                Column("issuanceId", Kind.CODE, "s.id::text", "UUID of our movement."),
                Column("issuanceDate", Kind.DAY, _day("s.created_at"), "In UTC."),
                Column("verificationId", Kind.CODE, "s.verification_id::text", "Ours."),
            ),
            f"FROM (SELECT t.id, t.created_at, t.verification_id {issued}) s ORDER BY s.created_at, s.id",
        ),
        ReportTable(
            "units",
            "units",
            (
                Column("unitSerialId", Kind.CODE, "e.serial", "Our serial."),
                Column(
                    "unitStartBlock", Kind.CODE, "lower(e.units)::text", "First unit of 0.01 t."
                ),
                Column(
                    "unitEndBlock", Kind.CODE, "(upper(e.units) - 1)::text", "Last unit, included."
                ),
                quantity("unitCount", "e.quantity_units", "Tonnes."),
                Column(
                    "unitVintageYear", Kind.INTEGER, "e.vintage", "Of the reduction or removal."
                ),
                Column(
                    "unitStatus",
                    Kind.CODE,
                    f"CASE e.status {statuses} END",
                    "In the model's own words.",
                ),
                Column(
                    "unitStatusReason",
                    Kind.TEXT,
                    "coalesce(r.reason, used.reason)",
                    "Of what is used up.",
                ),
                Column(
                    "unitStatusDate",
                    Kind.MOMENT,
                    moment("coalesce(used.created_at, e.begun_at)"),
                    "Since when.",
                ),
                Column("unitRetirementDetail", Kind.TEXT, "r.purpose", "What the claim is for."),
                Column(
                    "unitRetirementBeneficiary",
                    Kind.TEXT,
                    "r.beneficiary_name",
                    "Empty: undisclosed.",
                ),
                Column(
                    "unitRetirementBeneficiaryId",
                    Kind.TEXT,
                    "r.beneficiary_identifier",
                    "As the holder gave it.",
                ),
                Column("unitMetric", Kind.CODE, METRIC, "Tonnes of CO2e."),
                Column(
                    "issuanceId",
                    Kind.CODE,
                    "issued.id::text",
                    "The movement that issued its units.",
                ),
            ),
            f"FROM {entries_at(terms.ends)} e LEFT JOIN credit_transactions used ON used.id = e.use_id"
            " LEFT JOIN retirements r ON r.id = used.retirement_id"
            " LEFT JOIN credit_transactions issued ON issued.type IN ('issuance', 'buffer_contribution')"
            " AND issued.status = 'completed' AND issued.units @> e.units ORDER BY e.serial COLLATE \"C\"",
        ),
    )
