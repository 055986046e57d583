"""A checked certificate as JSON."""

from enum import StrEnum
from uuid import UUID

from pydantic import ConfigDict, Field

from api.commands.certificates.check import CheckedCertificate
from api.http.schema import Moment, ResponseSchema
from api.rest.certificates.examples.certificates import CERTIFICATE_CHECKED
from api.rest.credits.schemas.retirement import (
    CorrectionResponse,
    TouchResponse,
    correction_response,
    touch_response,
)
from domain.certificates.certificates import CertificateStatus
from domain.certificates.check_results import Check


class CheckState(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    NOT_CHECKED = "not_checked"


class CheckResponse(ResponseSchema):
    """One check; `pointer` (RFC 6901) is the part of the certificate that it is about."""

    name: str
    state: CheckState
    sentence: str
    pointer: str


class VerdictResponse(ResponseSchema):
    """`holds` is false as soon as one check failed; `complete` when every one was made."""

    holds: bool
    complete: bool
    sentence: str


class StatedResponse(ResponseSchema):
    """What the certificate says of itself, whether or not it is true."""

    certificate_id: UUID
    status: CertificateStatus
    quantity: str
    networks: list[str]
    tx_hashes: list[str]


class CheckedSealResponse(ResponseSchema):
    digest: str
    sealed_at: Moment


class RegistryWordResponse(ResponseSchema):
    """
    What this registry says of the certificate, from its own database: its word, and not a proof.

    `corrections` are the reversals that touch the retirement; `certificateCorrections` say what in
    this very seal is wrong. `supersededBy` is the seal that took this one's place, because the chain
    gave its transaction up.
    """

    known: bool = Field(description="Whether this registry has a certificate of that id.")
    corrections: list[TouchResponse]
    certificate_corrections: list[CorrectionResponse]
    superseded_by: CheckedSealResponse | None
    trouble: str | None = Field(description="Why the certificate cannot be sealed at present.")


class CertificateCheckedResponse(ResponseSchema):
    """The verdict, each check it rests on, and beside it the registry's own word."""

    model_config = ConfigDict(json_schema_extra={"examples": [CERTIFICATE_CHECKED]})

    verdict: VerdictResponse
    checks: list[CheckResponse]
    certificate: StatedResponse
    registry_word: RegistryWordResponse | None = Field(
        description="Null when the registry's database gives no answer; the checks need none."
    )


def certificate_checked_response(found: CheckedCertificate) -> CertificateCheckedResponse:
    judged = found.verdict
    return CertificateCheckedResponse(
        verdict=VerdictResponse(
            holds=judged.holds, complete=judged.complete, sentence=judged.sentence
        ),
        checks=[_check_response(check) for check in found.checks],
        certificate=StatedResponse(
            certificate_id=found.certificate_id,
            status=CertificateStatus(found.document["status"]),
            quantity=found.document["quantity"],
            networks=found.networks,
            tx_hashes=found.tx_hashes,
        ),
        registry_word=_word_response(found) if found.database_answers else None,
    )


def _check_response(check: Check) -> CheckResponse:
    states = {True: CheckState.PASSED, False: CheckState.FAILED, None: CheckState.NOT_CHECKED}
    return CheckResponse(
        name=check.name,
        state=states[check.passed],
        sentence=check.sentence,
        pointer=check.pointer,
    )


def _word_response(found: CheckedCertificate) -> RegistryWordResponse:
    standing, later = found.standing, found.superseded_by
    return RegistryWordResponse(
        known=standing is not None,
        corrections=[touch_response(touch) for touch in standing.reversals] if standing else [],
        certificate_corrections=[correction_response(one) for one in found.corrections],
        superseded_by=CheckedSealResponse(digest=later.digest, sealed_at=later.sealed_at)
        if later
        else None,
        trouble=standing.trouble if standing else None,
    )
