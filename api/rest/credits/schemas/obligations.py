"""Obligations as JSON."""

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict

from adapters.postgres.credits.reads.obligations import ObligationView
from api.http.fields import SerialText, Text, TonnesInput
from api.http.schema import Moment, RequestSchema, ResponseSchema, Tonnes
from api.rest.credits.examples.obligations import (
    CANCEL_SUSPENDED_SENT,
    OBLIGATION,
    REPLACEMENT_SENT,
)
from domain.credits.obligation import REASON_LENGTH_MAX, ObligationStatus


class ReplacementRequest(RequestSchema):
    """Which units are cancelled in the place of lost ones, and why they stand for them; public."""

    model_config = ConfigDict(json_schema_extra={"examples": [REPLACEMENT_SENT]})

    serial: SerialText
    quantity: TonnesInput
    reason: Annotated[str, Text(REASON_LENGTH_MAX, lines=True)]


class CancelSuspendedRequest(RequestSchema):
    """Why what is suspended is taken away; public."""

    model_config = ConfigDict(json_schema_extra={"examples": [CANCEL_SUSPENDED_SENT]})

    reason: Annotated[str, Text(REASON_LENGTH_MAX, lines=True)]


class ObligationResponse(ResponseSchema):
    """
    What the buffer did not cover of a loss, to be made good by `dueAt`.

    `quantity` is all of it, `madeGoodQuantity` what was cancelled for it since, `owedQuantity` the
    rest. As long as something is owed, `suspendedQuantity` of the project's credits stay suspended.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [OBLIGATION]})

    reversal_id: UUID
    project_id: UUID
    vintage: int | None
    status: ObligationStatus
    lost_quantity: Tonnes
    quantity: Tonnes
    made_good_quantity: Tonnes
    owed_quantity: Tonnes
    suspended_quantity: Tonnes
    recorded_at: Moment
    due_at: Moment
    settled_at: Moment | None


def obligation_response(view: ObligationView) -> ObligationResponse:
    return ObligationResponse(
        reversal_id=view.reversal_id,
        project_id=view.project_id,
        vintage=view.vintage,
        status=ObligationStatus(view.status),
        lost_quantity=view.lost_units,
        quantity=view.quantity_units,
        made_good_quantity=view.made_good_units,
        owed_quantity=view.owed_units,
        suspended_quantity=view.suspended_units,
        recorded_at=view.recorded_at,
        due_at=view.due_at,
        settled_at=view.settled_at,
    )
