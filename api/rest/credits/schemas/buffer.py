"""Releases from the buffer as JSON."""

from typing import Annotated

from pydantic import ConfigDict

from api.http.fields import Text, TonnesInput
from api.http.schema import RequestSchema
from api.rest.credits.examples.credits import RELEASE_SENT
from domain.reasons import REASON_LENGTH_MAX


class ReleaseRequest(RequestSchema):
    """How much of the buffer entry, and why; the reason is public and names no person."""

    model_config = ConfigDict(json_schema_extra={"examples": [RELEASE_SENT]})

    quantity: TonnesInput
    reason: Annotated[str, Text(REASON_LENGTH_MAX, lines=True)]
