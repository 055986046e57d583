"""A project."""

from api.http.documentation.examples_facts import PROJECT_ID, SUPPLIER_ID, VERIFICATION_ID, Example
from api.rest.projects.examples.assurance import METHODOLOGY_VERSION_ID

LIKELY_DUPLICATE: Example = {
    "projectId": "b7c8d9e0-f1a2-5b3c-8d4e-5f6071829304",
    "title": "Biochar from Sugarcane Residues (Maharashtra)",
    "status": "pending",
    "sameTitle": True,
    "samePlace": True,
    "distanceMeters": 412,
    "explanation": None,
}

PROJECT_SENT: Example = {
    "title": "Biochar from sugarcane residues, Maharashtra",
    "type": "biochar",
    "description": "Residues that were burnt in the open are pyrolysed; the biochar goes into soils.",
    "location": "Solapur district, Maharashtra",
    "country": "IN",
    "coordinates": {"latitude": 17.6599, "longitude": 75.9064},
    "emissionsTarget": "1000.00",
    "startDate": "2024-04-01",
    "methodologyVersionId": METHODOLOGY_VERSION_ID,
}

PROJECT: Example = {
    "id": PROJECT_ID,
    "number": 1,
    "verificationId": VERIFICATION_ID,
    "developerId": SUPPLIER_ID,
    **PROJECT_SENT,
    "country": "IND",
    "creditingPeriodEnd": "2034-03-31",
    "status": "pending",
    "likelyDuplicates": [LIKELY_DUPLICATE],
    "createdAt": "2026-03-01T09:30:00Z",
    "updatedAt": "2026-03-01T09:30:00Z",
}
