"""Retirements as JSON."""

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field, StrictBool, ValidationInfo, field_validator

from activities.credits.retirement import BeneficiaryPayload, RetirementPayload
from adapters.postgres.credits.reads.corrections import CorrectionView
from adapters.postgres.credits.reads.retirements import RetiredLineView, RetirementView
from adapters.postgres.credits.reads.touches import TouchView
from api.http.fields import (
    COUNTRY_DESCRIPTION,
    Country,
    SerialText,
    Text,
    TonnesInput,
    noun,
    refuse,
)
from api.http.schema import Moment, RequestSchema, ResponseSchema, Tonnes
from api.rest.credits.examples.retirement import LINES_SENT, RETIREMENT, RETIREMENT_SENT
from api.rest.credits.schemas.credits import (
    ChainRecordResponse,
    UnitsResponse,
    chain_record_response,
    units_response,
)
from domain.certificates.certificates import CertificateStatus
from domain.credits.obligation import ObligationStatus
from domain.credits.retirement import (
    BENEFICIARY_NAME_LENGTH_MAX,
    LINES_MAX,
    PURPOSE_LENGTH_MAX,
    Beneficiary,
)
from domain.reasons import REASON_LENGTH_MAX

IDENTIFIER_LENGTH_MAX = 100


class BeneficiaryRequest(RequestSchema):
    """Legal name and country, or explicitly `{"undisclosed": true}`."""

    # First, so that the checks below see it.
    undisclosed: StrictBool = False
    name: Annotated[
        Annotated[str, Text(BENEFICIARY_NAME_LENGTH_MAX)] | None, Field(validate_default=True)
    ] = None
    country: Annotated[
        Country | None, Field(validate_default=True, description=COUNTRY_DESCRIPTION)
    ] = None
    identifier: Annotated[str, Text(IDENTIFIER_LENGTH_MAX)] | None = None

    @field_validator("name", "country")
    @classmethod
    def _named_or_undisclosed(cls, value: str | None, info: ValidationInfo) -> str | None:
        field = noun(info.field_name or "")
        if info.data.get("undisclosed") is True and value is not None:
            raise refuse(f"{field} must be left out when the beneficiary is undisclosed")
        if info.data.get("undisclosed") is False and value is None:
            raise refuse(f"{field} is required, unless the beneficiary is undisclosed")
        return value

    @field_validator("identifier")
    @classmethod
    def _not_undisclosed(cls, value: str | None, info: ValidationInfo) -> str | None:
        if info.data.get("undisclosed") is True and value is not None:
            raise refuse("Identifier must be left out when the beneficiary is undisclosed")
        return value


class StatementRequest(RequestSchema):
    """On whose behalf and why. All of it is public, and the reason is on the chain for ever."""

    reason: Annotated[
        str,
        Text(REASON_LENGTH_MAX, lines=True),
        Field(
            description=(
                "Goes onto the public Cardano chain word for word, for ever: nobody, the registry"
                " included, can change or erase it. Name no person and write nothing personal,"
                " confidential or covered by a right to erasure."
            )
        ),
    ]
    purpose: Annotated[str, Text(PURPOSE_LENGTH_MAX)]
    beneficiary: BeneficiaryRequest


class RetirementRequest(StatementRequest):
    """How much of the entry to retire, on whose behalf and why."""

    model_config = ConfigDict(json_schema_extra={"examples": [RETIREMENT_SENT]})

    quantity: TonnesInput


class LineRequest(RequestSchema):
    """How much of which entry."""

    serial: SerialText
    quantity: TonnesInput


class LinesRequest(StatementRequest):
    """What to retire of several entries, each named once, in one retirement."""

    model_config = ConfigDict(json_schema_extra={"examples": [LINES_SENT]})

    lines: Annotated[list[LineRequest], Field(min_length=1, max_length=LINES_MAX)]


class BeneficiaryResponse(ResponseSchema):
    """On whose behalf; null fields when explicitly undisclosed."""

    name: str | None = None
    country: str | None = None
    identifier: str | None = None
    undisclosed: bool = False


class RetiredLineResponse(ResponseSchema):
    """One of the entries that were retired, with its own record on the chain."""

    serial: str
    project_id: UUID
    vintage: int
    quantity: Tonnes
    units: UnitsResponse
    chain_record: ChainRecordResponse | None


