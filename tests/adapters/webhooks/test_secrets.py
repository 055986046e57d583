"""Secrets of webhooks are sealed under a key that can be changed, each for its own row (ADR 0025)."""

import base64
import logging
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from adapters.private_files import UnfitKeyFile
from adapters.settings.webhooks import WebhookSettings
from adapters.webhooks.secrets import (
    PREFIX,
    UnfitWebhookKey,
    UnreadableSecret,
    WebhookSecrets,
    key_id,
    open_webhook_secrets,
)
from tests.factories import named

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
WEBHOOK, OTHER = named("webhook"), named("other webhook")
SECRET = "whsec_mB2yX9wQ4nT7uR5eJ1hLcA0dFgVbNxMsk1Zp6s0O8v3"


def in_base64(key: bytes) -> SecretStr:
    return SecretStr(base64.b64encode(key).decode())


@given(st.text(max_size=200), st.uuids())
def test_what_is_sealed_is_read_again(secret: str, webhook_id: UUID) -> None:
    secrets = WebhookSecrets(OLD)

    assert secrets.open(secrets.seal(secret, webhook_id), webhook_id) == secret


def test_a_seal_shows_nothing_of_the_secret_and_is_never_the_same() -> None:
    one, other = (WebhookSecrets(OLD).seal(SECRET, WEBHOOK) for _ in range(2))

    assert one != other
    content = base64.b64decode(one.rpartition(":")[2])
    assert SECRET not in one
    assert SECRET.encode() not in content


def test_a_secret_is_good_in_its_own_row_alone() -> None:
    secrets = WebhookSecrets(OLD)
    sealed = secrets.seal(SECRET, WEBHOOK)

    with pytest.raises(UnreadableSecret, match=f"of webhook {OTHER} was not sealed for it"):
        secrets.open(sealed, OTHER)


@given(st.data())
def test_no_changed_bit_is_read(data: st.DataObject) -> None:
    secrets = WebhookSecrets(OLD)
    head, _, text = secrets.seal(SECRET, WEBHOOK).rpartition(":")
    content = bytearray(base64.b64decode(text))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(UnreadableSecret):
        secrets.open(f"{head}:{base64.b64encode(content).decode()}", WEBHOOK)


@pytest.mark.parametrize("text", ["", "AAAA", "not base64", "ä"])
def test_what_is_no_seal_is_refused(text: str) -> None:
    with pytest.raises(UnreadableSecret, match="was changed"):
        WebhookSecrets(OLD).open(f"{PREFIX}{key_id(OLD)}:{text}", WEBHOOK)


def test_a_former_key_reads_old_rows_and_seals_no_new_ones() -> None:
    before = WebhookSecrets(OLD).seal(SECRET, WEBHOOK)
    rotated = WebhookSecrets(NEW, OLD)

    after = rotated.seal(SECRET, WEBHOOK)

    assert rotated.open(before, WEBHOOK) == rotated.open(after, WEBHOOK) == SECRET
    assert (rotated.is_current(before), rotated.is_current(after)) == (False, True)
    assert WebhookSecrets(NEW).open(after, WEBHOOK) == SECRET


def test_a_key_that_is_not_at_hand_is_named() -> None:
    sealed = WebhookSecrets(OLD).seal(SECRET, WEBHOOK)

    with pytest.raises(UnreadableSecret, match=f"under key {key_id(OLD)}, which is neither"):
        WebhookSecrets(NEW).open(sealed, WEBHOOK)


def test_a_secret_from_before_there_were_seals_is_read_and_not_current() -> None:
    assert WebhookSecrets(OLD).open(SECRET, WEBHOOK) == SECRET
    assert not WebhookSecrets(OLD).is_current(SECRET)


def test_the_keys_are_those_of_the_settings() -> None:
    settings = WebhookSettings(
        webhook_secret_key=in_base64(NEW), former_webhook_secret_keys=[in_base64(OLD)]
    )

    secrets = open_webhook_secrets(settings)

    assert secrets.open(WebhookSecrets(OLD).seal(SECRET, WEBHOOK), WEBHOOK) == SECRET
    assert secrets.is_current(WebhookSecrets(NEW).seal(SECRET, WEBHOOK))


def test_the_key_may_stand_in_a_file_of_its_owner(tmp_path: Path) -> None:
    file = tmp_path / "webhooks.key"
    file.write_text(f"{in_base64(NEW).get_secret_value()}\n")
    file.chmod(0o600)
    settings = WebhookSettings(webhook_secret_key_file=file)

    assert open_webhook_secrets(settings).is_current(WebhookSecrets(NEW).seal(SECRET, WEBHOOK))

    file.chmod(0o644)
    with pytest.raises(UnfitKeyFile, match="is open to others"):
        open_webhook_secrets(settings)


@pytest.mark.parametrize("unset", [None, SecretStr("")])
def test_without_a_key_the_registry_says_how_to_make_one(unset: SecretStr | None) -> None:
    with pytest.raises(UnfitWebhookKey, match="openssl rand -base64 32"):
        open_webhook_secrets(WebhookSettings(webhook_secret_key=unset))


@pytest.mark.parametrize("text", [in_base64(OLD[:31]).get_secret_value(), "00" * 32, "not base64!"])
def test_a_key_of_another_form_is_refused_and_not_shown(
    text: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    with pytest.raises(UnfitWebhookKey) as refused:
        open_webhook_secrets(WebhookSettings(webhook_secret_key=SecretStr(text)))

    assert str(refused.value) == "WEBHOOK_SECRET_KEY is not 32 bytes in base64"
    assert refused.value.__cause__ is None
    assert text not in caplog.text
