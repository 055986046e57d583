"""An account as staff see it."""

from api.http.documentation.examples_facts import Example

INVITED: Example = {
    "id": "3f0c6b7e-0d5e-5b52-8a65-6f1b0c2d9e11",
    "email": "v.okafor@verifier.example",
    "name": "Vera Okafor",
    "company": "350Solutions",
    "role": "verifier",
    "status": "invited",
    "lockedAt": None,
    "invitationExpiresAt": "2026-03-08T09:00:00Z",
    "lastLoginAt": None,
    "load": {
        "verificationBodyId": "2f6a1c3e-8b4d-5e7f-9a0b-1c2d3e4f5a6b",
        "openVerifications": 0,
        "overdueVerifications": 0,
        "decidedInAYear": 0,
    },
    "createdAt": "2026-03-01T09:00:00Z",
}

INVITE_SENT: Example = {
    "email": "v.okafor@verifier.example",
    "name": "Vera Okafor",
    "company": "350Solutions",
    "role": "verifier",
}

CHANGE_SENT: Example = {"locked": True, "reason": "Left 350Solutions on 28 February."}

ACT: Example = {
    "act": "invited",
    "role": "verifier",
    "reason": None,
    "actorName": "Ada Staff",
    "at": "2026-03-01T09:00:00Z",
}

USER_WITH_ACTS: Example = {**INVITED, "acts": [ACT]}
