"""The registry's sums as JSON."""

from uuid import UUID

from pydantic import ConfigDict, Field

from adapters.postgres.credits.reads.totals import ConservationPartView
from api.http.schema import Moment, ResponseSchema, Tonnes
from api.rest.credits.examples.totals import CONSERVATION, STATS
from domain.credits.ledger import Conservation


class SumResponse(ResponseSchema):
    """
    Where issued units are.

    `holds` says whether issued = active + reserved + suspended + retired + cancelled + buffer.
    """

    issued: Tonnes
    active: Tonnes
    reserved: Tonnes
    suspended: Tonnes
    retired: Tonnes
    cancelled: Tonnes
    buffer: Tonnes
    holds: bool


class PartResponse(SumResponse):
    project_id: UUID
    vintage: int


class LastCheckResponse(ResponseSchema):
    """The ledger's own check: what it covers stands on the page /conservation."""

    checked_at: Moment
    holds: bool


class ConservationResponse(ResponseSchema):
    """The sum in total and for each project and vintage, counted from the ledger's rows."""

    model_config = ConfigDict(json_schema_extra={"examples": [CONSERVATION]})

    total: SumResponse
    holds: bool = Field(description="True when the total and every part add up.")
    parts: list[PartResponse]
    last_check: LastCheckResponse | None = Field(
        description="The newest scheduled check of the whole ledger; null before the first."
    )


class StatsResponse(ResponseSchema):
    """`retirementsOnChain` are those with six confirmations or more."""

    model_config = ConfigDict(json_schema_extra={"examples": [STATS]})

    projects: int
    projects_verified: int
    retirements: int
    retirements_on_chain: int
    issued: Tonnes
    active: Tonnes
    reserved: Tonnes
    suspended: Tonnes
    retired: Tonnes
    cancelled: Tonnes
    buffer: Tonnes


def sum_response(sums: Conservation) -> SumResponse:
    return SumResponse(
        issued=sums.issued_units,
        active=sums.active_units,
        reserved=sums.reserved_units,
        suspended=sums.suspended_units,
        retired=sums.retired_units,
        cancelled=sums.cancelled_units,
        buffer=sums.buffer_units,
        holds=sums.holds,
    )


def part_response(line: ConservationPartView) -> PartResponse:
    sums = line.parts
    return PartResponse(
        project_id=line.project_id,
        vintage=line.vintage,
        issued=sums.issued_units,
        active=sums.active_units,
        reserved=sums.reserved_units,
        suspended=sums.suspended_units,
        retired=sums.retired_units,
        cancelled=sums.cancelled_units,
        buffer=sums.buffer_units,
        holds=sums.holds,
    )
