"""A notification."""

from api.http.documentation.examples_facts import RETIREMENT_ID, Example

NOTIFICATION: Example = {
    "id": "6a5b4c3d-2e1f-5a0b-8c9d-7e6f5a4b3c2d",
    "kind": "certificate_sealed",
    "message": "The certificate for 100.00 t CO2e is sealed: the retirement stands on Cardano.",
    "link": f"/retirements/{RETIREMENT_ID}",
    "readAt": None,
    "createdAt": "2026-03-10T12:04:21Z",
}

PREFERENCES_SENT: Example = {
    "timeZone": "Europe/Warsaw",
    "digestHour": 8,
    "preferences": [{"kind": "credits_received", "channel": "digest"}],
}

PREFERENCES: Example = {
    "timeZone": "Europe/Warsaw",
    "digestHour": 8,
    "preferences": [
        {
            "kind": "credits_received",
            "title": "You received credits",
            "topic": "credit",
            "channel": "digest",
            "mandatory": False,
        }
    ],
}
