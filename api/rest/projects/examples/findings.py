"""Findings of a round, and what changed since somebody looked."""

from api.http.documentation.examples_facts import (
    PROJECT_ID,
    SUPPLIER_ID,
    VERIFICATION_ID,
    VERIFIER_ID,
    Example,
)

FINDING_ID = "4b7d2c1e-90af-5d3b-8c6e-2f1a0b9c8d7e"
DOCUMENT_ID = "6c5d4e3f-2a1b-5c0d-9e8f-7a6b5c4d3e2f"
ANSWER_ID = "8e9fa0b1-c2d3-5e4f-a5b6-c7d8e9f0a1b2"

FINDING_SENT: Example = {
    "kind": "corrective_action",
    "text": "The scale's calibration certificate ended before the weighing of 3 May.",
    "about": {"documentId": DOCUMENT_ID, "page": 12},
}

REPLY_SENT: Example = {
    "text": "The certificate of the second scale is attached; it was used from 1 May on.",
    "attachments": [DOCUMENT_ID],
}

CLOSING_SENT: Example = {"note": "The second certificate covers the day."}

REOPENING_SENT: Example = {
    "text": "The certificate names another serial number than the photograph."
}

FINDING: Example = {
    "id": FINDING_ID,
    "verificationId": VERIFICATION_ID,
    "projectId": PROJECT_ID,
    "round": 1,
    "number": 1,
    "kind": "corrective_action",
    "state": "answered",
    "text": FINDING_SENT["text"],
    "about": {"documentId": DOCUMENT_ID, "page": 12, "field": None, "row": None},
    "raisedBy": VERIFIER_ID,
    "raisedAt": "2026-03-03T09:00:00Z",
    "carriedFrom": None,
    "carriedInto": None,
    "messages": [
        {
            "id": ANSWER_ID,
            "number": 1,
            "act": "reply",
            "side": "supplier",
            "userId": SUPPLIER_ID,
            "text": REPLY_SENT["text"],
            "attachments": REPLY_SENT["attachments"],
            "writtenAt": "2026-03-04T07:15:00Z",
        }
    ],
    "updatedAt": "2026-03-04T07:15:00Z",
}

LOOK_SENT: Example = {"upTo": 1842}

CHANGES: Example = {
    "lookedAt": "2026-03-03T17:00:00Z",
    "upTo": 1842,
    "changes": [
        {
            "seq": 1807,
            "eventType": "document.completed",
            "resourceType": "document",
            "resourceId": DOCUMENT_ID,
            "actorRole": "developer",
            "at": "2026-03-04T07:12:00Z",
            "fields": [{"field": "status", "before": "awaiting_upload", "after": "completed"}],
        },
        {
            "seq": 1808,
            "eventType": "finding.replied",
            "resourceType": "finding",
            "resourceId": FINDING_ID,
            "actorRole": "developer",
            "at": "2026-03-04T07:15:00Z",
            "fields": [{"field": "state", "before": "open", "after": "answered"}],
        },
    ],
    "more": False,
}
