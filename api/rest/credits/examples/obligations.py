"""An obligation: of 250.00 t lost the buffer covered 60.00 t, and 40.00 t were replaced since."""

from api.http.documentation.examples_facts import PROJECT_ID, Example

REPLACEMENT_SENT: Example = {
    "serial": "KRB-2023-002-000001",
    "quantity": "40.00",
    "reason": "Credits of our second forest, for those of the burnt one.",
}

CANCEL_SUSPENDED_SENT: Example = {
    "reason": "The loss was not made good within its half year.",
}

OBLIGATION: Example = {
    "reversalId": "4c3b2a19-0f8e-5d7c-9b6a-594837261504",
    "projectId": PROJECT_ID,
    "vintage": 2024,
    "status": "open",
    "lostQuantity": "250.00",
    "quantity": "190.00",
    "madeGoodQuantity": "40.00",
    "owedQuantity": "150.00",
    "suspendedQuantity": "150.00",
    "recordedAt": "2026-09-01T08:00:00Z",
    "dueAt": "2027-02-28T08:00:00Z",
    "settledAt": None,
}
