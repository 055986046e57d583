"""A document of it."""

from api.http.documentation.examples_facts import (
    PROJECT_ID,
    SHA256,
    SUPPLIER_ID,
    VERIFICATION_ID,
    Example,
)

DOCUMENT_SENT: Example = {
    "name": "Monitoring report 2024.pdf",
    "description": "April to December 2024",
    "documentType": "monitoring_report",
    "disclosure": "public",
    "mimeType": "application/pdf",
    "fileSize": 482133,
    "sha256": SHA256,
}

DOCUMENT: Example = {
    "id": "8b7a6958-4736-5251-9a3b-2c1d0e9f8a7b",
    "projectId": PROJECT_ID,
    "verificationId": VERIFICATION_ID,
    **DOCUMENT_SENT,
    "status": "awaiting_upload",
    "uploadedBy": SUPPLIER_ID,
    "createdAt": "2026-03-01T09:40:00Z",
    "completedAt": None,
    "version": 1,
    "supersedes": None,
    "supersededBy": None,
    "supersededAt": None,
    "upload": {
        "method": "PUT",
        "url": "https://storage.example/karbonica/uploads/8b7a6958?X-Amz-Signature=...",
        "headers": {
            "Content-Type": "application/pdf",
            "x-amz-checksum-sha256": "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=",
        },
    },
}
