"""One's own data: a copy of all of it, erasure, consents."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.accounts.personal_data.own_data_reads import own_data
from api.commands.accounts import own_data as commands
from api.http.errors.problem import Code, error_responses
from api.http.identity.authentication import SignedIn
from api.http.resources import reading, resources
from api.http.responses import MEDIA_TYPE, PRIVATE, json_response
from api.http.routing import RegistryRoute
from api.http.schema import Data, DataList
from api.rest.accounts.schemas.own_data import (
    ConsentRequest,
    ConsentResponse,
    ErasureResponse,
    OwnDataExportResponse,
    consent_response,
    erasure_response,
    export_response,
)
from domain.accounts.personal_data import ConsentKind
from domain.errors import NotFound

_ACCEPTED = 202

router = APIRouter(tags=["Accounts"], route_class=RegistryRoute)


@router.post(
    "/me/export",
    status_code=202,
    summary="Ask for a copy of my data",
    response_model=Data[OwnDataExportResponse],
    responses=error_responses(Code.AUTHENTICATION_ERROR),
)
async def ask_for_export(request: Request, account: SignedIn) -> Response:
    """
    A ZIP file with a JSON of everything that names the account; whoever asked is told when it is ready.

    Asked again within the hour, it is the file that was asked for before. It is there for seven days.
    """
    parts = resources(request)
    export = await commands.ask_for_export(parts, account)
    answer = export_response(export, commands.download_url(parts, export))
    return json_response(answer, status=_ACCEPTED)


@router.get(
    "/me/export",
    summary="Get the copy of my data",
    response_model=Data[OwnDataExportResponse],
    responses=error_responses(Code.AUTHENTICATION_ERROR, Code.NOT_FOUND),
)
async def get_export(request: Request, account: SignedIn) -> Response:
    """The one that was asked for last."""
    parts = resources(request)
    async with reading(request) as connection:
        export = (await own_data(connection, account.id)).export
    if export is None:
        raise NotFound("You have not asked for a copy of your data.")
    return json_response(export_response(export, commands.download_url(parts, export)))


@router.post(
    "/me/erasure",
    status_code=202,
    summary="Ask to be erased",
    response_model=Data[ErasureResponse],
    responses=error_responses(Code.AUTHENTICATION_ERROR, Code.CONFLICT),
)
async def ask_to_be_erased(request: Request, account: SignedIn) -> Response:
    """
    After the time to think, name and e-mail are replaced by a pseudonym, and nobody signs in any more.

    Refused while the account holds credits, has a verification that is not decided, or is the last
    administrator (409). Ledger, projects, decisions, certificates and the audit log stay.
    """
    erasure = await commands.ask_to_be_erased(resources(request), account)
    return json_response(erasure_response(erasure), status=_ACCEPTED)


@router.get(
    "/me/erasure",
    summary="See whether I will be erased",
    response_model=Data[ErasureResponse],
    responses=error_responses(Code.AUTHENTICATION_ERROR, Code.NOT_FOUND),
)
async def get_erasure(request: Request, account: SignedIn) -> Response:
    """The last wish to be erased, also where it was withdrawn or refused."""
    async with reading(request) as connection:
        erasure = (await own_data(connection, account.id)).erasure
    if erasure is None:
        raise NotFound("You have not asked to be erased.")
    return json_response(erasure_response(erasure))


@router.delete(
    "/me/erasure",
    summary="Withdraw my erasure",
    response_model=Data[ErasureResponse],
    responses=error_responses(Code.AUTHENTICATION_ERROR, Code.NOT_FOUND, Code.CONFLICT),
)
async def withdraw_erasure(request: Request, account: SignedIn) -> Response:
    """Until the time to think is over."""
    erasure = await commands.withdraw_erasure(resources(request), account)
    return json_response(erasure_response(erasure))


@router.get(
    "/me/consents",
    summary="See what I consented to",
    response_model=DataList[ConsentResponse],
    responses=error_responses(Code.AUTHENTICATION_ERROR),
)
async def list_consents(request: Request, account: SignedIn) -> Response:
    """The newest of each kind; what was said before stays recorded."""
    async with reading(request) as connection:
        said = (await own_data(connection, account.id)).consents
    listed = DataList[ConsentResponse].model_validate(
        {
            "data": [consent_response(one) for one in said],
            "meta": {"limit": len(ConsentKind), "next_cursor": None},
            "links": {"next": None},
        }
    )
    return Response(
        listed.model_dump_json(by_alias=True),
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": PRIVATE},
    )


@router.put(
    "/me/consents/{kind}",
    summary="Give or take back a consent",
    response_model=Data[ConsentResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR),
)
async def give_consent(
    request: Request, account: SignedIn, kind: ConsentKind, body: ConsentRequest
) -> Response:
    """Recorded with its time and the version of the text that was shown."""
    consent = await commands.give_consent(
        resources(request), account, kind, version=body.version, given=body.given
    )
    return json_response(consent_response(consent))
