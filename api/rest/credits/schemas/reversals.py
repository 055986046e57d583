"""Reversals as JSON."""

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field, StrictBool, StrictInt

from adapters.postgres.credits.reads.reversals import ReversalView, TouchedCertificateView
from api.http.fields import Text, TonnesInput
from api.http.schema import Moment, RequestSchema, ResponseSchema, Tonnes
from api.rest.credits.examples.reversals import REVERSAL, REVERSAL_SENT, TOUCHED
from api.rest.credits.schemas.credits import UnitsResponse, units_response
from api.rest.credits.schemas.obligations import ObligationResponse, obligation_response
from domain.credits.reversal import CAUSE_LENGTH_MAX
from domain.projects.verification import VINTAGE_MIN


class ReversalRequest(RequestSchema):
    """What was lost, and how; without a vintage, of all vintages. The cause is public."""

    model_config = ConfigDict(json_schema_extra={"examples": [REVERSAL_SENT]})

    quantity: TonnesInput
    vintage: Annotated[StrictInt, Field(ge=VINTAGE_MIN, le=9999)] | None = None
    cause: Annotated[str, Text(CAUSE_LENGTH_MAX, lines=True)]
    avoidable: StrictBool


class TouchedResponse(ResponseSchema):
    """A certificate that the reversal touches; `coveredBy` are the cancelled units that stand for it."""

    model_config = ConfigDict(json_schema_extra={"examples": [TOUCHED]})

    retirement_id: UUID
    touched_quantity: Tonnes
    covered_quantity: Tonnes
    covered_by: list[UnitsResponse]


class ReversalResponse(ResponseSchema):
    """
    A loss of stored carbon. `coveredQuantity` of it was cancelled from the buffer.

    The rest is `obligation`, null where nothing is left; `/registry/reversals/{id}/obligation` too.

    `certificates` are the retirements it touches, in order of retirement: the first 100, and all
    of them at `/registry/reversals/{id}/certificates`. `cancelledSerials` are the first 100 too,
    in the order of their units. The totals count them all.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [REVERSAL]})

    id: UUID
    project_id: UUID
    vintage: int | None
    quantity: Tonnes
    covered_quantity: Tonnes
    cause: str
    avoidable: bool
    recorded_at: Moment
    cancelled_serials: list[str]
    cancelled_serials_total: int
    certificates: list[TouchedResponse]
    certificates_total: int
    obligation: ObligationResponse | None


def reversal_response(view: ReversalView) -> ReversalResponse:
    reversal = view.reversal
    return ReversalResponse(
        id=reversal.id,
        project_id=reversal.project_id,
        vintage=reversal.vintage,
        quantity=reversal.quantity_units,
        covered_quantity=view.covered_units,
        cause=reversal.cause,
        avoidable=reversal.avoidable,
        recorded_at=reversal.recorded_at,
        cancelled_serials=[cancelled.serial for cancelled in view.cancelled],
        cancelled_serials_total=view.cancelled_total,
        certificates=[touched_response(certificate) for certificate in view.certificates],
        certificates_total=view.certificates_total,
        obligation=obligation_response(view.obligation) if view.obligation else None,
    )


def touched_response(certificate: TouchedCertificateView) -> TouchedResponse:
    return TouchedResponse(
        retirement_id=certificate.retirement_id,
        touched_quantity=certificate.touched_units,
        covered_quantity=certificate.covered_units,
        covered_by=[units_response(units) for units in certificate.covered_by],
    )
