"""Chain records: what the registry wants written to Cardano, and how far each has come."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class RecordStatus(StrEnum):
    """
    queued     waits for a transaction
    submitted  signed bytes are stored, and sent or about to be
    confirmed  six blocks stand on top of its block
    final      the chain's own security parameter has passed
    parked     waits for a person
    """

    QUEUED = "queued"
    SUBMITTED = "submitted"
    CONFIRMED = "confirmed"
    FINAL = "final"
    PARKED = "parked"


class RecordKind(StrEnum):
    ISSUANCE = "issuance"
    TRANSFER = "transfer"
    RETIREMENT = "retirement"


@dataclass(frozen=True)
class ChainRecord:
    """
    The seed's BlockchainTransaction: one for each credit transaction, for ever.

    `record` is what goes under label 674; it is fixed when the ledger moves, not when it is sent.
    `waiting_workflow_id` names the workflow to be told when the record is confirmed.
    """

    id: UUID
    transaction_id: UUID
    kind: RecordKind
    record: Mapping[str, Any]
    status: RecordStatus
    waiting_workflow_id: str
    queued_at: datetime
    tx_hash: str | None = None
