"""
Proving that a wallet is one's own: what it is asked to sign, and which signature is a proof (ADR 0062).

The message has words and line breaks, never hexadecimal digits alone: one wallet library decodes
those before it signs them, so that two checkers of one signature would disagree.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.accounts.wallet_addresses import KEY_HASH_BYTES, AddressNetwork, WalletAddress
from domain.errors import Fault, Invalid

CHALLENGE_LIFETIME = timedelta(minutes=5)
NONCE_BYTES = 16

CIP_8_HASH_BYTES = 28
"""BLAKE2b-224, what CIP-8 says a hashed payload is."""

SHORTER_HASH_BYTES = 24
"""BLAKE2b-192, what one published library makes of it; safe because the message is ours (ADR 0062)."""


class ChallengePurpose(StrEnum):
    LINK = "link"
    SIGN_IN = "sign_in"
    MOVE = "move"
    DECIDE = "decide"


@dataclass(frozen=True)
class Asked:
    """Who asks whom for what: `what_for` follows “to”, in words that the owner of the wallet reads."""

    registry_name: str
    site: str
    account_id: UUID
    what_for: str
    address: str
    network: AddressNetwork


def challenge_message(asked: Asked, nonce: bytes, *, issued_at: datetime) -> str:
    """
    What is to be signed, a fact a line.

    `nonce` has 16 random bytes: nobody can know a message before it was asked for.
    """
    return "\n".join(
        (
            f"{asked.registry_name} asks for the signature of your wallet,",
            f"to {asked.what_for}.",
            f"Site: {asked.site}",
            f"Account: {asked.account_id}",
            f"Address: {asked.address}",
            f"Network: {asked.network.name}",
            f"Nonce: {nonce.hex()}",
            f"Issued: {_moment(issued_at)}",
            f"Expires: {_moment(issued_at + CHALLENGE_LIFETIME)}",
            "Signing this moves no funds and costs nothing.",
        )
    )


@dataclass(frozen=True)
class MessageHashes:
    """What is kept of a message, in hex: enough to know it again, in each form wallets sign it in."""

    message_sha256: str
    message_blake2b_224: str
    message_blake2b_192: str

    @classmethod
    def of(cls, message: str) -> "MessageHashes":
        text = message.encode()
        return cls(
            hashlib.sha256(text).hexdigest(),
            _blake2b(text, CIP_8_HASH_BYTES).hex(),
            _blake2b(text, SHORTER_HASH_BYTES).hex(),
        )

    def are_of(self, signed: "SignedPayload") -> bool:
        if signed.hashed:
            known = (self.message_blake2b_224, self.message_blake2b_192)
            return any(_same(signed.payload, bytes.fromhex(one)) for one in known)
        return _same(hashlib.sha256(signed.payload).digest(), bytes.fromhex(self.message_sha256))


@dataclass(frozen=True)
class WalletProof:
    """What comes back: an answer of CIP-30 `signData` in hex, and the address that it is said to be of."""

    challenge_id: UUID
    address: str
    signature: str
    key: str


@dataclass(frozen=True)
class SignedPayload:
    """
    What a key did sign, as far as cryptography can say it; whose key it is and why, it cannot.

    `address` is that of the protected header; `hashed` is whether `payload` is said to be a hash.
    """

    address: bytes
    payload: bytes
    hashed: bool
    public_key: bytes


@dataclass(frozen=True)
class WalletChallenge:
    """
    What was asked of whom. `id` and `message` go out; kept are the hashes.

    `session_id` is the log-in or key that asked, None while somebody signs in; `subject_hash` is of
    the movement or decision that is asked for, None for the other purposes. Both hashes are SHA-256, in hex.
    """

    id: UUID
    user_id: UUID
    session_id: UUID | None
    purpose: ChallengePurpose
    address_hash: str
    subject_hash: str | None
    message_sha256: str
    message_blake2b_224: str
    message_blake2b_192: str
    expires_at: datetime

    def require_proof(
        self,
        signed: SignedPayload,
        claimed: WalletAddress,
        network: AddressNetwork,
        *,
        at: datetime,
    ) -> None:
        """
        That the holder of the claimed address' key signed this challenge, and nothing else.

        The challenge has been taken out of its store before: it is good for one try.

        Raises:
            Invalid: it is no proof; one sentence says why.
        """
        if at >= self.expires_at:
            raise _unfit("/challengeId", CHALLENGE_EXPIRED)
        claimed.require_network(network)
        if not _same(address_hash(claimed).encode(), self.address_hash.encode()):
            raise _unfit("/address", "This challenge was made for another address.")
        hashes = MessageHashes(
            self.message_sha256, self.message_blake2b_224, self.message_blake2b_192
        )
        if not hashes.are_of(signed):
            raise _unfit("/signature", "What was signed is not the message of this challenge.")
        if not _same(signed.address, claimed.raw):
            raise _unfit("/signature", "The signature was made for another address.")
        _require_key_of(claimed, signed.public_key)


CHALLENGE_EXPIRED = "The challenge has expired; ask for a new one, and sign it within five minutes."
CHALLENGE_UNKNOWN = "There is no such challenge, or it was used; ask for a new one."


def challenge_unknown() -> Invalid:
    return _unfit("/challengeId", CHALLENGE_UNKNOWN)


def address_hash(address: WalletAddress) -> str:
    return hashlib.sha256(address.raw).hexdigest()


def key_hash(public_key: bytes) -> bytes:
    """28 bytes, as addresses have it."""
    return _blake2b(public_key, KEY_HASH_BYTES)


def _require_key_of(claimed: WalletAddress, public_key: bytes) -> None:
    found = key_hash(public_key)
    if _same(found, claimed.key_hash):
        return
    if claimed.stake_hash is not None and _same(found, claimed.stake_hash):
        raise _unfit(
            "/key",
            "A base address is proven by its payment key, and its stake key signed; sign with the"
            " payment key, or link the stake address.",
        )
    raise _unfit("/key", "The key that signed is not the key of this address.")


def _unfit(pointer: str, detail: str) -> Invalid:
    return Invalid(detail, Fault(pointer, detail))


def _same(one: bytes, other: bytes) -> bool:
    return hmac.compare_digest(one, other)


def _blake2b(data: bytes, size: int) -> bytes:
    return hashlib.blake2b(data, digest_size=size).digest()


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
