"""Corrections of issuances, and all cancellations, as JSON."""

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field, StrictInt

from adapters.postgres.credits.reads.notices.cancellations import CancellationView, CancelledFor
from adapters.postgres.credits.reads.notices.issuance_corrections import IssuanceCorrectionView
from api.commands.credits.issuance_corrections import WholeCorrection
from api.http.fields import SerialText, Text, TonnesInput
from api.http.schema import Moment, RequestSchema, ResponseSchema, Tonnes
from api.rest.credits.examples.issuance_corrections import (
    CANCELLATION,
    CORRECTION,
    CORRECTION_LINE,
    CORRECTION_SENT,
    HANDED_IN_SENT,
)
from domain.credits.obligation import REASON_LENGTH_MAX, ObligationStatus
from domain.projects.verification import VINTAGE_MIN


class IssuanceCorrectionRequest(RequestSchema):
    """How much of an approval's vintage was issued in error, and how it came to that; public."""

    model_config = ConfigDict(json_schema_extra={"examples": [CORRECTION_SENT]})

    vintage: Annotated[StrictInt, Field(ge=VINTAGE_MIN, le=9999)]
    quantity: TonnesInput
    reason: Annotated[str, Text(REASON_LENGTH_MAX, lines=True)]


class HandInRequest(RequestSchema):
    """Which units are cancelled in the place of those that had moved on, and why; public."""

    model_config = ConfigDict(json_schema_extra={"examples": [HANDED_IN_SENT]})

    serial: SerialText
    quantity: TonnesInput
    reason: Annotated[str, Text(REASON_LENGTH_MAX, lines=True)]


class IssuanceCorrectionLine(ResponseSchema):
    """
    What was issued in error, and what became of it.

    `quantity` is all of it: `cancelledQuantity` was still there and is gone, the rest had moved on. Of that
    `replacedQuantity` was handed in since, and `owedQuantity` is still to be, by `dueAt`.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [CORRECTION_LINE]})

    id: UUID
    verification_id: UUID
    round: int
    project_id: UUID
    project_title: str
    vintage: int
    quantity: Tonnes
    cancelled_quantity: Tonnes
    replaced_quantity: Tonnes
    owed_quantity: Tonnes
    reason: str
    recorded_at: Moment
    due_at: Moment | None
    status: ObligationStatus
    settled_at: Moment | None


class CorrectingCancellationResponse(ResponseSchema):
    """`replaces`: handed in for units that had moved on; else issued in error itself."""

    transaction_id: UUID
    serial: str
    quantity: Tonnes
    replaces: bool
    cancelled_at: Moment


class IssuanceCorrectionResponse(IssuanceCorrectionLine):
    """With the cancellations that were made for it, the first hundred of them."""

    model_config = ConfigDict(json_schema_extra={"examples": [CORRECTION]})

    cancellations: list[CorrectingCancellationResponse]


class RegistryCancellation(ResponseSchema):
    """Units that were taken away for ever, why, and what for."""

    model_config = ConfigDict(json_schema_extra={"examples": [CANCELLATION]})

    transaction_id: UUID
    serial: str
    project_id: UUID
    project_title: str
    vintage: int
    quantity: Tonnes
    reason: str | None
    cancelled_for: CancelledFor
    correction_id: UUID | None = Field(description="The correction that it was made for.")
    reversal_id: UUID | None = Field(description="The loss that it was made for.")
    cancelled_at: Moment


def correction_line(view: IssuanceCorrectionView) -> IssuanceCorrectionLine:
    return IssuanceCorrectionLine(
        id=view.id,
        verification_id=view.verification_id,
        round=view.round_number,
        project_id=view.project_id,
        project_title=view.project_title,
        vintage=view.vintage,
        quantity=view.quantity_units,
        cancelled_quantity=view.cancelled_units,
        replaced_quantity=view.handed_in_units,
        owed_quantity=view.still_owed_units,
        reason=view.reason,
        recorded_at=view.recorded_at,
        due_at=view.due_at,
        status=ObligationStatus(view.status),
        settled_at=view.settled_at,
    )


def issuance_correction_response(whole: WholeCorrection) -> IssuanceCorrectionResponse:
    line = correction_line(whole.correction)
    return IssuanceCorrectionResponse(
        **{name: getattr(line, name) for name in IssuanceCorrectionLine.model_fields},
        cancellations=[
            CorrectingCancellationResponse(
                transaction_id=one.transaction_id,
                serial=one.serial,
                quantity=one.quantity_units,
                replaces=one.replaces,
                cancelled_at=one.cancelled_at,
            )
            for one in whole.cancellations
        ],
    )


def cancellation_response(view: CancellationView) -> RegistryCancellation:
    return RegistryCancellation(
        transaction_id=view.id,
        serial=view.serial,
        project_id=view.project_id,
        project_title=view.project_title,
        vintage=view.vintage,
        quantity=view.quantity_units,
        reason=view.reason,
        cancelled_for=CancelledFor(view.cancelled_for),
        correction_id=view.correction_id,
        reversal_id=view.reversal_id,
        cancelled_at=view.cancelled_at,
    )
