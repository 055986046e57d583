"""A webhook, its deliveries, an event."""

from api.http.documentation.examples_facts import PROJECT_ID, VERIFICATION_ID, VERIFIER_ID, Example

WEBHOOK_ID = "8d7c6b5a-4938-5271-8e6f-0a1b2c3d4e5f"

WEBHOOK_SENT: Example = {
    "url": "https://hooks.example.com/karbonica",
    "events": ["retirement.accepted", "retirement.completed"],
}

WEBHOOK_CHANGED: Example = {"events": [], "active": True}

WEBHOOK: Example = WEBHOOK_SENT | {
    "id": WEBHOOK_ID,
    "active": True,
    "createdBy": "a1b2c3d4-5e6f-4a7b-8c9d-0e1f2a3b4c5d",
    "createdAt": "2026-03-01T09:00:00Z",
}

WEBHOOK_CREATED: Example = WEBHOOK | {
    "secret": "whsec_mB2yX9wQ4nT7uR5eJ1hLcA0dFgVbNxMsk1Zp6s0O8v0="
}

DELIVERY: Example = {
    "id": "2b3c4d5e-6f70-5182-93a4-b5c6d7e8f901",
    "eventId": "3c4d5e6f-7081-5293-a4b5-c6d7e8f90123",
    "eventName": "retirement.completed",
    "status": "delivered",
    "attempts": 3,
    "replays": 0,
    "lastStatusCode": 200,
    "lastError": None,
    "createdAt": "2026-03-10T11:02:00Z",
    "lastAttemptAt": "2026-03-10T11:02:06Z",
    "deliveredAt": "2026-03-10T11:02:06Z",
}

REPLAY_SENT: Example = {"from": "2026-03-10T00:00:00Z", "to": "2026-03-11T00:00:00Z"}

REPLAYED: Example = {"events": 12}

REGISTRY_EVENT: Example = {
    "id": "3c4d5e6f-7081-5293-a4b5-c6d7e8f90123",
    "name": "verification.assigned",
    "occurredAt": "2026-03-02T08:15:00Z",
    "payload": {
        "verificationId": VERIFICATION_ID,
        "projectId": PROJECT_ID,
        "status": "in_review",
        "verifierId": VERIFIER_ID,
        "verifiedQuantity": None,
        "vintage": None,
        "signOffDigest": None,
        "needsCountersignature": False,
    },
}
