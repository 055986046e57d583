"""
A key in AWS KMS, which never leaves it: `ECC_NIST_EDWARDS25519`, signed with `ED25519_SHA_512`, RAW.

That is plain Ed25519 (RFC 8032), which Cardano checks. `ED25519_PH_SHA_512` is another scheme, whose
signatures the ledger refuses. Credentials come from where boto3 looks for them (a role, usually).
"""

from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from nacl.exceptions import CryptoError
from nacl.signing import VerifyKey

from adapters.chain.wallet.signer import KeyUnavailable, require_hash

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

KEY_SPEC: Final = "ECC_NIST_EDWARDS25519"
KEY_USAGE: Final = "SIGN_VERIFY"
SIGNING_ALGORITHM: Final = "ED25519_SHA_512"
SPKI_PREFIX = bytes.fromhex("302a300506032b6570032100")
"""A SubjectPublicKeyInfo of Ed25519 (RFC 8410) is this, then the 32 bytes."""

PUBLIC_KEY_BYTES = 32

LIMITS = Config(
    connect_timeout=2,
    read_timeout=5,
    # Signing is asked for again by the activity; here only a hiccup is bridged.
    retries={"mode": "standard", "total_max_attempts": 3},
)


class UnfitKey(ValueError):
    """The KMS holds a key that cannot sign for Cardano; the sentence says why."""


class KmsKey:
    """A `Key` of which this process only ever holds the public half."""

    def __init__(self, client: "KMSClient", key_id: str) -> None:
        """
        Ask once what kind of key it is; `key_id` may be an id, an ARN or an alias.

        Raises:
            UnfitKey: not an Ed25519 key for signing.
            KeyUnavailable: no answer, or none without leave.
        """
        self._client = client
        self._key_id = key_id
        self._public_key = self._read_public_key()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._key_id!r})"

    def public_key(self) -> bytes:
        return self._public_key

    def sign(self, body_hash: bytes) -> bytes:
        require_hash(body_hash)
        try:
            answer = self._client.sign(
                KeyId=self._key_id,
                Message=body_hash,
                MessageType="RAW",
                SigningAlgorithm=SIGNING_ALGORITHM,
            )
        except (ClientError, BotoCoreError) as error:
            raise KeyUnavailable(f"The KMS does not sign: {_reason(error)}") from None
        signature = bytes(answer["Signature"])
        # A wrong answer must not become a transaction that no node takes.
        try:
            VerifyKey(self._public_key).verify(body_hash, signature)
        except (CryptoError, ValueError):
            raise KeyUnavailable("The KMS answered with a signature of another key") from None
        return signature

    def _read_public_key(self) -> bytes:
        try:
            answer = self._client.get_public_key(KeyId=self._key_id)
        except (ClientError, BotoCoreError) as error:
            raise KeyUnavailable(f"The KMS does not show the key: {_reason(error)}") from None
        spec, usage = answer.get("KeySpec"), answer.get("KeyUsage")
        if (spec, usage) != (KEY_SPEC, KEY_USAGE):
            raise UnfitKey(
                f"The KMS key {self._key_id} is {spec} for {usage}; "
                f"{KEY_SPEC} for {KEY_USAGE} is needed"
            )
        encoded = bytes(answer["PublicKey"])
        if (
            not encoded.startswith(SPKI_PREFIX)
            or len(encoded) != len(SPKI_PREFIX) + PUBLIC_KEY_BYTES
        ):
            raise UnfitKey(f"The KMS key {self._key_id} is not encoded as an Ed25519 key")
        return encoded.removeprefix(SPKI_PREFIX)


def connect_kms(*, endpoint_url: str | None = None, region: str | None = None) -> "KMSClient":
    """A client with time limits; None leaves an answer to boto3's own settings."""
    options: dict[str, Any] = {"endpoint_url": endpoint_url, "region_name": region}
    return boto3.client("kms", config=LIMITS, **options)


def _reason(error: ClientError | BotoCoreError) -> str:
    """The error's name: its text may carry what was sent."""
    if isinstance(error, ClientError):
        return error.response.get("Error", {}).get("Code", "no code")
    return type(error).__name__
