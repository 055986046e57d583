"""Cancellations as JSON."""

from typing import Annotated

from pydantic import ConfigDict

from api.http.fields import Text, TonnesInput
from api.http.schema import RequestSchema
from api.rest.credits.examples.credits import CANCELLATION, CANCELLATION_SENT
from api.rest.credits.schemas.credits import TransactionResponse
from domain.reasons import REASON_LENGTH_MAX


class CancellationRequest(RequestSchema):
    """How much of the entry, and why; the reason is public and names no person."""

    model_config = ConfigDict(json_schema_extra={"examples": [CANCELLATION_SENT]})

    quantity: TonnesInput
    reason: Annotated[str, Text(REASON_LENGTH_MAX, lines=True)]


class CancellationResponse(TransactionResponse):
    """A credit transaction that takes units out of the registry's circulation, for ever."""

    model_config = ConfigDict(json_schema_extra={"examples": [CANCELLATION]})
