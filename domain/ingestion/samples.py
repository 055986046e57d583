"""A sample of each kind of record, as anybody may send it; nobody's data."""

import json
from collections.abc import Mapping
from typing import Any

from domain.ingestion.model import MODEL, IngestedKind, RecordModel

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
    IngestedKind.LABORATORY_SAMPLE: {
        "sampleId": "T3-2024-061",
        "laboratory": "Sample Coast Laboratory",
        "sampledAt": "2024-03-01T12:00:00Z",
        "analysedOn": "2024-03-04",
        "quantity": "total alkalinity",
        "value": 2312.4,
        "unit": "micromol/kg",
        "uncertainty": 2.1,
        "method": "ISO 22719",
        "referenceMaterial": "CRM batch 205",
        "depth": 0.5,
    },
    IngestedKind.ACTIVITY: {
        "projectId": "EX1001",
        "activityId": "meter 1",
        "periodStart": "2024-01-01",
        "periodEnd": "2024-01-31",
        "quantity": "net electricity",
        "value": 1523.4,
        "unit": "MWh",
    },
    IngestedKind.BOUNDARY: {
        "name": "Stratum 2",
        "role": "stratum",
        "geometry": {
            "type": "Polygon",
            "coordinates": [[[88.9, 21.9], [89.0, 21.9], [89.0, 22.0], [88.9, 21.9]]],
        },
        "areaHectares": 5730.5,
        "source": "Survey of 2023",
    },
    IngestedKind.SAMPLING_POINT: {
        "name": "Plot 17",
        "latitude": 21.95,
        "longitude": 88.96,
        "positionUncertainty": 3,
    },
    IngestedKind.RASTER: {
        "name": "Canopy height 2024",
        "width": 2000,
        "height": 1500,
        "bands": 1,
        "dataType": "float32",
        "crs": "EPSG:32645",
        "west": 88.9,
        "south": 21.9,
        "east": 89.1,
        "north": 22.05,
        "cellWidth": 10,
        "cellHeight": 10,
        "noData": "-9999",
    },
    IngestedKind.VERIFIER_STATEMENT: {
        "projectId": "EX1001",
        "verifier": "Sample Verification Body",
        "accreditation": "ISO14065-00",
        "statedOn": "2024-08-01",
        "periodStart": "2021-04-01",
        "periodEnd": "2023-09-30",
        "vintageYear": 2022,
        "quantity": 83971,
        "opinion": "unmodified",
        "assurance": "reasonable",
        "materiality": 5,
    },
    IngestedKind.FINDING: {
        "projectId": "EX1001",
        "findingId": "CAR 03",
        "type": "corrective_action",
        "raisedOn": "2024-06-11",
        "reference": "Monitoring report, table 7",
        "description": "The net quantity is one tonne less than gross less project emissions.",
        "response": "Table 7 was corrected.",
        "state": "closed",
        "closedOn": "2024-06-20",
        "effect": 1,
    },
}

_ACTIVITY = {
    "projectId": "EX1001",
    "activityId": "2024-017",
    "periodStart": "2024-03-01",
    "periodEnd": "2024-03-31",
}
_PATHWAY_SAMPLES: Mapping[str, Mapping[str, Any]] = {
    "ocean_alkalinity": {
        "feedstock": "Mg(OH)2",
        "feedstockMass": 1250,
        "alkalinityPerMass": 33.9,
        "purity": 97.5,
        "medianGrainSize": 12,
    },
    "forestry": {
        "stratum": "2",
        "plotArea": 0.05,
        "species": "Rhizophora mucronata",
        "treeId": "17-4",
        "diameter": 14.2,
        "height": 9.5,
    },
    "biochar": {
        "feedstock": "coconut shells",
        "dryMass": 21.5,
        "organicCarbon": 82.1,
        "hydrogenToCarbon": 0.31,
        "pyrolysisTemperature": 640,
        "use": "soil",
    },
    "enhanced_weathering": {
        "rock": "basalt",
        "rockMass": 800,
        "area": 40,
        "calciumOxide": 9.8,
        "magnesiumOxide": 7.1,
        "grainSize80": 267,
    },
    "cook_stoves": {
        "stoveType": "single burner, induction",
        "fuel": "electricity",
        "installedOn": "2023-11-02",
        "stoves": 1,
        "electricityUse": 0.225,
    },
    "landfill_gas": {
        "device": "Flare 1",
        "gasVolume": 412300,
        "methaneFraction": 48.5,
        "flareTemperature": 870,
        "operatingHours": 731,
    },
    "renewable_energy": {
        "technology": "solar",
        "netGeneration": 8123.4,
        "capacity": 100,
        "gridEmissionFactor": 0.558,
    },
}


def sample_of(model: RecordModel) -> Mapping[str, Any]:
    """One record that is right by its schema."""
    if model is MODEL[model.kind]:
        return SAMPLES[model.kind]
    return {**_ACTIVITY, **_PATHWAY_SAMPLES[model.format_id.replace("-", "_")]}


def sample_rows(model: RecordModel) -> list[list[str]]:
    """A table of our own schema: its header, and one row."""
    sample = sample_of(model)
    names = [field.name for field in model.fields]
    return [names, [_written(sample.get(name, "")) for name in names]]


def _written(value: object) -> str:
    return json.dumps(value) if isinstance(value, dict) else str(value)
