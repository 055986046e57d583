"""A folder of object storage, and what was dropped into it."""

from api.http.documentation.examples_facts import SHA256, SUPPLIER_ID, Example

FOLDER_ID = "3f9b0c52-7d14-5e2a-8b6c-90a1b2c3d4e5"

FOLDER_SENT: Example = {
    "name": "Loggers of Satyapura",
    "format": "observations",
    "acceptPartly": True,
    "projectId": None,
}

FOLDER: Example = FOLDER_SENT | {
    "id": FOLDER_ID,
    "bucket": "karbonica",
    "prefix": f"folders/{FOLDER_ID}/in/",
    "openedBy": SUPPLIER_ID,
    "openedAt": "2026-03-01T09:00:00Z",
    "closedAt": None,
}

DROP: Example = {
    "id": "5a1b2c3d-4e5f-5061-8728-394a5b6c7d8e",
    "fileName": "CR6_2026-03-01.dat",
    "fileSize": 482133,
    "droppedAt": "2026-03-01T09:40:00Z",
    "takenAt": "2026-03-01T09:40:02Z",
    "ingestionId": "4d1b2a39-8c7d-5e6f-9a0b-1c2d3e4f5a6b",
    "alreadySubmitted": False,
    "refusal": None,
    "status": "accepted",
    "errors": 0,
    "warnings": 0,
}

FILE_FOR_FOLDER: Example = {
    "fileName": "CR6_2026-03-01.dat",
    "fileSize": 482133,
    "sha256": SHA256,
}

FOLDER_UPLOAD: Example = {
    "upload": {
        "method": "PUT",
        "url": f"https://storage.example/karbonica/folders/{FOLDER_ID}/in/CR6_2026-03-01.dat?X-Amz-Signature=…",
        "headers": {"Content-Type": "application/octet-stream"},
        "parts": None,
    }
}

STORAGE_EVENT: Example = {
    "Records": [
        {
            "eventName": "ObjectCreated:Put",
            "s3": {
                "bucket": {"name": "karbonica"},
                "object": {"key": f"folders/{FOLDER_ID}/in/CR6_2026-03-01.dat", "size": 482133},
            },
        }
    ]
}
