"""Devices and readings as JSON."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from adapters.postgres.monitoring.reads.readings import ReadingView, SummedView
from api.http.fields import NaturalNumber, Number, SentMoment, Text
from api.http.schema import Moment, RequestSchema, ResponseSchema
from api.rest.monitoring.examples.monitoring import (
    DEVICE,
    DEVICE_SENT,
    READING,
    READINGS,
    READINGS_SENT,
    READINGS_TAKEN,
)
from domain.monitoring.quantifications import decimal_text
from domain.monitoring.readings import (
    BATCH_MAX,
    REVISION_MAX,
    SEQUENCE_MAX,
    Device,
    DeviceReading,
    QualityFlag,
)


class PlaceOnGlobe(RequestSchema):
    """Degrees, WGS 84."""

    latitude: Annotated[float, Field(ge=-90, le=90, strict=True)]
    longitude: Annotated[float, Field(ge=-180, le=180, strict=True)]


class DeviceRequest(RequestSchema):
    """
    An instrument, or one channel of it. Its facts never change: one that is calibrated anew has another name.

    A pH has a scale for its unit: `pH_T`, `pH_F` or `pH_NBS`.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [DEVICE_SENT]})

    name: Annotated[str, Text(100)] = Field(pattern=r"^[^/]+$")
    quantity: Annotated[str, Text(100)] = Field(description="What it measures, as `temperature`.")
    unit: Annotated[str, Text(40)]
    instrument: Annotated[str, Text(200)] = Field(description="Maker and serial number.")
    calibration: Annotated[str, Text(500)] | None = None
    coordinates: PlaceOnGlobe | None = None


class DevicePlaceResponse(ResponseSchema):
    latitude: float
    longitude: float


class DeviceResponse(ResponseSchema):
    """A device of a project."""

    model_config = ConfigDict(json_schema_extra={"examples": [DEVICE]})

    id: UUID
    name: str
    quantity: str
    unit: str
    instrument: str
    calibration: str | None
    coordinates: DevicePlaceResponse | None
    registered_at: Moment


class DevicesResponse(ResponseSchema):
    """All devices of a project, by name."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"devices": [DEVICE]}]})

    devices: list[DeviceResponse]


class SentReading(RequestSchema):
    """
    One reading. `device` and `sequence` are its number; a corrected one is a higher `revision` of it.

    `value` is in the device's unit, and left out if, and only if, `qualityFlag` is `missing`. Flags are QARTOD's.
    """

    device: Annotated[str, Text(100)]
    sequence: Annotated[int, Field(strict=True, ge=0, le=SEQUENCE_MAX)]
    revision: Annotated[int, Field(strict=True, ge=1, le=REVISION_MAX)] = 1
    measured_at: SentMoment
    value: Number | None = None
    uncertainty: NaturalNumber | None = Field(
        default=None, description="Standard uncertainty, in the device's unit."
    )
    quality_flag: QualityFlag = QualityFlag.NOT_EVALUATED

    def reading(self) -> DeviceReading:
        return DeviceReading(
            self.device,
            self.sequence,
            self.revision,
            self.measured_at,
            self.value,
            self.uncertainty,
            self.quality_flag,
        )


class ReadingsRequest(RequestSchema):
    """A batch: taken whole, or refused whole with all its faults."""

    model_config = ConfigDict(json_schema_extra={"examples": [READINGS_SENT]})

    readings: Annotated[list[SentReading], Field(min_length=1, max_length=BATCH_MAX)]


class ReadingsTakenResponse(ResponseSchema):
    """How many of the batch were new; the others were known already, word for word."""

    model_config = ConfigDict(json_schema_extra={"examples": [READINGS_TAKEN]})

    added: int
    known: int


class ReadingResponse(ResponseSchema):
    """`newest`: no higher revision of its number has come in."""

    model_config = ConfigDict(json_schema_extra={"examples": [READING]})

    sequence: int
    revision: int
    measured_at: Moment
    value: str | None
    uncertainty: str | None
    quality_flag: QualityFlag
    received_at: Moment
    newest: bool


class SummedResponse(ResponseSchema):
    """Counted readings of a minute, an hour or a day; its mean, lowest and highest value."""

    begins_at: Moment
    count: int
    mean: str
    lowest: str
    highest: str


class ReadingsResponse(ResponseSchema):
    """
    Readings of one device by their numbers, or `summed` by time where `every` asks for it.

    `nextAfter` is what to ask for as `after` next; null at the end.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [READINGS]})

    device: str
    quantity: str
    unit: str
    readings: list[ReadingResponse] | None
    summed: list[SummedResponse] | None
    next_after: str | None


def device_response(device: Device) -> DeviceResponse:
    place = None
    if device.latitude is not None and device.longitude is not None:
        place = DevicePlaceResponse(latitude=device.latitude, longitude=device.longitude)
    return DeviceResponse(
        id=device.id,
        name=device.name,
        quantity=device.quantity,
        unit=device.unit,
        instrument=device.instrument,
        calibration=device.calibration,
        coordinates=place,
        registered_at=device.registered_at,
    )


def readings_response(
    device: Device,
    *,
    readings: Sequence[ReadingView] | None = None,
    summed: Sequence[SummedView] | None = None,
    next_after: str | None = None,
) -> ReadingsResponse:
    return ReadingsResponse(
        device=device.name,
        quantity=device.quantity,
        unit=device.unit,
        readings=None if readings is None else [_reading(one) for one in readings],
        summed=None if summed is None else [_summed(one) for one in summed],
        next_after=next_after,
    )


def _reading(view: ReadingView) -> ReadingResponse:
    return ReadingResponse(
        sequence=view.sequence,
        revision=view.revision,
        measured_at=view.measured_at,
        value=None if view.value is None else decimal_text(view.value),
        uncertainty=None if view.uncertainty is None else decimal_text(view.uncertainty),
        quality_flag=view.quality_flag,
        received_at=view.received_at,
        newest=view.is_newest,
    )


def _summed(view: SummedView) -> SummedResponse:
    return SummedResponse(
        begins_at=view.begins_at,
        count=view.count,
        mean=decimal_text(view.mean),
        lowest=decimal_text(view.lowest),
        highest=decimal_text(view.highest),
    )


def after_of(view: ReadingView) -> str:
    return f"{view.sequence}.{view.revision}"


def after_from(text: str | None) -> tuple[int, int]:
    """Of the first page: before every reading."""
    if text is None:
        return -1, 0
    sequence, _, revision = text.partition(".")
    return int(sequence), int(revision)


def in_utc(at: datetime | None, otherwise: datetime) -> datetime:
    return otherwise if at is None else at
