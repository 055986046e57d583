"""
The encrypted keystore: what opens it, what does not, and that the key shows nowhere.

Each opening costs half a second of scrypt on purpose, so that one keystore serves many tests.
"""

import json
import stat
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nacl.signing import VerifyKey
from pydantic import SecretStr

from adapters.chain.keys.keystore import (
    Keystore,
    UnfitPassword,
    open_keystore,
    read_password,
    read_public_key,
    write_keystore,
)
from adapters.private_files import UnfitKeyFile

# RFC 8032, section 7.1, test 1.
SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC_KEY = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
PASSWORD = SecretStr("zwölf Monate im Jahr")
WRONG = SecretStr("zwölf Monate im Winter")

Change = Callable[[dict[str, Any]], object]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "platform.json"
    write_keystore(path, SEED, PASSWORD)
    return path


@pytest.fixture
def keystore(written: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    path = tmp_path / "platform.json"
    path.write_bytes(written.read_bytes())
    path.chmod(0o600)
    return path


def spoil(path: Path, change: Change) -> None:
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def flipped(text: str) -> str:
    return bytes([bytes.fromhex(text)[0] ^ 1]).hex() + text[2:]


def test_the_key_in_it_signs(written: Path) -> None:
    key = Keystore(written, PASSWORD)
    body_hash = bytes(range(32))

    signature = key.sign(body_hash)

    assert key.public_key() == read_public_key(written) == PUBLIC_KEY
    assert VerifyKey(PUBLIC_KEY).verify(body_hash, signature) == body_hash
    with pytest.raises(ValueError, match="only a hash of 32 bytes"):
        key.sign(b"I owe you 10,000 ADA")
    shown = repr(key) + str(key) + repr(vars(key)) + written.read_text()
    assert SEED.hex() not in shown
    assert repr(SEED) not in shown
    assert PASSWORD.get_secret_value() not in shown


def test_only_its_owner_may_read_it_and_its_parameters_are_the_agreed_ones(written: Path) -> None:
    content = json.loads(written.read_text())

    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert content["version"] == 1
    assert content["kdf"] | {"salt": ""} == {
        "name": "scrypt", "n": 131_072, "r": 8, "p": 1, "salt": "",
    }  # fmt: skip
    assert content["cipher"]["name"] == "aes-256-gcm"
    assert len(bytes.fromhex(content["ciphertext"])) == 32 + 16


def test_a_letter_may_be_typed_as_one_code_point_or_as_two(written: Path) -> None:
    typed_otherwise = SecretStr(PASSWORD.get_secret_value().replace("ö", "o\u0308"))

    assert open_keystore(written, typed_otherwise) == SEED


def test_a_wrong_password_opens_nothing_and_is_not_shown(written: Path) -> None:
    with pytest.raises(UnfitPassword) as caught:
        Keystore(written, WRONG)

    shown = "".join(traceback.format_exception(caught.value))
    assert "the password is wrong, or the file was changed" in shown
    assert "Winter" not in shown
    assert SEED.hex() not in shown


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.update(ciphertext=flipped(c["ciphertext"])),
        lambda c: c.update(ciphertext=c["ciphertext"][2:] + "00"),
        lambda c: c["cipher"].update(nonce=flipped(c["cipher"]["nonce"])),
        lambda c: c["kdf"].update(salt=flipped(c["kdf"]["salt"])),
        lambda c: c.update(public_key=flipped(c["public_key"])),
    ],
    ids=["ciphertext", "tag", "nonce", "salt", "public key"],
)
def test_a_keystore_that_was_changed_does_not_open(keystore: Path, change: Change) -> None:
    spoil(keystore, change)

    with pytest.raises(UnfitPassword, match="the file was changed"):
        open_keystore(keystore, PASSWORD)


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.update(version=2),
        lambda c: c["kdf"].update(n=2),
        lambda c: c["kdf"].update(n=2**30),
        lambda c: c["kdf"].update(name="md5"),
        lambda c: c["cipher"].update(name="none"),
        lambda c: c.pop("ciphertext"),
        lambda c: c.update(ciphertext=""),
        lambda c: c.update(comment="hello"),
        lambda c: c.update(public_key="zz" * 32),
        lambda c: c.update(public_key=c["public_key"].upper()),
        lambda c: c.update(kdf=[]),
    ],
)
def test_other_versions_and_weaker_parameters_are_no_keystore(
    keystore: Path, change: Change
) -> None:
    spoil(keystore, change)

    with pytest.raises(UnfitKeyFile, match="is not a keystore of version 1"):
        open_keystore(keystore, PASSWORD)


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"null", b"\xff\xfe", b"[" * 5_000, SEED.hex().encode()]
)
def test_another_file_is_no_keystore_and_not_shown(keystore: Path, content: bytes) -> None:
    keystore.write_bytes(content)

    with pytest.raises(UnfitKeyFile, match="is not a keystore of version 1") as caught:
        open_keystore(keystore, PASSWORD)

    assert SEED.hex()[:16] not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_a_keystore_that_others_can_open_is_refused(keystore: Path, mode: int) -> None:
    keystore.chmod(mode)

    with pytest.raises(UnfitKeyFile, match="is open to others; run: chmod 600"):
        open_keystore(keystore, PASSWORD)


def test_a_keystore_is_not_overwritten_by_chance(keystore: Path) -> None:
    before = keystore.read_bytes()

    with pytest.raises(UnfitKeyFile, match="it is not overwritten"):
        write_keystore(keystore, bytes(32), PASSWORD)

    assert keystore.read_bytes() == before


def test_a_short_password_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(UnfitPassword, match="shorter than 12 characters"):
        write_keystore(tmp_path / "new.json", SEED, SecretStr("hunter2"))

    assert list(tmp_path.iterdir()) == []


def test_a_password_is_read_from_a_file_of_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text("  spaces belong to it \r\n")
    path.chmod(0o600)

    assert read_password(path).get_secret_value() == "  spaces belong to it "

    path.chmod(0o644)
    with pytest.raises(UnfitKeyFile, match=r"password file .* is open to others"):
        read_password(path)


def test_a_password_file_that_is_no_text_is_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_bytes(b"secret\xff\xfe")
    path.chmod(0o600)

    with pytest.raises(UnfitKeyFile, match="does not hold text") as caught:
        read_password(path)

    assert "secret" not in "".join(traceback.format_exception(caught.value))
