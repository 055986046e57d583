"""An authenticator in software, which answers WebAuthn as a browser passes it on, and in every way that it should not."""

import hashlib
import json
import struct
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from tests.api.caller import PUBLIC_URL

PRESENT, VERIFIED, HAS_KEY = 0x01, 0x04, 0x40
ES256, EDDSA, RS256 = -7, -8, -257
AAGUID = bytes(16)

Key = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


def _new_key(algorithm: int) -> Key:
    if algorithm == EDDSA:
        return ed25519.Ed25519PrivateKey.generate()
    if algorithm == RS256:
        return rsa.generate_private_key(65537, 2048)
    return ec.generate_private_key(ec.SECP256R1())


@dataclass
class Authenticator:
    """
    One passkey. It counts from 1 where `counts`; else it says 0 always, as those in the cloud do.

    `flags`, `origin`, `rp_id` and `client_type` are what it says instead of what is right.
    """

    name: str = "blue"
    algorithm: int = ES256
    counts: bool = True
    origin: str = PUBLIC_URL
    rp_id: str | None = None
    flags: int = PRESENT | VERIFIED
    client_type: str | None = None
    sign_count: int = 0
    key: Key = field(init=False)

    def __post_init__(self) -> None:
        self.key = _new_key(self.algorithm)

    @property
    def credential_id(self) -> bytes:
        return hashlib.sha256(self.name.encode()).digest()[:16]

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """What `navigator.credentials.create` gives for `PublicKeyCredentialCreationOptionsJSON`."""
        client_data = self._client_data("webauthn.create", options["challenge"])
        data = self._data(options["rp"]["id"], HAS_KEY)
        data += AAGUID + struct.pack(">H", len(self.credential_id)) + self.credential_id
        data += cbor2.dumps(self._cose_key())
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._credential(
            {
                "clientDataJSON": bytes_to_base64url(client_data),
                "attestationObject": bytes_to_base64url(attestation),
                "transports": ["usb", "smoke-signals"],
            }
        )

    def get(self, options: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """What `navigator.credentials.get` gives; `changes` are laid over its response."""
        client_data = self._client_data("webauthn.get", options["challenge"])
        data = self._data(options["rpId"], 0)
        signed = self._sign(data + hashlib.sha256(client_data).digest())
        return self._credential(
            {
                "clientDataJSON": bytes_to_base64url(client_data),
                "authenticatorData": bytes_to_base64url(data),
                "signature": bytes_to_base64url(signed),
                "userHandle": None,
                **changes,
            }
        )

    def _client_data(self, kind: str, challenge: str) -> bytes:
        said = {
            "type": self.client_type or kind,
            "challenge": challenge,
            "origin": self.origin,
            "crossOrigin": False,
        }
        return json.dumps(said, separators=(",", ":")).encode()

    def _data(self, rp_id: str, more: int) -> bytes:
        self.sign_count += self.counts
        rp_hash = hashlib.sha256((self.rp_id or rp_id).encode()).digest()
        return rp_hash + struct.pack(">BI", self.flags | more, self.sign_count)

    def _cose_key(self) -> dict[int, Any]:
        match self.key:
            case ed25519.Ed25519PrivateKey():
                return {1: 1, 3: EDDSA, -1: 6, -2: self.key.public_key().public_bytes_raw()}
            case rsa.RSAPrivateKey():
                numbers = self.key.public_key().public_numbers()
                return {1: 3, 3: RS256, -1: numbers.n.to_bytes(256), -2: numbers.e.to_bytes(3)}
            case _:
                point = self.key.public_key().public_numbers()
                return {1: 2, 3: ES256, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)}

    def _sign(self, data: bytes) -> bytes:
        match self.key:
            case ed25519.Ed25519PrivateKey():
                return self.key.sign(data)
            case rsa.RSAPrivateKey():
                return self.key.sign(data, padding.PKCS1v15(), hashes.SHA256())
            case _:
                return self.key.sign(data, ec.ECDSA(hashes.SHA256()))

    def _credential(self, response: dict[str, Any]) -> dict[str, Any]:
        identifier = bytes_to_base64url(self.credential_id)
        return {
            "id": identifier,
            "rawId": identifier,
            "type": "public-key",
            "response": response,
            "clientExtensionResults": {},
            "authenticatorAttachment": "cross-platform",
        }


def flipped(text: str) -> str:
    """The same base64url with one bit of its last byte turned."""
    raw = bytearray(base64url_to_bytes(text))
    raw[-1] ^= 1
    return bytes_to_base64url(bytes(raw))
