"""A verification: pending → in_review → approved | rejected, and what an approval is bound to."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.accounts.roles import Account
from domain.errors import (
    AlreadyAssigned,
    AlreadyDecided,
    Fault,
    Forbidden,
    Invalid,
    NotCountersignable,
    NotInReview,
    NotPending,
    Refusal,
    TooFewDocuments,
)
from domain.projects.approvals import Approval, approve, digest_of, sign_off_digest
from domain.projects.documents import Document, DocumentType
from domain.projects.projects import Coordinates, Project, ProjectType
from domain.projects.verification import (
    ADDED_BY_PEOPLE,
    EventType,
    Verification,
    VerificationStatus,
    VintageQuantity,
    assign,
    countersign,
    refuse_countersignature,
    reject,
    signing_body,
)
from domain.quantities import QUANTITY_UNITS_MAX
from tests.factories import (
    ADMINISTRATOR,
    BUYER,
    DEVELOPER,
    NOW,
    OTHER_ADMINISTRATOR,
    OTHER_VERIFIER,
    VERIFIER,
    after,
    approved,
    document,
    documents,
    in_review,
    named,
    pending,
    project,
    rejected,
)

TOMORROW = after(days=1)
WHY_STAFF = "Its verifier has left the body."
WHY_NOT = "The laboratory lost its accreditation."


def approving(
    verification: Verification,
    *,
    approval: Approval | None = None,
    actor: Account = VERIFIER,
    evidence: list[Document] | None = None,
    needs_countersignature: bool = False,
    of: Project | None = None,
) -> Verification:
    return approve(
        verification,
        approval or Approval("Sampled and found right.", stead_reason=WHY_STAFF),
        project=of or project(),
        documents=documents() if evidence is None else evidence,
        actor=actor,
        needs_countersignature=needs_countersignature,
        at=TOMORROW,
    )


waiting_for_second_pair = approved(needs_countersignature=True)
countersigned = replace(
    waiting_for_second_pair, countersigned_by=ADMINISTRATOR.id, countersigned_at=NOW
)

STATES = {
    "pending": pending(),
    "in review": in_review(),
    "approved": approved(),
    "waiting for a second pair of eyes": waiting_for_second_pair,
    "countersigned": countersigned,
    "rejected": rejected(),
}
STEPS: dict[str, Callable[[Verification], Verification]] = {
    "assign": lambda v: assign(v, VERIFIER, at=TOMORROW),
    "replace the verifier": lambda v: assign(v, OTHER_VERIFIER, at=TOMORROW),
    "approve": approving,
    "reject": lambda v: reject(v, "The baseline is not credible.", actor=VERIFIER, at=TOMORROW),
    "countersign": lambda v: countersign(v, actor=ADMINISTRATOR, at=TOMORROW),
    "refuse": lambda v: refuse_countersignature(v, WHY_NOT, actor=ADMINISTRATOR, at=TOMORROW),
}
# What each step leads to from each state: the next status, or the refusal. A pending verification
# has no verifier yet, so that whoever decides it is somebody else's.
STATE_MACHINE: dict[str, dict[str, VerificationStatus | type[Refusal]]] = {
    "pending": {
        "assign": VerificationStatus.IN_REVIEW,
        "replace the verifier": VerificationStatus.IN_REVIEW,
        "approve": Forbidden,
        "reject": Forbidden,
        "countersign": NotCountersignable,
        "refuse": NotCountersignable,
    },
    "in review": {
        "assign": AlreadyAssigned,
        "replace the verifier": VerificationStatus.IN_REVIEW,
        "approve": VerificationStatus.APPROVED,
        "reject": VerificationStatus.REJECTED,
        "countersign": NotCountersignable,
        "refuse": NotCountersignable,
    },
    "approved": {
        "assign": NotPending,
        "replace the verifier": NotPending,
        "approve": AlreadyDecided,
        "reject": AlreadyDecided,
        "countersign": NotCountersignable,
        "refuse": NotCountersignable,
    },
    "waiting for a second pair of eyes": {
        "assign": NotPending,
        "replace the verifier": NotPending,
        "approve": AlreadyDecided,
        "reject": AlreadyDecided,
        "countersign": VerificationStatus.APPROVED,
        "refuse": VerificationStatus.IN_REVIEW,
    },
    "countersigned": {
        "assign": NotPending,
        "replace the verifier": NotPending,
        "approve": AlreadyDecided,
        "reject": AlreadyDecided,
        "countersign": NotCountersignable,
        "refuse": NotCountersignable,
    },
    "rejected": {
        "assign": NotPending,
        "replace the verifier": NotPending,
        "approve": AlreadyDecided,
        "reject": AlreadyDecided,
        "countersign": NotCountersignable,
        "refuse": NotCountersignable,
    },
}


def outcome(
    step: Callable[[Verification], Verification], verification: Verification
) -> VerificationStatus | type[Refusal]:
    try:
        return step(verification).status
    except Refusal as refusal:
        return type(refusal)


def test_each_step_leads_where_the_state_machine_says_and_nowhere_else() -> None:
    found = {
        name: {step: outcome(take, verification) for step, take in STEPS.items()}
        for name, verification in STATES.items()
    }

    assert found == STATE_MACHINE


def test_assignment_names_the_verifier_and_opens_the_review() -> None:
    assert assign(pending(), VERIFIER, at=TOMORROW) == replace(
        pending(),
        status=VerificationStatus.IN_REVIEW,
        verifier_id=VERIFIER.id,
        assigned_at=TOMORROW,
        updated_at=TOMORROW,
    )


def test_another_verifier_takes_over_and_the_review_begins_anew() -> None:
    assert assign(in_review(), OTHER_VERIFIER, at=TOMORROW) == replace(
        in_review(), verifier_id=OTHER_VERIFIER.id, assigned_at=TOMORROW, updated_at=TOMORROW
    )


STAFF = "Karbonica Registry"


@pytest.mark.parametrize(
    ("decider", "decider_company", "verifier_company", "body"),
    [
        (VERIFIER, "AENOR", "AENOR", "AENOR"),
        (VERIFIER, None, None, None),
        (ADMINISTRATOR, STAFF, "AENOR", "Karbonica Registry staff, in the stead of AENOR"),
        (ADMINISTRATOR, None, "AENOR", "Registry staff, in the stead of AENOR"),
        (ADMINISTRATOR, STAFF, None, "Karbonica Registry staff, in the verifier's stead"),
    ],
)
def test_a_sign_off_is_by_the_body_of_who_decided(
    decider: Account, decider_company: str | None, verifier_company: str | None, body: str | None
) -> None:
    named = signing_body(
        decider, decider_company=decider_company, verifier_company=verifier_company
    )

    assert named == body


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        (BUYER, "That account cannot verify projects."),
        (ADMINISTRATOR, "That account cannot verify projects."),
        (replace(VERIFIER, locked_until=after(days=2)), "That account cannot verify projects."),
        (
            replace(VERIFIER, id=DEVELOPER.id),
            "A project is not verified by its own supplier.",
        ),
    ],
)
def test_only_a_verifier_who_is_free_and_independent_is_assigned(
    chosen: Account, sentence: str
) -> None:
    with pytest.raises(Invalid) as refused:
        assign(pending(), chosen, at=TOMORROW)

    assert refused.value.faults == (Fault("/verifierId", sentence),)


def test_an_approval_records_what_was_approved_by_whom_and_when() -> None:
    decided = approving(in_review(), approval=Approval("Good.", 90_000, 2023))

    assert decided == replace(
        in_review(),
        status=VerificationStatus.APPROVED,
        completed_at=TOMORROW,
        updated_at=TOMORROW,
        decided_by=VERIFIER.id,
        notes="Good.",
        verified_quantity_units=90_000,
        vintage=2023,
        vintages=(VintageQuantity(2023, 90_000),),
        sign_off_version=4,
        sign_off_digest=digest_of(decided, project(), documents()),
    )


def test_an_approval_that_names_no_quantity_or_vintage_takes_the_target_and_this_year() -> None:
    decided = approving(in_review())

    assert (decided.verified_quantity_units, decided.vintage) == (
        project().emissions_target_units,
        TOMORROW.year,
    )


@pytest.mark.parametrize("vintage", [2006, 2024, TOMORROW.year])
def test_a_vintage_is_a_year_from_the_projects_first_to_this_one(vintage: int) -> None:
    assert approving(in_review(), approval=Approval("Good.", None, vintage)).vintage == vintage


YEARS = "the project starts on {}, and the decision is of 2026-03-02."


@pytest.mark.parametrize(
    ("start", "vintage", "sentence"),
    [
        ("2006-07-01", 0, "Vintage must be a year from 2006 to 2026: "),
        ("2006-07-01", 2005, "Vintage must be a year from 2006 to 2026: "),
        ("2006-07-01", 2027, "Vintage must be a year from 2006 to 2026: "),
        ("2026-12-31", 1990, "Vintage must be a year from 2026 to 2026: "),
        ("1990-01-01", 1989, "Vintage must be a year from 1990 to 2026: "),
        # Registered before start dates had bounds.
        ("1850-01-01", 1989, "Vintage must be a year from 1990 to 2026: "),
        ("2027-01-01", None, "There is no vintage yet: "),
        ("9999-12-31", 2026, "There is no vintage yet: "),
    ],
)
def test_a_vintage_outside_the_projects_years_is_refused_with_both_dates(
    start: str, vintage: int | None, sentence: str
) -> None:
    begun = replace(project(), start_date=date.fromisoformat(start))
    with pytest.raises(Invalid) as refused:
        approving(in_review(), approval=Approval("Good.", None, vintage), of=begun)

    assert refused.value.faults == (Fault("/vintage", sentence + YEARS.format(start)),)


def test_a_target_of_before_there_was_a_bound_is_not_approved_as_it_is() -> None:
    beyond = replace(project(), emissions_target_units=QUANTITY_UNITS_MAX + 1)
    with pytest.raises(Invalid) as refused:
        approving(in_review(), of=beyond)

    sentence = "Verified quantity must not be more than 1,000,000,000 t."
    assert refused.value.faults == (Fault("/verifiedQuantity", sentence),)
    assert approving(in_review(), approval=Approval("Good.", 5), of=beyond).is_decided


def test_a_verification_is_decided_by_its_own_verifier_or_by_staff() -> None:
    deciders = {
        "its verifier": VERIFIER,
        "another verifier": OTHER_VERIFIER,
        "staff": ADMINISTRATOR,
        "its developer": DEVELOPER,
        "a buyer": BUYER,
    }

    found = {
        name: outcome(lambda v, actor=actor: approving(v, actor=actor), in_review())  # type: ignore[misc]
        for name, actor in deciders.items()
    }

    assert found == {
        "its verifier": VerificationStatus.APPROVED,
        "another verifier": Forbidden,
        "staff": VerificationStatus.APPROVED,
        "its developer": Forbidden,
        "a buyer": Forbidden,
    }


def test_staff_decide_in_the_verifiers_stead_with_a_reason_and_never_alone() -> None:
    decided = approving(in_review(), actor=ADMINISTRATOR)

    assert (decided.stead_reason, decided.waits_for_countersignature) == (WHY_STAFF, True)
    turned_down = reject(
        in_review(), "Leaks.", actor=ADMINISTRATOR, at=TOMORROW, stead_reason=WHY_STAFF
    )
    assert turned_down.stead_reason == WHY_STAFF
    with pytest.raises(Invalid) as refused:
        reject(in_review(), "", actor=ADMINISTRATOR, at=TOMORROW, stead_reason=" ")
    assert [fault.pointer for fault in refused.value.faults] == ["/steadReason", "/reason"]


def test_the_verifiers_own_decision_is_in_nobodys_stead() -> None:
    decided = approving(in_review())

    assert (decided.stead_reason, decided.needs_countersignature) == (None, False)


@pytest.mark.parametrize(("quantity_units", "waits"), [(100_000, False), (100_001, True)])
def test_more_than_was_announced_waits_for_a_countersignature(
    quantity_units: int, *, waits: bool
) -> None:
    decided = approving(in_review(), approval=Approval("Good.", quantity_units, 2024))

    assert decided.waits_for_countersignature is waits


def test_what_one_administrator_once_issued_alone_is_refused_with_every_fault() -> None:
    """1,000,000 t of 1990 for a project of 1 t that begins in 2026, on three copies of one file."""
    small = project(emissions_target_units=100, start_date=date(2026, 1, 1))
    asked = Approval("Fine.", 100_000_000, 1990)
    copies = [document(DocumentType.OTHER, id=named(f"copy {n}")) for n in range(3)]

    with pytest.raises(Invalid) as refused:
        approving(in_review(), approval=asked, actor=ADMINISTRATOR, evidence=copies, of=small)
    assert [fault.pointer for fault in refused.value.faults] == ["/steadReason", "/vintage"]

    asked = replace(asked, stead_reason=WHY_STAFF, vintage=2026)
    with pytest.raises(TooFewDocuments):
        approving(in_review(), approval=asked, actor=ADMINISTRATOR, evidence=copies, of=small)
    by_staff = [*documents()[:3], replace(documents()[3], uploaded_by=ADMINISTRATOR.id)]
    decided = approving(
        in_review(), approval=asked, actor=ADMINISTRATOR, evidence=by_staff, of=small
    )
    assert decided.waits_for_countersignature


def test_nobody_decides_or_countersigns_about_what_is_their_own() -> None:
    own = replace(ADMINISTRATOR, id=DEVELOPER.id)
    acts: list[Callable[[], object]] = [
        lambda: approving(in_review(), actor=own),
        lambda: reject(in_review(), "No.", actor=own, at=TOMORROW, stead_reason=WHY_STAFF),
        lambda: countersign(waiting_for_second_pair, actor=own, at=TOMORROW),
        lambda: refuse_countersignature(waiting_for_second_pair, "No.", actor=own, at=TOMORROW),
    ]
    for act in acts:
        with pytest.raises(Forbidden, match="Nobody decides about what is their own"):
            act()


def test_even_staff_cannot_decide_before_a_verifier_was_assigned() -> None:
    with pytest.raises(NotInReview):
        approving(pending(), actor=ADMINISTRATOR)


def test_a_rejection_keeps_its_reason() -> None:
    decided = reject(in_review(), "Leakage was left out.", actor=VERIFIER, at=TOMORROW)

    assert decided == replace(
        in_review(),
        status=VerificationStatus.REJECTED,
        completed_at=TOMORROW,
        updated_at=TOMORROW,
        decided_by=VERIFIER.id,
        notes="Leakage was left out.",
    )


@pytest.mark.parametrize("reason", ["", "   ", "\n\t"])
def test_a_rejection_without_a_reason_is_refused(reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        reject(in_review(), reason, actor=VERIFIER, at=TOMORROW)

    assert refused.value.faults == (Fault("/reason", "A rejection needs a reason."),)


def test_the_second_pair_of_eyes_is_added_to_the_approval() -> None:
    assert countersign(waiting_for_second_pair, actor=ADMINISTRATOR, at=TOMORROW) == replace(
        waiting_for_second_pair,
        countersigned_by=ADMINISTRATOR.id,
        countersigned_at=TOMORROW,
        updated_at=TOMORROW,
    )


def test_the_second_pair_of_eyes_is_somebody_elses() -> None:
    by_staff = replace(waiting_for_second_pair, decided_by=ADMINISTRATOR.id)

    with pytest.raises(Forbidden) as refused:
        countersign(by_staff, actor=ADMINISTRATOR, at=TOMORROW)

    assert refused.value.detail == "The second pair of eyes cannot be the first one's."
    assert countersign(by_staff, actor=OTHER_ADMINISTRATOR, at=TOMORROW).countersigned_by == (
        OTHER_ADMINISTRATOR.id
    )


@pytest.mark.parametrize("actor", [OTHER_VERIFIER, replace(ADMINISTRATOR, id=VERIFIER.id)])
def test_only_staff_who_did_not_approve_answer_an_approval(actor: Account) -> None:
    with pytest.raises(Forbidden):
        countersign(waiting_for_second_pair, actor=actor, at=TOMORROW)
    with pytest.raises(Forbidden):
        refuse_countersignature(waiting_for_second_pair, WHY_NOT, actor=actor, at=TOMORROW)


def test_a_refused_countersignature_leaves_nothing_approved_and_keeps_its_reason() -> None:
    approval = approving(
        in_review(),
        approval=Approval("Good.", 90_000, 2023, "AENOR"),
        needs_countersignature=True,
    )
    later = after(days=2)

    refused = refuse_countersignature(approval, WHY_NOT, actor=ADMINISTRATOR, at=later)

    assert refused == in_review(
        assigned_at=later,
        updated_at=later,
        countersignature_refused_by=ADMINISTRATOR.id,
        countersignature_refused_at=later,
        countersignature_refusal=WHY_NOT,
    )
    assert approving(refused).status is VerificationStatus.APPROVED


def test_a_countersignature_is_not_refused_without_a_reason() -> None:
    with pytest.raises(Invalid) as refused:
        refuse_countersignature(waiting_for_second_pair, " \n", actor=ADMINISTRATOR, at=TOMORROW)

    assert refused.value.faults == (Fault("/reason", "A refused countersignature needs a reason."),)


@given(st.permutations(documents()))
def test_the_order_of_documents_does_not_change_a_sign_off(shuffled: list[Document]) -> None:
    assert sign_off_digest(project(), shuffled) == sign_off_digest(project(), documents())


@pytest.mark.parametrize(
    "changes",
    [
        {"id": named("another project")},
        {"title": "Guanare Forest Plantations on degraded grasslands"},
        {"type": ProjectType.SOIL_CARBON},
        {"description": ""},
        {"location": "Treinta y Tres"},
        {"country": "ARG"},
        {"coordinates": Coordinates("-32.370001", "-54.18")},
        {"coordinates": Coordinates("-32.37", "-54.180001")},
        {"emissions_target_units": 100_001},
        {"start_date": date(2006, 7, 2)},
    ],
)
def test_whatever_changes_in_a_project_changes_its_sign_off(changes: dict[str, Any]) -> None:
    assert signed(project(**changes)) != signed(project())


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize(
    "changes", [{"sha256": "0" * 64}, {"document_type": DocumentType.LAND_TITLE}]
)
def test_whatever_changes_in_a_document_changes_the_sign_off(
    place: int, changes: dict[str, Any]
) -> None:
    evidence = documents()
    evidence[place] = replace(evidence[place], **changes)

    assert signed(project(), evidence) != signed(project())


def test_a_document_more_or_less_changes_the_sign_off() -> None:
    one_more = [*documents(), document(DocumentType.SITE_EVIDENCE)]

    assert (
        len({signed(project()), signed(project(), one_more), signed(project(), documents()[1:])})
        == 3
    )


def test_what_happens_after_the_sign_off_leaves_it_as_it_was() -> None:
    """Status, times and names are no part of what was reviewed."""
    evidence = [replace(d, name="renamed.pdf", completed_at=TOMORROW) for d in documents()]

    assert signed(project(updated_at=TOMORROW), evidence) == signed(project())


def signed(subject: Project, evidence: list[Document] | None = None) -> str:
    return sign_off_digest(subject, documents() if evidence is None else evidence)


def test_people_add_notes_and_site_visits_and_nothing_else() -> None:
    assert {EventType.NOTE, EventType.SITE_VISIT} == ADDED_BY_PEOPLE
