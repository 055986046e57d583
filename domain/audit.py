"""The audit log: every change leaves an entry, and each entry's hash covers the one before it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import rfc8785

GENESIS_HASH = "0" * 64


@dataclass(frozen=True)
class AuditEntry:
    """
    Who did what to which thing, and when; `changes` holds {"before": ..., "after": ...}.

    Neither holds personal data: accounts appear by their identifiers only, so that a person can be
    forgotten without breaking the chain (product.md, rule 7).
    """

    event_type: str
    action: str
    user_id: UUID | None
    resource_type: str
    resource_id: UUID
    changes: Mapping[str, Any]
    at: datetime


def entry_hash(seq: int, previous_hash: str, entry: AuditEntry) -> str:
    """SHA-256 (hex) over the canonical JSON (RFC 8785) of the entry, its number and its predecessor's hash."""
    return hashlib.sha256(
        rfc8785.dumps(
            {
                "seq": seq,
                "previousHash": previous_hash,
                "eventType": entry.event_type,
                "action": entry.action,
                "userId": str(entry.user_id) if entry.user_id else None,
                "resourceType": entry.resource_type,
                "resourceId": str(entry.resource_id),
                "changes": dict(entry.changes),
                "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
            }
        )
    ).hexdigest()
