"""A proposal."""

from api.http.documentation.examples_facts import Example

PROPOSAL_REFUSAL_SENT: Example = {"reason": "The report of 2024 was corrected since."}

PROPOSAL: Example = {
    "id": "5d6e7f80-91a2-4b3c-8d4e-5f60718293a4",
    "kind": "cancellation",
    "subject": "KRB-2024-001-000001",
    "quantity": "25000.00",
    "reason": "The monitoring report of 2024 counted these twice.",
    "status": "waiting",
    "proposedBy": "7f8e9d0c-1b2a-4d3c-9e8f-5a4b3c2d1e0f",
    "proposedAt": "2026-03-01T12:00:00Z",
    "expiresAt": "2026-03-04T12:00:00Z",
    "settledBy": None,
    "settledAt": None,
    "refusal": None,
}
