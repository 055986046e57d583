"""Open data."""

from api.http.documentation.examples_facts import SHA256, Example

EXPORT_ID = "6a7b8c9d-0e1f-5a2b-8c3d-4e5f6a7b8c9d"

EXPORT: Example = {
    "id": EXPORT_ID,
    "generatedAt": "2026-03-01T02:00:00Z",
    "sha256": SHA256,
    "manifestUrl": f"/api/v1/registry/export/archive/{EXPORT_ID}/manifest.json",
}

MANIFEST: Example = {
    "exportId": EXPORT_ID,
    "generatedAt": "2026-03-01T02:00:00Z",
    "files": [
        {
            "name": "credits.csv",
            "rows": 1204,
            "bytes": 166152,
            "sha256": SHA256,
            "path": f"/api/v1/registry/export/archive/{EXPORT_ID}/credits.csv",
        }
    ],
    "ledger": {
        "lastSeq": 2210,
        "entries": 1204,
        "root": SHA256,
        "path": "/api/v1/registry/changes",
    },
    "conservation": {
        "total": {
            "issued": "4853.60",
            "active": "4603.60",
            "retired": "250.00",
            "cancelled": "0.00",
            "buffer": "0.00",
            "holds": True,
        },
        "parts": [],
    },
}
