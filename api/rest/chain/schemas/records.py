"""Chain records and a wallet's state, as staff see them, as JSON."""

from typing import Any
from uuid import UUID

from pydantic import ConfigDict, Field

from adapters.postgres.chain.reads import RecordView
from api.commands.chain.records import Reason
from api.http.explorer_links import explorer_address
from api.http.schema import Moment, RequestSchema, ResponseSchema
from api.rest.chain.examples.records import RESUMPTION_SENT, STAFF_CHAIN_RECORD, WALLET
from api.rest.chain.schemas.alerts import AlertResponse
from domain.chain.records import RecordKind, RecordStatus
from domain.chain.transactions import ChainTransactionStatus


class ResumptionRequest(RequestSchema):
    """What was mended; it stands in the audit log, so it names no person."""

    model_config = ConfigDict(json_schema_extra={"examples": [RESUMPTION_SENT]})

    reason: Reason


class StaffRecordResponse(ResponseSchema):
    """A chain record, and the transaction that carries it now; those fields are null until it is signed."""

    model_config = ConfigDict(json_schema_extra={"examples": [STAFF_CHAIN_RECORD]})

    id: UUID
    transaction_id: UUID | None = Field(
        description="The credit transaction that the record is about; null for an audit anchor."
    )
    kind: RecordKind
    status: RecordStatus
    record: dict[str, Any] = Field(description="What stands under label 674; fixed when queued.")
    queued_at: Moment
    park_reason: str | None = Field(description="Why it waits for a person; only while it does.")
    tx_hash: str | None
    transaction_status: ChainTransactionStatus | None
    block_hash: str | None
    block_height: int | None
    confirmations: int = Field(description="Blocks on top of the one that holds it.")
    attempts: int = Field(description="Its transactions that expired; after five it is parked.")
    submissions: int = Field(description="How often the present transaction's bytes were sent.")
    rollbacks: int = Field(description="How often the block that held it was taken back.")
    submitted_at: Moment | None
    confirmed_at: Moment | None
    checked_at: Moment | None = Field(description="When the chain was last asked.")
    explorer_url: str | None


class ProviderResponse(ResponseSchema):
    """What the last look at the chain's provider found; it is asked once a minute."""

    answers: bool
    asked_at: Moment | None
    answered_at: Moment | None
    tip_height: int | None
    tip_seen_at: Moment | None = Field(description="When the newest block was first seen.")


class WalletResponse(ResponseSchema):
    """
    One of the platform's wallets as the registry knows it; lovelace are decimal strings.

    The queue, the provider and the alerts are all wallets' together.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [WALLET]})

    wallet: str
    address: str | None = Field(description="Null until the wallet has looked at the queue.")
    network: str
    balance_lovelace: str | None = Field(description="Unspent; null before any output is known.")
    mean_fee_lovelace: str
    fees_left: int | None = Field(description="How many more transactions the balance pays.")
    unspent_outputs: int
    queued: int = Field(description="Records that wait for a transaction.")
    in_flight: int = Field(description="Transactions that are signed and not confirmed.")
    frozen: bool
    provider: ProviderResponse
    open_alerts: list[AlertResponse]


def staff_record_response(seen: RecordView, explorer: str | None) -> StaffRecordResponse:
    return StaffRecordResponse(
        id=seen.id,
        transaction_id=seen.transaction_id,
        kind=seen.kind,
        status=seen.status,
        record=dict(seen.record),
        queued_at=seen.queued_at,
        park_reason=seen.park_reason,
        tx_hash=seen.tx_hash,
        transaction_status=(
            ChainTransactionStatus(seen.transaction_status) if seen.transaction_status else None
        ),
        block_hash=seen.block_hash,
        block_height=seen.block_height,
        confirmations=seen.confirmations or 0,
        attempts=seen.attempts,
        submissions=seen.submissions or 0,
        rollbacks=seen.rollbacks or 0,
        submitted_at=seen.submitted_at,
        confirmed_at=seen.confirmed_at,
        checked_at=seen.checked_at,
        explorer_url=explorer_address(explorer, seen.tx_hash),
    )
