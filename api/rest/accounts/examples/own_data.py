"""A copy of one's data, an erasure, a consent."""

from api.http.documentation.examples_facts import Example

EXPORT: Example = {
    "id": "3c1f5a0b-8c9d-4e6f-9c4b-3c2d6a5b4c3d",
    "requestedAt": "2026-03-10T12:04:21Z",
    "readyAt": "2026-03-10T12:04:24Z",
    "sizeBytes": 48213,
    "downloadUrl": "https://storage.example/karbonica/personal-exports/3c1f5a0b.zip?X-Amz-Signature=...",
}

ERASURE: Example = {
    "id": "9c4b3c2d-8c9d-4e6f-8c9d-3c2d6a5b4c3d",
    "requestedAt": "2026-03-10T12:04:21Z",
    "eraseAt": "2026-03-24T12:04:21Z",
    "withdrawnAt": None,
    "refusedAt": None,
}

CONSENT: Example = {
    "kind": "marketing_mails",
    "version": "2026-01-01",
    "given": True,
    "at": "2026-03-10T12:04:21Z",
}

CONSENT_SENT: Example = {"version": "2026-01-01", "given": True}
