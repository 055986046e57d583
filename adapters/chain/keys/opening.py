"""Opening the platform's keys, as the settings say where they are."""

from pathlib import Path

from pydantic import SecretStr

from adapters.chain.keys.key_file import KeyFile
from adapters.chain.keys.keystore import Keystore, read_password
from adapters.chain.keys.kms import KmsKey, UnfitKey, connect_kms
from adapters.chain.wallet.signer import Key
from adapters.private_files import UnfitKeyFile
from adapters.settings.keys import KeyKind, KeyReference, KeySettings
from domain.chain.wallets import DEFAULT_WALLET


def open_platform_keys(settings: KeySettings) -> dict[str, Key]:
    """
    The keys that sign records, by their wallets' names.

    Raises:
        UnfitKeyFile, UnfitPassword, UnfitKey: the settings lead to no key; the sentence says why.
        KeyUnavailable: the KMS gives no answer.
    """
    return {
        DEFAULT_WALLET: _open_default(settings),
        **{name: _refer(key, settings) for name, key in settings.platform_wallets.items()},
    }


def open_retired_keys(settings: KeySettings) -> tuple[Key, ...]:
    """
    The keys that were given up; every keystore has the one password.

    Raises:
        As `open_platform_keys`.
    """
    return tuple(_refer(key, settings) for key in settings.retired_platform_keys)


def _open_default(settings: KeySettings) -> Key:
    match settings.platform_signer:
        case KeyKind.FILE:
            place = str(settings.platform_key_file)
        case KeyKind.KEYSTORE:
            place = str(settings.platform_keystore_file)
        case KeyKind.KMS:
            place = settings.platform_kms_key_id or ""
    return _open(settings.platform_signer, place, settings)


def _refer(reference: KeyReference, settings: KeySettings) -> Key:
    kind, _, place = reference.partition(":")
    return _open(KeyKind(kind), place, settings)


def _open(kind: KeyKind, place: str, settings: KeySettings) -> Key:
    match kind:
        case KeyKind.FILE:
            return KeyFile(Path(place))
        case KeyKind.KEYSTORE:
            return Keystore(Path(place), _password(settings))
        case KeyKind.KMS:
            if not place:
                raise UnfitKey("PLATFORM_SIGNER=kms needs PLATFORM_KMS_KEY_ID")
            client = connect_kms(endpoint_url=settings.kms_endpoint_url, region=settings.kms_region)
            return KmsKey(client, place)


def _password(settings: KeySettings) -> SecretStr:
    if settings.platform_keystore_password_file is not None:
        return read_password(settings.platform_keystore_password_file)
    if settings.platform_keystore_password is not None:
        return settings.platform_keystore_password
    raise UnfitKeyFile(
        "A keystore needs PLATFORM_KEYSTORE_PASSWORD_FILE or PLATFORM_KEYSTORE_PASSWORD"
    )
