"""Credit entries and credit transactions as JSON."""

from typing import Annotated
from uuid import UUID

from fastapi import Path
from pydantic import ConfigDict, Field

from adapters.postgres.chain_states import ChainStateView
from adapters.postgres.credits.reads.transactions import TransactionView
from api.http.fields import SerialText
from api.http.schema import Moment, ResponseSchema, Tonnes
from api.rest.credits.examples.credits import CREDIT, TRANSACTION
from domain.chain.records import RecordStatus
from domain.credits.ledger import (
    CreditEntry,
    CreditTransactionStatus,
    CreditTransactionType,
    EntryStatus,
)
from domain.quantities import UnitRange

SerialInPath = Annotated[SerialText, Path(description="As KRB-2024-001-000001.")]


class UnitsResponse(ResponseSchema):
    """Unit numbers, unique in the whole registry; both ends belong to the block."""

    first: int
    last: int


class ChainRecordResponse(ResponseSchema):
    """How far the record has come on Cardano; `confirmations` counts blocks on top of its block."""

    status: RecordStatus
    tx_hash: str | None
    block_height: int | None
    confirmations: int
    checked_at: Moment | None
    taken_back_at: Moment | None = Field(
        default=None,
        description="When the block in which it was confirmed was last rolled back.",
    )


class CreditResponse(ResponseSchema):
    """A block of units under one serial."""

    model_config = ConfigDict(json_schema_extra={"examples": [CREDIT]})

    serial: str
    project_id: UUID
    owner_id: UUID
    quantity: Tonnes
    vintage: int
    status: EntryStatus
    units: UnitsResponse
    issued_at: Moment
    last_action_at: Moment
    suspended_for: UUID | None = Field(
        description="The reversal that its units are, or were, suspended for; null for all others."
    )


class TransactionResponse(ResponseSchema):
    """A credit transaction; `resultSerial` is the entry that holds them now."""

    model_config = ConfigDict(json_schema_extra={"examples": [TRANSACTION]})

    id: UUID
    type: CreditTransactionType
    serial: str
    result_serial: str
    sender_id: UUID | None
    recipient_id: UUID | None
    quantity: Tonnes
    status: CreditTransactionStatus
    created_at: Moment
    completed_at: Moment | None
    retirement_id: UUID | None
    reason: str | None = Field(
        description="What was said of a cancellation, release, suspension or reinstatement."
    )
    chain_record: ChainRecordResponse | None = Field(description="Null until it is queued.")


def credit_response(entry: CreditEntry) -> CreditResponse:
    return CreditResponse(
        serial=str(entry.serial),
        project_id=entry.project_id,
        owner_id=entry.owner_id,
        quantity=entry.units.quantity_units,
        vintage=entry.vintage,
        status=entry.status,
        units=units_response(entry.units),
        issued_at=entry.issued_at,
        last_action_at=entry.last_action_at,
        suspended_for=entry.suspended_for,
    )


def units_response(units: UnitRange) -> UnitsResponse:
    return UnitsResponse(first=units.first, last=units.last)


def transaction_response(view: TransactionView) -> TransactionResponse:
    transaction = view.transaction
    return TransactionResponse(
        id=transaction.id,
        type=transaction.type,
        serial=view.serial,
        result_serial=view.result_serial,
        sender_id=transaction.sender_id,
        recipient_id=transaction.recipient_id,
        quantity=transaction.units.quantity_units,
        status=transaction.status,
        created_at=transaction.created_at,
        completed_at=transaction.completed_at,
        retirement_id=transaction.retirement_id,
        reason=transaction.reason,
        chain_record=chain_record_response(view.chain),
    )


def chain_record_response(chain: ChainStateView | None) -> ChainRecordResponse | None:
    if chain is None:
        return None
    return ChainRecordResponse(
        status=chain.status,
        tx_hash=chain.tx_hash,
        block_height=chain.block_height,
        confirmations=chain.confirmations,
        checked_at=chain.checked_at,
        taken_back_at=chain.taken_back_at,
    )
