"""
The audit log: acts and changes of facts leave entries (ADR 0054), and each entry's hash covers the one before it.

Since version 2 of the hash rule (ADR 0022) the hash does not cover who acted, on what, and what
changed, but a commitment to each: so everybody can recompute the chain without learning who did
anything, and a value can be disclosed later, by itself, together with its own salt.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import rfc8785

GENESIS_HASH = "0" * 64
HASH_VERSION = 2
"""What new entries are hashed by. Version 1 covered the values themselves; its entries stay valid."""

SALT_BYTES = 32

PUBLIC_RESOURCES = frozenset(
    {"certificate", "credit_transaction", "export", "registry", "reversal"}
)
"""What these are about is public anyway, so their entries disclose which it was and what changed."""

DISCLOSED = ("resourceId", "changes")
"""Never `userId`: persons are nobody's business but the registry's."""

SOURCE = "source"
SOURCE_COMMITMENT = "sourceCommitment"


@dataclass(frozen=True)
class AuditEntry:
    """
    Who did what to which thing, and when; `changes` holds {"before": ..., "after": ...}.

    `source` is where it was asked from, {"network": ..., "browser": ...}, shortened, with
    {"apiKeyId": ...} where a program asked. The hash does not
    cover it; `with_source_committed` puts a commitment to it among the changes (ADR 0054).

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
    source: Mapping[str, str | None] | None = None


@dataclass(frozen=True)
class ChainedEntry:
    """An entry in its place in the chain; `salt` is kept beside it, and None in version 1."""

    seq: int
    previous_hash: str
    hash: str
    hash_version: int
    salt: bytes | None
    entry: AuditEntry


@dataclass(frozen=True)
class AuditHead:
    """The newest entry's number and hash; of an empty log 0 and GENESIS_HASH."""

    seq: int
    hash: str


@dataclass(frozen=True)
class DisclosedValue:
    """A value that was committed to, and the salt (hex) that shows it."""

    salt: str
    value: Any


@dataclass(frozen=True)
class PublicEntry:
    """
    An entry as everybody may see it.

    `at` is the text that was hashed. `commitments` is None in version 1, whose hash nobody
    outside can recompute; its place in the chain still holds it.
    """

    seq: int
    previous_hash: str
    hash: str
    hash_version: int
    event_type: str
    action: str
    resource_type: str
    at: str
    commitments: Mapping[str, str] | None
    disclosed: Mapping[str, DisclosedValue]


def entry_hash(seq: int, previous_hash: str, entry: AuditEntry, salt: bytes | None) -> str:
    """
    SHA-256 (hex) over the canonical JSON (RFC 8785) of the entry, its number and its predecessor's hash.

    By version 1 of the rule when it has no salt, else by version 2.
    """
    return _digest({**_hashed(entry, salt), "seq": seq, "previousHash": previous_hash})


def text_around_link(entry: AuditEntry, salt: bytes) -> tuple[str, str, str]:
    """
    The text that `entry_hash` covers, cut open where the link to the entry before belongs.

    The predecessor's hash goes between the first part and the second, the number between the second
    and the third: whoever keeps the end of the chain can fill them in and hash the whole.
    """
    # Canonical JSON has its names in alphabetical order, and a comma between two members.
    members = [
        (name, rfc8785.dumps({name: value})[1:-1].decode())
        for name, value in sorted(_hashed(entry, salt).items())
    ]
    before = "".join(f"{text}," for name, text in members if name < "previousHash")
    between = "".join(f"{text}," for name, text in members if "previousHash" < name < "seq")
    after = "".join(f",{text}" for name, text in members if name > "seq")
    return f'{{{before}"previousHash":"', f'",{between}"seq":', f"{after}}}"


def public_hash(entry: PublicEntry) -> str | None:
    """`entry_hash` from what everybody may see; None in version 1, which cannot be recomputed so."""
    if entry.commitments is None:
        return None
    hashed = _shown(
        entry.event_type, entry.action, entry.resource_type, entry.at, entry.commitments
    )
    return _digest({**hashed, "seq": entry.seq, "previousHash": entry.previous_hash})


