"""An organisation, its people, and a verification body."""

from api.http.documentation.examples_facts import Example

MEMBER: Example = {
    "userId": "0d2b1f2c-7f3e-4b1a-9f43-6d1c2a7e5b90",
    "name": "Sam Supplier",
    "email": "sam@satya.example",
    "role": "owner",
    "joinedAt": "2026-03-01T09:00:00Z",
}

SENT_INVITATION: Example = {
    "id": "5a9b2c11-3d77-5c86-9b0e-0a1f4c2e7d10",
    "email": "asha@satya.example",
    "role": "member",
    "createdAt": "2026-03-01T09:00:00Z",
    "expiresAt": "2026-03-08T09:00:00Z",
}

ORGANISATION: Example = {
    "id": "8c1d4e6a-2b3f-4a5d-8e7c-9f0a1b2c3d4e",
    "kind": "developer",
    "legalName": "Satya Biochar Private Limited",
    "country": "IND",
    "registrationNumber": "U01403TG2021PTC150000",
    "myRole": "owner",
    "members": [MEMBER],
    "invitations": [SENT_INVITATION],
}

ORGANISATION_SENT: Example = {"country": "IN", "registrationNumber": "U01403TG2021PTC150000"}

INVITATION_SENT: Example = {
    "email": "asha@satya.example",
    "name": "Asha Rao",
    "role": "member",
}

RECEIVED_INVITATION: Example = {
    "id": "5a9b2c11-3d77-5c86-9b0e-0a1f4c2e7d10",
    "legalName": "Satya Biochar Private Limited",
    "country": "IND",
    "role": "member",
    "expiresAt": "2026-03-08T09:00:00Z",
}

ACCREDITATION: Example = {
    "scheme": "ISO 14065, ANAB",
    "number": "VB-0417",
    "projectTypes": ["biochar", "soil_carbon"],
    "validFrom": "2025-01-01",
    "validUntil": "2028-12-31",
    "evidenceUrl": "https://anab.example/certificates/VB-0417",
    "inherited": False,
    "valid": True,
}

BODY: Example = {
    "id": "2f6a1c3e-8b4d-5e7f-9a0b-1c2d3e4f5a6b",
    "legalName": "350Solutions",
    "country": "USA",
    "registrationNumber": "5512345",
    "scope": ["biochar", "soil_carbon"],
    "accreditation": ACCREDITATION,
    "accreditations": [ACCREDITATION],
    "verifiers": [
        {
            "userId": "3f0c6b7e-0d5e-5b52-8a65-6f1b0c2d9e11",
            "name": "Vera Okafor",
            "email": "v.okafor@verifier.example",
            "openVerifications": 2,
            "overdueVerifications": 0,
            "decidedInAYear": 11,
        }
    ],
    "createdAt": "2026-03-01T09:00:00Z",
}

BODY_SENT: Example = {
    "legalName": "350Solutions",
    "country": "US",
    "registrationNumber": "5512345",
    "scope": ["biochar", "soil_carbon"],
    "accreditation": {
        "scheme": "ISO 14065, ANAB",
        "number": "VB-0417",
        "validFrom": "2025-01-01",
        "validUntil": "2028-12-31",
    },
}

DECLARATION: Example = {
    "verificationId": "6f1d2c3b-4a5e-5f60-8172-839405a6b7c8",
    "userId": "3f0c6b7e-0d5e-5b52-8a65-6f1b0c2d9e11",
    "declared": "none",
    "words": None,
    "implied": False,
    "declaredAt": "2026-03-02T09:00:00Z",
}

DECLARATION_SENT: Example = {"declared": "none"}
