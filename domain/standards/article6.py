"""
Article 6 of the Paris Agreement: what a host Party authorised, and how far its corresponding adjustment has come.

Sources: decision 2/CMA.3, annex, paragraphs 1 (authorised uses), 2 (first transfer), 6 to 15 (corresponding
adjustments) and 18 to 23 (reporting); decision 4/CMA.6 (content of authorisations, changes and revocation: what was
first transferred stays as it was, unless the authorisation's own terms say otherwise). Who adjusts is the Party:
the registry keeps the Party's documents, and decides nothing in its stead.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.accounts.roles import Account
from domain.errors import (
    AlreadyTransferred,
    AuthorisationUnfit,
    Fault,
    Invalid,
    RecordSettled,
    StepWaiting,
)
from domain.standards.records import (
    Record,
    RecordStatus,
    Source,
    confirm_record,
    covers_vintage,
    new_record,
    require_vintages,
    withdraw_record,
)


class AuthorisedUse(StrEnum):
    """
    ndc              towards a nationally determined contribution
    international    other international mitigation purposes: CORSIA
    other_purposes   other purposes, the voluntary market among them

    Decision 2/CMA.3, annex, paragraph 1 (d) and (f).
    """

    NDC = "ndc"
    INTERNATIONAL = "international"
    OTHER_PURPOSES = "other_purposes"


class FirstTransfer(StrEnum):
    """
    What counts as the first transfer: for use towards a contribution the first international transfer; for the rest
    whichever of the others the Party specifies (decision 2/CMA.3, annex, paragraph 2).
    """

    INTERNATIONAL_TRANSFER = "international_transfer"
    AUTHORISATION = "authorisation"
    ISSUANCE = "issuance"
    USE_OR_CANCELLATION = "use_or_cancellation"


class AuthorisationStatus(StrEnum):
    """
    requested            the Party was asked
    refused              the Party said no, for ever
    authorised           uses are authorised, nothing is first transferred
    first_transferred    the Party owes the adjustment
    adjustment_reported  the Party has reported it
    adjustment_applied   it is in the Party's emissions balance, as its biennial transparency report has it
    revoked              the Party took the authorisation back, for ever
    """

    REQUESTED = "requested"
    REFUSED = "refused"
    AUTHORISED = "authorised"
    FIRST_TRANSFERRED = "first_transferred"
    ADJUSTMENT_REPORTED = "adjustment_reported"
    ADJUSTMENT_APPLIED = "adjustment_applied"
    REVOKED = "revoked"


class StepKind(StrEnum):
    REQUEST = "request"
    REFUSE = "refuse"
    AUTHORISE = "authorise"
    CHANGE = "change"
    FIRST_TRANSFER = "first_transfer"
    REPORT_ADJUSTMENT = "report_adjustment"
    APPLY_ADJUSTMENT = "apply_adjustment"
    REVOKE = "revoke"


_S, _K = AuthorisationStatus, StepKind
ALLOWED: Mapping[StepKind, tuple[frozenset[AuthorisationStatus], AuthorisationStatus | None]] = {
    _K.REFUSE: (frozenset({_S.REQUESTED}), _S.REFUSED),
    _K.AUTHORISE: (frozenset({_S.REQUESTED}), _S.AUTHORISED),
    _K.CHANGE: (frozenset({_S.AUTHORISED, _S.FIRST_TRANSFERRED}), None),
    _K.FIRST_TRANSFER: (frozenset({_S.AUTHORISED}), _S.FIRST_TRANSFERRED),
    _K.REPORT_ADJUSTMENT: (frozenset({_S.FIRST_TRANSFERRED}), _S.ADJUSTMENT_REPORTED),
    _K.APPLY_ADJUSTMENT: (frozenset({_S.ADJUSTMENT_REPORTED}), _S.ADJUSTMENT_APPLIED),
    _K.REVOKE: (frozenset({_S.AUTHORISED, _S.FIRST_TRANSFERRED}), _S.REVOKED),
}
"""From which states each step leads, and where to; None: it stays. A request comes first, and once."""

WITH_TERMS = frozenset({StepKind.AUTHORISE, StepKind.CHANGE})


class Claim(StrEnum):
    """
    What whoever retires may say of these credits.

    contribution    they support what the host Party does itself; its own balance counts the same tonnes
    not_adjusted    the Party has authorised the use, and has not adjusted yet
    adjusted        the Party counts them no more: they count once, for their user
    """

    CONTRIBUTION = "contribution"
    NOT_ADJUSTED = "not_adjusted"
    ADJUSTED = "adjusted"


@dataclass(frozen=True)
class AuthorisationTerms:
    """
    What the Party authorises: uses, and for how much (units of 0.01 t CO2e; None: all that is issued).

    `changeable_after_transfer` is whether the terms themselves let the Party change or revoke it for what was first
    transferred already.
    """

    uses: tuple[AuthorisedUse, ...]
    first_transfer: FirstTransfer
    quantity_units: int | None = None
    changeable_after_transfer: bool = False


@dataclass(frozen=True)
class AuthorisationStep:
    """One document of the Party's. `number` counts from 1; terms are there of an authorisation and a change."""

    authorisation_id: UUID
    number: int
    kind: StepKind
    source: Source
    record: Record
    terms: AuthorisationTerms | None = None


