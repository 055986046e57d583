"""A project with a label, an authorisation that is first transferred, and a range of Verra's numbers."""

from api.http.documentation.examples_facts import PROJECT_ID, VERIFICATION_ID, Example

_LETTER = {
    "documentId": None,
    "url": "https://environment.example/letters/2026-17",
    "dated": "2026-03-02",
}
SOURCE_SENT: Example = {"url": _LETTER["url"], "dated": "2026-03-02"}
REASON_SENT: Example = {"reason": "The programme has taken the label back."}

LABEL_SENT: Example = {
    "scheme": "corsia",
    "programme": "Verified Carbon Standard",
    "phase": "first",
    "vintageFrom": 2021,
    "vintageTo": 2026,
    "validFrom": "2026-03-02",
    "source": SOURCE_SENT,
}
_RECORD: Example = {
    "source": _LETTER,
    "status": "confirmed",
    "recordedAt": "2026-03-03T08:00:00Z",
    "confirmedAt": "2026-03-04T08:00:00Z",
    "withdrawnAt": None,
    "withdrawnReason": None,
}
LABEL: Example = {
    "id": "4b6f1f9e-6d0a-5b7e-9c3d-2f1e0d9c8b7a",
    "projectId": PROJECT_ID,
    "scheme": "corsia",
    "name": "CORSIA eligible",
    "identifier": None,
    "programme": "Verified Carbon Standard",
    "phase": "first",
    "goals": [],
    "vintageFrom": 2021,
    "vintageTo": 2026,
    "validFrom": "2026-03-02",
    "validUntil": None,
    **_RECORD,
}
AUTHORISATION_SENT: Example = {"vintageFrom": 2021, "vintageTo": 2026, "source": SOURCE_SENT}
_TERMS: Example = {
    "uses": ["international", "other_purposes"],
    "firstTransfer": "authorisation",
    "quantity": None,
    "changeableAfterTransfer": False,
}
STEP_SENT: Example = {"kind": "authorise", "terms": _TERMS, "source": SOURCE_SENT}
STEP: Example = {"number": 2, "kind": "authorise", "terms": _TERMS, **_RECORD}
AUTHORISATION: Example = {
    "id": "8e2d7c6b-5a49-5c38-8271-60f9e8d7c6b5",
    "projectId": PROJECT_ID,
    "hostParty": "IND",
    "vintageFrom": 2021,
    "vintageTo": 2026,
    "status": "first_transferred",
    "terms": _TERMS,
    "claim": "not_adjusted",
    "recordedAt": "2026-03-01T08:00:00Z",
    "steps": [STEP],
}
RANGE_SENT: Example = {
    "vintage": 2020,
    "registry": "verra",
    "serial": "19385-941467007-941467431-VCS-VCU-1507-VER-ET-14-1340-01012020-31122020-1",
    "quantity": "425.00",
    "source": SOURCE_SENT,
}
FOREIGN_RANGE: Example = {
    "id": "c3b2a190-8f7e-5d6c-9b5a-49382716f5e4",
    "projectId": PROJECT_ID,
    "verificationId": VERIFICATION_ID,
    "vintage": 2020,
    "registry": "verra",
    "serial": RANGE_SENT["serial"],
    "block": "",
    "firstNumber": 941467007,
    "lastNumber": 941467431,
    "quantity": "425.00",
    **_RECORD,
}
STANDARDS: Example = {
    "labels": [LABEL],
    "authorisations": [AUTHORISATION],
    "foreignRanges": [FOREIGN_RANGE],
    "claim": "not_adjusted",
}
SCHEME: Example = {
    "scheme": "gold_standard",
    "name": "Gold Standard",
    "about": "Gold Standard for the Global Goals.",
    "source": "https://registry.goldstandard.org/projects",
    "projectTypes": {"Wind": "renewable_energy", "Other": None},
    "scopes": {},
    "statuses": {"Listed": "pending"},
}
REGISTRY: Example = {
    "registry": "gold_standard",
    "name": "Gold Standard",
    "example": "GS1-1-KE-GS11603-16-2025-30256-110-5463",
    "block": ["country", "project", "type", "vintage", "batch"],
    "source": "https://registry.goldstandard.org/credit-blocks",
}
NAMES: Example = {"schemes": [SCHEME], "registries": [REGISTRY]}
