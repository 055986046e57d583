"""Staff freeze and resume a wallet, once each, and say why they freeze it."""

import pytest

from domain.accounts.roles import Account
from domain.chain.wallets import WalletState, freeze, resume
from domain.errors import Conflict, Forbidden
from tests.factories import ADMINISTRATOR, BUYER, DEVELOPER, NOW, VERIFIER

OPEN = WalletState("preview", "platform", "addr_test1")
FROZEN = WalletState("preview", "platform", "addr_test1", NOW, "Its key.", ADMINISTRATOR.id)


def test_a_freeze_says_why_since_when_and_by_whom() -> None:
    assert freeze(OPEN, "Its key.", actor=ADMINISTRATOR, at=NOW) == FROZEN


def test_a_resumed_wallet_is_as_it_was() -> None:
    assert resume(FROZEN, actor=ADMINISTRATOR) == OPEN


def test_a_frozen_wallet_is_not_frozen_again_and_its_reason_stands() -> None:
    with pytest.raises(Conflict, match=r"frozen already: Its key\."):
        freeze(FROZEN, "Another reason.", actor=ADMINISTRATOR, at=NOW)


def test_a_wallet_that_is_not_frozen_is_not_resumed() -> None:
    with pytest.raises(Conflict, match="not frozen"):
        resume(OPEN, actor=ADMINISTRATOR)


@pytest.mark.parametrize("actor", [BUYER, DEVELOPER, VERIFIER], ids=lambda actor: actor.role)
def test_only_staff_freeze_and_resume(actor: Account) -> None:
    with pytest.raises(Forbidden):
        freeze(OPEN, "Its key.", actor=actor, at=NOW)
    with pytest.raises(Forbidden):
        resume(FROZEN, actor=actor)


def test_wallets_of_two_networks_are_two_things_in_the_audit_log() -> None:
    assert OPEN.id != WalletState("mainnet", "platform", "addr1").id
    assert OPEN.id == FROZEN.id
