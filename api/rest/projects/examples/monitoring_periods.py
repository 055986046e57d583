"""Monitoring periods, and what was rejected, taken up again."""

from api.http.documentation.examples_facts import SHA256, VERIFICATION_BODY, Example
from api.rest.projects.examples.assurance import (
    ACCREDITATION_WORDS,
    ROUND_METHODOLOGY,
    STATEMENT_SUMMARY,
)

MONITORING_PERIOD_SENT: Example = {"from": "2024-07-01", "to": "2025-06-30"}

RESUBMISSION_SENT: Example = {
    "whatChanged": "The baseline counts only residues that were burnt; the laboratory's report is new."
}

ROUND: Example = {
    "verificationId": "e2f3a4b5-c6d7-5e8f-9a0b-1c2d3e4f5a6b",
    "round": 2,
    "status": "approved",
    "monitoringPeriod": {"from": "2024-07-01", "to": "2025-06-30"},
    "gapDays": 0,
    "resubmits": None,
    "submittedAt": "2025-08-01T09:00:00Z",
    "completedAt": "2025-10-14T11:20:00Z",
    "verifiedBy": VERIFICATION_BODY,
    "verifiedQuantity": "820.00",
    "vintages": [
        {"vintage": 2024, "quantity": "400.00"},
        {"vintage": 2025, "quantity": "420.00"},
    ],
    "signOffDigest": SHA256,
    "needsCountersignature": False,
    "countersignedAt": None,
    "findings": [{"kind": "clarification", "raised": 2, "closed": 2}],
    "accreditation": ACCREDITATION_WORDS,
    "methodology": ROUND_METHODOLOGY,
    "statement": STATEMENT_SUMMARY,
    "publicReason": None,
    "progress": 100,
}
