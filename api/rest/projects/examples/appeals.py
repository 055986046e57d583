"""Appeals and grievances."""

from api.http.documentation.examples_facts import PROJECT_ID, VERIFICATION_ID, Example

APPEAL_SENT: Example = {
    "publicText": "The scales that were doubted had been calibrated; the protocol is document 4.",
    "confidentialText": "The verifier's brother works for a rival of ours.",
}

GRIEVANCE_SENT: Example = {
    "projectId": PROJECT_ID,
    "publicText": "Nobody of our village was asked before the kilns were built.",
    "confidentialText": None,
}

ACKNOWLEDGEMENT_SENT: Example = {"withheldReason": None}

DECISION_SENT: Example = {
    "outcome": "upheld",
    "publicReason": "The calibration was in the evidence, and the rejection did not look at it.",
}

APPEAL: Example = {
    "id": "8a1d3c52-64f0-5e0b-9b63-2d0f1f6f9a11",
    "kind": "appeal",
    "projectId": PROJECT_ID,
    "projectTitle": "A Biochar Project at Satyapura",
    "verificationId": VERIFICATION_ID,
    "round": 1,
    "status": "upheld",
    "filedAt": "2026-03-02T08:00:00Z",
    "acknowledgeBy": "2026-03-09T08:00:00Z",
    "answerBy": "2026-05-01T08:00:00Z",
    "acknowledgedAt": "2026-03-04T10:00:00Z",
    "publicText": APPEAL_SENT["publicText"],
    "withheldReason": None,
    "decidedAt": "2026-04-01T10:00:00Z",
    "publicReason": DECISION_SENT["publicReason"],
}

FILED_APPEAL: Example = {**APPEAL, "confidentialText": APPEAL_SENT["confidentialText"]}
