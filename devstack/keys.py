"""The registry's keys on a laptop, made once: two of Ed25519, and those that seal webhooks' secrets and personal data."""

import base64
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from nacl.signing import SigningKey

from adapters.chain.wallet.addresses import enterprise_address
from domain.chain.networks import CardanoNetwork

_SEED_BYTES = 32


@dataclass(frozen=True)
class Keys:
    platform_file: Path
    certificate_file: Path
    platform_address: str
    certificate_public_key: str


def ensure_keys(data_dir: Path) -> Keys:
    """
    The seed files (32 bytes in hex, readable by their owner alone), created when missing.

    The platform address is the enterprise testnet address (type 6, CIP-19) of the platform key.
    """
    folder = data_dir / "keys"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    platform = _ensure_seed(folder / "platform.hex")
    certificate = _ensure_seed(folder / "certificate.hex")
    return Keys(
        platform_file=platform,
        certificate_file=certificate,
        platform_address=enterprise_address(_public_key(platform), CardanoNetwork.DEVNET),
        certificate_public_key=_public_key(certificate).hex(),
    )


def ensure_webhook_key(path: Path) -> Path:
    """The file of WEBHOOK_SECRET_KEY_FILE (32 bytes in base64), made when missing."""
    return _ensure(path, base64.b64encode(secrets.token_bytes(_SEED_BYTES)).decode())


def ensure_personal_keys(folder: Path) -> dict[str, str]:
    """The variables that name the files of the keys of personal data, made when missing."""
    return {
        "PERSONAL_DATA_KEY_FILE": str(ensure_webhook_key(folder / "personal-data.key")),
        "PERSONAL_INDEX_KEY_FILE": str(ensure_webhook_key(folder / "personal-index.key")),
    }


def _ensure_seed(path: Path) -> Path:
    return _ensure(path, secrets.token_hex(_SEED_BYTES))


def _ensure(path: Path, content: str) -> Path:
    if not path.exists():
        # Written beside and moved, so that a killed start leaves no half a key.
        unfinished = path.with_suffix(".new")
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(content)
        unfinished.replace(path)
    return path.resolve()


def _public_key(seed_file: Path) -> bytes:
    return bytes(SigningKey(bytes.fromhex(seed_file.read_text().strip())).verify_key)
