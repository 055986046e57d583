"""Who may do what, written out."""

import pytest

from domain.accounts.permissions import Condition, Relation, permits
from domain.accounts.roles import PERMISSIONS, Permission, Role
from domain.errors import Forbidden
from tests.factories import ADMINISTRATOR, BUYER, DEVELOPER, VERIFIER

EVERY, STAFF = "DVAB", "A"

# The initials of the roles that may, in some relation or other; what everybody may, no role needs.
TABLE = {
    Permission.READ_PUBLIC: "",
    Permission.SIGN_IN: "",
    Permission.TELL_OF_CHAIN: "",
    Permission.TELL_OF_STORAGE: "",
    Permission.TELL_OF_PAYMENT: "",
    Permission.KEEP_OWN_ACCOUNT: EVERY,
    Permission.SEE_PROJECT: EVERY,
    Permission.READ_DOCUMENT: EVERY,
    Permission.SEE_CREDITS: EVERY,
    Permission.REGISTER_PROJECT: "D",
    Permission.OPEN_ROUND: "D",
    Permission.CHANGE_PROJECT: "D",
    Permission.REPLACE_DOCUMENT: "DVA",
    Permission.UPLOAD_EVIDENCE: "DVA",
    Permission.UPLOAD_STATEMENT: "DV",
    Permission.COMPLETE_DOCUMENT: EVERY,
    Permission.SUBMIT_FILE: "DVA",
    Permission.REVIEW_FORMAT: "VA",
    Permission.SEE_SUBMISSION: EVERY,
    Permission.FOLLOW_UP_ISSUES: "DVAB",
    Permission.SEND_READINGS: "D",
    Permission.DRAW_BOUNDARY: "D",
    Permission.QUANTIFY: "DV",
    Permission.ASSIGN_VERIFIER: STAFF,
    Permission.KEEP_METHODOLOGIES: "A",
    Permission.RECORD_STANDARDS: "A",
    Permission.WRITE_STATEMENT: "V",
    Permission.ASK_FOR_REVIEW: "V",
    Permission.REVIEW_STATEMENT: "V",
    Permission.WRITE_VALIDATION: "V",
    Permission.ASSESS_RISK: "VA",
    Permission.COUNTERSIGN_ASSESSMENT: STAFF,
    Permission.ADD_EVENT: "VA",
    Permission.RAISE_FINDING: "V",
    Permission.REPLY_TO_FINDING: "DV",
    Permission.COMMENT: "",
    Permission.ANSWER_COMMENT: "DV",
    Permission.KEEP_CONSULTATIONS: STAFF,
    Permission.APPEAL: "D",
    Permission.FILE_GRIEVANCE: "DVAB",
    Permission.SEE_APPEAL: "DVAB",
    Permission.DECIDE_APPEAL: STAFF,
    Permission.DECIDE_VERIFICATION: "VA",
    Permission.DECLARE_INTERESTS: "V",
    Permission.COUNTERSIGN: STAFF,
    Permission.COUNTERSIGN_PROPOSAL: STAFF,
    Permission.HOLD_CREDITS: "DB",
    Permission.RESERVE_CREDITS: "DB",
    Permission.MAKE_GOOD: "DAB",
    Permission.CANCEL_CREDITS: STAFF,
    Permission.SET_BUFFER_SHARE: STAFF,
    Permission.SEE_INVOICES: "DVAB",
    Permission.PAY_INVOICE: "DB",
    Permission.SETTLE_INVOICE: STAFF,
    Permission.SET_FEES: STAFF,
    Permission.COUNTERSIGN_FEES: STAFF,
    Permission.FREEZE_REGISTRY: STAFF,
    Permission.RUN_CHAIN: STAFF,
    Permission.PUBLISH_OPEN_DATA: STAFF,
    Permission.ASK_FOR_REPORT: "DVAB",
    Permission.MAKE_REPORTS: STAFF,
    Permission.READ_BY_CODE: "",
    Permission.MANAGE_WEBHOOKS: STAFF,
    Permission.MANAGE_USERS: STAFF,
    Permission.SEE_EVERYTHING: STAFF,
    Permission.SEE_WORKFLOWS: STAFF,
}
ACCOUNTS = (DEVELOPER, VERIFIER, ADMINISTRATOR, BUYER)


def test_each_role_may_do_exactly_what_the_table_says() -> None:
    found = {
        permission: "".join(p.role[0].upper() for p in ACCOUNTS if p.may(permission))
        for permission in Permission
    }

    assert found == TABLE


STAFF_ACT = frozenset({Condition.IN_THE_VERIFIERS_STEAD})


@pytest.mark.parametrize(
    ("role", "permission", "relations", "holding", "allowed"),
    [
        (None, Permission.READ_PUBLIC, (), (), True),
        (None, Permission.SEE_PROJECT, (Relation.SUPPLIER,), (), False),
        (Role.VERIFIER, Permission.DECIDE_VERIFICATION, (Relation.ASSIGNED_VERIFIER,), (), True),
        (Role.VERIFIER, Permission.DECIDE_VERIFICATION, (Relation.SUPPLIER,), STAFF_ACT, False),
        (Role.ADMINISTRATOR, Permission.DECIDE_VERIFICATION, (), (), False),
        (Role.ADMINISTRATOR, Permission.DECIDE_VERIFICATION, (), STAFF_ACT, True),
        (Role.BUYER, Permission.HOLD_CREDITS, (), (), False),
        (Role.BUYER, Permission.HOLD_CREDITS, (Relation.HOLDER,), (), True),
    ],
)
def test_relation_and_condition_count_as_much_as_the_role(
    role: Role | None,
    permission: Permission,
    relations: tuple[Relation, ...],
    holding: tuple[Condition, ...],
    allowed: bool,
) -> None:
    assert permits(role, permission, relations, holding) is allowed


def test_every_role_has_its_row() -> None:
    assert set(PERMISSIONS) == set(Role)


def test_what_a_role_may_not_is_refused_in_words() -> None:
    with pytest.raises(Forbidden) as refused:
        BUYER.require(Permission.REGISTER_PROJECT)

    assert refused.value.detail == "Your role (buyer) may not register a project."


def test_what_a_role_may_passes_without_a_word() -> None:
    DEVELOPER.require(Permission.REGISTER_PROJECT)
