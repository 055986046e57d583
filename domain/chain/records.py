"""Chain records: what the registry wants written to Cardano, and how far each has come."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

ATTEMPTS_MAX = 5
"""A record of which so many transactions expired waits for a person."""

REPEATED_FAILURE = f"repeated failure: {ATTEMPTS_MAX} of its transactions expired"


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
    """What a record tells: a movement of units, by the name of its credit transaction's type, or the audit log's end."""

    ISSUANCE = "issuance"
    TRANSFER = "transfer"
    RETIREMENT = "retirement"
    CANCELLATION = "cancellation"
    BUFFER_CONTRIBUTION = "buffer_contribution"
    BUFFER_RELEASE = "buffer_release"
    SUSPENSION = "suspension"
    REINSTATEMENT = "reinstatement"
    AUDIT = "audit"


ON_THE_CHAIN = frozenset({RecordStatus.CONFIRMED, RecordStatus.FINAL})
"""What the registry calls these, the chain shows."""


@dataclass(frozen=True)
class ChainRecord:
    """
    The seed's BlockchainTransaction: one for each credit transaction, for ever.

    An anchor of the audit log belongs to no credit transaction; `audit_seq` is the entry it names.
    `record` is what goes under label 674; it is fixed when the ledger moves, not when it is sent.
    `waiting_workflow_id` names the workflow to be told when the record is confirmed. `attempts`
    counts its transactions that expired.
    """

    id: UUID
    transaction_id: UUID | None
    kind: RecordKind
    record: Mapping[str, Any]
    status: RecordStatus
    waiting_workflow_id: str
    queued_at: datetime
    tx_hash: str | None = None
    audit_seq: int | None = None
    attempts: int = 0


def exhausted(records: Iterable[ChainRecord]) -> list[ChainRecord]:
    """Those of an expired transaction's records that have failed too often now: they are parked."""
    return [record for record in records if record.attempts + 1 >= ATTEMPTS_MAX]
