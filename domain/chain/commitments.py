"""
Commitments: what stands on the chain in place of an account's identifier (ADR 0046).

Whoever holds credits is nobody's business but their own and the registry's, and what is on the chain
stays there for ever. Each record therefore holds, in the field where the seed has an identifier, the
SHA-256 of a salt of its own and the identifier: the same account looks different each time, and only
whoever is given the salt can tell whose it is. Records from before hold the identifier itself.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

COMMITMENT_TAG = b"karbonica-account-commitment-v1\n"
"""Put before what is hashed, so that no other hash of the registry can pass for a commitment."""

SALT_BYTES = 32

_COMMITMENT = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class AccountOpening:
    """What shows whose account a record commits to in `field`; the salt is never published."""

    field: str
    account_id: UUID
    salt: bytes

    @property
    def commitment(self) -> str:
        return commit(self.account_id, self.salt)


def commit(account_id: UUID, salt: bytes) -> str:
    """SHA-256 (64 hex digits) over the tag, the 32 bytes of the salt and the identifier's 36 letters."""
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes")
    return hashlib.sha256(COMMITMENT_TAG + salt + str(account_id).encode()).hexdigest()


def is_commitment(value: Any) -> bool:
    """Tell a commitment from an identifier, which has dashes; `value` is a record's field."""
    return isinstance(value, str) and _COMMITMENT.fullmatch(value) is not None
