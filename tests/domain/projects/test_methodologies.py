"""What a methodology asks for: of a choice, of evidence, of a statement, and of the checklist."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.accounts.roles import Account
from domain.errors import (
    AlreadyDecided,
    ChecklistIncomplete,
    Conflict,
    Forbidden,
    Invalid,
    MethodologyNotChosen,
    NotCountersignable,
    NotInReview,
    Refusal,
    StatementMissing,
)
from domain.projects.assurance.checklist import (
    ChecklistItem,
    ChecklistTick,
    Reviewed,
    applicable_items,
    require_complete_checklist,
    require_tickable,
)
from domain.projects.assurance.evidence import required_evidence
from domain.projects.assurance.methodologies import (
    Methodology,
    MethodologyVersion,
    VersionTerms,
    choose_methodology,
    crediting_period_ends,
    require_new_version,
    withdraw,
)
from domain.projects.assurance.statements import (
    Assurance,
    Deduction,
    Opinion,
    StatementTerms,
    VerificationStatement,
    require_statement,
    statement_of_verifier,
    write_statement,
)
from domain.projects.documents import DocumentType
from domain.projects.projects import ProjectType
from domain.projects.verification import Verification, VerificationStatus, VintageQuantity
from tests.factories import (
    ADMINISTRATOR,
    DEVELOPER,
    NOW,
    OTHER_ADMINISTRATOR,
    VERIFIER,
    named,
    project,
)

START = date(2024, 2, 29)
OF = project(type=ProjectType.BIOCHAR, start_date=START)
VERSION = MethodologyVersion(
    named("version"),
    Methodology(named("methodology"), "Biochar", "Isometric", "Removal"),
    VersionTerms(
        version="1.0",
        project_types=(ProjectType.BIOCHAR, ProjectType.OTHER),
        required_document_types=(),
        parameters=(),
        crediting_period_years=10,
        durability_years=1000,
        requires_statement=True,
        requires_checklist=True,
        valid_from=NOW.date(),
    ),
)
ROUND = Verification(
    id=named("round"),
    project_id=OF.id,
    developer_id=DEVELOPER.id,
    status=VerificationStatus.IN_REVIEW,
    submitted_at=NOW,
    updated_at=NOW,
    verifier_id=VERIFIER.id,
    methodology_version_id=VERSION.id,
)
TERMS = StatementTerms(
    scope="A plant.",
    criteria="ISO 14064-2",
    assurance=Assurance.REASONABLE,
    materiality_percent=Decimal(5),
    methodology_version_id=VERSION.id,
    quantities=(VintageQuantity(2025, 100), VintageQuantity(2024, 50)),
    uncertainty_percent=Decimal("2.50"),
    deductions=(Deduction(2025, "Samples lost.", 10),),
    independence="No interest.",
    opinion=Opinion.POSITIVE,
)


def refused(rule: Callable[[], object]) -> type[Exception] | None:
    """The no that a rule says; None where it lets pass."""
    try:
        rule()
    except Refusal as no:
        return type(no)
    return None


def version(**terms: Any) -> MethodologyVersion:
    return replace(VERSION, terms=replace(VERSION.terms, **terms))


@pytest.mark.parametrize(
    ("chosen", "refusal"),
    [
        (VERSION, None),
        (version(project_types=(ProjectType.COOKSTOVES,)), Invalid),
        (withdraw(VERSION, "A newer one.", at=NOW), MethodologyNotChosen),
        (version(valid_from=NOW.date() + timedelta(days=1)), MethodologyNotChosen),
    ],
)
def test_a_round_chooses_what_fits_and_counts_today(
    chosen: MethodologyVersion, refusal: type[Exception] | None
) -> None:
    unchosen = replace(ROUND, methodology_version_id=None)

    assert refused(lambda: choose_methodology(unchosen, chosen, OF, at=NOW)) is refusal


def test_a_round_keeps_what_was_withdrawn_and_a_decided_one_chooses_no_more() -> None:
    gone = withdraw(VERSION, "A newer one.", at=NOW)
    decided = replace(ROUND, status=VerificationStatus.APPROVED)

    assert choose_methodology(ROUND, gone, OF, at=NOW) is ROUND
    with pytest.raises(AlreadyDecided):
        choose_methodology(decided, VERSION, OF, at=NOW)
    assert refused(lambda: withdraw(gone, "Twice.", at=NOW)) is Conflict
    assert refused(lambda: require_new_version([VERSION], "1.0")) is Conflict
    assert refused(lambda: require_new_version([VERSION], "1.1")) is None


@pytest.mark.parametrize(
    ("years", "stated", "ends"),
    [
        (10, None, date(2034, 2, 27)),
        (10, date(2030, 1, 1), date(2030, 1, 1)),
        (10, date(2034, 2, 28), Invalid),
        (None, date(2034, 2, 28), date(2034, 2, 28)),
        (None, None, None),
        (None, date(2023, 1, 1), Invalid),
    ],
)
def test_the_crediting_period_is_the_methodologys_where_it_states_one(
    years: int | None, stated: date | None, ends: Any
) -> None:
    by = version(crediting_period_years=years)
    no = refused(lambda: crediting_period_ends(by, START, stated))

    assert no is (Invalid if ends is Invalid else None)
    assert no or crediting_period_ends(by, START, stated) == ends


@pytest.mark.parametrize(
    ("asked", "is_first", "added", "kinds"),
    [
        ((), True, set(), 4),
        ({DocumentType.LABORATORY_ANALYSIS, DocumentType.LAND_TITLE}, True, {"laboratory_analysis", "land_title"}, 6),
        ({DocumentType.LABORATORY_ANALYSIS, DocumentType.LAND_TITLE}, False, {"laboratory_analysis"}, 3),
        # Either would do; the one that is asked for by name takes their place.
        ({DocumentType.MONITORING_PLAN}, True, {"monitoring_plan"}, 4),
        ({DocumentType.MONITORING_PLAN, DocumentType.METHODOLOGY}, True, {"monitoring_plan", "methodology"}, 5),
        ({DocumentType.MONITORING_REPORT}, False, set(), 2),
    ],
)  # fmt: skip
def test_documents_that_a_methodology_asks_for_add_to_the_evidence(
    asked: set[DocumentType], is_first: bool, added: set[str], kinds: int
) -> None:
    required = required_evidence(asked, is_first=is_first)
    ordinary = required_evidence(is_first=is_first)

    assert len(required) == kinds
    assert {str(*kind.types) for kind in required if kind not in ordinary} == added


@pytest.mark.parametrize(
    ("changed", "of", "pointers"),
    [
        ({"methodology_version_id": None}, {}, ["/methodologyVersionId"]),
        ({}, {"methodology_version_id": None}, ["/methodologyVersionId"]),
        ({"quantities": (VintageQuantity(2023, 1), VintageQuantity(2025, 1), VintageQuantity(2025, 1))}, {},
         ["/quantities/0/vintage", "/quantities/2/vintage"]),
        ({"deductions": (Deduction(2026, "Gone.", 1),)}, {}, ["/deductions/0/vintage"]),
        ({"opinion": Opinion.QUALIFIED, "opinion_basis": " "}, {}, ["/opinionBasis"]),
        ({"quantities": (VintageQuantity(2025, 10**11 + 1),)}, {}, ["/quantities"]),
    ],
)  # fmt: skip
def test_a_statement_is_refused_with_all_its_faults(
    changed: dict[str, Any], of: dict[str, Any], pointers: list[str]
) -> None:
    with pytest.raises(Invalid) as refused:
        write_statement(
            replace(ROUND, **of), named("s"), replace(TERMS, **changed), None,
            project=OF, actor=VERIFIER, at=NOW,
        )  # fmt: skip

    assert [fault.pointer for fault in refused.value.faults] == pointers


@pytest.mark.parametrize(
    ("status", "actor", "refusal"),
    [
        (VerificationStatus.APPROVED, VERIFIER, AlreadyDecided),
        (VerificationStatus.PENDING, VERIFIER, NotInReview),
        (VerificationStatus.IN_REVIEW, ADMINISTRATOR, Forbidden),
    ],
)
def test_a_statement_is_the_assigned_verifiers_in_review(
    status: VerificationStatus, actor: Account, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        write_statement(
            replace(ROUND, status=status), named("s"), TERMS, None, project=OF, actor=actor, at=NOW
        )


def test_each_writing_is_a_version_with_a_hash_of_its_own_unless_it_says_nothing_new() -> None:
    def write(terms: StatementTerms, newest: VerificationStatement | None) -> VerificationStatement:
        return write_statement(ROUND, named("s"), terms, newest, project=OF, actor=VERIFIER, at=NOW)

    first = write(TERMS, None)
    second = write(replace(TERMS, scope="Two plants."), first)

    assert (first.version, second.version) == (1, 2)
    assert write(TERMS, first) is first
    assert len({first.sha256, second.sha256, replace(first, version=2).sha256}) == 3
    assert replace(first, written_at=NOW + timedelta(days=1)).sha256 == first.sha256


def written(**changed: Any) -> VerificationStatement:
    return VerificationStatement(
        named("s"), ROUND.id, 1, replace(TERMS, **changed), VERIFIER.id, NOW
    )


@pytest.mark.parametrize(
    ("by", "statement", "vintages", "holds"),
    [
        (VERSION, written(), {2024: 50, 2025: 100}, True),
        (VERSION, written(opinion=Opinion.QUALIFIED), {2024: 50, 2025: 100, 2026: 0}, True),
        (VERSION, written(), {2025: 150}, False),
        (VERSION, written(opinion=Opinion.ADVERSE), {2024: 50, 2025: 100}, False),
        (VERSION, written(opinion=Opinion.DISCLAIMED), {2024: 50, 2025: 100}, False),
        (VERSION, written(methodology_version_id=named("former")), {2024: 50, 2025: 100}, False),
        (VERSION, None, {2025: 100}, False),
        (VERSION, replace(written(), written_by=ADMINISTRATOR.id), {2024: 50, 2025: 100}, False),
        (version(requires_statement=False), None, {2025: 100}, True),
        (None, None, {2025: 100}, True),
    ],
)
def test_an_approval_stands_on_what_its_verifier_states(
    by: MethodologyVersion | None,
    statement: VerificationStatement | None,
    vintages: dict[int, int],
    holds: bool,
) -> None:
    approved = [VintageQuantity(*one) for one in vintages.items()]
    stands_on = statement_of_verifier(ROUND, statement)

    no = refused(lambda: require_statement(ROUND, by, stands_on, approved))
    assert no is (None if holds else StatementMissing)


APPROVED = replace(
    ROUND,
    status=VerificationStatus.APPROVED,
    completed_at=NOW,
    decided_by=VERIFIER.id,
    needs_countersignature=True,
    verified_quantity_units=150,
)
ABOUT = Reviewed(APPROVED, OF, VERSION, written())


def ticks(items: list[ChecklistItem], **changed: Any) -> list[ChecklistTick]:
    return [
        replace(
            ChecklistTick(
                named(item), ROUND.id, item, True, None, ADMINISTRATOR.id, NOW + timedelta(hours=1)
            ),
            **changed,
        )
        for item in items
    ]


def test_the_checklist_has_what_applies_to_the_round() -> None:
    def has(item: ChecklistItem, **changed: Any) -> bool:
        return item in applicable_items(replace(ABOUT, **changed))

    above = replace(APPROVED, verified_quantity_units=OF.emissions_target_units + 1)
    assert not has(ChecklistItem.DUPLICATES_LOOKED_AT)
    assert has(ChecklistItem.DUPLICATES_LOOKED_AT, has_likely_duplicates=True)
    assert not has(ChecklistItem.STATEMENT_READ, statement=None)
    assert not has(ChecklistItem.METHODOLOGY_APPLIES, methodology=None)
    assert has(ChecklistItem.QUALIFICATION_ACCEPTED, statement=written(opinion_basis="Two kilns."))
    assert has(ChecklistItem.ABOVE_TARGET_EXPLAINED, verification=above)
    assert has(ChecklistItem.STEAD_REASON_READ, verification=replace(APPROVED, stead_reason="Ill."))


ALL = applicable_items(ABOUT)


@pytest.mark.parametrize(
    ("about", "done", "complete"),
    [
        (ABOUT, ticks(ALL), True),
        (ABOUT, ticks(ALL[1:]), False),
        (ABOUT, [*ticks(ALL), *ticks(ALL[:1], done=False)], False),
        # What was ticked before the approval came again, and what somebody else did, is nobody's look.
        (ABOUT, ticks(ALL, ticked_at=NOW - timedelta(hours=1)), False),
        (ABOUT, ticks(ALL, user_id=OTHER_ADMINISTRATOR.id), False),
        (replace(ABOUT, methodology=version(requires_checklist=False)), [], True),
        (replace(ABOUT, methodology=None), [], True),
    ],
)
def test_nobody_countersigns_who_has_not_looked_at_everything_themselves(
    about: Reviewed, done: list[ChecklistTick], complete: bool
) -> None:
    no = refused(lambda: require_complete_checklist(about, done, actor=ADMINISTRATOR))

    assert no is (None if complete else ChecklistIncomplete)


@pytest.mark.parametrize(
    ("change", "actor", "refusal"),
    [
        (lambda one: one, ADMINISTRATOR, None),
        (lambda one: one, VERIFIER, Forbidden),
        (lambda one: replace(one, decided_by=ADMINISTRATOR.id), ADMINISTRATOR, Forbidden),
        (lambda one: replace(one, needs_countersignature=False), ADMINISTRATOR, NotCountersignable),
    ],
)
def test_the_checklist_is_a_second_pair_of_eyes_while_the_approval_waits(
    change: Callable[[Verification], Verification],
    actor: Account,
    refusal: type[Exception] | None,
) -> None:
    about = replace(ABOUT, verification=change(APPROVED))
    not_of_it = [ChecklistItem.STEAD_REASON_READ]

    assert refused(lambda: require_tickable(about, ALL, actor=actor)) is refusal
    assert refused(lambda: require_tickable(about, not_of_it, actor=actor)) is (refusal or Invalid)
