"""What the model is made of: fields with their types, bounds and units, and the kinds of records."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

MODEL_VERSION = "1.1"


class IngestedKind(StrEnum):
    PROJECT = "project"
    ISSUANCE = "issuance"
    RETIREMENT = "retirement"
    OBSERVATION = "observation"
    LABORATORY_SAMPLE = "laboratory_sample"
    ACTIVITY = "activity"
    BOUNDARY = "boundary"
    SAMPLING_POINT = "sampling_point"
    RASTER = "raster"
    VERIFIER_STATEMENT = "verifier_statement"
    FINDING = "finding"


class FieldType(StrEnum):
    """
    `DATE` is a day as its source states it, `MOMENT` a time with its zone, `NUMBER` a decimal.

    `GEOMETRY` is GeoJSON in WGS 84, longitude first (RFC 7946).
    """

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    DATE = "date"
    MOMENT = "moment"
    SERIALS = "serials"
    GEOMETRY = "geometry"


@dataclass(frozen=True)
class ModelField:
    """One field; `unit` is what its numbers are in, None where a field of its own says it."""

    name: str
    type: FieldType
    description: str
    required: bool = False
    choices: tuple[str, ...] = ()
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    unit: str | None = None


@dataclass(frozen=True)
class RecordModel:
    """`format_id` names the format of who follows it; `version` is that of an extension (ADR 0118)."""

    kind: IngestedKind
    title: str
    description: str
    fields: tuple[ModelField, ...]
    format_id: str
    version: str = MODEL_VERSION

    def field(self, name: str) -> ModelField | None:
        return next((field for field in self.fields if field.name == name), None)


def text(name: str, description: str, *, required: bool = False) -> ModelField:
    return ModelField(name, FieldType.TEXT, description, required)


def day(name: str, description: str, *, required: bool = False) -> ModelField:
    return ModelField(
        name,
        FieldType.DATE,
        description,
        required,
        minimum=Decimal(1970),
        maximum=Decimal(2199),
    )


def tonnes(name: str, description: str, *, required: bool = False) -> ModelField:
    return ModelField(
        name, FieldType.NUMBER, description, required, minimum=Decimal(0), unit="tCO2e"
    )


def degrees(name: str, bound: int, description: str) -> ModelField:
    return ModelField(
        name,
        FieldType.NUMBER,
        description,
        minimum=Decimal(-bound),
        maximum=Decimal(bound),
        unit="degree",
    )


def year(name: str, description: str) -> ModelField:
    return ModelField(
        name, FieldType.INTEGER, description, minimum=Decimal(1970), maximum=Decimal(2199)
    )


def measured(
    name: str,
    unit: str,
    description: str,
    *,
    required: bool = False,
    low: int | None = 0,
    high: int | None = None,
) -> ModelField:
    """A number in `unit`, from `low` to `high`, both inclusive."""
    return ModelField(
        name,
        FieldType.NUMBER,
        description,
        required,
        minimum=None if low is None else Decimal(low),
        maximum=None if high is None else Decimal(high),
        unit=unit,
    )


def choice(name: str, description: str, *choices: str, required: bool = False) -> ModelField:
    return ModelField(name, FieldType.TEXT, description, required, choices=choices)
