"""Its verification."""

from api.http.documentation.examples_facts import (
    PROJECT_ID,
    SHA256,
    SUPPLIER_ID,
    VERIFICATION_BODY,
    VERIFICATION_ID,
    VERIFIER_ID,
    Example,
)
from api.rest.projects.examples.assurance import ACCREDITATION_WORDS, METHODOLOGY_VERSION_ID
from api.rest.projects.examples.projects import LIKELY_DUPLICATE

ASSIGNMENT_SENT: Example = {"verifierId": VERIFIER_ID}

APPROVAL_SENT: Example = {
    "notes": "Monitoring report and laboratory analysis agree.",
    "verifiedQuantity": "1000.00",
    "vintage": 2024,
}

REJECTION_SENT: Example = {
    "reason": "The baseline counts residues that were never burnt: see pages 12 to 18.",
    "publicReason": "The baseline could not be confirmed.",
}

COUNTERSIGNATURE_REFUSAL_SENT: Example = {
    "reason": "The laboratory's accreditation ended before the samples were taken."
}

EVENT_SENT: Example = {
    "eventType": "site_visit",
    "message": "Visited both kilns; scales calibrated.",
}

EVENT: Example = {
    "id": "2d4f6a8c-0e1b-5c3d-9f5a-7b6c8d9e0f1a",
    "verificationId": VERIFICATION_ID,
    **EVENT_SENT,
    "userId": VERIFIER_ID,
    "createdAt": "2026-03-04T08:00:00Z",
}

VERIFICATION: Example = {
    "id": VERIFICATION_ID,
    "projectId": PROJECT_ID,
    "developerId": SUPPLIER_ID,
    "verifierId": VERIFIER_ID,
    "round": 1,
    "monitoringPeriod": None,
    "resubmits": None,
    "whatChanged": None,
    "status": "approved",
    "progress": 100,
    "submittedAt": "2026-03-01T09:30:00Z",
    "assignedAt": "2026-03-02T10:00:00Z",
    "completedAt": "2026-03-05T16:45:00Z",
    "notes": APPROVAL_SENT["notes"],
    "publicReason": None,
    "verifiedQuantity": "1000.00",
    "vintage": 2024,
    "vintages": [{"vintage": 2024, "quantity": "1000.00"}],
    "signOffDigest": SHA256,
    "verificationBody": VERIFICATION_BODY,
    "accreditation": ACCREDITATION_WORDS,
    "methodologyVersionId": METHODOLOGY_VERSION_ID,
    "statementSha256": SHA256,
    "steadReason": None,
    "needsCountersignature": False,
    "countersignedAt": None,
    "countersignatureRefusal": None,
    "findings": {"open": 0, "answered": 0, "closed": 2, "blocking": 0},
    "likelyDuplicates": [
        LIKELY_DUPLICATE
        | {"explanation": "Another kiln of the same supplier, with its own feedstock."}
    ],
    "updatedAt": "2026-03-05T16:45:00Z",
}
