"""Credit entries as JSON, for everybody."""

from uuid import UUID

from pydantic import ConfigDict, Field

from adapters.postgres.credits.reads.entries import CreditLinksView
from api.http.schema import Moment, ResponseSchema, Tonnes
from api.rest.credits.examples.public_credits import REGISTRY_CREDIT
from api.rest.credits.schemas.credits import UnitsResponse, units_response
from api.rest.credits.schemas.monitoring_period import (
    MonitoringPeriodResponse,
    monitoring_period_response,
)
from domain.credits.ledger import CreditEntry, EntryStatus


class RegistryCredit(ResponseSchema):
    """A block of units, where it came from and where it went; its holder is not public."""

    model_config = ConfigDict(json_schema_extra={"examples": [REGISTRY_CREDIT]})

    serial: str
    project_id: UUID
    quantity: Tonnes
    vintage: int
    verification_id: UUID | None = Field(description="The approval that its units were issued for.")
    round: int | None = Field(description="Which round of the project that was; 1 is its first.")
    monitoring_period: MonitoringPeriodResponse | None = Field(
        description="The days that were monitored; null where a first verification was issued for."
    )
    status: EntryStatus
    units: UnitsResponse
    issued_at: Moment
    last_action_at: Moment
    parent_serial: str | None
    child_serials: list[str]
    suspended_for: UUID | None = Field(
        description="The reversal that its units are, or were, suspended for; null for all others."
    )
    retirement_id: UUID | None = Field(description="The retirement in which the units ended.")


def registry_credit_response(entry: CreditEntry, links: CreditLinksView) -> RegistryCredit:
    return RegistryCredit(
        serial=str(entry.serial),
        project_id=entry.project_id,
        quantity=entry.units.quantity_units,
        vintage=entry.vintage,
        verification_id=links.verification_id,
        round=links.round,
        monitoring_period=monitoring_period_response(links.monitoring_period),
        status=entry.status,
        units=units_response(entry.units),
        issued_at=entry.issued_at,
        last_action_at=entry.last_action_at,
        parent_serial=links.parent_serial,
        child_serials=list(links.child_serials),
        suspended_for=entry.suspended_for,
        retirement_id=links.retirement_id,
    )
