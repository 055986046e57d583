"""A wallet that signs as CIP-30 `signData` says, and in every way that it should not."""

import hashlib
from dataclasses import dataclass, field
from typing import Any, Literal

import cbor2
from nacl.signing import SigningKey

from adapters.signing.wallet_signature import address_text
from domain.accounts.wallet_addresses import WalletAddress

AddressKind = Literal["base", "enterprise", "stake"]
HEADERS: dict[AddressKind, int] = {"base": 0x00, "enterprise": 0x60, "stake": 0xE0}


def blake2b(data: bytes, size: int = 28) -> bytes:
    return hashlib.blake2b(data, digest_size=size).digest()


@dataclass(frozen=True)
class SigningWallet:
    """Two keys that are always the same for one name."""

    name: str
    mainnet: bool = False
    payment: SigningKey = field(init=False)
    stake: SigningKey = field(init=False)

    def __post_init__(self) -> None:
        for part in ("payment", "stake"):
            seed = hashlib.sha256(f"{self.name}/{part}".encode()).digest()
            object.__setattr__(self, part, SigningKey(seed))

    def raw_address(self, kind: AddressKind = "stake") -> bytes:
        header = bytes([HEADERS[kind] | self.mainnet])
        payment, stake = (blake2b(bytes(key.verify_key)) for key in (self.payment, self.stake))
        return header + {"base": payment + stake, "enterprise": payment, "stake": stake}[kind]

    def address(self, kind: AddressKind = "stake") -> str:
        return address_text(WalletAddress.of(self.raw_address(kind)))

    def sign(
        self,
        message: str | bytes,
        kind: AddressKind = "stake",
        *,
        hash_bytes: int | None = None,
        key: SigningKey | None = None,
        tag: bool = False,
        header: dict[Any, Any] | None = None,
        unprotected: dict[Any, Any] | None = None,
        cose_key: dict[Any, Any] | None = None,
    ) -> tuple[str, str]:
        """
        Signature and key in hex. `header`, `unprotected` and `cose_key` are laid over what is right.

        `hash_bytes` is how long a hash is signed instead of the message.
        """
        signer = key or (self.stake if kind == "stake" else self.payment)
        text = message.encode() if isinstance(message, str) else message
        payload = blake2b(text, hash_bytes) if hash_bytes else text
        protected = cbor2.dumps({1: -8, "address": self.raw_address(kind)} | (header or {}))
        covered = cbor2.dumps(["Signature1", protected, b"", payload])
        parts = [
            protected,
            {"hashed": hash_bytes is not None} | (unprotected or {}),
            payload,
            signer.sign(covered).signature,
        ]
        public = {1: 1, 3: -8, -1: 6, -2: bytes(signer.verify_key)} | (cose_key or {})
        sign1 = cbor2.CBORTag(18, parts) if tag else parts
        return cbor2.dumps(sign1).hex(), cbor2.dumps(public).hex()
