"""A validation opinion, a technical review and a risk assessment."""

from api.http.documentation.examples_facts import (
    PROJECT_ID,
    SHA256,
    VERIFICATION_BODY,
    VERIFICATION_ID,
    VERIFIER_ID,
    Example,
)
from api.rest.projects.examples.assurance import ACCREDITATION_WORDS

REVIEWER_ID = "8e5f6071-9e0f-5fb1-82d3-4e5f60718294"

VALIDATOR_SENT: Example = {"verifierId": VERIFIER_ID}

VALIDATION_TERMS: Example = {
    "boundary": "The plant, its feedstock within 50 km, and transport to the fields.",
    "baseline": "Residues would rot in the open; the scenario is conservative.",
    "additionality": "Without credits the plant loses money in every year of its plan.",
    "monitoringPlan": "Each batch is weighed and analysed; meters are calibrated twice a year.",
    "assurance": "reasonable",
    "opinion": "positive",
    "opinionBasis": None,
}

VALIDATION_SENT: Example = {
    **VALIDATION_TERMS,
    "independence": "Nobody of us has an interest in the supplier, or advised it.",
}

VALIDATION_OPINION: Example = {
    **VALIDATION_TERMS,
    "version": 1,
    "body": VERIFICATION_BODY,
    "accreditation": ACCREDITATION_WORDS,
    "sha256": SHA256,
    "stands": True,
    "writtenBy": VERIFIER_ID,
    "writtenAt": "2026-02-01T09:00:00Z",
}

VALIDATION: Example = {
    "verificationId": VERIFICATION_ID,
    "validatorId": VERIFIER_ID,
    "named": True,
    "opinion": VALIDATION_OPINION,
}

PUBLIC_VALIDATION: Example = {
    **VALIDATION_TERMS,
    "body": VERIFICATION_BODY,
    "accreditation": ACCREDITATION_WORDS,
    "sha256": SHA256,
    "writtenAt": "2026-02-01T09:00:00Z",
}

REVIEWER_SENT: Example = {"reviewerId": REVIEWER_ID}

TECHNICAL_REVIEW_SENT: Example = {
    "outcome": "confirmed",
    "statementSha256": SHA256,
    "words": None,
    "independence": "I had no part in this verification and no interest in the supplier.",
}

STATEMENT_REVIEW: Example = {
    "outcome": "confirmed",
    "statementVersion": 1,
    "statementSha256": SHA256,
    "words": None,
    "body": VERIFICATION_BODY,
    "reviewerId": REVIEWER_ID,
    "reviewedAt": "2026-02-20T09:00:00Z",
}

TECHNICAL_REVIEW: Example = {
    "verificationId": VERIFICATION_ID,
    "state": "confirmed",
    "reviewerId": REVIEWER_ID,
    "statementVersion": 1,
    "statementSha256": SHA256,
    "reviews": [STATEMENT_REVIEW],
}

_SCORES = {
    "project_management": 2,
    "financial_viability": 1,
    "opportunity_cost": 0,
    "project_longevity": 4,
    "land_tenure": 0,
    "community_engagement": 1,
    "political_risk": 2,
    "fire": 3,
    "pest_and_disease": 1,
    "extreme_weather": 2,
    "geological_risk": 0,
}

RISK_ASSESSMENT_SENT: Example = {
    "factors": [
        {
            "factor": factor,
            "score": score,
            "reason": "Seen on site, and in the records of ten years.",
        }
        for factor, score in _SCORES.items()
    ]
}

RISK_POINTS: Example = {
    "number": 1,
    "tool": "Karbonica reversal risk tool",
    "toolVersion": "1",
    "internal": 7,
    "external": 3,
    "natural": 6,
    "total": 16,
    "percent": "20.00",
}

RISK_ASSESSMENT: Example = {
    **RISK_POINTS,
    "factors": RISK_ASSESSMENT_SENT["factors"],
    "enteredBy": VERIFIER_ID,
    "enteredAt": "2026-02-10T09:00:00Z",
    "outcome": None,
    "outcomeReason": None,
    "decidedAt": None,
}

RISK_ASSESSMENTS: Example = {
    "projectId": PROJECT_ID,
    "standing": None,
    "assessments": [RISK_ASSESSMENT],
}

RISK_REFUSAL_SENT: Example = {"reason": "The fire of 2019 is missing."}

PUBLIC_RISK: Example = {**RISK_POINTS, "scores": _SCORES, "decidedAt": "2026-02-11T09:00:00Z"}

RISK_TOOL: Example = {
    "name": "Karbonica reversal risk tool",
    "version": "1",
    "source": "Categories, limits and floor as in the AFOLU Non-Permanence Risk Tool (VCS), version 4.2; the points of "
    "each factor are the registry's own.",
    "categories": [{"category": "internal", "scoreMax": 35}],
    "factors": [
        {
            "factor": "fire",
            "category": "natural",
            "scoreMax": 30,
            "sentence": "How often, how much of the stock, and what is done against it.",
        }
    ],
    "shares": [{"totalMax": 10, "percent": 10}],
}
