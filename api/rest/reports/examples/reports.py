"""A report, an access to it and what reading it answers."""

from api.http.documentation.examples_facts import Example

REPORT_ID = "0b5c7d9e-2f31-4a86-9c0d-7e8f9a0b1c2d"
ACCESS_ID = "7a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"

REPORT_SENT: Example = {"kind": "retirements", "firstDay": "2025-01-01", "lastDay": "2025-12-31"}

REPORT: Example = {
    "id": REPORT_ID,
    "kind": "retirements",
    "firstDay": "2025-01-01",
    "lastDay": "2025-12-31",
    "knownAt": "2026-01-01T00:00:00Z",
    "accountId": None,
    "party": None,
    "version": 1,
    "madeAt": "2026-01-05T09:30:00Z",
    "madeBy": "7f8e9d0c-1b2a-4d3c-9e8f-5a4b3c2d1e0f",
    "sha256": "5f3d" * 16,
    "publicKey": "9ac1" * 16,
    "signature": "3b7e" * 32,
    "manifestUrl": f"/api/v1/reports/{REPORT_ID}/manifest.json",
    "files": [
        {
            "name": "retirements.csv",
            "table": "retirements",
            "rows": 12,
            "bytes": 3480,
            "sha256": "a1b2" * 16,
            "url": f"/api/v1/reports/{REPORT_ID}/files/retirements.csv",
        }
    ],
}

ACCESS_SENT: Example = {
    "authority": "Ministry of the Environment, Nairobi",
    "purpose": "Annual review of 2025",
    "expiresAt": "2026-02-01T00:00:00Z",
}

ACCESS: Example = {
    "id": ACCESS_ID,
    "reportId": REPORT_ID,
    "authority": "Ministry of the Environment, Nairobi",
    "purpose": "Annual review of 2025",
    "grantedBy": "7f8e9d0c-1b2a-4d3c-9e8f-5a4b3c2d1e0f",
    "grantedAt": "2026-01-06T08:00:00Z",
    "expiresAt": "2026-02-01T00:00:00Z",
    "revokedAt": None,
    "readings": 2,
    "lastReadAt": "2026-01-07T10:11:12Z",
}

ACCESS_GIVEN: Example = {
    **ACCESS,
    "readings": 0,
    "lastReadAt": None,
    "code": "krr_Zm9vYmFyYmF6cXV4LWZvb2Jhci1iYXpxdXgtZm9vYmF",
}

CODE_SENT: Example = {"code": "krr_Zm9vYmFyYmF6cXV4LWZvb2Jhci1iYXpxdXgtZm9vYmF"}

READ_BY_CODE: Example = {
    "authority": "Ministry of the Environment, Nairobi",
    "expiresAt": "2026-02-01T00:00:00Z",
    "kind": "retirements",
    "firstDay": "2025-01-01",
    "lastDay": "2025-12-31",
    "knownAt": "2026-01-01T00:00:00Z",
    "version": 1,
    "manifest": '{"files":[]}',
    "sha256": "5f3d" * 16,
    "publicKey": "9ac1" * 16,
    "signature": "3b7e" * 32,
}

FILE_SENT: Example = {**CODE_SENT, "file": "retirements.csv"}

FILE_ADDRESS: Example = {
    "url": "https://storage.example/reports/a1b2?X-Amz-Expires=60",
    "file": "retirements.csv",
}
