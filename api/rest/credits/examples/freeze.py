"""The frozen registry."""

from api.http.documentation.examples_facts import Example

FREEZE_SENT: Example = {"reason": "Units of one project are being recounted."}

REGISTRY_STATE: Example = {
    "frozen": True,
    "reason": "Units of one project are being recounted.",
    "since": "2026-03-01T12:00:00Z",
}
