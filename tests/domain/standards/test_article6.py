"""Authorisations under Article 6: which document leads where, and what may be claimed after each."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from domain.errors import (
    AlreadyTransferred,
    AuthorisationUnfit,
    Forbidden,
    Invalid,
    RecordSettled,
    StepWaiting,
)
from domain.standards.article6 import (
    ALLOWED,
    Authorisation,
    AuthorisationStatus,
    AuthorisationStep,
    AuthorisationTerms,
    AuthorisedUse,
    Claim,
    FirstTransfer,
    StepKind,
    claim_of,
    confirm_step,
    record_step,
    request_authorisation,
    withdraw_step,
)
from domain.standards.records import StandardSource
from tests.factories import ADMINISTRATOR, OTHER_ADMINISTRATOR, named

AT = datetime(2026, 9, 1, 12, tzinfo=UTC)
SOURCE = StandardSource(None, "https://environment.example/letters/17", date(2026, 8, 31))
FOR_NDC = AuthorisationTerms((AuthorisedUse.NDC,), FirstTransfer.INTERNATIONAL_TRANSFER)
FOR_CORSIA = AuthorisationTerms((AuthorisedUse.INTERNATIONAL,), FirstTransfer.USE_OR_CANCELLATION)
AT_ONCE = replace(FOR_CORSIA, first_transfer=FirstTransfer.AUTHORISATION)
_S, _K = AuthorisationStatus, StepKind


def asked() -> Authorisation:
    authorisation, _ = request_authorisation(
        named("authorisation"),
        project_id=named("project"),
        country="KEN",
        vintages=(2021, 2026),
        source=SOURCE,
        actor=ADMINISTRATOR,
        at=AT,
    )
    return authorisation


def terms_of(kind: StepKind, terms: AuthorisationTerms) -> AuthorisationTerms | None:
    return terms if kind in {_K.AUTHORISE, _K.CHANGE} else None


def recorded(
    authorisation: Authorisation, kind: StepKind, terms: AuthorisationTerms | None
) -> AuthorisationStep:
    return record_step(
        authorisation, (), kind, source=SOURCE, terms=terms, actor=ADMINISTRATOR, at=AT
    )


def after(*kinds: StepKind, terms: AuthorisationTerms = FOR_NDC) -> Authorisation:
    authorisation = asked()
    for kind in kinds:
        step = recorded(authorisation, kind, terms_of(kind, terms))
        authorisation, _ = confirm_step(authorisation, step, actor=OTHER_ADMINISTRATOR, at=AT)
    return authorisation


@pytest.mark.parametrize(
    ("kinds", "status", "claim"),
    [
        ((), _S.REQUESTED, Claim.CONTRIBUTION),
        ((_K.REFUSE,), _S.REFUSED, Claim.CONTRIBUTION),
        ((_K.AUTHORISE,), _S.AUTHORISED, Claim.NOT_ADJUSTED),
        ((_K.AUTHORISE, _K.CHANGE), _S.AUTHORISED, Claim.NOT_ADJUSTED),
        ((_K.AUTHORISE, _K.REVOKE), _S.REVOKED, Claim.CONTRIBUTION),
        ((_K.AUTHORISE, _K.FIRST_TRANSFER), _S.FIRST_TRANSFERRED, Claim.NOT_ADJUSTED),
        (
            (_K.AUTHORISE, _K.FIRST_TRANSFER, _K.REPORT_ADJUSTMENT),
            _S.ADJUSTMENT_REPORTED,
            Claim.NOT_ADJUSTED,
        ),
        (
            (_K.AUTHORISE, _K.FIRST_TRANSFER, _K.REPORT_ADJUSTMENT, _K.APPLY_ADJUSTMENT),
            _S.ADJUSTMENT_APPLIED,
            Claim.ADJUSTED,
        ),
    ],
    ids=lambda value: "-".join(value) or "request" if isinstance(value, tuple) else "",
)
def test_each_document_leads_on_and_changes_what_may_be_claimed(
    kinds: tuple[StepKind, ...], status: AuthorisationStatus, claim: Claim
) -> None:
    authorisation = after(*kinds)

    assert (authorisation.status, claim_of(authorisation.status)) == (status, claim)


@pytest.mark.parametrize("status", AuthorisationStatus)
@pytest.mark.parametrize("kind", StepKind)
def test_no_step_is_recorded_that_does_not_lead_on(
    status: AuthorisationStatus, kind: StepKind
) -> None:
    changeable = replace(FOR_NDC, changeable_after_transfer=True)
    authorisation = replace(asked(), status=status, terms=changeable)
    if kind in ALLOWED and status in ALLOWED[kind][0]:
        assert recorded(authorisation, kind, terms_of(kind, FOR_NDC)).kind is kind
    else:
        with pytest.raises(AuthorisationUnfit):
            recorded(authorisation, kind, terms_of(kind, FOR_NDC))


def test_where_the_authorisation_is_the_first_transfer_it_is_transferred_at_once() -> None:
    assert after(_K.AUTHORISE, terms=AT_ONCE).status is _S.FIRST_TRANSFERRED


@pytest.mark.parametrize("kind", [_K.CHANGE, _K.REVOKE])
def test_what_was_first_transferred_stays_unless_the_terms_say_otherwise(kind: StepKind) -> None:
    fixed = after(_K.AUTHORISE, terms=AT_ONCE)
    with pytest.raises(AlreadyTransferred):
        recorded(fixed, kind, terms_of(kind, AT_ONCE))

    open_to_it = replace(AT_ONCE, changeable_after_transfer=True)
    assert recorded(after(_K.AUTHORISE, terms=open_to_it), kind, terms_of(kind, AT_ONCE))


@pytest.mark.parametrize(
    ("kind", "terms", "pointer"),
    [
        (_K.AUTHORISE, None, "/terms"),
        (_K.REFUSE, FOR_NDC, "/terms"),
        (_K.AUTHORISE, replace(FOR_NDC, uses=()), "/terms/uses"),
        (_K.AUTHORISE, replace(FOR_NDC, uses=(AuthorisedUse.NDC,) * 2), "/terms/uses"),
        (_K.AUTHORISE, replace(FOR_NDC, quantity_units=0), "/terms/quantity"),
        (
            _K.AUTHORISE,
            replace(FOR_NDC, first_transfer=FirstTransfer.ISSUANCE),
            "/terms/firstTransfer",
        ),
        (
            _K.AUTHORISE,
            replace(FOR_CORSIA, first_transfer=FirstTransfer.INTERNATIONAL_TRANSFER),
            "/terms/firstTransfer",
        ),
    ],
)
def test_terms_that_cannot_be_are_refused(
    kind: StepKind, terms: AuthorisationTerms | None, pointer: str
) -> None:
    with pytest.raises(Invalid) as refused:
        recorded(asked(), kind, terms)
    assert refused.value.faults[0].pointer == pointer


def test_one_step_waits_at_a_time_and_another_of_staff_confirms_it() -> None:
    authorisation = asked()
    step = recorded(authorisation, _K.AUTHORISE, FOR_NDC)

    with pytest.raises(StepWaiting):
        record_step(
            authorisation, [step], _K.REFUSE, source=SOURCE, terms=None, actor=ADMINISTRATOR, at=AT
        )
    with pytest.raises(Forbidden):
        confirm_step(authorisation, step, actor=ADMINISTRATOR, at=AT)
    _, confirmed = confirm_step(authorisation, step, actor=OTHER_ADMINISTRATOR, at=AT)
    with pytest.raises(RecordSettled, match="change or revocation"):
        withdraw_step(confirmed, "Wrong.", actor=ADMINISTRATOR, at=AT)
