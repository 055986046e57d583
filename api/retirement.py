"""Retiring credits, and the retirements one made."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import ConfigDict, Field, StrictBool, ValidationInfo, field_validator
from starlette.requests import Request
from starlette.responses import Response

from activities.retirement import BeneficiaryDraft, RetirementDraft, RetireUnits
from adapters.postgres import reads_credits
from adapters.postgres.reads_credits import RetirementFilter, RetirementSeen
from api.answers import answer
from api.authentication import SignedIn
from api.drafts import drafted
from api.examples import RETIREMENT, RETIREMENT_SENT
from api.fields import Country, Text, TonnesSent, noun, refuse
from api.idempotency import OperationKey
from api.ledger import (
    ChainRecordShape,
    SerialInPath,
    chain_record_shape,
    visible_credit,
)
from api.lists import After, Asked, answer_list, asks_for
from api.problems import Code, error_responses
from api.resources import reading, resources
from api.routing import IdempotentRoute
from api.shapes import Body, Data, DataList, Moment, Shape, Tonnes
from api.workflow_calls import Operation
from domain.accounts import Account, Permission
from domain.certificates import CertificateStatus
from domain.errors import NotFound
from domain.identifiers import operation_id
from domain.retirement import (
    BENEFICIARY_NAME_LENGTH_MAX,
    PURPOSE_LENGTH_MAX,
    REASON_LENGTH_MAX,
    Beneficiary,
)
from workflows.retirement import workflow_id

IDENTIFIER_LENGTH_MAX = 100


class BeneficiarySent(Body):
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


class RetirementSent(Body):
    """What to retire, and on whose behalf. All of it is public, and the reason is on the chain for ever."""

    model_config = ConfigDict(json_schema_extra={"examples": [RETIREMENT_SENT]})

    quantity: TonnesSent
    reason: Annotated[str, Text(REASON_LENGTH_MAX, lines=True)]
    purpose: Annotated[str, Text(PURPOSE_LENGTH_MAX)]
    beneficiary: BeneficiarySent


class BeneficiaryShape(Shape):
    """On whose behalf; null fields when explicitly undisclosed."""

    name: str | None = None
    country: str | None = None
    identifier: str | None = None
    undisclosed: bool = False


class RetirementShape(Shape):
    """Units that left circulation for ever; all of this is public."""

    model_config = ConfigDict(json_schema_extra={"examples": [RETIREMENT]})

    id: UUID
    serial: str
    project_id: UUID
    quantity: Tonnes
    vintage: int
    beneficiary: BeneficiaryShape
    purpose: str
    reason: str
    retired_at: Moment
    certificate_url: str
    certificate_status: CertificateStatus
    chain_record: ChainRecordShape | None = Field(description="Null until it is queued.")


router = APIRouter(tags=["Retirements"], route_class=IdempotentRoute)


@router.post(
    "/credits/{serial}/retire",
    status_code=201,
    summary="Retire credits",
    response_model=Data[RetirementShape],
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
    sent: RetirementSent,
) -> Response:
    """
    For the holder. The units leave circulation at once and for ever.

    The certificate answers from this moment; it is sealed when the record stands on Cardano with
    six confirmations. A part splits the entry; the remainder stays active.
    """
    await visible_credit(request, serial, account)
    account.require(Permission.HOLD_CREDITS)
    retirement_id = operation_id(account.id, "retire", key)
    location = f"/api/v1/retirements/{retirement_id}"
    async with drafted(request, retirement_id, account.id, _draft(sent)):
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
    return answer(retirement_shape(request, seen), status=201, location=location)


@router.get(
    "/retirements",
    summary="List my retirements",
    response_model=DataList[RetirementShape],
    responses=error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR),
)
async def list_retirements(
    request: Request,
    account: SignedIn,
    asked: Annotated[Asked, asks_for(RetirementShape, sort="retiredAt")],
) -> Response:
    """The retirements one made; for staff all of them."""
    async with reading(request) as connection:
        rows = await reads_credits.retirements_part(
            connection, RetirementFilter(), asked.part, account=account
        )

    def as_shape(seen: RetirementSeen) -> RetirementShape:
        return retirement_shape(request, seen)

    return answer_list(request, asked, rows, as_shape, retirement_position)


@router.get(
    "/retirements/{retirement_id}",
    summary="Read my retirement",
    response_model=Data[RetirementShape],
    responses=error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.NOT_FOUND),
)
async def read_retirement(request: Request, account: SignedIn, retirement_id: UUID) -> Response:
    """For the one who retired and staff, with the chain record inside."""
    seen = await visible_retirement(request, retirement_id, account)
    return answer(retirement_shape(request, seen))


async def visible_retirement(
    request: Request, retirement_id: UUID, account: Account | None
) -> RetirementSeen:
    """
    Raises:
        NotFound: there is no such retirement, or this account may not see it.
    """
    async with reading(request) as connection:
        seen = await reads_credits.retirement(connection, retirement_id, account=account)
    if seen is None:
        raise NotFound("There is no such retirement.")
    return seen


def retirement_position(seen: RetirementSeen) -> After:
    return seen.retirement.retired_at, seen.retirement.id


def retirement_shape(request: Request, seen: RetirementSeen) -> RetirementShape:
    retirement = seen.retirement
    return RetirementShape(
        id=retirement.id,
        serial=seen.serial,
        project_id=seen.project_id,
        quantity=retirement.quantity_units,
        vintage=seen.vintage,
        beneficiary=_beneficiary_shape(retirement.beneficiary),
        purpose=retirement.purpose,
        reason=retirement.reason,
        retired_at=retirement.retired_at,
        certificate_url=certificate_url(request, retirement.id),
        certificate_status=CertificateStatus(seen.certificate_status),
        chain_record=chain_record_shape(seen.chain),
    )


def certificate_url(request: Request, retirement_id: UUID) -> str:
    """The certificate's page; JSON and PDF are linked there."""
    public_url = resources(request).settings.public_url.rstrip("/")
    return f"{public_url}/retirements/{retirement_id}"


def _beneficiary_shape(beneficiary: Beneficiary | None) -> BeneficiaryShape:
    if beneficiary is None:
        return BeneficiaryShape(undisclosed=True)
    return BeneficiaryShape(
        name=beneficiary.name, country=beneficiary.country, identifier=beneficiary.identifier
    )


def _draft(sent: RetirementSent) -> RetirementDraft:
    named = sent.beneficiary
    beneficiary = None
    if named.name is not None and named.country is not None:
        beneficiary = BeneficiaryDraft(
            name=named.name, country=named.country, identifier=named.identifier
        )
    return RetirementDraft(beneficiary=beneficiary, purpose=sent.purpose, reason=sent.reason)
