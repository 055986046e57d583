"""What opens a chain record's commitment to an account, as JSON."""

from uuid import UUID

from pydantic import ConfigDict, Field

from adapters.postgres.chain.openings import OpeningView
from api.http.schema import ResponseSchema
from api.rest.chain.examples.openings import OPENING


class OpeningResponse(ResponseSchema):
    """
    Shows that a record speaks of an account, to whomever it is handed on to.

    `commitment` is SHA-256 over the 32 bytes of `karbonica-account-commitment-v1` and a line feed, the
    salt's 32 bytes, and the account's identifier as text.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [OPENING]})

    record_id: UUID
    transaction_id: UUID
    field: str = Field(description="The field of the record that holds the commitment.")
    commitment: str = Field(description="64 hex digits, as under label 674.")
    account_id: UUID
    salt: str = Field(description="64 hex digits; whoever has it can tell whose account it is.")


def opening_response(view: OpeningView) -> OpeningResponse:
    return OpeningResponse(
        record_id=view.record_id,
        transaction_id=view.transaction_id,
        field=view.field,
        commitment=view.commitment,
        account_id=view.account_id,
        salt=view.salt.hex(),
    )
