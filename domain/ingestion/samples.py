"""A sample of each kind of record, as anybody may send it; nobody's data."""

from collections.abc import Mapping
from typing import Any

from domain.ingestion.model import MODEL, IngestedKind

SAMPLES: Mapping[IngestedKind, Mapping[str, Any]] = {
    IngestedKind.PROJECT: {
        "registry": "example",
        "projectId": "EX1001",
        "name": "Mangroves of the Sample Delta",
        "status": "Registered",
        "country": "IN",
        "registeredOn": "2021-03-01",
        "creditingStart": "2020-01-01",
        "creditingEnd": "2049-12-31",
        "estimatedAnnual": 12000,
        "latitude": 21.95,
        "longitude": 88.9,
    },
    IngestedKind.ISSUANCE: {
        "registry": "example",
        "projectId": "EX1001",
        "issuedOn": "2024-06-30",
        "quantity": 500,
        "bufferQuantity": 50,
        "vintageYear": 2023,
        "serials": "EX-1001-2023-1-500",
    },
    IngestedKind.RETIREMENT: {
        "registry": "example",
        "projectId": "EX1001",
        "operation": "retirement",
        "retiredOn": "2024-07-15",
        "quantity": 20,
        "vintageYear": 2023,
        "serials": "EX-1001-2023-1-20",
        "reason": "Annual report 2023",
    },
    IngestedKind.OBSERVATION: {
        "series": "Tank 3",
        "time": "2024-03-01T12:00:00Z",
        "quantity": "pH",
        "value": 8.04,
        "unit": "pH_T",
        "uncertainty": 0.01,
        "instrument": "SeaFET 2011",
        "place": "Tank 3, surface",
    },
}


def sample_rows(kind: IngestedKind) -> list[list[str]]:
    """A table of our own schema: its header, and one row."""
    sample = SAMPLES[kind]
    names = [field.name for field in MODEL[kind].fields]
    return [names, [str(sample.get(name, "")) for name in names]]
