"""A retirement."""

from api.http.documentation.examples_facts import PROJECT_ID, RETIREMENT_ID, Example
from api.rest.credits.examples.credits import CHAIN_RECORD

RETIREMENT_SENT: Example = {
    "quantity": "100.00",
    "purpose": "Voluntary offsetting",
    "reason": "Flights of the year 2025",
    "beneficiary": {"name": "Nordlicht Reisen GmbH", "country": "DE", "identifier": "HRB 12345"},
}

LINES_SENT: Example = {
    name: value for name, value in RETIREMENT_SENT.items() if name != "quantity"
} | {
    "lines": [
        {"serial": "KRB-2024-001-000003", "quantity": "60.00"},
        {"serial": "KRB-2023-002-000001", "quantity": "40.00"},
    ]
}

RETIREMENT: Example = {
    "id": RETIREMENT_ID,
    "serial": "KRB-2024-001-000004",
    "projectId": PROJECT_ID,
    "quantity": "100.00",
    "vintage": 2024,
    "beneficiary": {
        "name": "Nordlicht Reisen GmbH",
        "country": "DEU",
        "identifier": "HRB 12345",
        "undisclosed": False,
    },
    "purpose": "Voluntary offsetting",
    "reason": "Flights of the year 2025",
    "retiredAt": "2026-03-10T12:00:00Z",
    "certificateUrl": f"https://registry.example/retirements/{RETIREMENT_ID}",
    "certificateStatus": "sealed",
    "chainRecord": CHAIN_RECORD,
    "lines": [
        {
            "serial": "KRB-2024-001-000004",
            "projectId": PROJECT_ID,
            "vintage": 2024,
            "quantity": "100.00",
            "units": {"first": 1, "last": 10000},
            "chainRecord": CHAIN_RECORD,
        }
    ],
    "reversals": [],
    "corrections": [],
}
