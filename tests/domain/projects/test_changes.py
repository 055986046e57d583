"""What a supplier changes while a round is open: facts, versions of documents, and whether it goes on."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.accounts.roles import Account, Role
from domain.errors import (
    AlreadyDecided,
    AlreadySuperseded,
    ChangedSince,
    Conflict,
    FactsStand,
    Forbidden,
    Invalid,
    Refusal,
)
from domain.projects.changes.document_versions import require_replaceable, supersede
from domain.projects.changes.project_changes import (
    AskedChanges,
    ProjectChange,
    change_project,
    differences,
)
from domain.projects.changes.review import (
    ReviewedMaterial,
    changed_since,
    require_unchanged,
    review_digest,
)
from domain.projects.changes.withdrawal import withdraw
from domain.projects.documents import Document, DocumentType
from domain.projects.projects import Coordinates, Project, ProjectStatus, ProjectType
from domain.projects.verification import Verification, VerificationStatus
from tests.factories import (
    ADMINISTRATOR,
    DEVELOPER,
    NOW,
    OTHER_DEVELOPER,
    VERIFIER,
    account,
    announced,
    approved,
    document,
    in_review,
    named,
    pending,
    project,
    rejected,
)

LATER = NOW + timedelta(days=1)
WITHDRAWN = replace(rejected(), status=VerificationStatus.WITHDRAWN, decided_by=DEVELOPER.id)
TITLE, TYPE = AskedChanges(title="Another title"), AskedChanges(type=ProjectType.SOIL_CARBON)
PLACE = AskedChanges(coordinates=Coordinates("1", "2"), emissions_target_units=5)


def refusal(call: Callable[[], object]) -> Refusal | None:
    try:
        call()
    except Refusal as refused:
        return refused
    return None


COLLEAGUE = account("colleague", Role.DEVELOPER, holding_id=DEVELOPER.id)


def test_a_pending_project_changes_in_every_fact_and_the_difference_is_in_the_contracts_words() -> (
    None
):
    everything = AskedChanges(
        title="New",
        type=ProjectType.BIOCHAR,
        description="Other.",
        location="Salto",
        country="ARG",
        coordinates=Coordinates("1.5", "-2"),
        emissions_target_units=150,
        start_date=date(2010, 1, 1),
        crediting_period_ends=date(2020, 12, 31),
    )

    changed = change_project(project(), pending(), everything, actor=DEVELOPER, at=LATER)

    found = {name: fact.after for name, fact in differences(project(), changed).items()}
    assert found == {
        "title": "New",
        "type": "biochar",
        "description": "Other.",
        "location": "Salto",
        "country": "ARG",
        "coordinates": {"latitude": "1.5", "longitude": "-2"},
        "emissionsTarget": "1.50",
        "startDate": "2010-01-01",
        "creditingPeriodEnd": "2020-12-31",
    }
    assert differences(project(), changed)["title"].before == project().title
    back = AskedChanges(without_crediting_period_end=True)
    assert (
        change_project(changed, pending(), back, actor=DEVELOPER, at=LATER).crediting_period_ends
        is None
    )
    same = project()
    assert (
        change_project(same, pending(), AskedChanges(title=same.title), actor=DEVELOPER, at=LATER)
        is same
    )


@pytest.mark.parametrize(
    ("first", "status", "asked", "said"),
    [
        (in_review(), ProjectStatus.PENDING, TYPE, "The review relies on the type"),
        (approved(), ProjectStatus.VERIFIED, TITLE, "statement of the next round"),
        (approved(), ProjectStatus.VERIFIED, PLACE, "its coordinates and emissions target verified"),
        (approved(needs_countersignature=True), ProjectStatus.PENDING, TITLE, "is approved"),
        (rejected(), ProjectStatus.REJECTED, TITLE, "rejected: resubmit it first"),
        (WITHDRAWN, ProjectStatus.WITHDRAWN, TITLE, "withdrawn: resubmit it first"),
    ],
)  # fmt: skip
def test_what_the_state_of_a_project_relies_on_stands(
    first: Verification, status: ProjectStatus, asked: AskedChanges, said: str
) -> None:
    with pytest.raises(FactsStand, match=said) as refused:
        change_project(project(status=status), first, asked, actor=DEVELOPER, at=LATER)

    assert refused.value.faults


@pytest.mark.parametrize(
    ("asked", "actor", "no"),
    [
        (PLACE, DEVELOPER, None),
        (TITLE, COLLEAGUE, None),
        (TITLE, OTHER_DEVELOPER, Forbidden),
        (TITLE, VERIFIER, Forbidden),
        (TITLE, ADMINISTRATOR, Forbidden),
        (AskedChanges(start_date=date(1989, 12, 31)), DEVELOPER, Invalid),
        (AskedChanges(crediting_period_ends=date(2006, 6, 30)), DEVELOPER, Invalid),
        (AskedChanges(crediting_period_ends=date(2016, 6, 30), without_crediting_period_end=True), DEVELOPER, Invalid),
    ],
)  # fmt: skip
def test_in_review_its_supplier_changes_what_could_be_registered(
    asked: AskedChanges, actor: Account, no: type[Refusal] | None
) -> None:
    def change() -> Project:
        return change_project(project(), in_review(), asked, actor=actor, at=LATER)

    changed: list[Project] = []
    found = refusal(lambda: changed.append(change()))

    assert type(found) is (no or type(None))
    assert [bool(differences(project(), one)) for one in changed] == ([] if no else [True])


@pytest.mark.parametrize(
    ("former", "document_type", "actor", "uploader_role", "no"),
    [
        (document(), DocumentType.MONITORING_REPORT, DEVELOPER, Role.DEVELOPER, None),
        (document(), DocumentType.MONITORING_REPORT, COLLEAGUE, Role.DEVELOPER, None),
        (document(uploaded_by=VERIFIER.id), DocumentType.MONITORING_REPORT, VERIFIER, Role.VERIFIER, None),
        (document(uploaded_by=VERIFIER.id), DocumentType.MONITORING_REPORT, DEVELOPER, Role.VERIFIER, Forbidden),
        (document(), DocumentType.MONITORING_REPORT, VERIFIER, Role.DEVELOPER, Forbidden),
        (document(), DocumentType.OTHER, DEVELOPER, Role.DEVELOPER, Invalid),
        (announced(), DocumentType.MONITORING_REPORT, DEVELOPER, Role.DEVELOPER, Conflict),
        (document(superseded_by=named("v2"), superseded_at=NOW), DocumentType.MONITORING_REPORT, DEVELOPER, Role.DEVELOPER, AlreadySuperseded),
    ],
)  # fmt: skip
def test_a_document_is_replaced_by_its_own_side_with_its_own_type_once(
    former: Document,
    document_type: DocumentType,
    actor: Account,
    uploader_role: Role,
    no: type[Refusal] | None,
) -> None:
    def require() -> None:
        require_replaceable(
            former, document_type, actor, uploader_role=uploader_role, developer_id=DEVELOPER.id
        )

    assert type(refusal(require)) is (no or type(None))


def test_what_is_superseded_is_no_evidence_any_more() -> None:
    superseded = supersede(document(), document(id=named("v2")), at=LATER)

    assert (superseded.is_evidence, superseded.superseded_by, superseded.superseded_at) == (
        *(False, named("v2"), LATER),
    )
    assert type(refusal(lambda: supersede(superseded, document(), at=LATER))) is AlreadySuperseded


@pytest.mark.parametrize(
    ("verification", "note", "actor", "no", "said"),
    [
        (pending(), "We build it elsewhere.", DEVELOPER, None, ""),
        (in_review(), "We build it elsewhere.", COLLEAGUE, None, ""),
        (in_review(), " ", DEVELOPER, Invalid, "says why"),
        (in_review(), "Mine.", OTHER_DEVELOPER, Forbidden, "supplier"),
        (in_review(), "For them.", ADMINISTRATOR, Forbidden, "may not"),
        (approved(), "Too late.", DEVELOPER, AlreadyDecided, "approved"),
        (approved(needs_countersignature=True), "Too late.", DEVELOPER, AlreadyDecided, "Ask staff to refuse it"),
        (rejected(), "Too late.", DEVELOPER, AlreadyDecided, "rejected"),
        (WITHDRAWN, "Again.", DEVELOPER, AlreadyDecided, "withdrawn"),
    ],
)  # fmt: skip
def test_a_round_is_withdrawn_by_its_supplier_before_it_is_decided(
    verification: Verification, note: str, actor: Account, no: type[Refusal] | None, said: str
) -> None:
    def end() -> Verification:
        return withdraw(verification, project(), note, actor=actor, at=LATER)

    ended: list[Verification] = []
    found = refusal(lambda: ended.append(end()))

    assert type(found) is (no or type(None))
    assert said in str(found)
    assert [
        (one.status, one.notes, one.completed_at, one.is_decided, one.is_open) for one in ended
    ] == ([] if no else [(VerificationStatus.WITHDRAWN, note, LATER, True, False)])


def _other(fact: str, number: int) -> dict[str, Any]:
    return {fact: f"{fact} {number}"}


@st.composite
def histories(draw: st.DrawFn) -> Sequence[ReviewedMaterial]:
    """A round's material after each step: a fact that changes, a document that comes, or is replaced."""
    now = ReviewedMaterial(in_review(), project(), (document(),), ())
    states = [now]
    steps = draw(st.lists(st.sampled_from(["title", "location", "new", "replace"]), max_size=8))
    for number, step in enumerate(steps, start=1):
        at = NOW + timedelta(hours=number)
        if step in {"title", "location"}:
            after = replace(now.project, **_other(step, number))
            change = ProjectChange(
                named(f"change {number}"), now.project.id, now.verification.id, len(now.changes) + 1,
                DEVELOPER.id, at, differences(now.project, after),
            )  # fmt: skip
            now = replace(now, project=after, changes=(*now.changes, change))
        else:
            former = next(one for one in reversed(now.documents) if one.is_evidence)
            new = document(
                id=named(f"document {number}"), name=f"{number}.pdf", completed_at=at, sha256=f"{number:064x}",
            )  # fmt: skip
            documents = list(now.documents)
            if step == "replace":
                new = replace(new, version=former.version + 1, supersedes=former.id)
                documents[documents.index(former)] = supersede(former, new, at=at)
            now = replace(now, documents=(*documents, new))
        states.append(now)
    return states


@given(histories(), st.data())
def test_whoever_looked_earlier_is_told_exactly_what_changed_since(
    states: Sequence[ReviewedMaterial], data: st.DataObject
) -> None:
    seen = data.draw(st.integers(0, len(states) - 1))
    now, digest = states[-1], review_digest(states[seen])

    told = changed_since(now, digest)

    assert told is not None
    moment = NOW + timedelta(hours=seen)
    facts = [one for one in now.changes if one.changed_at > moment]
    came = [one for one in now.documents if one.completed_at and one.completed_at > moment]
    assert len(told) == len(facts) + len(came)
    found = refusal(lambda: require_unchanged(now, digest))
    assert type(found) is (ChangedSince if told else type(None))


def test_what_never_was_there_to_review_is_said_to_be_so() -> None:
    there = ReviewedMaterial(in_review(), project(), (document(),), ())

    assert changed_since(there, "ab" * 32) is None
    with pytest.raises(ChangedSince, match="none of what this round has had"):
        require_unchanged(there, "ab" * 32)
