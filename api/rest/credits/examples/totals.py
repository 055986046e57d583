"""Totals of the registry."""

from api.http.documentation.examples_facts import PROJECT_ID, Example

STATS: Example = {
    "projects": 12,
    "projectsVerified": 9,
    "retirements": 41,
    "retirementsOnChain": 40,
    "issued": "125000.00",
    "active": "98000.00",
    "reserved": "0.00",
    "suspended": "0.00",
    "retired": "27000.00",
    "cancelled": "0.00",
    "buffer": "0.00",
}

CONSERVATION: Example = {
    "total": {
        "issued": "1000.00",
        "active": "900.00",
        "reserved": "0.00",
        "suspended": "0.00",
        "retired": "100.00",
        "cancelled": "0.00",
        "buffer": "0.00",
        "holds": True,
    },
    "holds": True,
    "parts": [
        {
            "projectId": PROJECT_ID,
            "vintage": 2024,
            "issued": "1000.00",
            "active": "900.00",
            "reserved": "0.00",
            "suspended": "0.00",
            "retired": "100.00",
            "cancelled": "0.00",
            "buffer": "0.00",
            "holds": True,
        }
    ],
    "lastCheck": {"checkedAt": "2026-03-05T17:00:00Z", "holds": True},
}
