"""A file that was sent in, with what was found in it."""

from api.http.documentation.examples_facts import SHA256, SUPPLIER_ID, Example

INGESTION_SENT: Example = {
    "format": "gold-standard-retirements",
    "fileName": "retirements-2024.csv",
    "acceptPartly": False,
    "fileSize": 482133,
    "sha256": SHA256,
    "projectId": None,
}

MENDED_FILE_SENT: Example = {
    "fileName": "retirements-2024-mended.csv",
    "acceptPartly": False,
    "fileSize": 482140,
    "sha256": SHA256,
}

WITHDRAWAL_SENT: Example = {"reason": "These are the readings of another tank."}

INGESTION: Example = {
    "id": "4d1b2a39-8c7d-5e6f-9a0b-1c2d3e4f5a6b",
    "format": "gold-standard-retirements",
    "formatVersion": 1,
    "fileName": "retirements-2024.csv",
    "fileSize": 482133,
    "sha256": SHA256,
    "acceptPartly": False,
    "status": "refused",
    "fileKind": "delimited",
    "refusal": None,
    "rowsRead": 2140,
    "recordsAccepted": 0,
    "recordsKnown": 0,
    "errors": 2,
    "warnings": 0,
    "submittedBy": SUPPLIER_ID,
    "projectId": None,
    "createdAt": "2026-03-01T09:40:00Z",
    "finishedAt": "2026-03-01T09:40:03Z",
    "predecessorId": None,
    "scan": "clean",
    "withdrawnAt": None,
    "withdrawalReason": None,
    "alreadySubmitted": False,
    "upload": None,
}

ISSUE: Example = {
    "rule": "serial_length",
    "severity": "error",
    "advice": "The serial numbers count 500 credits, the quantity says 50. Ask the source which of them is right.",
    "sheet": None,
    "line": 17,
    "column": "Serial Number",
    "value": "GS1-1-KE-GS11603-16-2025-30256-1-500",
    "count": 1,
    "moreLines": [],
}

ISSUES: Example = {
    "counts": [{"rule": "serial_length", "severity": "error", "count": 1}],
    "issues": [ISSUE],
}

FORMAT: Example = {
    "id": "issuances",
    "version": 1,
    "title": "Issuance of a registry, in the registry's own schema",
    "description": "Credits that another registry issued. Reference data: they enter no ledger.",
    "fileKinds": ["delimited", "workbook", "json", "jsonl"],
    "records": ["issuance"],
    "columns": ["registry", "projectId", "quantity"],
    "optionalColumns": ["issuedOn", "vintageYear", "serials"],
    "schemaUrl": "/api/v1/ingestion-formats/issuances/schema.json",
    "tableSchemaUrl": "/api/v1/ingestion-formats/issuances/table-schema.json",
    "sampleUrl": "/api/v1/ingestion-formats/issuances/sample.csv",
}

FORMATS: Example = {"formats": [FORMAT]}

SCHEMA: Example = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {"registry": {"type": "string"}},
    "required": ["registry"],
}

TABLE_SCHEMA: Example = {"fields": [{"name": "registry", "type": "string"}], "missingValues": [""]}
