"""What waits for staff."""

from api.http.documentation.examples_facts import Example

OVERVIEW: Example = {
    "stages": [
        {
            "stage": "assignment",
            "rounds": 2,
            "moreRounds": False,
            "overdue": 1,
            "moreOverdue": False,
        },
        {"stage": "review", "rounds": 14, "moreRounds": False, "overdue": 0, "moreOverdue": False},
        {
            "stage": "countersignature",
            "rounds": 1,
            "moreRounds": False,
            "overdue": 0,
            "moreOverdue": False,
        },
        {
            "stage": "decided",
            "rounds": 1000,
            "moreRounds": True,
            "overdue": 0,
            "moreOverdue": False,
        },
    ],
    "waiting": [
        {
            "verificationId": "3f2b8c1d-6a4e-4d7f-9b0c-1e2d3a4b5c6d",
            "projectId": "6f1c2d3e-4b5a-4c6d-8e7f-90a1b2c3d4e5",
            "projectTitle": "A Biochar Project at Satyapura",
            "round": 1,
            "stage": "assignment",
            "since": "2026-03-01T09:00:00Z",
            "dueAt": "2026-03-04T09:00:00Z",
            "overdue": True,
            "verifierId": None,
        }
    ],
    "chain": {"queued": 3, "submitted": 1, "parked": 0, "oldestQueuedAt": "2026-03-10T12:05:00Z"},
    "wallets": [{"name": "platform", "frozen": False, "lovelace": 812345678}],
    "openAlerts": 0,
    "files": {"refused": 1, "partlyAccepted": 0},
    "proposals": {"toAnswer": 1, "mineWaiting": 0},
    "frozen": False,
}
