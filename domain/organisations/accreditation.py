"""
What a verification body may verify, and what its verifiers declare (ADR 0068).

Source: ISO 14065 and ISO 14064-3 (impartiality, accreditation by scope).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from domain.errors import Conflict, ConflictOfInterest, Fault, Invalid, NotAccredited
from domain.organisations.organisations import Organisation, OrganisationKind


class DeclaredConflict(StrEnum):
    NONE = "none"
    PRESENT = "present"


@dataclass(frozen=True)
class Accreditation:
    """
    `project_types` is the scope; it is valid from the first day to the last, both in UTC.

    `inherited` was given to who verified before accreditations were kept, and alone may have no end.
    """

    id: UUID
    organisation_id: UUID
    scheme: str
    number: str
    project_types: tuple[str, ...]
    valid_from: date
    valid_until: date | None
    evidence_url: str | None
    inherited: bool
    recorded_by: UUID | None

    def is_valid(self, *, on: date) -> bool:
        return self.valid_from <= on and (self.valid_until is None or on <= self.valid_until)


@dataclass(frozen=True)
class ConflictDeclaration:
    """`words` say which interest there is; `implied` was declared by the approval itself."""

    id: UUID
    verification_id: UUID
    user_id: UUID
    declared: DeclaredConflict
    words: str | None
    implied: bool
    declared_at: datetime


@dataclass(frozen=True)
class VerifyingBody:
    """The organisation of a verifier, None where they act for none, and what it is accredited for."""

    organisation: Organisation | None
    accreditations: Collection[Accreditation]


def require_accredited(
    body: VerifyingBody, *, project_type: str, supplier_id: UUID | None, on: date
) -> None:
    """
    `supplier_id` is the organisation of the project's supplier, `on` a day in UTC.

    Raises:
        NotAccredited: the verifier acts for no verification body, or its accreditation has ended, has
            not begun, or does not have the project's type in its scope; each in a sentence.
        ConflictOfInterest: the verifier acts for the project's supplier.
    """
    organisation = body.organisation
    if organisation is not None and organisation.id == supplier_id:
        raise ConflictOfInterest("This verifier acts for the project's own supplier.")
    if organisation is None or organisation.kind is not OrganisationKind.VERIFICATION_BODY:
        raise NotAccredited("This verifier acts for no verification body.")
    name = organisation.legal_name or "The verifier's body"
    if not body.accreditations:
        raise NotAccredited(f"{name} has no accreditation in this registry yet.")
    covering = [one for one in body.accreditations if project_type in one.project_types]
    kind = project_type.replace("_", " ")
    if any(one.is_valid(on=on) for one in covering):
        return
    if not covering:
        raise NotAccredited(f"The accreditation of {name} does not have {kind} in its scope.")
    begun = [one for one in covering if one.valid_from <= on]
    if not begun:
        first = min(one.valid_from for one in covering)
        raise NotAccredited(f"The accreditation of {name} for {kind} begins on {first} only.")
    ended = max(one.valid_until for one in begun if one.valid_until is not None)
    raise NotAccredited(f"The accreditation of {name} for {kind} ended on {ended}.")


def accreditation_words(
    accreditations: Collection[Accreditation], *, project_type: str, on: date
) -> str | None:
    """
    The one for this type that lasts longest, as an approval keeps it: “ISO 14065, ANAB, VB-1, until 2027-06-30”.

    None: what there is was given to who verified before accreditations were kept.
    """
    covering = [
        one
        for one in accreditations
        if project_type in one.project_types and one.is_valid(on=on) and not one.inherited
    ]
    if not covering:
        return None
    longest = max(covering, key=lambda one: (one.valid_until or date.max, one.scheme, one.number))
    until = f", until {longest.valid_until}" if longest.valid_until else ""
    return f"{longest.scheme}, {longest.number}{until}"


def require_period(valid_from: date, valid_until: date) -> None:
    """
    Raises:
        Invalid: it would end before it begins.
    """
    if valid_until < valid_from:
        detail = "Valid until must not be before valid from."
        raise Invalid(detail, Fault("/accreditation/validUntil", detail))


def require_no_conflict(declaration: ConflictDeclaration | None, *, required: bool) -> None:
    """
    `declaration` is the newest of the verifier for this verification, None where there is none.

    Raises:
        ConflictOfInterest: a conflict was declared.
        Conflict: nothing was, and the registry wants it (`CONFLICT_DECLARATION_REQUIRED`).
    """
    if declaration is None:
        if required:
            raise Conflict(
                "Declare first whether you have a conflict of interest in this verification; without"
                " the declaration nothing is decided."
            )
        return
    if declaration.declared is DeclaredConflict.PRESENT:
        raise ConflictOfInterest(
            "You have declared a conflict of interest in this verification; another verifier decides it."
        )
