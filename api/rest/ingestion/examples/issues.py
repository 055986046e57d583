"""What people do about the issues of a file."""

from api.http.documentation.examples_facts import Example

ISSUE_GROUP: Example = {
    "number": 1,
    "rule": "serial_length",
    "severity": "error",
    "advice": "The serial numbers count 500 credits, the quantity says 50. Ask the source which of them is right.",
    "sheet": None,
    "column": "Serial Number",
    "line": 17,
    "value": "GS1-1-KE-GS11603-16-2025-30256-1-500",
    "count": 12,
    "state": "asked",
    "waitsFor": "submitter",
    "assignedTo": None,
    "openedAt": "2026-03-01T09:40:03Z",
    "changedAt": "2026-03-02T08:00:00Z",
    "separatedFrom": None,
}

ISSUE_GROUPS: Example = {"groups": [ISSUE_GROUP]}

ISSUE_ACT_SENT: Example = {"text": "Is the quantity in kilograms here?"}

COMPARISON: Example = {
    "fixed": 11,
    "left": 1,
    "new": 0,
    "changes": [
        {
            "rule": "serial_length",
            "severity": "error",
            "column": "Serial Number",
            "fixed": 11,
            "left": 1,
            "new": 0,
        }
    ],
}
