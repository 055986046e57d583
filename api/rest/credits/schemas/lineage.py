"""Lineages, and the way of a unit, as JSON."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from pydantic import ConfigDict, Field

from adapters.postgres.credits.reads.lineage import ENTRIES_MAX
from adapters.postgres.credits.reads.lineage_views import (
    LineageNodeView,
    LineageStepView,
    LineageStory,
    LineageView,
    UnitPathView,
)
from adapters.postgres.visibility import knows_party
from api.http.schema import Moment, ResponseSchema, Tonnes
from api.rest.credits.examples.lineage import LINEAGE, OWN_LINEAGE, UNIT
from api.rest.credits.schemas.credits import UnitsResponse
from api.rest.credits.schemas.retirement import certificate_url
from domain.accounts.roles import Account
from domain.chain.records import RecordStatus
from domain.credits.ledger import CreditTransactionType, EntryStatus


class LineageEntry(ResponseSchema):
    """A block of units, where it came from and what it became."""

    serial: str
    status: EntryStatus
    quantity: Tonnes
    units: UnitsResponse
    vintage: int
    issued_at: Moment
    last_action_at: Moment
    parent_serial: str | None
    child_serials: list[str] = Field(description="In the order of their units, and always all.")


class LineageTransaction(ResponseSchema):
    """What made or ended an entry: `resultSerial` holds the units since."""

    id: UUID
    type: CreditTransactionType
    serial: str
    result_serial: str
    quantity: Tonnes
    units: UnitsResponse
    completed_at: Moment
    retirement_id: UUID | None
    reason: str | None = Field(description="What staff said of a cancellation or a release.")
    chain_status: RecordStatus | None = Field(description="Null until the record is queued.")
    tx_hash: str | None = Field(description="The Cardano transaction that carries the record.")


class LineageResponse(ResponseSchema):
    """The tree an entry belongs to; parents stand before their children."""

    model_config = ConfigDict(json_schema_extra={"examples": [LINEAGE]})

    serial: str
    root_serial: str
    project_id: UUID
    vintage: int
    entries: Sequence[LineageEntry]
    transactions: Sequence[LineageTransaction]
    truncated: bool = Field(
        description=f"True for a tree of more than {ENTRIES_MAX} entries: then only those nearest to"
        " its root, above and below the entry are here. Any serial named in `childSerials` or"
        " `parentSerial` has a lineage of its own that goes on from there."
    )


class OwnLineageEntry(LineageEntry):
    owner_id: UUID | None = Field(description="Null where somebody else holds it.")


class OwnLineageTransaction(LineageTransaction):
    sender_id: UUID | None = Field(description="Null where it was somebody else, or nobody.")
    recipient_id: UUID | None = Field(description="Null where it was somebody else, or nobody.")


class OwnLineageResponse(LineageResponse):
    """The same with the accounts that one may know: one's own, and for staff all of them."""

    model_config = ConfigDict(json_schema_extra={"examples": [OWN_LINEAGE]})

    entries: Sequence[OwnLineageEntry]
    transactions: Sequence[OwnLineageTransaction]


class UnitRetirement(ResponseSchema):
    """In whose name the unit ended; `beneficiary` null means undisclosed."""

    id: UUID
    beneficiary: str | None
    country: str | None
    retired_at: Moment
    certificate_url: str


class UnitStep(ResponseSchema):
    """One entry on the unit's way, and the transaction by which the unit came into it."""

    serial: str
    status: EntryStatus
    quantity: Tonnes
    units: UnitsResponse
    came_by: LineageTransaction | None
    ended_by: LineageTransaction | None = Field(
        description="The retirement or cancellation of the whole entry, if there was one."
    )


