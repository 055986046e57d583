"""What a key looks like, and how one is told from what is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.accounts.api_keys import NEEDED, Scope, is_key, key_text, looks_like_key
from domain.accounts.roles import PERMISSIONS


@given(st.binary(min_size=32, max_size=32), st.integers(0, 52), st.characters(max_codepoint=127))
def test_a_key_with_one_character_changed_is_none(secret: bytes, at: int, letter: str) -> None:
    text = key_text(secret)
    changed = text[:at] + letter + text[at + 1 :]

    assert (is_key(text), looks_like_key(text), len(text)) == (True, True, 53)
    assert is_key(changed) == (changed == text)


@pytest.mark.parametrize("text", ["", "krb_", "krb_" + "0" * 49, "krb_" + "0" * 39, "x" * 53])
def test_what_is_no_key(text: str) -> None:
    assert not is_key(text)


def test_a_token_of_a_session_that_begins_alike_is_not_taken_for_a_key() -> None:
    assert not looks_like_key("krb_" + "x" * 39)


def test_each_scope_is_somebodys_to_give() -> None:
    everything = frozenset[object]().union(*PERMISSIONS.values())

    assert set(NEEDED) == set(Scope) - {Scope.READ}
    assert set(NEEDED.values()) <= everything
