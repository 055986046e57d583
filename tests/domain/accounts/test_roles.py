"""Who may do what, written out."""

import pytest

from domain.accounts.roles import PERMISSIONS, Permission, Role
from domain.errors import Forbidden
from tests.factories import ADMINISTRATOR, BUYER, DEVELOPER, VERIFIER

# One row for each permission: developer, verifier, administrator, buyer.
TABLE = {
    Permission.REGISTER_PROJECT: (True, False, False, False),
    Permission.UPLOAD_EVIDENCE: (True, True, True, False),
    Permission.ASSIGN_VERIFIER: (False, False, True, False),
    Permission.DECIDE_VERIFICATION: (False, True, True, False),
    Permission.COUNTERSIGN: (False, False, True, False),
    Permission.HOLD_CREDITS: (True, False, False, True),
    Permission.CANCEL_CREDITS: (False, False, True, False),
    Permission.SET_BUFFER_SHARE: (False, False, True, False),
    Permission.FREEZE_REGISTRY: (False, False, True, False),
    Permission.RUN_CHAIN: (False, False, True, False),
    Permission.PUBLISH_OPEN_DATA: (False, False, True, False),
    Permission.MANAGE_WEBHOOKS: (False, False, True, False),
    Permission.SEE_EVERYTHING: (False, False, True, False),
    Permission.SEE_WORKFLOWS: (False, False, True, False),
}
ACCOUNTS = (DEVELOPER, VERIFIER, ADMINISTRATOR, BUYER)


def test_each_role_may_do_exactly_what_the_table_says() -> None:
    found = {
        permission: tuple(person.may(permission) for person in ACCOUNTS)
        for permission in Permission
    }

    assert found == TABLE


def test_every_role_has_its_row() -> None:
    assert set(PERMISSIONS) == set(Role)


def test_what_a_role_may_not_is_refused_in_words() -> None:
    with pytest.raises(Forbidden) as refused:
        BUYER.require(Permission.REGISTER_PROJECT)

    assert refused.value.detail == "Your role (buyer) may not register a project."


def test_what_a_role_may_passes_without_a_word() -> None:
    DEVELOPER.require(Permission.REGISTER_PROJECT)
