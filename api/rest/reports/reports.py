"""Compliance reports: having one made, reading it, and opening it to a regulator for a time."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from adapters.postgres.reports.reads import reports_page
from api.commands.addresses import report_address
from api.commands.reports import accesses as access_commands
from api.commands.reports import reports as commands
from api.commands.reports.reports import AskedReport
from api.http.errors.problem import Code, error_responses
from api.http.idempotency import OperationKey
from api.http.identity.authentication import PERMITTED, SignedIn
from api.http.lists import ListRequest, list_response, page_params, whole_list_response
from api.http.resources import reading, resources
from api.http.responses import (
    MEDIA_TYPE,
    PRIVATE,
    SecretResponse,
    data_bytes,
    json_response,
)
from api.http.routing import IdempotentRoute, RegistryRoute
from api.http.schema import Data, DataList
from api.rest.reports.schemas.reports import (
    OpenedReportResponse,
    ReportAccessGivenResponse,
    ReportAccessRequest,
    ReportAccessResponse,
    ReportCodeRequest,
    ReportFileAddressResponse,
    ReportFileRequest,
    ReportRequest,
    ReportResponse,
    access_given_response,
    access_response,
    opened_report_response,
    report_response,
)
from domain.reports.reports import ReportKind

router = APIRouter(tags=["Reports"], route_class=IdempotentRoute, dependencies=[PERMITTED])
# Known by its code alone: nobody is signed in.
code_router = APIRouter(tags=["Reports"], route_class=RegistryRoute)
_ERRORS = (Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.AUTHORIZATION_ERROR)
_MANIFEST: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The manifest.",
        "content": {MEDIA_TYPE: {"schema": {"type": "object"}, "example": {"files": []}}},
    },
}


@router.post(
    "/reports",
    status_code=201,
    summary="Have a compliance report made",
    response_model=Data[ReportResponse],
    responses=error_responses(*_ERRORS, Code.CONFLICT, Code.UNAVAILABLE),
)
async def make_report(
    request: Request, account: SignedIn, key: OperationKey, body: ReportRequest
) -> Response:
    """
    Staff have any made; whoever holds credits the statement of their own holdings (`kind` `holdings`).

    It states the ledger as it was; the same terms give the same bytes, so that asking again answers the report
    that is there. Of a large registry it takes minutes: the answer is 202 then, with where it will be.
    """
    asked = AskedReport(
        body.kind, body.first_day, body.last_day, body.known_at, body.account_id, body.party
    )
    report = await commands.make_report(resources(request), account, key, asked)
    return json_response(report_response(report), status=201, location=report_address(report.id))


@router.get(
    "/reports",
    summary="List compliance reports",
    response_model=DataList[ReportResponse],
    responses=error_responses(*_ERRORS),
)
async def list_reports(
    request: Request,
    account: SignedIn,
    list_request: Annotated[ListRequest, page_params(ReportResponse, sort="madeAt")],
    kind: Annotated[ReportKind | None, Query(description="Only these.")] = None,
) -> Response:
    """Newest first: of staff all, of others the statements of their own holdings."""
    async with reading(request) as connection:
        rows = await reports_page(connection, account, list_request.page, kind=kind)
    return list_response(
        request, list_request, rows, report_response, lambda one: (one.made_at, one.id)
    )


@router.get(
    "/reports/{report_id}",
    summary="Read a compliance report",
    response_model=Data[ReportResponse],
    responses=error_responses(*_ERRORS, Code.NOT_FOUND),
)
async def read_report(request: Request, account: SignedIn, report_id: UUID) -> Response:
    """With its files and their SHA-256. The audit log has who read it."""
    report = await commands.read_report(resources(request), account, report_id)
    return json_response(report_response(report))


@router.get(
    "/reports/{report_id}/manifest.json",
    summary="Read a report's manifest",
    responses=error_responses(*_ERRORS, Code.NOT_FOUND) | _MANIFEST,
)
async def read_report_manifest(request: Request, account: SignedIn, report_id: UUID) -> Response:
    """Byte for byte as it was signed."""
    report = await commands.read_report(resources(request), account, report_id)
    return Response(report.manifest, media_type=MEDIA_TYPE, headers={"Cache-Control": PRIVATE})


@router.get(
    "/reports/{report_id}/files/{name}",
    status_code=302,
    summary="Fetch a file of a report",
    response_class=RedirectResponse,
    responses=error_responses(*_ERRORS, Code.NOT_FOUND),
)
async def read_report_file(
    request: Request, account: SignedIn, report_id: UUID, name: str
) -> Response:
    """Leads to the very bytes whose SHA-256 the manifest states; the address is good for a minute."""
    url = await commands.file_address(resources(request), account, report_id, name)
    return RedirectResponse(url, status_code=302, headers={"Cache-Control": "no-store"})


@router.get(
    "/reports/{report_id}/accesses",
    summary="List who has access to a report",
    response_model=DataList[ReportAccessResponse],
    responses=error_responses(*_ERRORS, Code.NOT_FOUND),
)
async def list_report_accesses(request: Request, account: SignedIn, report_id: UUID) -> Response:
    """For administrators: the newest hundred, with how often each was read."""
    rows = await access_commands.accesses(resources(request), account, report_id)
    return whole_list_response(
        [access_response(row) for row in rows], limit=access_commands.ACCESSES_SHOWN_MAX
    )


@router.post(
    "/reports/{report_id}/accesses",
    status_code=201,
    summary="Open a report to a regulator",
    response_model=Data[ReportAccessGivenResponse],
    responses=error_responses(*_ERRORS, Code.NOT_FOUND, Code.CONFLICT),
)
async def grant_report_access(
    request: Request,
    account: SignedIn,
    report_id: UUID,
    key: OperationKey,
    body: ReportAccessRequest,
) -> Response:
    """
    For administrators. Whoever has the code reads this one report until the access ends or is revoked.

    The answer holds the code, and nothing ever shows it again; the same Idempotency-Key is answered with 409.
    """
    granted = await access_commands.grant_access(
        resources(request),
        account,
        key,
        report_id,
        authority=body.authority,
        purpose=body.purpose,
        expires_at=body.expires_at,
    )
    return SecretResponse(
        data_bytes(access_given_response(granted)),
        status_code=201,
        headers={
            "Cache-Control": PRIVATE,
            "Location": f"{report_address(report_id)}/accesses",
        },
        media_type=MEDIA_TYPE,
    )


@router.post(
    "/report-accesses/{access_id}/revoke",
    status_code=204,
    summary="Revoke an access to a report",
    response_class=Response,
    responses=error_responses(*_ERRORS, Code.NOT_FOUND, Code.CONFLICT),
)
async def revoke_report_access(
    request: Request,
    account: SignedIn,
    access_id: UUID,
    key: OperationKey,  # noqa: ARG001 -- every POST has one
) -> Response:
    """For administrators. Nobody reads by it from this moment on."""
    await access_commands.revoke_access(resources(request), account, access_id)
    return Response(status_code=204)


@code_router.post(
    "/report-access",
    summary="Read a report by a code",
    response_model=Data[OpenedReportResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.AUTHORIZATION_ERROR, Code.NOT_FOUND),
)
async def read_report_by_code(request: Request, body: ReportCodeRequest) -> Response:
    """For whom staff gave the code; no account is needed. Each reading is noted."""
    access, report, _ = await access_commands.read_by_code(resources(request), body.code)
    return json_response(opened_report_response(access, report))


@code_router.post(
    "/report-access/files",
    summary="Fetch a file of a report by a code",
    response_model=Data[ReportFileAddressResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.AUTHORIZATION_ERROR, Code.NOT_FOUND),
)
async def read_report_file_by_code(request: Request, body: ReportFileRequest) -> Response:
    """Answers an address of the file, good for a minute. Each reading is noted."""
    _, _, url = await access_commands.read_by_code(resources(request), body.code, file=body.file)
    return json_response(ReportFileAddressResponse(url=url or "", file=body.file))
