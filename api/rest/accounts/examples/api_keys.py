"""A key for a program."""

from api.http.documentation.examples_facts import SUPPLIER_ID, Example

API_KEY_SENT: Example = {
    "name": "Monitoring data of Satyapura",
    "scopes": ["read", "documents:write"],
    "expiresAt": "2026-09-01T00:00:00Z",
}

API_KEY: Example = {
    "id": "8d7c6b5a-4930-5a1b-8c2d-3e4f50617283",
    "name": "Monitoring data of Satyapura",
    "hint": "krb_4Qm9",
    "scopes": ["read", "documents:write"],
    "createdAt": "2026-03-01T12:00:00Z",
    "expiresAt": "2026-09-01T00:00:00Z",
    "lastUsedAt": None,
    "revokedAt": None,
    "projectId": None,
    "folderId": None,
}

API_KEY_MADE: Example = API_KEY | {"key": "krb_4Qm9…the whole key, this once…"}

API_KEY_HELD: Example = API_KEY | {"userId": SUPPLIER_ID, "userName": "Asha Rao"}
