"""Examples of the audit log for staff."""

from api.http.documentation.examples_facts import Example

AUDIT_LOG_ENTRY: Example = {
    "seq": 4711,
    "at": "2026-03-01T12:00:00Z",
    "eventType": "document.downloaded",
    "action": "downloaded",
    "userId": "3f1f3f4c-5f0e-4c6e-9a55-0d2c1f6f7a10",
    "resourceType": "document",
    "resourceId": "9f8b7c6d-1111-4222-8333-444455556666",
    "before": None,
    "after": {"disclosure": "confidential", "sha256": "ab" * 32},
    "changes": {},
    "source": {"network": "203.0.113.0/24", "browser": "Firefox", "apiKeyId": None},
    "hash": "cd" * 32,
}