class UnitResponse(ResponseSchema):
    """Who has a unit or in whose name it was retired, and its way there, from its issuance on."""

    model_config = ConfigDict(json_schema_extra={"examples": [UNIT]})

    number: int
    serial: str
    status: EntryStatus
    project_id: UUID
    vintage: int
    held_by: str | None = Field(
        description="`supplier`, `buyer` or `registry`; null once the unit is retired or cancelled."
    )
    retirement: UnitRetirement | None
    path: list[UnitStep]
    truncated: bool = Field(
        description=f"True when the way leads over more than {ENTRIES_MAX} entries: then its root"
        " and its newest steps are here."
    )


def lineage_response(serial: str, found: LineageView) -> LineageResponse:
    root = found.entries[0]
    return LineageResponse(
        serial=serial,
        root_serial=root.serial,
        project_id=root.project_id,
        vintage=root.vintage,
        entries=[_entry_response(node) for node in found.entries],
        transactions=[_transaction_response(step) for step in found.steps],
        truncated=found.truncated,
    )


def own_lineage_response(serial: str, found: LineageView, account: Account) -> OwnLineageResponse:
    def known(party: UUID | None) -> UUID | None:
        return party if knows_party(account, party) else None

    public = lineage_response(serial, found)
    return OwnLineageResponse(
        **dict(public)
        | {
            "entries": [
                OwnLineageEntry(**dict(shape), owner_id=known(node.owner_id))
                for shape, node in zip(public.entries, found.entries, strict=True)
            ],
            "transactions": [
                OwnLineageTransaction(
                    **dict(shape),
                    sender_id=known(step.sender_id),
                    recipient_id=known(step.recipient_id),
                )
                for shape, step in zip(public.transactions, found.steps, strict=True)
            ],
        }
    )


def _entry_response(node: LineageNodeView) -> LineageEntry:
    return LineageEntry(
        serial=node.serial,
        status=EntryStatus(node.status),
        quantity=node.quantity_units,
        units=UnitsResponse(first=node.first_unit, last=node.last_unit),
        vintage=node.vintage,
        issued_at=node.issued_at,
        last_action_at=node.last_action_at,
        parent_serial=node.parent_serial,
        child_serials=list(node.child_serials),
    )


def _transaction_response(step: LineageStepView) -> LineageTransaction:
    return LineageTransaction(
        id=step.id,
        type=CreditTransactionType(step.type),
        serial=step.serial,
        result_serial=step.result_serial,
        quantity=step.quantity_units,
        units=UnitsResponse(first=step.first_unit, last=step.last_unit),
        completed_at=step.completed_at,
        retirement_id=step.retirement_id,
        reason=step.reason,
        chain_status=RecordStatus(step.chain_status) if step.chain_status else None,
        tx_hash=step.tx_hash,
    )


def unit_response(number: int, way: UnitPathView, public_url: str) -> UnitResponse:
    leaf = way.leaf
    return UnitResponse(
        number=number,
        serial=leaf.serial,
        status=EntryStatus(leaf.status),
        project_id=leaf.project_id,
        vintage=leaf.vintage,
        held_by=leaf.held_by,
        retirement=_retirement_response(way, public_url),
        path=list(_path(way)),
        truncated=way.truncated,
    )


def _path(way: UnitPathView) -> Iterable[UnitStep]:
    story = LineageStory(way.steps)
    for node in way.entries:
        came, ended = story.came_by(node), story.ended_by(node)
        yield UnitStep(
            serial=node.serial,
            status=EntryStatus(node.status),
            quantity=node.quantity_units,
            units=UnitsResponse(first=node.first_unit, last=node.last_unit),
            came_by=_transaction_response(came) if came else None,
            ended_by=_transaction_response(ended) if ended else None,
        )


def _retirement_response(way: UnitPathView, public_url: str) -> UnitRetirement | None:
    if way.retirement_id is None or way.retired_at is None:
        return None
    return UnitRetirement(
        id=way.retirement_id,
        beneficiary=way.beneficiary_name,
        country=way.beneficiary_country,
        retired_at=way.retired_at,
        certificate_url=certificate_url(public_url, way.retirement_id),
    )
