"""Devices, readings, boundaries and a quantification."""

from api.http.documentation.examples_facts import PROJECT_ID, SHA256, VERIFICATION_ID, Example

DEVICE_SENT: Example = {
    "name": "flare-meter-1",
    "quantity": "methane destroyed",
    "unit": "tCO2e",
    "instrument": "Thermal mass flow meter, serial number FM-20417",
    "calibration": "Certificate 2025-118 of 2025-11-03",
    "coordinates": {"latitude": 43.8672, "longitude": -75.9271},
}

DEVICE: Example = {
    "id": "6f0f5a9e-5d3e-5b57-9b1c-0a3f8a1f9c10",
    **DEVICE_SENT,
    "registeredAt": "2026-01-02T08:00:00Z",
}

READING_SENT: Example = {
    "device": "flare-meter-1",
    "sequence": 1041,
    "revision": 1,
    "measuredAt": "2026-01-31T23:00:00Z",
    "value": "412.7",
    "uncertainty": "8.3",
    "qualityFlag": "pass",
}

READINGS_SENT: Example = {"readings": [READING_SENT]}

READINGS_TAKEN: Example = {"added": 1, "known": 0}

READING: Example = {
    "sequence": 1041,
    "revision": 1,
    "measuredAt": "2026-01-31T23:00:00Z",
    "value": "412.7",
    "uncertainty": "8.3",
    "qualityFlag": "pass",
    "receivedAt": "2026-01-31T23:00:04Z",
    "newest": True,
}

READINGS: Example = {
    "device": "flare-meter-1",
    "quantity": "methane destroyed",
    "unit": "tCO2e",
    "readings": [READING],
    "summed": None,
    "nextAfter": None,
}

GEOMETRY: Example = {
    "type": "Polygon",
    "coordinates": [
        [
            [-75.93, 43.86],
            [-75.92, 43.86],
            [-75.92, 43.87],
            [-75.93, 43.87],
            [-75.93, 43.86],
        ]
    ],
}

BOUNDARY_SENT: Example = {"geometry": GEOMETRY}

POINT: Example = {"name": "well 7", "latitude": 43.8655, "longitude": -75.9251}

POINTS_SENT: Example = {"points": [POINT]}

PLACE: Example = {
    "projectId": PROJECT_ID,
    "geometry": GEOMETRY,
    "areaHectares": 89.13,
    "number": 1,
    "setAt": "2026-01-02T08:00:00Z",
    "points": [POINT],
    "pointsOutside": [],
    "overlaps": [],
}

PUBLIC_BOUNDARY: Example = {
    "projectId": PROJECT_ID,
    "geometry": GEOMETRY,
    "areaHectares": 89.13,
    "setAt": "2026-01-02T08:00:00Z",
}

PUBLIC_BOUNDARIES: Example = {"boundaries": [PUBLIC_BOUNDARY]}

CALCULATION: Example = {
    "id": "landfill-gas-destruction",
    "version": 1,
    "title": "Landfill gas: methane destroyed, as monitoring reports sum it up",
    "description": "Methane destroyed in CO2e, less what the cover would have oxidised, less emissions.",
    "source": "Climate Action Reserve, U.S. Landfill Protocol 6.0, equations 5.1 to 5.4",
    "projectTypes": ["methane_capture", "waste_management"],
    "gapHours": "24",
    "series": [
        {
            "name": "destroyed",
            "quantity": "methane destroyed",
            "unit": "tCO2e",
            "description": "For each part of the period.",
            "independent": False,
        }
    ],
    "parameters": [
        {
            "name": "oxidation",
            "unit": "1",
            "description": "Part of the methane that bacteria in the cover oxidise, 0 to 1.",
            "default": "0.1",
        }
    ],
    "steps": [
        {
            "name": "net",
            "formula": "sum(destroyed) * (1 - oxidation)",
            "unit": "tCO2e",
            "description": "What is left of it.",
        }
    ],
}

CALCULATIONS: Example = {"calculations": [CALCULATION]}

QUANTIFICATION_SENT: Example = {
    "calculation": "landfill-gas-destruction",
    "monitoringPeriod": {"from": "2025-06-01", "to": "2025-12-31"},
    "parameters": [
        {"name": "oxidation", "value": "0.1", "source": "Protocol 6.0, default of equation 5.3"}
    ],
    "sources": {"destroyed": "flare-meter-1"},
}

QUANTIFICATION: Example = {
    "verificationId": VERIFICATION_ID,
    "number": 1,
    "calculation": "landfill-gas-destruction",
    "calculationVersion": 1,
    "monitoringPeriod": {"from": "2025-06-01", "to": "2025-12-31"},
    "inputsSha256": SHA256,
    "inputsUrl": f"/api/v1/verifications/{VERIFICATION_ID}/quantification/inputs.json",
    "sha256": SHA256,
    "computedAt": "2026-02-03T09:30:00Z",
    "vintages": [
        {
            "vintage": 2025,
            "tonnes": "880",
            "uncertainty": "17.6",
            "quantity": "880.00",
            "rows": 14,
            "steps": [{"name": "net", "unit": "tCO2e", "value": "880", "uncertainty": "17.6"}],
        }
    ],
}

INPUTS: Example = {
    "version": 1,
    "verificationId": VERIFICATION_ID,
    "monitoringPeriod": {"from": "2025-06-01", "to": "2025-12-31"},
    "calculation": {"id": "landfill-gas-destruction", "version": 1},
    "parameters": [
        {"name": "oxidation", "value": "0.1", "uncertainty": None, "source": "Protocol 6.0"}
    ],
    "series": [
        {
            "name": "destroyed",
            "rows": [["2025-06-30T23:00:00Z", "412.7", "8.3", "flare-meter-1/1041/1"]],
        }
    ],
}