class TouchResponse(ResponseSchema):
    """
    A reversal that touches the retirement, and the cancelled buffer units that stand for it.

    `bufferQuantity` is what the buffer gave for the whole loss: 0.00 where it was empty. What it did
    not cover is the obligation's; its status is null where it covered everything.
    """

    reversal_id: UUID
    recorded_at: Moment
    cause: str
    avoidable: bool
    touched_quantity: Tonnes
    covered_quantity: Tonnes
    covered_by: list[UnitsResponse]
    buffer_quantity: Tonnes
    obligation_status: ObligationStatus | None
    owed_quantity: Tonnes = Field(description="Of the whole loss, not made good yet.")


class CorrectionResponse(ResponseSchema):
    """What a sealed certificate says wrongly; the seal stands, and this beside it."""

    digest: str = Field(description="Of the certificate, present or former, that is corrected.")
    pointer: str = Field(description="Where in the certificate (RFC 6901).")
    stated: str | None
    correct: str | None
    reason: str
    corrected_at: Moment


class RetirementResponse(ResponseSchema):
    """
    Units that left circulation for ever; all of this is public.

    `serial`, `projectId` and `vintage` are those of the first line; most retirements have one.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [RETIREMENT]})

    id: UUID
    serial: str
    project_id: UUID
    quantity: Tonnes
    vintage: int
    beneficiary: BeneficiaryResponse
    purpose: str
    reason: str
    retired_at: Moment
    certificate_url: str
    certificate_status: CertificateStatus
    chain_record: ChainRecordResponse | None = Field(
        description="Null until it is queued; of several lines the one that has come least far."
    )
    lines: list[RetiredLineResponse]
    reversals: list[TouchResponse] = Field(description="Losses after the retirement, oldest first.")
    corrections: list[CorrectionResponse] = Field(
        description="What its certificate says wrongly as it was sealed, oldest first."
    )


def retirement_response(view: RetirementView, public_url: str) -> RetirementResponse:
    retirement, first = view.retirement, view.lines[0]
    return RetirementResponse(
        id=retirement.id,
        serial=first.serial,
        project_id=first.project_id,
        quantity=retirement.quantity_units,
        vintage=first.vintage,
        beneficiary=_beneficiary_response(retirement.beneficiary),
        purpose=retirement.purpose,
        reason=retirement.reason,
        retired_at=retirement.retired_at,
        certificate_url=certificate_url(public_url, retirement.id),
        certificate_status=CertificateStatus(view.certificate_status),
        chain_record=chain_record_response(view.chain),
        lines=[_line_response(line) for line in view.lines],
        reversals=[touch_response(touch) for touch in view.reversals],
        corrections=[correction_response(correction) for correction in view.corrections],
    )


def _line_response(line: RetiredLineView) -> RetiredLineResponse:
    return RetiredLineResponse(
        serial=line.serial,
        project_id=line.project_id,
        vintage=line.vintage,
        quantity=line.units.quantity_units,
        units=units_response(line.units),
        chain_record=chain_record_response(line.chain),
    )


def touch_response(touch: TouchView) -> TouchResponse:
    return TouchResponse(
        reversal_id=touch.reversal_id,
        recorded_at=touch.recorded_at,
        cause=touch.cause,
        avoidable=touch.avoidable,
        touched_quantity=touch.touched_units,
        covered_quantity=sum(units.quantity_units for units in touch.covered_by),
        covered_by=[units_response(units) for units in touch.covered_by],
        buffer_quantity=touch.buffer_units,
        obligation_status=(
            ObligationStatus(touch.obligation_status) if touch.obligation_status else None
        ),
        owed_quantity=touch.owed_units,
    )


def correction_response(correction: CorrectionView) -> CorrectionResponse:
    return CorrectionResponse(
        digest=correction.digest,
        pointer=correction.pointer,
        stated=correction.stated,
        correct=correction.correct,
        reason=correction.reason,
        corrected_at=correction.corrected_at,
    )


def certificate_url(public_url: str, retirement_id: UUID) -> str:
    """The certificate's page; JSON and PDF are linked there."""
    return f"{public_url}/retirements/{retirement_id}"


def _beneficiary_response(beneficiary: Beneficiary | None) -> BeneficiaryResponse:
    if beneficiary is None:
        return BeneficiaryResponse(undisclosed=True)
    return BeneficiaryResponse(
        name=beneficiary.name, country=beneficiary.country, identifier=beneficiary.identifier
    )


def retirement_payload(body: StatementRequest) -> RetirementPayload:
    named = body.beneficiary
    beneficiary = None
    if named.name is not None and named.country is not None:
        beneficiary = BeneficiaryPayload(
            name=named.name, country=named.country, identifier=named.identifier
        )
    return RetirementPayload(beneficiary=beneficiary, purpose=body.purpose, reason=body.reason)
