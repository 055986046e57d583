"""Who may act for an organisation, and who may leave it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.accounts.roles import NO_ORGANISATION_ID, Role
from domain.errors import Conflict, Forbidden
from domain.organisations.organisations import (
    ROLES,
    MemberRole,
    Membership,
    Organisation,
    OrganisationKind,
    require_may_invite,
    require_may_join,
    require_may_leave,
)
from tests.factories import BUYER, named

AT = datetime(2026, 3, 1, tzinfo=UTC)


def membership(name: str, role: MemberRole) -> Membership:
    return Membership(named(name), named("organisation"), named(name), role, AT)


def organisation(kind: OrganisationKind, legal_name: str | None = "Kilns Ltd") -> Organisation:
    return Organisation(named("organisation"), kind, legal_name, None, None, None)


OWNER, OTHER_OWNER = (membership(name, MemberRole.OWNER) for name in ("owner", "other"))
MEMBER = membership("member", MemberRole.MEMBER)


@pytest.mark.parametrize(
    ("leaving", "others", "owns", "may"),
    [
        (MEMBER, [OWNER], True, True),
        (OWNER, [OTHER_OWNER], True, True),
        (OWNER, [], False, True),
        (OWNER, [], True, False),
        (OWNER, [MEMBER], False, False),
    ],
)
def test_nothing_is_left_without_an_owner(
    leaving: Membership, others: list[Membership], *, owns: bool, may: bool
) -> None:
    try:
        require_may_leave(leaving, others, owns_something=owns)
        left = True
    except Conflict:
        left = False

    assert left == may


def test_each_role_acts_for_organisations_of_its_kind_alone() -> None:
    joined = {kind: {role for role in Role if _may_join(kind, role)} for kind in OrganisationKind}

    assert joined == ROLES
    assert not joined[OrganisationKind.VERIFICATION_BODY] & joined[OrganisationKind.DEVELOPER]


def _may_join(kind: OrganisationKind, role: Role) -> bool:
    try:
        require_may_join(organisation(kind), role)
    except Conflict:
        return False
    return True


@pytest.mark.parametrize(
    ("kind", "legal_name", "invited", "refusal"),
    [
        (OrganisationKind.DEVELOPER, "Kilns Ltd", 19, None),
        (OrganisationKind.DEVELOPER, "Kilns Ltd", 20, Conflict),
        (OrganisationKind.BUYER, None, 0, Conflict),
        (OrganisationKind.VERIFICATION_BODY, "Vera & Co.", 0, Forbidden),
        (OrganisationKind.REGISTRY, "Karbonica", 0, Forbidden),
    ],
)
def test_owners_invite_where_staff_do_not(
    kind: OrganisationKind, legal_name: str | None, invited: int, refusal: type[Exception] | None
) -> None:
    try:
        require_may_invite(organisation(kind, legal_name), invited)
        found = None
    except (Conflict, Forbidden) as refused:
        found = type(refused)

    assert found is refusal


def test_who_acts_for_nobody_is_told_so() -> None:
    BUYER.require_organisation()
    with pytest.raises(Forbidden, match="You act for no organisation"):
        replace(BUYER, holding_id=NO_ORGANISATION_ID).require_organisation()
