"""A movement of the ledger."""

import json

from api.http.documentation.examples_facts import (
    PROJECT_ID,
    RETIREMENT_ID,
    TRANSACTION_ID,
    Example,
)

CHANGE: Example = {
    "seq": 3,
    "id": TRANSACTION_ID,
    "type": "retirement",
    "completedAt": "2026-03-05T16:45:01.000000Z",
    "projectId": PROJECT_ID,
    "vintage": 2024,
    "serial": "KRB-2024-001-000001",
    "resultSerial": "KRB-2024-001-000002",
    "quantity": "250.00",
    "units": {"first": 1, "last": 25000},
    "opened": [
        {"serial": "KRB-2024-001-000002", "units": {"first": 1, "last": 25000}},
        {"serial": "KRB-2024-001-000003", "units": {"first": 25001, "last": 100000}},
    ],
    "suspendedFor": None,
    "reason": None,
    "retirement": {
        "id": RETIREMENT_ID,
        "quantity": "250.00",
        "beneficiary": {"name": "Northwind Foods", "country": "NLD", "identifier": None},
        "purpose": "Carbon neutrality claim for 2025",
        "reason": "Scope 2 emissions of our offices in 2025",
        "retiredAt": "2026-03-05T16:45:01.000000Z",
    },
}

CHANGE_LINE = json.dumps(CHANGE)
