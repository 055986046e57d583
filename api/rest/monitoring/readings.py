"""Devices of a project and their readings: sent by instruments, read by those who work on the project."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.monitoring.reads import readings as reads
from api.commands.monitoring import readings as commands
from api.commands.projects.projects import visible_project
from api.http.downloads.csv_lines import csv_lines
from api.http.errors.problem import Code, error_responses
from api.http.fields import SentMoment, WholeNumber
from api.http.identity.authentication import SignedIn
from api.http.resources import reading, resources
from api.http.responses import PRIVATE, json_response
from api.http.routing import RegistryRoute
from api.http.schema import Data
from api.rest.monitoring.schemas.readings import (
    DeviceRequest,
    DeviceResponse,
    DevicesResponse,
    ReadingsRequest,
    ReadingsResponse,
    ReadingsTakenResponse,
    after_from,
    after_of,
    device_response,
    in_utc,
    readings_response,
)
from domain.accounts.roles import Account
from domain.monitoring.readings import Device

PAGE_MAX = 1000
FILE_MAX = 100_000
_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)

router = APIRouter(prefix="/projects", tags=["Monitoring"], route_class=RegistryRoute)

_READ = error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.NOT_FOUND)
_WRITE = error_responses(
    Code.VALIDATION_ERROR,
    Code.AUTHENTICATION_ERROR,
    Code.AUTHORIZATION_ERROR,
    Code.NOT_FOUND,
)
_CONFLICT = error_responses(Code.CONFLICT)
_CSV: dict[int | str, dict[str, Any]] = {
    200: {"description": "The readings.", "content": {"text/csv": {"schema": {"type": "string"}}}}
}
DeviceName = Annotated[str, Query(max_length=100, description="Name of the device.")]
From = Annotated[SentMoment | None, Query(alias="from", description="Measured then or later.")]
To = Annotated[SentMoment | None, Query(description="Measured before.")]
Revisions = Annotated[
    Literal["newest", "all"],
    Query(description="`all`: former revisions too."),
]


@router.post(
    "/{project_id}/devices",
    status_code=201,
    summary="Register a device",
    response_model=Data[DeviceResponse],
    responses=_WRITE | _CONFLICT,
)
async def register_device(
    request: Request, account: SignedIn, project_id: UUID, body: DeviceRequest
) -> Response:
    """
    For the project's supplier. The same facts again are the same device; other facts under its name are a 409.

    A device measures one quantity; an instrument that measures several is as many devices.
    """
    facts = body.model_dump(exclude={"coordinates"})
    place = body.coordinates
    device = await commands.register_device(
        resources(request),
        account,
        project_id,
        commands.DeviceFacts(
            **facts,
            latitude=None if place is None else place.latitude,
            longitude=None if place is None else place.longitude,
        ),
    )
    return json_response(device_response(device), status=201)


@router.get(
    "/{project_id}/devices",
    summary="List a project's devices",
    response_model=Data[DevicesResponse],
    responses=_READ,
)
async def list_devices(request: Request, account: SignedIn, project_id: UUID) -> Response:
    """For the project's supplier, its verifiers, and administrators."""
    await visible_project(resources(request), account, project_id)
    async with reading(request) as connection:
        devices = await reads.project_devices(connection, project_id)
    return json_response(DevicesResponse(devices=[device_response(one) for one in devices]))


@router.post(
    "/{project_id}/readings",
    summary="Send readings",
    response_model=Data[ReadingsTakenResponse],
    responses=_WRITE,
)
async def send_readings(
    request: Request, account: SignedIn, project_id: UUID, body: ReadingsRequest
) -> Response:
    """
    For instruments, with a key that has the scope `readings:write`: up to 1,000 in a batch, in any order.

    A batch is taken whole, or refused with all its faults. Sent again it changes nothing: a reading is known by
    its device and its number. A correction is the same number with a higher revision; the highest counts, the
    others stay.
    """
    taken = await commands.take_readings(
        resources(request), account, project_id, [one.reading() for one in body.readings]
    )
    return json_response(ReadingsTakenResponse(added=taken.added, known=taken.known))


@router.get(
    "/{project_id}/readings",
    summary="Read a device's readings",
    response_model=Data[ReadingsResponse],
    responses=_READ,
)
async def read_readings(
    request: Request,
    account: SignedIn,
    project_id: UUID,
    device: DeviceName,
    measured_from: From = None,
    to: To = None,
    every: Annotated[
        Literal["minute", "hour", "day"] | None,
        Query(description="Summed up by this much time (UTC), without failed and missing ones."),
    ] = None,
    revisions: Revisions = "newest",
    after: Annotated[
        str | None,
        Query(
            pattern=r"^[0-9]{1,16}\.[0-9]{1,4}$", description="`nextAfter` of the answer before."
        ),
    ] = None,
    limit: Annotated[int, WholeNumber(1, PAGE_MAX), Query()] = 100,
) -> Response:
    """For the project's supplier, its verifiers, and administrators; by their numbers."""
    found = await _device(request, account, project_id, device)
    begins, ends = in_utc(measured_from, _EARLIEST), in_utc(to, _LATEST)
    async with reading(request) as connection:
        if every is not None:
            summed = await reads.readings_summed(
                connection, found.id, every=every, begins=begins, ends=ends, limit=limit
            )
            return json_response(readings_response(found, summed=summed[:limit]))
        rows = await reads.readings_page(
            connection,
            found.id,
            after=after_from(after),
            begins=begins,
            ends=ends,
            all_revisions=revisions == "all",
            limit=limit,
        )
    going_on = after_of(rows[limit - 1]) if len(rows) > limit else None
    return json_response(readings_response(found, readings=rows[:limit], next_after=going_on))


@router.get(
    "/{project_id}/readings.csv",
    summary="Download a device's readings as CSV",
    response_class=Response,
    responses=_READ | _CSV,
)
async def download_readings(
    request: Request,
    account: SignedIn,
    project_id: UUID,
    device: DeviceName,
    measured_from: From = None,
    to: To = None,
    revisions: Revisions = "newest",
) -> Response:
    """Up to 100,000 of them, by their numbers; the columns are those of the JSON."""
    found = await _device(request, account, project_id, device)
    async with reading(request) as connection:
        rows = await reads.readings_page(
            connection,
            found.id,
            after=after_from(None),
            begins=in_utc(measured_from, _EARLIEST),
            ends=in_utc(to, _LATEST),
            all_revisions=revisions == "all",
            limit=FILE_MAX,
        )
    head = ("sequence", "revision", "measuredAt", "value", "uncertainty", "qualityFlag", "unit")
    lines = [
        (
            *(one.sequence, one.revision, one.measured_at.isoformat(), one.value),
            *(one.uncertainty, one.quality_flag.value, found.unit),
        )
        for one in rows[:FILE_MAX]
    ]
    headers = {
        "Cache-Control": PRIVATE,
        "Content-Disposition": f'attachment; filename="readings-{found.id}.csv"',
    }
    return Response(
        csv_lines([head, *lines]), headers=headers, media_type="text/csv; charset=utf-8"
    )


async def _device(request: Request, account: Account, project_id: UUID, name: str) -> Device:
    await visible_project(resources(request), account, project_id)
    async with reading(request) as connection:
        return commands.device_named(await reads.project_devices(connection, project_id), name)
