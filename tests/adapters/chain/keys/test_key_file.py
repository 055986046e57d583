"""The platform's key file: what is refused, and that the seed shows nowhere."""

import traceback
from pathlib import Path

import pytest
from nacl.signing import VerifyKey

from adapters.chain.keys.key_file import KeyFile
from adapters.private_files import UnfitKeyFile

# RFC 8032, section 7.1, test 1.
SEED = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
PUBLIC_KEY = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "platform.hex"
    path.write_text(SEED + "\n")
    path.chmod(0o600)
    return path


def test_the_key_is_the_one_of_the_rfc(key_file: Path) -> None:
    assert KeyFile(key_file).public_key().hex() == PUBLIC_KEY


def test_it_signs_a_body_hash(key_file: Path) -> None:
    body_hash = bytes(range(32))

    signature = KeyFile(key_file).sign(body_hash)

    assert VerifyKey(bytes.fromhex(PUBLIC_KEY)).verify(body_hash, signature) == body_hash


@pytest.mark.parametrize("message", [b"", bytes(31), bytes(33), b"I owe you 10,000 ADA"])
def test_it_signs_nothing_else(key_file: Path, message: bytes) -> None:
    with pytest.raises(ValueError, match="only a hash of 32 bytes"):
        KeyFile(key_file).sign(message)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o777])
def test_a_file_that_others_can_open_is_refused(key_file: Path, mode: int) -> None:
    key_file.chmod(mode)

    with pytest.raises(UnfitKeyFile, match="is open to others; run: chmod 600"):
        KeyFile(key_file)


@pytest.mark.parametrize(
    "content", ["", SEED[:-2], SEED * 2, SEED[:-1] + "g", "0x" + SEED, SEED[:-1] + "é"]
)
def test_what_is_no_seed_is_refused_and_not_shown(key_file: Path, content: str) -> None:
    key_file.write_text(content)

    with pytest.raises(UnfitKeyFile, match="does not hold one 32-byte seed in hex") as caught:
        KeyFile(key_file)

    assert SEED[:16] not in "".join(traceback.format_exception(caught.value))


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UnfitKeyFile, match="cannot be read: No such file or directory"):
        KeyFile(tmp_path / "nowhere.hex")


def test_the_seed_does_not_show_in_the_signer(key_file: Path) -> None:
    signer = KeyFile(key_file)

    shown = repr(signer) + str(signer) + repr(vars(signer))

    assert SEED not in shown
    assert repr(bytes.fromhex(SEED)) not in shown
    assert repr(signer) == f"KeyFile({str(key_file)!r})"
