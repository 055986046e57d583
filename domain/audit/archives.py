"""
Months of the audit log that left the database: a file in object storage, and what stays of each (ADR 0070).

What stays lets the chain be walked over the gap: the hashes at both ends, those that anchors name, and
what was told of issuances. The file holds everything, so that whoever has it recomputes each hash.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from domain.audit.issuances import APPROVED_EVENT, ISSUED_EVENTS, AuditedFact, audited_fact
from domain.audit.log import PUBLIC_RESOURCES, ChainedEntry

KEPT_YEARS_MIN = 7
"""The database refuses to drop what is younger (seed, "Security Considerations")."""


@dataclass(frozen=True)
class AuditMonth:
    """
    The entries that were chained in one month, `month` being its first day.

    `previous_hash` is that of the entry before them. Without an entry `last_seq` is `first_seq` - 1,
    and both hashes are the same.
    """

    month: date
    first_seq: int
    last_seq: int
    previous_hash: str
    last_hash: str


@dataclass(frozen=True)
class AuditArchive:
    """
    A month that was stored as a file of `size_bytes` with the hash `sha256`.

    `anchored` has the hashes of entries that anchors name, by number; `told` what entries told of
    issuances and approvals (`told_by`).
    """

    month: date
    first_seq: int
    last_seq: int
    previous_hash: str
    last_hash: str
    anchored: Mapping[str, str]
    told: Sequence[Mapping[str, Any]]
    object_key: str
    sha256: str
    size_bytes: int
    archived_at: datetime

    def facts(self, *, public_only: bool = False) -> list[AuditedFact]:
        """What was told; with `public_only` that which everybody could read in the log."""
        facts = [
            audited_fact(one["eventType"], one["resourceId"], one["changes"])
            for one in self.told
            if not public_only or one["resourceType"] in PUBLIC_RESOURCES
        ]
        return [fact for fact in facts if fact is not None]


def is_due(month: date, *, kept_years: int, today: date) -> bool:
    """Whether the month ended `kept_years` ago."""
    years, index = divmod(month.month, 12)
    ended = date(month.year + years + kept_years, index + 1, 1)
    return ended <= today


def told_by(chained: ChainedEntry) -> Mapping[str, Any] | None:
    entry = chained.entry
    if entry.event_type not in ISSUED_EVENTS and entry.event_type != APPROVED_EVENT:
        return None
    return {
        "eventType": entry.event_type,
        "resourceType": entry.resource_type,
        "resourceId": str(entry.resource_id),
        "changes": dict(entry.changes),
    }


def archived_line(chained: ChainedEntry) -> bytes:
    """An entry with everything that was hashed, its salt (hex) and its source: one line of JSON."""
    entry = chained.entry
    line = {
        "seq": chained.seq,
        "previousHash": chained.previous_hash,
        "hash": chained.hash,
        "hashVersion": chained.hash_version,
        "salt": chained.salt.hex() if chained.salt is not None else None,
        "eventType": entry.event_type,
        "action": entry.action,
        "userId": str(entry.user_id) if entry.user_id else None,
        "resourceType": entry.resource_type,
        "resourceId": str(entry.resource_id),
        "changes": dict(entry.changes),
        "source": dict(entry.source) if entry.source is not None else None,
        "at": entry.at.isoformat(timespec="microseconds"),
    }
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