@dataclass(frozen=True)
class Authorisation:
    """`host_party` is ISO 3166-1 alpha-3; its window of vintages has both ends in it, None: all vintages."""

    id: UUID
    project_id: UUID
    host_party: str
    vintage_from: int | None
    vintage_to: int | None
    status: AuthorisationStatus
    terms: AuthorisationTerms | None
    recorded_by: UUID
    recorded_at: datetime

    def covers(self, vintage: int) -> bool:
        return covers_vintage(self.vintage_from, self.vintage_to, vintage)


def request_authorisation(
    authorisation_id: UUID,
    *,
    project_id: UUID,
    country: str,
    vintages: tuple[int | None, int | None],
    source: Source,
    actor: Account,
    at: datetime,
) -> tuple[Authorisation, AuthorisationStep]:
    """
    Record that the host Party was asked; `country` is the project's own, whose Party alone can authorise.

    Raises:
        Forbidden: only staff record.
        Invalid: the window of vintages or the source's day cannot be.
    """
    record = new_record(source, actor=actor, at=at)
    require_vintages(*vintages)
    asked = Authorisation(
        authorisation_id,
        project_id,
        country,
        *vintages,
        AuthorisationStatus.REQUESTED,
        None,
        actor.id,
        at,
    )
    step = AuthorisationStep(authorisation_id, 1, StepKind.REQUEST, source, record)
    return asked, step


def record_step(
    authorisation: Authorisation,
    steps: Sequence[AuthorisationStep],
    kind: StepKind,
    *,
    source: Source,
    terms: AuthorisationTerms | None,
    actor: Account,
    at: datetime,
) -> AuthorisationStep:
    """
    Record one document of the Party's; the state changes once another of staff has confirmed it.

    Raises:
        Forbidden: only staff record.
        Invalid: terms are missing or too many, or cannot be.
        StepWaiting: another step waits for its confirmation.
        AuthorisationUnfit: no such step leads on from here.
        AlreadyTransferred: what was first transferred is not changed or revoked.
    """
    record = new_record(source, actor=actor, at=at)
    _require_terms(kind, terms)
    if any(one.record.status is RecordStatus.RECORDED for one in steps):
        raise StepWaiting("Another step of this authorisation waits for its confirmation.")
    require_allowed(authorisation, kind)
    number = 1 + max((one.number for one in steps), default=0)
    return AuthorisationStep(authorisation.id, number, kind, source, record, terms)


