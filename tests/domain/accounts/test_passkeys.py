"""When a passkey's counter went back, and when a second factor may be given up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.accounts.passkeys import Passkey, require_one_left
from domain.accounts.roles import Role
from domain.errors import Conflict
from tests.factories import NOW, VERIFIER, named

COUNTS = st.integers(0, 2**32 - 1)


@given(before=COUNTS, now=COUNTS)
def test_a_counter_goes_up_or_is_not_there(before: int, now: int) -> None:
    passkey = Passkey(named("key"), VERIFIER.id, "Blue", b"id", b"key", before, (), NOW)

    assert passkey.counter_went_back(now) == (now <= before and (before, now) != (0, 0))


def test_what_the_role_demands_is_not_given_up() -> None:
    require_one_left(Role.VERIFIER, [Role.VERIFIER], others=1)
    require_one_left(Role.BUYER, [Role.VERIFIER], others=0)
    with pytest.raises(Conflict, match="Your role needs a second factor"):
        require_one_left(Role.VERIFIER, [Role.VERIFIER], others=0)
