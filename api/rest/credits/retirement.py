"""Retiring credits, and the retirements one made."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import ConfigDict, Field, StrictBool, ValidationInfo, field_validator
from starlette.requests import Request
from starlette.responses import Response

from activities.credits.retirement import (
    BeneficiaryPayload,
    RetireLine,
    RetirementPayload,
    RetireUnits,
)
from adapters.postgres.credits import reads as reads_credits
from adapters.postgres.credits.reads import LineView, RetirementFilter, RetirementView
from adapters.postgres.credits.reads_reversals import Touch
from api.commands.stored_requests import store_request
from api.commands.workflow_calls import Operation
from api.http.authentication import SignedIn
from api.http.fields import Country, SerialText, Text, TonnesSent, noun, refuse
from api.http.idempotency import OperationKey
from api.http.lists import After, ListRequest, answer_list, page_params
from api.http.problem import Code, error_responses
from api.http.resources import reading, resources
from api.http.responses import answer
from api.http.routing import IdempotentRoute
from api.http.schema import Data, DataList, Moment, RequestSchema, ResponseSchema, Tonnes
from api.rest.credits.credits import (
    ChainRecordResponse,
    SerialInPath,
    UnitsResponse,
    chain_record_response,
    movable_credit,
    units_response,
)
from api.rest.credits.examples.retirement import LINES_SENT, RETIREMENT, RETIREMENT_SENT
from domain.accounts.roles import Account, Permission
from domain.certificates.certificates import CertificateStatus
from domain.credits.retirement import (
    BENEFICIARY_NAME_LENGTH_MAX,
    LINES_MAX,
    PURPOSE_LENGTH_MAX,
    REASON_LENGTH_MAX,
    Beneficiary,
    require_lines,
)
from domain.errors import Fault, NotFound
from domain.identifiers import Serial, derived_id, operation_id
from workflows.credits.retirement import workflow_id

IDENTIFIER_LENGTH_MAX = 100


class BeneficiaryRequest(RequestSchema):
    """Legal name and country, or explicitly `{"undisclosed": true}`."""

    # First, so that the checks below see it.
    undisclosed: StrictBool = False
    name: Annotated[
        Annotated[str, Text(BENEFICIARY_NAME_LENGTH_MAX)] | None, Field(validate_default=True)
    ] = None
    country: Annotated[Country | None, Field(validate_default=True)] = None
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

    quantity: TonnesSent


class LineRequest(RequestSchema):
    """How much of which entry."""

    serial: SerialText
    quantity: TonnesSent


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
    """A reversal that touches the retirement, and the cancelled buffer units that stand for it."""

    reversal_id: UUID
    recorded_at: Moment
    cause: str
    avoidable: bool
    touched_quantity: Tonnes
    covered_quantity: Tonnes
    covered_by: list[UnitsResponse]


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


router = APIRouter(tags=["Retirements"], route_class=IdempotentRoute)


@router.post(
    "/credits/{serial}/retire",
    status_code=201,
    summary="Retire credits",
    response_model=Data[RetirementResponse],
    responses=error_responses(
        Code.VALIDATION_ERROR,
        Code.AUTHENTICATION_ERROR,
        Code.AUTHORIZATION_ERROR,
        Code.NOT_FOUND,
        Code.CONFLICT,
    ),
)
async def retire_credits(
    request: Request,
    account: SignedIn,
    serial: SerialInPath,
    key: OperationKey,
    sent: RetirementRequest,
) -> Response:
    """
    For the holder. The units leave circulation at once and for ever.

    The certificate answers from this moment; it is sealed when the record stands on Cardano with
    six confirmations. A part splits the entry; the remainder stays active.
    """
    retirement_id = operation_id(account.id, "retire", key)
    await movable_credit(request, serial, account, derived_id(retirement_id, "transaction"))
    location = f"/api/v1/retirements/{retirement_id}"
    async with store_request(request, retirement_id, account.id, _draft(sent)):
        await resources(request).workflows.retire(
            Operation(retirement_id, location),
            RetireUnits(
                retirement_id=retirement_id,
                serial=serial,
                quantity_units=sent.quantity,
                account_id=account.id,
                waiting_workflow_id=workflow_id(retirement_id),
            ),
        )
    seen = await visible_retirement(request, retirement_id, account)
    return answer(retirement_response(request, seen), status=201, location=location)


@router.post(
    "/retirements",
    status_code=201,
    summary="Retire credits of several entries",
    response_model=Data[RetirementResponse],
    responses=error_responses(
        Code.VALIDATION_ERROR,
        Code.AUTHENTICATION_ERROR,
        Code.AUTHORIZATION_ERROR,
        Code.NOT_FOUND,
        Code.CONFLICT,
    ),
)
async def retire_several(
    request: Request, account: SignedIn, key: OperationKey, sent: LinesRequest
) -> Response:
    """
    For the holder. All lines leave circulation in one moment, or none does.

    There is one certificate; it is sealed when the records of all lines have six confirmations.
    """
    require_lines([(Serial.parse(line.serial), line.quantity) for line in sent.lines])
    await _require_visible(request, sent, account)
    account.require(Permission.HOLD_CREDITS)
    retirement_id = operation_id(account.id, "retire-lines", key)
    location = f"/api/v1/retirements/{retirement_id}"
    async with store_request(request, retirement_id, account.id, _draft(sent)):
        await resources(request).workflows.retire(
            Operation(retirement_id, location),
            RetireUnits(
                retirement_id=retirement_id,
                lines=tuple(
                    RetireLine(serial=line.serial, quantity_units=line.quantity)
                    for line in sent.lines
                ),
                account_id=account.id,
                waiting_workflow_id=workflow_id(retirement_id),
            ),
        )
    seen = await visible_retirement(request, retirement_id, account)
    return answer(retirement_response(request, seen), status=201, location=location)


async def _require_visible(request: Request, sent: LinesRequest, account: Account) -> None:
    """
    Raises:
        NotFound: names every line whose entry this account may not see.
    """
    async with reading(request) as connection:
        serials = [Serial.parse(line.serial) for line in sent.lines]
        found = [await reads_credits.credit(connection, s, account=account) for s in serials]
    faults = [
        Fault(f"/lines/{index}/serial", f"There is no credit entry {serial}.")
        for index, (serial, entry) in enumerate(zip(serials, found, strict=True))
        if entry is None
    ]
    if faults:
        raise NotFound("There is no such credit entry.", *faults)


@router.get(
    "/retirements",
    summary="List my retirements",
    response_model=DataList[RetirementResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR),
)
async def list_retirements(
    request: Request,
    account: SignedIn,
    asked: Annotated[ListRequest, page_params(RetirementResponse, sort="retiredAt")],
) -> Response:
    """The retirements one made; for staff all of them."""
    async with reading(request) as connection:
        rows = await reads_credits.retirements_page(
            connection, RetirementFilter(), asked.part, account=account
        )

    def as_response(seen: RetirementView) -> RetirementResponse:
        return retirement_response(request, seen)

    return answer_list(request, asked, rows, as_response, retirement_position)


@router.get(
    "/retirements/{retirement_id}",
    summary="Read my retirement",
    response_model=Data[RetirementResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.NOT_FOUND),
)
async def read_retirement(request: Request, account: SignedIn, retirement_id: UUID) -> Response:
    """For the one who retired and staff, with the chain record inside."""
    seen = await visible_retirement(request, retirement_id, account)
    return answer(retirement_response(request, seen))


async def visible_retirement(
    request: Request, retirement_id: UUID, account: Account | None
) -> RetirementView:
    """
    Raises:
        NotFound: there is no such retirement, or this account may not see it.
    """
    async with reading(request) as connection:
        seen = await reads_credits.retirement(connection, retirement_id, account=account)
    if seen is None:
        raise NotFound("There is no such retirement.")
    return seen


def retirement_position(seen: RetirementView) -> After:
    return seen.retirement.retired_at, seen.retirement.id


def retirement_response(request: Request, seen: RetirementView) -> RetirementResponse:
    retirement, first = seen.retirement, seen.lines[0]
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
        certificate_url=certificate_url(request, retirement.id),
        certificate_status=CertificateStatus(seen.certificate_status),
        chain_record=chain_record_response(seen.chain),
        lines=[_line_response(line) for line in seen.lines],
        reversals=[touch_response(touch) for touch in seen.reversals],
    )


def _line_response(line: LineView) -> RetiredLineResponse:
    return RetiredLineResponse(
        serial=line.serial,
        project_id=line.project_id,
        vintage=line.vintage,
        quantity=line.units.quantity_units,
        units=units_response(line.units),
        chain_record=chain_record_response(line.chain),
    )


def touch_response(touch: Touch) -> TouchResponse:
    return TouchResponse(
        reversal_id=touch.reversal_id,
        recorded_at=touch.recorded_at,
        cause=touch.cause,
        avoidable=touch.avoidable,
        touched_quantity=touch.touched_units,
        covered_quantity=sum(units.quantity_units for units in touch.covered_by),
        covered_by=[units_response(units) for units in touch.covered_by],
    )


def certificate_url(request: Request, retirement_id: UUID) -> str:
    """The certificate's page; JSON and PDF are linked there."""
    public_url = resources(request).settings.public_url.rstrip("/")
    return f"{public_url}/retirements/{retirement_id}"


def _beneficiary_response(beneficiary: Beneficiary | None) -> BeneficiaryResponse:
    if beneficiary is None:
        return BeneficiaryResponse(undisclosed=True)
    return BeneficiaryResponse(
        name=beneficiary.name, country=beneficiary.country, identifier=beneficiary.identifier
    )


def _draft(sent: StatementRequest) -> RetirementPayload:
    named = sent.beneficiary
    beneficiary = None
    if named.name is not None and named.country is not None:
        beneficiary = BeneficiaryPayload(
            name=named.name, country=named.country, identifier=named.identifier
        )
    return RetirementPayload(beneficiary=beneficiary, purpose=sent.purpose, reason=sent.reason)
