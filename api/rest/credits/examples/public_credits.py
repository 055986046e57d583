"""Credit entries as the public sees them."""

from api.http.documentation.examples_facts import VERIFICATION_ID, Example
from api.rest.credits.examples.credits import CREDIT

REGISTRY_CREDIT: Example = {name: value for name, value in CREDIT.items() if name != "ownerId"} | {
    "verificationId": VERIFICATION_ID,
    "round": 2,
    "monitoringPeriod": {"from": "2024-01-01", "to": "2024-12-31"},
    "parentSerial": None,
    "childSerials": [],
    "retirementId": None,
}
