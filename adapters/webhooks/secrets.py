"""The secrets of webhooks, sealed: whoever reads the database cannot sign in the registry's name (ADR 0025)."""

import base64
import binascii
import hashlib
import os
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.private_files import read_private
from adapters.settings.webhooks import WebhookSettings

KEY_BYTES = 32
NONCE_BYTES = 12
PREFIX = "sealed:1:"
"""Then the key's id, a colon, and nonce and ciphertext in base64. What has no prefix was never sealed."""


class UnfitWebhookKey(ValueError):
    """A key for the secrets of webhooks is missing or none; the sentence shows nothing of it."""


class UnreadableSecret(Exception):
    """A sealed secret is of another webhook, was changed, or its key is not at hand."""


class WebhookSecrets:
    """
    AES-256-GCM under the first key; the others only read what they sealed.

    A webhook's id is associated data, so that a secret is good in its own row alone.
    """

    def __init__(self, *keys: bytes) -> None:
        self._ciphers = {key_id(key): AESGCM(key) for key in keys}
        self._current_id = key_id(keys[0])

    def seal(self, secret: str, webhook_id: UUID) -> str:
        nonce = os.urandom(NONCE_BYTES)
        cipher = self._ciphers[self._current_id]
        ciphertext = cipher.encrypt(nonce, secret.encode(), _bound_to(self._current_id, webhook_id))
        text = base64.b64encode(nonce + ciphertext).decode()
        return f"{PREFIX}{self._current_id}:{text}"

    def open(self, sealed: str, webhook_id: UUID) -> str:
        """
        The secret; a value from before secrets were sealed is one itself.

        Raises:
            UnreadableSecret: the seal is not this webhook's, or no key at hand made it.
        """
        if not sealed.startswith(PREFIX):
            return sealed
        name, _, text = sealed.removeprefix(PREFIX).partition(":")
        cipher = self._ciphers.get(name)
        if cipher is None:
            raise UnreadableSecret(
                f"The secret of webhook {webhook_id} is sealed under key {name}, which is neither "
                f"WEBHOOK_SECRET_KEY nor among FORMER_WEBHOOK_SECRET_KEYS."
            )
        try:
            content = base64.b64decode(text, validate=True)
            bound_to = _bound_to(name, webhook_id)
            return cipher.decrypt(content[:NONCE_BYTES], content[NONCE_BYTES:], bound_to).decode()
        except (InvalidTag, binascii.Error, ValueError):
            raise UnreadableSecret(
                f"The secret of webhook {webhook_id} was not sealed for it, or was changed."
            ) from None

    def is_current(self, sealed: str) -> bool:
        """Whether it is sealed under the key that seals today."""
        return sealed.startswith(f"{PREFIX}{self._current_id}:")


def open_webhook_secrets(settings: WebhookSettings) -> WebhookSecrets:
    """
    Raises:
        UnfitWebhookKey: no key is set, or one is not 32 bytes in base64.
        UnfitKeyFile: its file is missing, or readable by others.
    """
    former = [
        _key(text.get_secret_value(), "One of FORMER_WEBHOOK_SECRET_KEYS")
        for text in settings.former_webhook_secret_keys
    ]
    return WebhookSecrets(_current_key(settings), *former)


def key_id(key: bytes) -> str:
    """Sixteen hex digits that name a key and tell nothing of it."""
    return hashlib.sha256(b"karbonica webhook secret key\n" + key).hexdigest()[:16]


def _current_key(settings: WebhookSettings) -> bytes:
    file = settings.webhook_secret_key_file
    if file is not None:
        return _key(_text_of(file), f"The content of {file}")
    if settings.webhook_secret_key is None or not settings.webhook_secret_key.get_secret_value():
        raise UnfitWebhookKey(
            "Neither WEBHOOK_SECRET_KEY nor WEBHOOK_SECRET_KEY_FILE is set. API and worker need the "
            "same one; make it with: openssl rand -base64 32"
        )
    return _key(settings.webhook_secret_key.get_secret_value(), "WEBHOOK_SECRET_KEY")


def _text_of(file: Path) -> str:
    # Read as bytes: a text decoder would put the content into its error.
    return read_private(file, "key file").decode("ascii", "replace")


def _key(text: str, what: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise UnfitWebhookKey(f"{what} is not {KEY_BYTES} bytes in base64")
    return key


def _bound_to(name: str, webhook_id: UUID) -> bytes:
    return f"karbonica webhook secret\n{name}\n{webhook_id}".encode()
