"""A correction: of 400.00 t issued in error 240.00 t were still there, and 60.00 t were handed in since."""

from api.http.documentation.examples_facts import PROJECT_ID, VERIFICATION_ID, Example

CORRECTION_SENT: Example = {
    "vintage": 2024,
    "quantity": "400.00",
    "reason": "A decimal point in the quantification had slipped.",
}

HANDED_IN_SENT: Example = {
    "serial": "KRB-2023-002-000001",
    "quantity": "60.00",
    "reason": "Bought back for those that were sold.",
}

CORRECTION_LINE: Example = {
    "id": "2f6f5a6e-3c0d-5f4b-8f8e-3a1d0e5b7c21",
    "verificationId": VERIFICATION_ID,
    "round": 1,
    "projectId": PROJECT_ID,
    "projectTitle": "A Biochar Project at Satyapura",
    "vintage": 2024,
    "quantity": "400.00",
    "cancelledQuantity": "240.00",
    "replacedQuantity": "60.00",
    "owedQuantity": "100.00",
    "reason": CORRECTION_SENT["reason"],
    "recordedAt": "2026-09-01T08:00:00Z",
    "dueAt": "2027-02-28T08:00:00Z",
    "status": "open",
    "settledAt": None,
}

CORRECTION: Example = {
    **CORRECTION_LINE,
    "cancellations": [
        {
            "transactionId": "5c4b3a29-1f8e-5d7c-9b6a-694837261504",
            "serial": "KRB-2024-001-000007",
            "quantity": "240.00",
            "replaces": False,
            "cancelledAt": "2026-09-01T08:00:00Z",
        }
    ],
}

CANCELLATION: Example = {
    "transactionId": "5c4b3a29-1f8e-5d7c-9b6a-694837261504",
    "serial": "KRB-2024-001-000007",
    "projectId": PROJECT_ID,
    "projectTitle": "A Biochar Project at Satyapura",
    "vintage": 2024,
    "quantity": "240.00",
    "reason": "Issued in error: A decimal point in the quantification had slipped.",
    "cancelledFor": "issued_in_error",
    "correctionId": CORRECTION_LINE["id"],
    "reversalId": None,
    "cancelledAt": "2026-09-01T08:00:00Z",
}
