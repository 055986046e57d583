"""A decision on a verification as a second factor confirms it: this one, and no other (ADR 0069)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

import rfc8785


class DecisionKind(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"
    COUNTERSIGN = "countersign"
    REFUSE_COUNTERSIGNATURE = "refuse to countersign"


@dataclass(frozen=True)
class SignedDecision:
    """`terms` is the rest of the request, as JSON has it."""

    kind: DecisionKind
    verification_id: UUID
    terms: Mapping[str, Any]

    @property
    def subject_hash(self) -> str:
        """SHA-256 (hex) over canonical JSON (RFC 8785)."""
        return hashlib.sha256(
            rfc8785.dumps(
                {
                    "kind": self.kind.value,
                    "verification": str(self.verification_id),
                    "terms": dict(self.terms),
                }
            )
        ).hexdigest()

    @property
    def words(self) -> str:
        """What is to be done, as the owner of a wallet reads it before they sign."""
        return f"{self.kind} the verification {self.verification_id}"
