"""Movements of the ledger as JSON; the database writes them (change_columns.py), and this says how they look."""

from uuid import UUID

from pydantic import ConfigDict, Field

from api.http.schema import ListLinks, Moment, ResponseSchema
from api.rest.publishing.examples.changes import CHANGE
from domain.credits.ledger import CreditTransactionType

TONNES = Field(description="Tonnes of CO2e with two decimals.", pattern=r"^[0-9]+\.[0-9]{2}$")


class ChangeUnits(ResponseSchema):
    """Unit numbers, unique in the whole registry; both ends belong to the block."""

    first: int
    last: int


class OpenedEntry(ResponseSchema):
    """An entry that a movement made."""

    serial: str
    units: ChangeUnits


class ChangeBeneficiary(ResponseSchema):
    """As the holder named it."""

    name: str
    country: str = Field(description="ISO 3166-1 alpha-3.")
    identifier: str | None


class ChangeRetirement(ResponseSchema):
    """A retirement, told with each of its lines."""

    id: UUID
    quantity: str = TONNES
    beneficiary: ChangeBeneficiary | None = Field(description="Null: explicitly undisclosed.")
    purpose: str
    reason: str
    retired_at: Moment


class ChangeResponse(ResponseSchema):
    """
    One movement. It takes `units` out of the entry `serial`; they are in `resultSerial` since.

    `opened` are the entries it made, in the order of their units: the issued one; none where a whole
    entry is retired or cancelled; one in place of a whole entry; or a part and the remainder, which
    stays what the entry was.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [CHANGE]})

    seq: int = Field(description="1, 2, 3, without gaps, in the order of commits.")
    id: UUID
    type: CreditTransactionType
    completed_at: Moment
    project_id: UUID
    vintage: int
    serial: str
    result_serial: str
    quantity: str = TONNES
    units: ChangeUnits
    opened: list[OpenedEntry]
    suspended_for: UUID | None = Field(description="The reversal, of a suspension.")
    reason: str | None
    retirement: ChangeRetirement | None


class ChangeMeta(ResponseSchema):
    """`seq` is the last movement here, `lastSeq` the newest of all."""

    limit: int
    seq: int
    last_seq: int


class ChangeList(ResponseSchema):
    """Movements after a number, and where they go on."""

    data: list[ChangeResponse]
    meta: ChangeMeta
    links: ListLinks
