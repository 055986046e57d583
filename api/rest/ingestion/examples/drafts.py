"""A format that somebody makes from a sample."""

from api.http.documentation.examples_facts import SUPPLIER_ID, Example

DRAFT_SENT: Example = {
    "kind": "observation",
    "fileName": "tank-7.csv",
    "content": "VGltZSxUZW1wICjCsEMpCjIwMjQtMDMtMDFUMTI6MDA6MDBaLDIxLjUK",
}

COLUMN: Example = {
    "column": "Temp (°C)",
    "field": "value",
    "unit": "°C",
    "quantity": "Temp",
    "numbers": "1234.5",
    "dates": "iso",
    "zone": "",
}

CHOICES: Example = {
    "title": "Temperature of tank 7",
    "description": "",
    "columns": [COLUMN],
    "constants": {"series": "tank 7"},
    "missing": ["NaN"],
    "intervalSeconds": None,
}

PROPOSAL: Example = {
    "column": "Temp (°C)",
    "alike": 0.0,
    "ways": ["1234.5"],
    "isAmbiguous": False,
    "samples": ["21.5"],
}

DRAFT: Example = {
    "id": "9e1f2a3b-4c5d-5e6f-8a7b-8c9d0e1f2a3b",
    "kind": "observation",
    "fileName": "tank-7.csv",
    "createdAt": "2026-03-01T12:00:00Z",
    "headerLine": 1,
    "choices": CHOICES,
    "proposals": [PROPOSAL],
}

RECORD: Example = {
    "line": 2,
    "sheet": None,
    "kind": "observation",
    "values": {"series": "tank 7", "time": "2024-03-01T12:00:00Z", "value": "21.5"},
}

OUTCOME: Example = {
    "rows": 1,
    "recordsInAll": 1,
    "issuesInAll": 0,
    "refusal": None,
    "records": [RECORD],
    "issues": [],
}

CHANGE: Example = {
    "line": 2,
    "sheet": None,
    "fields": ["value"],
    "before": {"value": "21.5"},
    "after": {"value": "294.65"},
}

DRY_RUN: Example = {
    "faults": [],
    "outcome": OUTCOME,
    "comparedWith": 1,
    "same": 0,
    "changed": 1,
    "added": 0,
    "lost": 0,
    "changes": [CHANGE],
}

SAVE_SENT: Example = {"formatId": "tank-7-ctd", "publishedRows": 2}

VERSION: Example = {
    "id": "tank-7-ctd",
    "version": 1,
    "declared": {"id": "tank-7-ctd", "version": 1, "title": "Temperature of tank 7"},
    "sample": [["Time", "Temp (°C)"], ["2024-03-01T12:00:00Z", "21.5"]],
    "savedBy": SUPPLIER_ID,
    "savedAt": "2026-03-01T12:05:00Z",
    "review": "to_review",
    "reviewedBy": None,
    "reviewNote": None,
    "reviewedAt": None,
}

VERSIONS: Example = {"versions": [VERSION]}

REVIEW_SENT: Example = {"accepted": True, "note": "Units are those of the instrument's manual."}

FILE_TRIED_SENT: Example = {"content": DRAFT_SENT["content"]}