def commitments(entry: AuditEntry, salt: bytes) -> Mapping[str, str]:
    return {
        name: commitment(field_salt(salt, name), value) for name, value in _private(entry).items()
    }


def commitment(salt: str, value: Any) -> str:
    """SHA-256 (hex) over the canonical JSON (RFC 8785) of [salt, value]."""
    return _digest([salt, value])


def field_salt(salt: bytes, name: str) -> str:
    """HMAC-SHA256 (hex) of a field's name under the entry's salt: disclosing one tells of no other."""
    return hmac.new(salt, name.encode(), hashlib.sha256).hexdigest()


def with_source_committed(entry: AuditEntry, salt: bytes) -> AuditEntry:
    """
    The entry as it is kept: its changes commit to the source, which can so be disclosed by itself.

    And be erased, without breaking the chain.
    """
    if entry.source is None:
        return entry
    committed = commitment(field_salt(salt, SOURCE), dict(entry.source))
    return replace(entry, changes={**entry.changes, SOURCE_COMMITMENT: committed})


def source_is_as_committed(chained: ChainedEntry) -> bool:
    """Whether the kept source is what the changes commit to; an erased one leaves nothing to compare."""
    entry, salt = chained.entry, chained.salt
    if entry.source is None:
        return True
    return salt is not None and entry.changes.get(SOURCE_COMMITMENT) == commitment(
        field_salt(salt, SOURCE), dict(entry.source)
    )


def disclose(chained: ChainedEntry) -> PublicEntry:
    """For staff: with whoever acted, and where from; each value with the salt that proves it."""
    entry, salt = chained.entry, chained.salt
    shown = publish(chained)
    if salt is None:
        return shown
    values = _private(entry) | ({SOURCE: dict(entry.source)} if entry.source is not None else {})
    return replace(
        shown,
        disclosed={
            name: DisclosedValue(field_salt(salt, name), value) for name, value in values.items()
        },
    )


def publish(chained: ChainedEntry) -> PublicEntry:
    """Leave out whoever acted, and all that is not public anyway."""
    entry, salt = chained.entry, chained.salt
    return PublicEntry(
        seq=chained.seq,
        previous_hash=chained.previous_hash,
        hash=chained.hash,
        hash_version=chained.hash_version,
        event_type=entry.event_type,
        action=entry.action,
        resource_type=entry.resource_type,
        at=_moment(entry.at),
        commitments=commitments(entry, salt) if salt is not None else None,
        disclosed=_disclosed(entry, salt) if salt is not None else {},
    )


def _disclosed(entry: AuditEntry, salt: bytes) -> Mapping[str, DisclosedValue]:
    if entry.resource_type not in PUBLIC_RESOURCES:
        return {}
    values = _private(entry)
    return {name: DisclosedValue(field_salt(salt, name), values[name]) for name in DISCLOSED}


def _hashed(entry: AuditEntry, salt: bytes | None) -> dict[str, Any]:
    """All but the link."""
    at = _moment(entry.at)
    if salt is not None:
        return _shown(
            entry.event_type, entry.action, entry.resource_type, at, commitments(entry, salt)
        )
    return {
        "eventType": entry.event_type,
        "action": entry.action,
        "resourceType": entry.resource_type,
        "at": at,
        **_private(entry),
    }


def _shown(
    event_type: str, action: str, resource_type: str, at: str, committed: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "hashVersion": HASH_VERSION,
        "eventType": event_type,
        "action": action,
        "resourceType": resource_type,
        "at": at,
        "commitments": dict(committed),
    }


def _private(entry: AuditEntry) -> dict[str, Any]:
    return {
        "userId": str(entry.user_id) if entry.user_id else None,
        "resourceId": str(entry.resource_id),
        "changes": dict(entry.changes),
    }


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _digest(value: Any) -> str:
    return hashlib.sha256(rfc8785.dumps(value)).hexdigest()
