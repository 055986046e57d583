"""Right bodies, to be made wrong in one place."""

from typing import Any

PROJECT: dict[str, Any] = {
    "title": "A Biochar Project at Satyapura",
    "type": "biochar",
    "description": "Invasive woody biomass becomes biochar that stores its carbon in the soil.",
    "location": "Rajasthan, India",
    "country": "IN",
    "coordinates": {"latitude": 27.0238, "longitude": 74.2179},
    "emissionsTarget": "1000.00",
    "startDate": "2025-11-27",
}
DOCUMENT: dict[str, Any] = {
    "name": "Monitoring report.csv",
    "documentType": "monitoring_report",
    "disclosure": "public",
    "mimeType": "text/csv",
    "fileSize": 12,
    "sha256": "ab" * 32,
}
RETIREMENT: dict[str, Any] = {
    "quantity": "1.00",
    "beneficiary": {"undisclosed": True},
    "purpose": "Voluntary claim",
    "reason": "Compensation of travel in 2025",
}
