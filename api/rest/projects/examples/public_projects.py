"""Projects as the public sees them."""

from api.http.documentation.examples_facts import (
    SHA256,
    VERIFICATION_BODY,
    VERIFICATION_ID,
    Example,
)
from api.rest.accounts.examples.accounts import USER
from api.rest.projects.examples.buffer_share import BUFFER_SHARE
from api.rest.projects.examples.documents import DOCUMENT
from api.rest.projects.examples.monitoring_periods import ROUND
from api.rest.projects.examples.opinions import PUBLIC_VALIDATION
from api.rest.projects.examples.projects import PROJECT

_PUBLIC_PROJECT_LEFT_OUT = {"developerId", "verificationId"}

REGISTRY_PROJECT_LINE: Example = {
    name: value for name, value in PROJECT.items() if name not in _PUBLIC_PROJECT_LEFT_OUT
} | {"developer": USER["company"], "status": "verified", "labels": ["ccp", "vcs"]}

REGISTRY_PROJECT: Example = REGISTRY_PROJECT_LINE | {
    "progress": 100,
    "verification": {
        "status": "approved",
        "verifiedBy": VERIFICATION_BODY,
        "completedAt": "2026-03-05T16:45:00Z",
        "verifiedQuantity": "1000.00",
        "vintage": 2024,
        "signOffDigest": SHA256,
        "needsCountersignature": False,
        "countersignedAt": None,
        "publicReason": None,
    },
    "rounds": [
        ROUND
        | {
            "verificationId": VERIFICATION_ID,
            "round": 1,
            "monitoringPeriod": None,
            "submittedAt": "2026-03-01T09:30:00Z",
            "completedAt": "2026-03-05T16:45:00Z",
            "verifiedQuantity": "1000.00",
            "vintages": [{"vintage": 2024, "quantity": "1000.00"}],
        }
    ],
    "timeline": [
        {
            "eventType": "project_registered",
            "message": "The project was registered and its verification opened.",
            "createdAt": "2026-03-01T09:30:00Z",
        }
    ],
    "documents": [
        {
            "id": DOCUMENT["id"],
            "round": 1,
            "documentType": "monitoring_report",
            "disclosure": "public",
            "sha256": SHA256,
            "name": "Monitoring report 2024.pdf",
            "mimeType": "application/pdf",
            "fileSize": 482133,
            "completedAt": "2026-03-01T09:45:00Z",
            "version": 1,
            "supersededAt": None,
        }
    ],
    "credits": {
        "issued": "1000.00",
        "active": "900.00",
        "reserved": "0.00",
        "suspended": "0.00",
        "retired": "100.00",
        "cancelled": "0.00",
        "buffer": "0.00",
        "holds": True,
    },
    "bufferShare": BUFFER_SHARE,
    "riskAssessment": None,
    "validation": PUBLIC_VALIDATION,
    "obligations": [],
}

PUBLIC_PREVIEW: Example = {
    "public": REGISTRY_PROJECT,
    "later": [{"field": "verification.verifiedBy", "rule": "public from the decision on"}],
}
