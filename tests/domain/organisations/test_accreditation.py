"""Which body verifies what, and what its verifiers declare."""

from datetime import UTC, date, datetime

import pytest

from domain.errors import Conflict, ConflictOfInterest, NotAccredited
from domain.organisations.accreditation import (
    Accreditation,
    ConflictDeclaration,
    DeclaredConflict,
    VerifyingBody,
    require_accredited,
    require_no_conflict,
)
from domain.organisations.organisations import Organisation, OrganisationKind
from tests.factories import named

TODAY = date(2026, 3, 1)
BODY = Organisation(
    named("body"), OrganisationKind.VERIFICATION_BODY, "Vera & Co.", "USA", None, None
)
SUPPLIER = Organisation(
    named("supplier"), OrganisationKind.DEVELOPER, "Kilns Ltd", "IND", None, named("developer")
)


def accreditation(
    first: str, last: str | None, *kinds: str, inherited: bool = False
) -> Accreditation:
    return Accreditation(
        id=named("accreditation"),
        organisation_id=BODY.id,
        scheme="ISO 14065",
        number="1",
        project_types=kinds or ("biochar",),
        valid_from=date.fromisoformat(first),
        valid_until=None if last is None else date.fromisoformat(last),
        evidence_url=None,
        inherited=inherited,
        recorded_by=None,
    )


@pytest.mark.parametrize(
    "accreditations",
    [
        [accreditation("2026-03-01", "2026-03-01")],
        [accreditation("2020-01-01", None, inherited=True)],
        [accreditation("2020-01-01", "2021-01-01"), accreditation("2026-01-01", "2027-01-01")],
        [accreditation("2020-01-01", "2030-01-01", "cookstoves", "biochar")],
    ],
)
def test_a_body_verifies_within_scope_and_days(accreditations: list[Accreditation]) -> None:
    require_accredited(
        VerifyingBody(BODY, accreditations),
        project_type="biochar",
        supplier_id=SUPPLIER.id,
        on=TODAY,
    )


@pytest.mark.parametrize(
    ("body", "refusal", "sentence"),
    [
        (VerifyingBody(None, []), NotAccredited, "This verifier acts for no verification body."),
        (
            VerifyingBody(SUPPLIER, []),
            ConflictOfInterest,
            "This verifier acts for the project's own supplier.",
        ),
        (
            VerifyingBody(BODY, []),
            NotAccredited,
            "Vera & Co. has no accreditation in this registry yet.",
        ),
        (
            VerifyingBody(BODY, [accreditation("2020-01-01", "2026-02-28")]),
            NotAccredited,
            "The accreditation of Vera & Co. for biochar ended on 2026-02-28.",
        ),
        (
            VerifyingBody(BODY, [accreditation("2026-03-02", "2027-01-01")]),
            NotAccredited,
            "The accreditation of Vera & Co. for biochar begins on 2026-03-02 only.",
        ),
        (
            VerifyingBody(BODY, [accreditation("2020-01-01", "2030-01-01", "blue_carbon")]),
            NotAccredited,
            "The accreditation of Vera & Co. does not have biochar in its scope.",
        ),
    ],
)
def test_who_may_not_verify_is_told_why(
    body: VerifyingBody, refusal: type[Conflict], sentence: str
) -> None:
    with pytest.raises(refusal) as refused:
        require_accredited(body, project_type="biochar", supplier_id=SUPPLIER.id, on=TODAY)

    assert refused.value.detail == sentence


def declaration(declared: DeclaredConflict) -> ConflictDeclaration:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    return ConflictDeclaration(
        named("d"), named("v"), named("verifier"), declared, None, implied=False, declared_at=at
    )


NONE, PRESENT = declaration(DeclaredConflict.NONE), declaration(DeclaredConflict.PRESENT)


@pytest.mark.parametrize(
    ("newest", "required", "refusal"),
    [
        (None, False, None),
        (NONE, True, None),
        (None, True, Conflict),
        (PRESENT, False, ConflictOfInterest),
        (PRESENT, True, ConflictOfInterest),
    ],
)
def test_who_has_a_conflict_decides_nothing(
    newest: ConflictDeclaration | None, *, required: bool, refusal: type[Conflict] | None
) -> None:
    try:
        require_no_conflict(newest, required=required)
        found = None
    except Conflict as refused:
        found = type(refused)

    assert found is refusal
