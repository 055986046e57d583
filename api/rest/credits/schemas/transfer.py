"""Transfers as JSON."""

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field, ValidationInfo, field_validator

from api.http.fields import Text, TonnesInput, refuse
from api.http.schema import RequestSchema
from api.rest.credits.examples.credits import TRANSFER_SENT


class TransferRequest(RequestSchema):
    """How much to whom; the recipient by `recipientId` or by `recipientEmail`."""

    model_config = ConfigDict(json_schema_extra={"examples": [TRANSFER_SENT]})

    quantity: TonnesInput
    recipient_email: Annotated[str, Text(255)] | None = None
    # After the e-mail, so that the check below sees both.
    recipient_id: Annotated[UUID | None, Field(validate_default=True)] = None

    @field_validator("recipient_id")
    @classmethod
    def _one_recipient(cls, recipient_id: UUID | None, info: ValidationInfo) -> UUID | None:
        if "recipient_email" not in info.data:
            return recipient_id
        if (recipient_id is None) == (info.data["recipient_email"] is None):
            raise refuse("Name the recipient by either recipientId or recipientEmail")
        return recipient_id
