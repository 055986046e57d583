"""Where the worker's private keys are, and what their signer refuses (ADR 0018, ADR 0019)."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator

from adapters.settings.variables import WORKER, AreaSettings, variable
from domain.chain.wallets import DEFAULT_WALLET


class KeyKind(StrEnum):
    """Where a platform key is: a file with a seed in hex, an encrypted keystore, AWS KMS."""

    FILE = "file"
    KEYSTORE = "keystore"
    KMS = "kms"


KeyReference = Annotated[str, Field(pattern=r"^(file|keystore|kms):.")]
"""Where another key is: its kind and place, as `file:PATH`."""

WalletName = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,50}$")]


class KeySettings(AreaSettings):
    platform_signer: KeyKind = variable(
        KeyKind.FILE,
        "which key signs transactions: `file`, `keystore` or `kms`, each with its own variables "
        "below ([how](operations.md#the-platforms-key))",
        read_by=WORKER,
    )
    platform_key_file: Path = variable(
        Path(".data/keys/platform.hex"), "one 32-byte Ed25519 seed in hex, mode 600", read_by=WORKER
    )
    platform_keystore_file: Path = variable(
        Path(".data/keys/platform.json"),
        "an encrypted key, made by `python -m tools.keystore create`",
        read_by=WORKER,
    )
    platform_keystore_password: SecretStr | None = variable(None, "its password", read_by=WORKER)
    platform_keystore_password_file: Path | None = variable(
        None, "or a file with it, mode 600; it goes before the variable", read_by=WORKER
    )
    platform_kms_key_id: str | None = variable(
        None,
        "an AWS KMS key of spec `ECC_NIST_EDWARDS25519`: its id, ARN or alias",
        read_by=WORKER,
    )
    kms_endpoint_url: str | None = variable(None, "another KMS than the region's", read_by=WORKER)
    kms_region: str | None = variable(
        None,
        "unset: boto3's own settings; credentials always come from there",
        read_by=WORKER,
    )
    platform_wallets: dict[WalletName, KeyReference] = variable(
        {},
        "wallets beside the one of `PLATFORM_SIGNER`, which share its queue, as "
        '`{"second": "file:PATH"}`; also `keystore:PATH`, `kms:KEY_ID`',
        read_by=WORKER,
    )
    retired_platform_keys: list[KeyReference] = variable(
        [],
        'keys given up, as `["file:PATH", "keystore:PATH", "kms:KEY_ID"]`; what is left at their '
        "addresses is moved to the present one",
        read_by=WORKER,
    )
    # A full transaction costs 0.88 ADA.
    signing_fee_lovelace_max: int = variable(
        1_000_000, "the signer's ceiling for one fee", read_by=WORKER, ge=200_000
    )
    signing_clock_tolerance_slots: int = variable(
        120,
        "how far the signer's clock and the chain's slots may be apart, in seconds",
        read_by=WORKER,
        ge=0,
    )
    certificate_key_file: Path = variable(
        Path(".data/keys/certificate.hex"),
        "another seed in hex, which signs certificates",
        read_by=WORKER,
    )

    @property
    def wallet_names(self) -> tuple[str, ...]:
        return (DEFAULT_WALLET, *self.platform_wallets)

    @field_validator("platform_wallets")
    @classmethod
    def _one_default_wallet(cls, wallets: dict[str, str]) -> dict[str, str]:
        if DEFAULT_WALLET in wallets:
            raise ValueError(f"the wallet {DEFAULT_WALLET!r} has the key of PLATFORM_SIGNER")
        return wallets
