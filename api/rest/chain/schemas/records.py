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
    rollbacks: int = Field(description="How often the block that held it was rolled back.")
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


def staff_record_response(view: RecordView, explorer: str | None) -> StaffRecordResponse:
    return StaffRecordResponse(
        id=view.id,
        transaction_id=view.transaction_id,
        kind=view.kind,
        status=view.status,
        record=dict(view.record),
        queued_at=view.queued_at,
        park_reason=view.park_reason,
        tx_hash=view.tx_hash,
        transaction_status=(
            ChainTransactionStatus(view.transaction_status) if view.transaction_status else None
        ),
        block_hash=view.block_hash,
        block_height=view.block_height,
        confirmations=view.confirmations or 0,
        attempts=view.attempts,
        submissions=view.submissions or 0,
        rollbacks=view.rollbacks or 0,
        submitted_at=view.submitted_at,
        confirmed_at=view.confirmed_at,
        checked_at=view.checked_at,
        explorer_url=explorer_address(explorer, view.tx_hash),
    )
