"""`make verify-opening`: what the registry tells an account opens that account's record, and no other."""

import json
from pathlib import Path
from typing import Any

import pytest

from domain.chain.commitments import SALT_BYTES
from tests.tools.sample_certificates import HOLDER_ID, PROJECT, accepted, record, sealed_bytes
from tools.verify_opening import DOES_NOT_OPEN, NOT_CHECKED, OPENS, main

OPENING = {
    "field": "retired_by",
    "commitment": record(accepted())["retired_by"],
    "accountId": str(HOLDER_ID),
    "salt": bytes(range(SALT_BYTES)).hex(),
}
OTHERS = {
    **OPENING,
    "commitment": "a9d8ef4ac1f7dc0d9a23ccba3d8f4eb0a4e2cc2ad6ea1c0e6a9e3c2c3f3d5a10",
}
CASES: dict[str, tuple[Any, bool, int]] = {
    "as answered": ({"data": [OPENING]}, False, OPENS),
    "one item": (OPENING, False, OPENS),
    "with its certificate": ({"data": [OPENING]}, True, OPENS),
    "another account": ({**OPENING, "accountId": str(PROJECT.id)}, False, DOES_NOT_OPEN),
    "another spelling": ({**OPENING, "accountId": str(HOLDER_ID).upper()}, False, NOT_CHECKED),
    "another salt": ({**OPENING, "salt": "00" * SALT_BYTES}, False, DOES_NOT_OPEN),
    "another commitment": (OTHERS, True, DOES_NOT_OPEN),
    "a short salt": ({**OPENING, "salt": "00"}, False, NOT_CHECKED),
    "an identifier in its place": ({**OPENING, "commitment": str(HOLDER_ID)}, False, NOT_CHECKED),
    "nothing to open": ({"data": []}, False, NOT_CHECKED),
    "something else": ({"data": 5}, False, NOT_CHECKED),
}


@pytest.mark.parametrize("what", CASES)
def test_an_opening_is_checked(what: str, tmp_path: Path) -> None:
    told, with_certificate, code = CASES[what]
    openings, certificate = tmp_path / "openings.json", tmp_path / "certificate.json"
    openings.write_text(json.dumps(told))
    certificate.write_bytes(sealed_bytes())

    named = ["--certificate", str(certificate)] if with_certificate else []

    assert main([str(openings), *named]) == code


def test_an_opening_of_another_record_is_not_the_certificates(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    openings, certificate = tmp_path / "openings.json", tmp_path / "certificate.json"
    openings.write_text(json.dumps(OPENING))
    certificate.write_bytes(
        sealed_bytes().replace(OPENING["commitment"].encode(), b"0" * len(OPENING["commitment"]))
    )

    assert main([str(openings), "--certificate", str(certificate)]) == DOES_NOT_OPEN
    assert "stands in none of the certificate's records" in capsys.readouterr().out


def test_a_file_that_is_not_there_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path / "none.json")]) == NOT_CHECKED
    assert "cannot be read" in capsys.readouterr().err
