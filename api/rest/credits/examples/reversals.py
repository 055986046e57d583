"""A reversal."""

from api.http.documentation.examples_facts import PROJECT_ID, RETIREMENT_ID, Example
from api.rest.credits.examples.obligations import OBLIGATION

REVERSAL_ID = "4c3b2a19-0f8e-5d7c-9b6a-594837261504"

TOUCH: Example = {
    "reversalId": REVERSAL_ID,
    "recordedAt": "2026-09-01T08:00:00Z",
    "cause": "A fire in August 2026 burnt 40 ha of the project area.",
    "avoidable": False,
    "touchedQuantity": "100.00",
    "coveredQuantity": "60.00",
    "coveredBy": [{"first": 94001, "last": 100000}],
    "bufferQuantity": "60.00",
    "obligationStatus": "open",
    "owedQuantity": "150.00",
}

REVERSAL_SENT: Example = {
    "quantity": "250.00",
    "vintage": 2024,
    "cause": TOUCH["cause"],
    "avoidable": False,
}

TOUCHED: Example = {
    "retirementId": RETIREMENT_ID,
    "touchedQuantity": "100.00",
    "coveredQuantity": "60.00",
    "coveredBy": [{"first": 94001, "last": 100000}],
}

REVERSAL: Example = {
    "id": REVERSAL_ID,
    "projectId": PROJECT_ID,
    **REVERSAL_SENT,
    "coveredQuantity": "60.00",
    "recordedAt": TOUCH["recordedAt"],
    "cancelledSerials": ["KRB-2024-001-000002"],
    "cancelledSerialsTotal": 1,
    "certificates": [TOUCHED],
    "certificatesTotal": 1,
    "obligation": OBLIGATION,
}
