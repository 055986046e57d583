"""Commitments to accounts: one rule that a shell can follow, and no two alike."""

from uuid import UUID

import pytest

from activities.credits.ledger_writes import Salts, random_salt
from domain.chain.commitments import SALT_BYTES, commit, is_commitment
from tests.factories import named
from tests.fakes.salts import repeated_salt

ACCOUNT_ID = UUID("c0ffee00-1a2b-4c3d-8e9f-0a1b2c3d4e5f")

BY_SHELL = "beba65d3883e11e9573beca14367b182cda370fb799b7a1948b1a0330684ca0b"
"""
(printf 'karbonica-account-commitment-v1\\n'; printf '5d%.0s' {1..32} | xxd -r -p;
printf c0ffee00-1a2b-4c3d-8e9f-0a1b2c3d4e5f) | sha256sum
"""


def test_a_commitment_is_what_a_shell_makes_of_tag_salt_and_identifier() -> None:
    assert commit(ACCOUNT_ID, b"\x5d" * SALT_BYTES) == BY_SHELL


def test_a_salt_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        commit(ACCOUNT_ID, b"")


@pytest.mark.parametrize(
    ("value", "is_one"),
    [
        (BY_SHELL, True),
        (str(ACCOUNT_ID), False),
        (BY_SHELL.upper(), False),
        (BY_SHELL + "\n", False),
        ([BY_SHELL], False),
        (None, False),
    ],
)
def test_a_commitment_is_told_from_an_identifier(value: object, is_one: bool) -> None:
    assert is_commitment(value) is is_one


@pytest.mark.parametrize("salts", [random_salt, repeated_salt], ids=["random", "repeated"])
def test_no_two_fields_of_records_have_one_salt(salts: Salts) -> None:
    drawn = {salts(named(record), field) for record in ("one", "two") for field in ("from", "to")}

    assert len(drawn) == 4
    assert {len(salt) for salt in drawn} == {SALT_BYTES}