def require_allowed(authorisation: Authorisation, kind: StepKind) -> None:
    """
    Raises:
        AuthorisationUnfit, AlreadyTransferred: as for `record_step`.
    """
    sources = ALLOWED[kind][0] if kind in ALLOWED else frozenset()
    if authorisation.status not in sources:
        raise AuthorisationUnfit(
            f"The authorisation is {authorisation.status.replace('_', ' ')};"
            f" “{kind.replace('_', ' ')}” does not lead on from there."
        )
    terms = authorisation.terms
    if (
        kind in {StepKind.CHANGE, StepKind.REVOKE}
        and authorisation.status is AuthorisationStatus.FIRST_TRANSFERRED
        and not (terms is not None and terms.changeable_after_transfer)
    ):
        raise AlreadyTransferred(
            "What was first transferred is not changed or revoked, as the authorisation's terms do not allow it."
        )


def confirm_step(
    authorisation: Authorisation, step: AuthorisationStep, *, actor: Account, at: datetime
) -> tuple[Authorisation, AuthorisationStep]:
    """
    Raises:
        Forbidden, RecordSettled: as `domain.standards.records.confirm_record`.
        AuthorisationUnfit, AlreadyTransferred: the state has moved on since it was recorded.
    """
    confirmed = replace(step, record=confirm_record(step.record, actor=actor, at=at))
    if step.kind is StepKind.REQUEST:
        return authorisation, confirmed
    require_allowed(authorisation, step.kind)
    to = ALLOWED[step.kind][1] or authorisation.status
    terms = step.terms or authorisation.terms
    if (
        to is AuthorisationStatus.AUTHORISED
        and terms is not None
        and terms.first_transfer is FirstTransfer.AUTHORISATION
    ):
        # The Party specified that the authorisation itself is the first transfer.
        to = AuthorisationStatus.FIRST_TRANSFERRED
    return replace(authorisation, status=to, terms=terms), confirmed


def withdraw_step(
    step: AuthorisationStep, reason: str, *, actor: Account, at: datetime
) -> AuthorisationStep:
    """
    Take back what was recorded and not confirmed. What is confirmed is undone by the Party's next document alone.

    Raises:
        Forbidden, Invalid: as `domain.standards.records.withdraw_record`.
        RecordSettled: it is confirmed or withdrawn.
    """
    if step.record.status is RecordStatus.CONFIRMED:
        raise RecordSettled(
            "A confirmed step stands; record what the Party wrote next, as its change or revocation."
        )
    return replace(step, record=withdraw_record(step.record, reason, actor=actor, at=at))


def claim_of(status: AuthorisationStatus | None) -> Claim:
    """What may be said of credits under an authorisation in that state; None: there is none."""
    if status is AuthorisationStatus.ADJUSTMENT_APPLIED:
        return Claim.ADJUSTED
    if status in {
        AuthorisationStatus.AUTHORISED,
        AuthorisationStatus.FIRST_TRANSFERRED,
        AuthorisationStatus.ADJUSTMENT_REPORTED,
    }:
        return Claim.NOT_ADJUSTED
    return Claim.CONTRIBUTION


def _require_terms(kind: StepKind, terms: AuthorisationTerms | None) -> None:
    if kind not in WITH_TERMS:
        if terms is not None:
            detail = "Only an authorisation or its change has terms."
            raise Invalid(detail, Fault("/terms", detail))
        return
    if terms is None:
        detail = "Say which uses are authorised, and what counts as the first transfer."
        raise Invalid(detail, Fault("/terms", detail))
    if not terms.uses or len(set(terms.uses)) != len(terms.uses):
        detail = "Name each authorised use once."
        raise Invalid(detail, Fault("/terms/uses", detail))
    if terms.quantity_units is not None and terms.quantity_units <= 0:
        detail = "Quantity must be a positive number"
        raise Invalid(detail, Fault("/terms/quantity", detail))
    to_ndc_alone = set(terms.uses) == {AuthorisedUse.NDC}
    by_transfer = terms.first_transfer is FirstTransfer.INTERNATIONAL_TRANSFER
    if to_ndc_alone and not by_transfer:
        detail = "Towards a contribution, the first transfer is the first international transfer."
        raise Invalid(detail, Fault("/terms/firstTransfer", detail))
    if AuthorisedUse.NDC not in terms.uses and by_transfer:
        detail = "For other purposes the first transfer is authorisation, issuance, or use or cancellation."
        raise Invalid(detail, Fault("/terms/firstTransfer", detail))
