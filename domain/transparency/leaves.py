"""
Leaves of the transparency log: one for each movement of the ledger, one for each entry of the audit log.

A leaf is canonical JSON (RFC 8785): what it is of, its number there, and a hash. That of an audit entry is
the entry's own, over commitments (ADR 0022). That of a movement is over what is told of it without its
texts: so no leaf tells or fixes a name, whoever guesses.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import rfc8785

TEXTS = frozenset({"reason", "retirement"})
"""Of a movement; of the retirement its identifier is hashed, as `retirementId`."""


class LeafKind(StrEnum):
    MOVEMENT = "movement"
    AUDIT = "audit"


@dataclass(frozen=True)
class Leaf:
    """`seq` is the number of the movement or of the audit entry, `hash` in hex."""

    kind: LeafKind
    seq: int
    hash: str

    @property
    def content(self) -> bytes:
        return rfc8785.dumps({"hash": self.hash, "kind": self.kind.value, "seq": self.seq})


def hashed_movement(change: Mapping[str, Any]) -> dict[str, Any]:
    """A movement as `/registry/changes` tells it, without its texts."""
    told = {name: value for name, value in change.items() if name not in TEXTS}
    return {**told, "retirementId": (change.get("retirement") or {}).get("id")}


def movement_hash(hashed: Mapping[str, Any]) -> str:
    """SHA-256, in hex, of the canonical JSON of what `hashed_movement` leaves."""
    return hashlib.sha256(rfc8785.dumps(dict(hashed))).hexdigest()


@dataclass(frozen=True)
class LeafRun:
    """Leaves that follow each other in the log and in their source: from which index, and which number."""

    first_index: int
    kind: LeafKind
    first_seq: int
    leaves: int

    def index_of(self, seq: int) -> int | None:
        """None: its leaf is not of this run."""
        place = seq - self.first_seq
        return self.first_index + place if 0 <= place < self.leaves else None
