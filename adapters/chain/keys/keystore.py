"""
A key in an encrypted file, for laptops and small servers without a KMS.

The file is JSON: the password is stretched by scrypt (N = 2^17, r = 8, p = 1: 128 MB and about half
a second for each guess) to a key for AES-256-GCM, which encrypts the 32-byte seed. Everything else
in the file is authenticated with it, so that no byte can be changed unnoticed: not the public key,
not the parameters.
"""

import json
import os
import secrets
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from nacl.signing import SigningKey
from pydantic import SecretStr

from adapters.chain.wallet.signer import require_hash
from adapters.private_files import UnfitKeyFile, read_private

VERSION = 1
SCRYPT_N, SCRYPT_R, SCRYPT_P = 2**17, 8, 1
SCRYPT: dict[str, Any] = {"name": "scrypt", "n": SCRYPT_N, "r": SCRYPT_R, "p": SCRYPT_P}
CIPHER = "aes-256-gcm"
KEY_BYTES, SALT_BYTES, NONCE_BYTES, SEED_BYTES, TAG_BYTES = 32, 32, 12, 32, 16
KEYSTORE_BYTES_MAX = 4_096
PASSWORD_LENGTH_MIN = 12


class UnfitPassword(ValueError):
    """The password is too short, or not this keystore's; the sentence does not show it."""


@dataclass(frozen=True)
class _Sealed:
    """A keystore's content, still locked. `header` is everything but the ciphertext."""

    header: dict[str, Any]
    public_key: bytes
    salt: bytes
    nonce: bytes
    ciphertext: bytes


class Keystore:
    """A `Key` from an encrypted file; the seed exists in memory alone."""

    def __init__(self, path: Path, password: SecretStr) -> None:
        """
        Raises:
            UnfitKeyFile: missing, readable by others, or not a keystore.
            UnfitPassword: it does not open the file, or the file was changed.
        """
        self._path = path
        self._key = SigningKey(open_keystore(path, password))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self._path)!r})"

    def public_key(self) -> bytes:
        return bytes(self._key.verify_key)

    def sign(self, body_hash: bytes) -> bytes:
        require_hash(body_hash)
        return self._key.sign(body_hash).signature


def write_keystore(path: Path, seed: bytes, password: SecretStr, *, replace: bool = False) -> None:
    """
    Encrypt a seed into a file that its owner alone can read; a killed attempt leaves no half a file.

    Raises:
        UnfitKeyFile: the file is there already and `replace` does not say that it may go.
        UnfitPassword: shorter than 12 characters.
    """
    _require_length(password)
    if path.exists() and not replace:
        raise UnfitKeyFile(f"The keystore {path} is there already; it is not overwritten")
    salt, nonce = secrets.token_bytes(SALT_BYTES), secrets.token_bytes(NONCE_BYTES)
    header: dict[str, Any] = {
        "version": VERSION,
        "public_key": bytes(SigningKey(seed).verify_key).hex(),
        "kdf": {**SCRYPT, "salt": salt.hex()},
        "cipher": {"name": CIPHER, "nonce": nonce.hex()},
    }
    ciphertext = AESGCM(_stretched(password, salt)).encrypt(nonce, seed, rfc8785.dumps(header))
    _write_private(path, json.dumps({**header, "ciphertext": ciphertext.hex()}, indent=2) + "\n")


def open_keystore(path: Path, password: SecretStr) -> bytes:
    """
    Answer the seed.

    Raises:
        UnfitKeyFile: missing, readable by others, or not a keystore.
        UnfitPassword: it does not open the file, or the file was changed.
    """
    sealed = _read(path)
    try:
        seed = AESGCM(_stretched(password, sealed.salt)).decrypt(
            sealed.nonce, sealed.ciphertext, rfc8785.dumps(sealed.header)
        )
    except InvalidTag:
        raise UnfitPassword(
            f"The keystore {path} does not open: the password is wrong, or the file was changed"
        ) from None
    if bytes(SigningKey(seed).verify_key) != sealed.public_key:
        raise UnfitKeyFile(f"The keystore {path} names another public key than it holds")
    return seed


def read_public_key(path: Path) -> bytes:
    """
    Which key a keystore says it holds; known for sure only once it was opened.

    Raises:
        UnfitKeyFile: missing, readable by others, or not a keystore.
    """
    return _read(path).public_key


def read_password(path: Path) -> SecretStr:
    """
    Read a password from a file that its owner alone can read; line ends at its end do not belong.

    Raises:
        UnfitKeyFile: missing, readable by others, or not text.
    """
    content = read_private(path, "password file")
    try:
        return SecretStr(content.decode().rstrip("\r\n"))
    except UnicodeDecodeError:
        raise UnfitKeyFile(f"The password file {path} does not hold text") from None


def _require_length(password: SecretStr) -> None:
    if len(password.get_secret_value()) < PASSWORD_LENGTH_MIN:
        raise UnfitPassword(f"The password is shorter than {PASSWORD_LENGTH_MIN} characters")


def _stretched(password: SecretStr, salt: bytes) -> bytes:
    # Two keyboards may type one letter as one code point or as two.
    text = unicodedata.normalize("NFC", password.get_secret_value())
    kdf = Scrypt(salt=salt, length=KEY_BYTES, n=SCRYPT_N, r=SCRYPT_R, p=SCRYPT_P)
    stretched: bytes = kdf.derive(text.encode())
    return stretched


def _read(path: Path) -> _Sealed:
    content = read_private(path, "keystore")
    try:
        # A file that is cut short here is not JSON any more.
        return _sealed(json.loads(content[:KEYSTORE_BYTES_MAX]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise UnfitKeyFile(f"The file {path} is not a keystore of version {VERSION}") from None


def _sealed(content: dict[str, Any]) -> _Sealed:
    ciphertext = content.pop("ciphertext")
    salt, nonce = content["kdf"]["salt"], content["cipher"]["nonce"]
    expected = {
        "version": VERSION,
        "public_key": content["public_key"],
        "kdf": {**SCRYPT, "salt": salt},
        "cipher": {"name": CIPHER, "nonce": nonce},
    }
    # The version fixes the parameters: a file cannot ask for weaker ones, or for all the memory.
    if content != expected:
        raise ValueError("other fields or parameters")
    return _Sealed(
        header=content,
        public_key=_bytes(content["public_key"], KEY_BYTES),
        salt=_bytes(salt, SALT_BYTES),
        nonce=_bytes(nonce, NONCE_BYTES),
        ciphertext=_bytes(ciphertext, SEED_BYTES + TAG_BYTES),
    )


def _bytes(text: str, length: int) -> bytes:
    found = bytes.fromhex(text)
    if len(found) != length or found.hex() != text:
        raise ValueError("wrong length or spelling")
    return found


def _write_private(path: Path, text: str) -> None:
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
