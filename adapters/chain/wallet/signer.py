"""
The signer: the only way to the platform's key, and it takes transaction bodies alone.

Activities know a wallet, not a signer, so the two protocols stand here and not among the ports.
"""

import asyncio
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any, Protocol
from uuid import UUID

import structlog

from activities.ports.clock import Clock
from adapters.chain.wallet.body import read_body
from adapters.chain.wallet.transactions import auxiliary_data
from domain.chain.signing_policy import SigningOrder, SigningPolicy, SigningRefused

BODY_HASH_BYTES = 32

log = structlog.get_logger(__name__)


class Key(Protocol):
    """
    An Ed25519 key (RFC 8032), wherever it is held. Calls may block.

    It signs what it is given, so nothing but a signer holds one.
    """

    def public_key(self) -> bytes:
        """32 bytes."""

    def sign(self, body_hash: bytes) -> bytes:
        """
        Sign the blake2b-256 of a transaction body; 64 bytes.

        Raises:
            ValueError: anything but 32 bytes. A key that signs messages of any length could be
                talked into signing something else.
            KeyUnavailable: it is held elsewhere, and no answer came from there.
        """


class KeyUnavailable(Exception):
    """The key cannot be asked at present; the sentence shows nothing of it. Ask again later."""


class StoredPayloads(Protocol):
    """What the registry has stored to be written, looked up by the signer itself."""

    async def payload(self, record_ids: Sequence[UUID]) -> Mapping[str, Any]:
        """
        The content of label 674 for these records, in this order.

        Raises:
            SigningRefused: one of them is not stored, or is not waiting to be written.
        """


class Signer(Protocol):
    """Signs transaction bodies for one address."""

    def public_key(self) -> bytes:
        """32 bytes."""

    async def sign(self, body: bytes, order: SigningOrder) -> bytes:
        """
        Sign a transaction body, given as the bytes that will be sent; 64 bytes.

        Raises:
            SigningRefused: the body breaks a rule of `domain/chain/signing_policy.py`.
            KeyUnavailable: no answer came from where the key is.
        """


class PolicySigner:
    """The `Signer`: reads the body, looks up what is stored, holds one against the other, signs."""

    def __init__(
        self, key: Key, policy: SigningPolicy, stored: StoredPayloads, clock: Clock
    ) -> None:
        self._key = key
        self._policy = policy
        self._stored = stored
        self._clock = clock

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._key!r})"

    def public_key(self) -> bytes:
        return self._key.public_key()

    async def sign(self, body: bytes, order: SigningOrder) -> bytes:
        try:
            stored_hash = await self._stored_hash(order.record_ids)
            self._policy.require(read_body(body), at=self._clock.now(), stored_hash=stored_hash)
        except SigningRefused as refused:
            # Somebody wanted something signed that nobody should want: a fault of ours, or a theft.
            log.critical("signing_refused", reason=str(refused), kind=type(refused).__name__)
            raise
        # A key may live behind a network call: in a thread.
        return await asyncio.to_thread(self._key.sign, hash_of(body))

    async def _stored_hash(self, record_ids: Sequence[UUID]) -> bytes | None:
        if not record_ids:
            return None
        return hash_of(auxiliary_data(await self._stored.payload(record_ids)))


def hash_of(data: bytes) -> bytes:
    """Blake2b-256, by which the ledger names bodies and auxiliary data."""
    return blake2b(data, digest_size=BODY_HASH_BYTES).digest()


def require_hash(body_hash: bytes) -> None:
    """
    Raises:
        ValueError: anything but 32 bytes.
    """
    if len(body_hash) != BODY_HASH_BYTES:
        raise ValueError(f"only a hash of {BODY_HASH_BYTES} bytes is signed with this key")
