"""A buffer share."""

from api.http.documentation.examples_facts import Example

BUFFER_SHARE_SENT: Example = {
    "reversalRisk": "medium",
    "percent": "12.50",
    "reason": "Fires every twenty years, as the monitoring report says.",
}

BUFFER_SHARE: Example = {**BUFFER_SHARE_SENT, "decidedAt": "2024-02-01T09:00:00Z"}
