"""What opens personal data, as the settings say; without a key nothing starts."""

import base64
import binascii
from pathlib import Path

from pydantic import SecretStr

from adapters.personal_data.seals import PersonalData
from adapters.personal_data.wrapping import KEY_BYTES, KeyWrapping, LocalWrapping, kms_wrapping
from adapters.private_files import read_private
from adapters.settings.database import DatabaseSettings


class UnfitPersonalDataKey(ValueError):
    """A key for personal data is missing or none; the sentence shows nothing of it."""


def open_personal_data(settings: DatabaseSettings) -> PersonalData:
    """
    Raises:
        UnfitPersonalDataKey: a key is not set, or is not 32 bytes in base64.
        UnfitKeyFile: its file is missing, or readable by others.
    """
    former = [
        _key(text.get_secret_value(), "One of FORMER_PERSONAL_DATA_KEYS")
        for text in settings.former_personal_data_keys
    ]
    index_key = _set_key(
        "PERSONAL_INDEX_KEY", settings.personal_index_key, settings.personal_index_key_file
    )
    return PersonalData(_wrapping(settings, former), index_key)


def _wrapping(settings: DatabaseSettings, former: list[bytes]) -> KeyWrapping:
    if settings.personal_data_kms_key_id is not None:
        return kms_wrapping(
            settings.personal_data_kms_key_id,
            endpoint_url=settings.personal_data_kms_endpoint_url,
            region=settings.personal_data_kms_region,
            former=former,
        )
    key = _set_key("PERSONAL_DATA_KEY", settings.personal_data_key, settings.personal_data_key_file)
    return LocalWrapping(key, *former)


def _set_key(name: str, value: SecretStr | None, file: Path | None) -> bytes:
    if file is not None:
        # Read as bytes: a text decoder would put the content into its error.
        text = read_private(file, "key file").decode("ascii", "replace")
        return _key(text, f"The content of {file}")
    if value is None or not value.get_secret_value():
        raise UnfitPersonalDataKey(
            f"Neither {name} nor {name}_FILE is set. API and worker need the same one, as personal "
            f"data are kept sealed; make it with: openssl rand -base64 32"
        )
    return _key(value.get_secret_value(), name)


def _key(text: str, what: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise UnfitPersonalDataKey(f"{what} is not {KEY_BYTES} bytes in base64")
    return key
