"""What a supplier changes of a project."""

from api.http.documentation.examples_facts import (
    PROJECT_ID,
    SHA256,
    SUPPLIER_ID,
    VERIFICATION_ID,
    Example,
)

PROJECT_CHANGED_SENT: Example = {
    "title": "Biochar from sugarcane residues, Solapur",
    "coordinates": {"latitude": 17.6614, "longitude": 75.9031},
}

PROJECT_CHANGE: Example = {
    "id": "5c1d7e90-2b3a-5f4c-8d6e-9a0b1c2d3e4f",
    "projectId": PROJECT_ID,
    "verificationId": VERIFICATION_ID,
    "number": 1,
    "changedBy": SUPPLIER_ID,
    "changedAt": "2026-03-03T11:05:00Z",
    "changes": [
        {
            "fact": "title",
            "before": "Biochar from sugarcane residues, Maharashtra",
            "after": "Biochar from sugarcane residues, Solapur",
        }
    ],
}

NOTE_SENT: Example = {"note": "The second kiln is built elsewhere; we describe it anew first."}

REVIEW: Example = {
    "verificationId": VERIFICATION_ID,
    "digest": SHA256,
    "changed": ["the project's title", "the monitoring report “Report.pdf” is a new version"],
    "known": True,
}
