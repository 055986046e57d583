"""The form of a device, as POST /projects/{id}/devices takes it."""

import re
from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from starlette.requests import Request

from api.commands.monitoring.readings import DeviceFacts, register_device
from api.http.fields import Text
from api.http.resources import resources
from api.http.schema import RequestSchema
from domain.accounts.roles import Account

LENGTHS = {"name": 100, "quantity": 100, "unit": 40, "instrument": 200, "calibration": 500}
POINTERS = {name: name for name in (*LENGTHS, "latitude", "longitude")} | {
    "/coordinates": "latitude"
}
_DEGREES = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{1,20})?")


class DevicePlaceForm(RequestSchema):
    latitude: Annotated[float, Field(ge=-90, le=90, strict=True)]
    longitude: Annotated[float, Field(ge=-180, le=180, strict=True)]


class DeviceForm(RequestSchema):
    """As POST /projects/{id}/devices takes it."""

    name: Annotated[str, Text(LENGTHS["name"])] = Field(pattern=r"^[^/]+$")
    quantity: Annotated[str, Text(LENGTHS["quantity"])]
    unit: Annotated[str, Text(LENGTHS["unit"])]
    instrument: Annotated[str, Text(LENGTHS["instrument"])]
    calibration: Annotated[str, Text(LENGTHS["calibration"])] | None = None
    coordinates: DevicePlaceForm | None = None


async def register_typed_device(
    request: Request, account: Account, project_id: UUID, typed: Mapping[str, str]
) -> None:
    sent: dict[str, Any] = {
        name: typed.get(name, "")
        for name in LENGTHS
        if name != "calibration" or typed.get(name, "").strip()
    }
    place = {
        name: float(degrees) if _DEGREES.fullmatch(degrees) else degrees
        for name in ("latitude", "longitude")
        if (degrees := typed.get(name, "").strip())
    }
    form = DeviceForm.model_validate(sent | ({"coordinates": place} if place else {}))
    at = form.coordinates
    facts = DeviceFacts(
        **form.model_dump(exclude={"coordinates"}),
        latitude=at.latitude if at else None,
        longitude=at.longitude if at else None,
    )
    await register_device(resources(request), account, project_id, facts)
