"""A methodology, a verification statement and a checklist."""

from api.http.documentation.examples_facts import (
    PROJECT_ID,
    SHA256,
    VERIFICATION_BODY,
    VERIFICATION_ID,
    VERIFIER_ID,
    Example,
)

METHODOLOGY_ID = "4c1d2e3f-5a6b-5c7d-8e9f-0a1b2c3d4e60"
METHODOLOGY_VERSION_ID = "5d2e3f40-6b7c-5d8e-9fa0-1b2c3d4e5f61"
ACCREDITATION_WORDS = "ISO 14065, ANAB, VB-0123, until 2027-06-30"

METHODOLOGY_VERSION_SENT: Example = {
    "version": "1.2",
    "projectTypes": ["biochar"],
    "requiredDocumentTypes": ["laboratory_analysis"],
    "parameters": [
        {
            "name": "Organic carbon content",
            "unit": "kg/kg",
            "description": "Of dry biochar, by dry combustion of each production batch.",
        }
    ],
    "creditingPeriodYears": 10,
    "durabilityYears": 1000,
    "requiresStatement": True,
    "requiresChecklist": False,
    "validFrom": "2025-01-01",
    "calculations": [],
}

METHODOLOGY_SENT: Example = {
    "name": "Biochar production and storage",
    "standard": "Isometric",
    "sector": "Biomass carbon removal and storage",
    **METHODOLOGY_VERSION_SENT,
}

METHODOLOGY_CHANGE_SENT: Example = {
    "newVersion": METHODOLOGY_VERSION_SENT | {"version": "1.3", "validFrom": "2026-01-01"},
    "withdraw": {
        "versionId": METHODOLOGY_VERSION_ID,
        "reason": "Version 1.3 measures carbon in each batch.",
    },
}

METHODOLOGY_VERSION: Example = {
    "id": METHODOLOGY_VERSION_ID,
    **METHODOLOGY_VERSION_SENT,
    "withdrawnAt": None,
    "withdrawalReason": None,
}

METHODOLOGY: Example = {
    "id": METHODOLOGY_ID,
    "name": "Biochar production and storage",
    "standard": "Isometric",
    "sector": "Biomass carbon removal and storage",
    "versions": [METHODOLOGY_VERSION],
    "createdAt": "2026-01-05T08:00:00Z",
}

ROUND_METHODOLOGY: Example = {
    "id": METHODOLOGY_ID,
    "versionId": METHODOLOGY_VERSION_ID,
    "name": "Biochar production and storage",
    "version": "1.2",
    "standard": "Isometric",
    "durabilityYears": 1000,
    "withdrawnAt": None,
}

STATEMENT_SENT: Example = {
    "scope": "Biochar made from sugarcane residues at one plant in Solapur, from April 2024 to December 2025.",
    "criteria": "ISO 14064-2:2019 and the methodology named below.",
    "assurance": "reasonable",
    "materiality": "5",
    "methodologyVersionId": METHODOLOGY_VERSION_ID,
    "quantities": [{"vintage": 2025, "quantity": "980.00"}],
    "uncertainty": "4.5",
    "deductions": [
        {
            "vintage": 2025,
            "reason": "Batches without a laboratory's analysis.",
            "quantity": "20.00",
        }
    ],
    "independence": "Neither the body nor anybody who verified has an interest in the project or its supplier.",
    "opinion": "positive",
    "opinionBasis": None,
}

STATEMENT: Example = {
    "verificationId": VERIFICATION_ID,
    "version": 1,
    **STATEMENT_SENT,
    "methodology": ROUND_METHODOLOGY,
    "sha256": SHA256,
    "bound": False,
    "writtenBy": VERIFIER_ID,
    "writtenAt": "2026-02-20T10:15:00Z",
}

PUBLIC_STATEMENT: Example = {
    "verificationId": VERIFICATION_ID,
    "projectId": PROJECT_ID,
    "round": 1,
    "version": 1,
    **{name: value for name, value in STATEMENT_SENT.items() if name != "independence"},
    "methodology": ROUND_METHODOLOGY,
    "verifiedBy": VERIFICATION_BODY,
    "accreditation": ACCREDITATION_WORDS,
    "sha256": SHA256,
    "writtenAt": "2026-02-20T10:15:00Z",
    "approvedAt": "2026-03-01T11:00:00Z",
}

STATEMENT_SUMMARY: Example = {
    "opinion": "positive",
    "assurance": "reasonable",
    "materiality": "5",
    "uncertainty": "4.5",
    "sha256": SHA256,
    "writtenAt": "2026-02-20T10:15:00Z",
}

CHECKLIST_SENT: Example = {
    "items": {"evidence_complete": {"done": True, "note": None}, "statement_read": {"done": True}}
}

CHECKLIST: Example = {
    "verificationId": VERIFICATION_ID,
    "required": True,
    "open": True,
    "complete": False,
    "items": [
        {
            "item": "evidence_complete",
            "sentence": "Every document that is asked for is there, opens, and is of this round.",
            "mine": True,
            "ticks": [
                {
                    "done": True,
                    "note": None,
                    "userId": VERIFIER_ID,
                    "tickedAt": "2026-03-02T09:00:00Z",
                }
            ],
        }
    ],
}
