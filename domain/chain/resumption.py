"""Resuming: staff send a parked chain record on, once the reason why it was parked is mended."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from domain.accounts.roles import Account, Permission
from domain.chain.records import RecordStatus
from domain.errors import Conflict


@dataclass(frozen=True)
class QueueEntry:
    """
    A chain record, as far as resuming is concerned; `park_reason` only while it is parked.

    `attempts` counts its transactions that expired.
    """

    id: UUID
    status: RecordStatus
    queued_at: datetime
    park_reason: str | None = None
    attempts: int = 0


def resume(record: QueueEntry, *, actor: Account, at: datetime) -> QueueEntry:
    """
    It keeps its place in the queue; its waiting and its attempts are counted anew.

    Raises:
        Forbidden: the account is not staff.
        Conflict: the record is not parked.
    """
    actor.require(Permission.RUN_CHAIN)
    if record.status is not RecordStatus.PARKED:
        raise Conflict(f"Only a parked record can be resumed; this one is {record.status}.")
    return replace(record, status=RecordStatus.QUEUED, queued_at=at, park_reason=None, attempts=0)
