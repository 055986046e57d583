"""The command for keystores, as somebody at a terminal uses it."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from adapters.chain.keys.keystore import open_keystore
from tools import keystore

SEED = bytes(range(32))
FIRST, SECOND = "the first password", "the second password"


def private(path: Path, content: str) -> str:
    path.write_text(content)
    path.chmod(0o600)
    return str(path)


def test_a_key_is_taken_over_and_its_password_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "platform.json"
    first = private(tmp_path / "first", f"{FIRST}\n")
    second = private(tmp_path / "second", f"{SECOND}\n")
    seed = private(tmp_path / "platform.hex", SEED.hex())

    codes = [
        keystore.main(["create", str(path), "--from-key-file", seed, "--password-file", first]),
        keystore.main(["address", str(path), "--network", "mainnet"]),
        keystore.main(
            ["change-password", str(path), "--password-file", first, "--new-password-file", second]
        ),
    ]

    shown = capsys.readouterr()
    assert codes == [0, 0, 0]
    assert open_keystore(path, SecretStr(SECOND)) == SEED
    assert shown.out.count("addr_test1v") == 2
    assert shown.out.count("addr1v") == 1
    assert shown.err == ""
    assert SEED.hex() not in shown.out


def test_a_new_key_is_made_and_asks_for_its_password_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = iter([FIRST, SECOND])
    monkeypatch.setattr("getpass.getpass", lambda _prompt: next(answers))

    code = keystore.main(["create", str(tmp_path / "platform.json")])

    assert code == 1
    assert capsys.readouterr().err == "The two passwords differ.\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["address", "nowhere.json"], "cannot be read: No such file or directory."),
        (["create", "platform.json", "--password-file", "nowhere"], "cannot be read"),
        (["create", "platform.json", "--from-key-file", "nowhere"], "cannot be read"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    arguments: list[str],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)

    code = keystore.main(arguments)

    shown = capsys.readouterr()
    assert (code, shown.out) == (1, "")
    assert sentence in shown.err
    assert shown.err.count("\n") == 1
