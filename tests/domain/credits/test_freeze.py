"""Staff freeze and unfreeze, once each, and say why."""

import pytest

from domain.accounts.roles import Account
from domain.credits.freeze import RegistryState, freeze, unfreeze
from domain.errors import Conflict, Forbidden
from tests.factories import ADMINISTRATOR, BUYER, DEVELOPER, NOW, VERIFIER

OPEN = RegistryState(False)
FROZEN = RegistryState(True, "A recount.", ADMINISTRATOR.id, NOW)


def test_a_freeze_says_why_since_when_and_by_whom() -> None:
    assert freeze(OPEN, "A recount.", actor=ADMINISTRATOR, at=NOW) == FROZEN


def test_an_unfreeze_may_say_why() -> None:
    assert unfreeze(FROZEN, None, actor=ADMINISTRATOR, at=NOW) == RegistryState(
        False, None, ADMINISTRATOR.id, NOW
    )
    assert unfreeze(FROZEN, "It adds up.", actor=ADMINISTRATOR, at=NOW).reason == "It adds up."


def test_a_frozen_registry_is_not_frozen_again_and_its_reason_stands() -> None:
    with pytest.raises(Conflict, match=r"frozen already: A recount\."):
        freeze(FROZEN, "Another reason.", actor=ADMINISTRATOR, at=NOW)


def test_an_open_registry_is_not_opened() -> None:
    with pytest.raises(Conflict, match="not frozen"):
        unfreeze(OPEN, None, actor=ADMINISTRATOR, at=NOW)


@pytest.mark.parametrize("actor", [BUYER, DEVELOPER, VERIFIER], ids=lambda actor: actor.role)
def test_only_staff_freeze_and_unfreeze(actor: Account) -> None:
    with pytest.raises(Forbidden):
        freeze(OPEN, "A recount.", actor=actor, at=NOW)
    with pytest.raises(Forbidden):
        unfreeze(FROZEN, None, actor=actor, at=NOW)
