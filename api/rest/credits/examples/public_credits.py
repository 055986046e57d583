"""Credit entries as the public sees them."""

from api.http.documentation.examples_facts import Example
from api.rest.credits.examples.credits import CREDIT

REGISTRY_CREDIT: Example = {name: value for name, value in CREDIT.items() if name != "ownerId"} | {
    "parentSerial": None,
    "childSerials": [],
    "retirementId": None,
}
