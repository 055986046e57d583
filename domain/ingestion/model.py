"""
The minimum schema that everything which comes in is mapped to, whatever its source (ADR 0080).

Published as JSON Schema and as Frictionless Table Schema, so that anybody can check a file with stock
tools before it is sent. A field is added in a new minor version; a field that changes its meaning is
a new major one.

Source: seed CCX, section 3 ("minimum data schema ... regardless of pathway").
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

MODEL_VERSION = "1.0"


class IngestedKind(StrEnum):
    PROJECT = "project"
    ISSUANCE = "issuance"
    RETIREMENT = "retirement"
    OBSERVATION = "observation"


class FieldType(StrEnum):
    """`DATE` is a day as its source states it, `MOMENT` a time with its zone, `NUMBER` a decimal."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    DATE = "date"
    MOMENT = "moment"
    SERIALS = "serials"


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
    kind: IngestedKind
    title: str
    description: str
    fields: tuple[ModelField, ...]

    def field(self, name: str) -> ModelField | None:
        return next((field for field in self.fields if field.name == name), None)


def _text(name: str, description: str, *, required: bool = False) -> ModelField:
    return ModelField(name, FieldType.TEXT, description, required)


def _day(name: str, description: str, *, required: bool = False) -> ModelField:
    return ModelField(
        name,
        FieldType.DATE,
        description,
        required,
        minimum=Decimal(1970),
        maximum=Decimal(2199),
    )


def _tonnes(name: str, description: str, *, required: bool = False) -> ModelField:
    return ModelField(
        name, FieldType.NUMBER, description, required, minimum=Decimal(0), unit="tCO2e"
    )


def _degrees(name: str, bound: int, description: str) -> ModelField:
    return ModelField(
        name,
        FieldType.NUMBER,
        description,
        minimum=Decimal(-bound),
        maximum=Decimal(bound),
        unit="degree",
    )


_YEAR_MIN, _YEAR_MAX = Decimal(1970), Decimal(2199)
_SOURCE = (
    _text("registry", "The registry that published it, as `verra`.", required=True),
    _text("projectId", "The project's identifier at that registry.", required=True),
)
_VINTAGE = (
    ModelField(
        "vintageYear",
        FieldType.INTEGER,
        "The vintage as a year, where the registry names one.",
        minimum=_YEAR_MIN,
        maximum=_YEAR_MAX,
    ),
    _day("vintageStart", "First day of the vintage or of the monitoring period."),
    _day("vintageEnd", "Last day of it."),
)
_SERIALS = (
    ModelField(
        "serials",
        FieldType.SERIALS,
        "Serial numbers as published: one range, or several with semicolons between them.",
    ),
)

MODEL: Mapping[IngestedKind, RecordModel] = {
    model.kind: model
    for model in (
        RecordModel(
            IngestedKind.PROJECT,
            "Project of a registry",
            "A project as another registry lists it. Reference data: it enters no ledger.",
            (
                *_SOURCE,
                _text("name", "The project's name."),
                _text("developer", "Who develops or proposes it."),
                _text("status", "Its state, in the registry's own words."),
                _text("country", "Country or countries, in the registry's own words."),
                _text("projectType", "Its type or sector, in the registry's own words."),
                _text("methodology", "Methodology or protocol."),
                _day("listedOn", "When it was listed."),
                _day("registeredOn", "When it was registered."),
                _day("creditingStart", "First day of the crediting period."),
                _day("creditingEnd", "Last day of it."),
                _tonnes("creditsIssued", "Credits that were issued to it in all."),
                _tonnes("estimatedAnnual", "Estimated reductions or removals of a year."),
                _text("url", "Where the registry shows it."),
                _degrees("latitude", 90, "Degrees north, WGS 84."),
                _degrees("longitude", 180, "Degrees east, WGS 84."),
            ),
        ),
        RecordModel(
            IngestedKind.ISSUANCE,
            "Issuance of a registry",
            "Credits that another registry issued. Reference data: they enter no ledger.",
            (
                *_SOURCE,
                _text("issuanceId", "The registry's identifier of the issuance."),
                _day("issuedOn", "The day of the issuance, as the registry states it."),
                _tonnes("quantity", "Credits issued, buffer included.", required=True),
                _tonnes("bufferQuantity", "What of it went into a buffer."),
                *_VINTAGE,
                *_SERIALS,
                _text("label", "Reduction or removal, or the product's type."),
            ),
        ),
        RecordModel(
            IngestedKind.RETIREMENT,
            "Retirement or cancellation of a registry",
            "Credits that another registry took out of circulation. Reference data.",
            (
                *_SOURCE,
                _text("retirementId", "The registry's identifier of the retirement."),
                ModelField(
                    "operation",
                    FieldType.TEXT,
                    "Retired or cancelled; `unspecified` where the registry does not say which.",
                    required=True,
                    choices=("retirement", "cancellation", "unspecified"),
                ),
                _day("retiredOn", "The day of it, as the registry states it."),
                _tonnes("quantity", "Credits retired or cancelled.", required=True),
                *_VINTAGE,
                *_SERIALS,
                _text("beneficiary", "For whom, as the registry publishes it."),
                _text("reason", "Why, in the registry's own words."),
            ),
        ),
        RecordModel(
            IngestedKind.OBSERVATION,
            "Observation of a monitoring series",
            "One value that an instrument, a laboratory or a person has measured.",
            (
                _text("series", "Name of the series; one instrument and place.", required=True),
                ModelField(
                    "time",
                    FieldType.MOMENT,
                    "When it was measured, with its zone.",
                    required=True,
                    minimum=Decimal(1990),
                    maximum=Decimal(2100),
                ),
                _text("quantity", "What was measured, as `temperature`.", required=True),
                ModelField("value", FieldType.NUMBER, "The value, in `unit`.", required=True),
                _text(
                    "unit", "Its unit, or the scale of a pH (pH_T, pH_NBS, pH_F).", required=True
                ),
                ModelField(
                    "uncertainty",
                    FieldType.NUMBER,
                    "Standard uncertainty, in `unit`.",
                    minimum=Decimal(0),
                ),
                _text("qualityFlag", "The source's own flag."),
                _text("instrument", "Maker and serial number of the instrument."),
                _text("calibration", "Which calibration it was under."),
                _text("place", "Name of the place or tank."),
                _degrees("latitude", 90, "Degrees north, WGS 84."),
                _degrees("longitude", 180, "Degrees east, WGS 84."),
                ModelField("depth", FieldType.NUMBER, "Metres below the surface.", unit="metre"),
            ),
        ),
    )
}

_JSON: Mapping[FieldType, Mapping[str, Any]] = {
    FieldType.TEXT: {"type": "string", "minLength": 1},
    FieldType.INTEGER: {"type": "integer"},
    FieldType.NUMBER: {"type": "number"},
    FieldType.DATE: {"type": "string", "format": "date"},
    FieldType.MOMENT: {"type": "string", "format": "date-time"},
    FieldType.SERIALS: {"type": "string", "minLength": 1},
}
_TABLE: Mapping[FieldType, str] = {
    FieldType.TEXT: "string",
    FieldType.INTEGER: "integer",
    FieldType.NUMBER: "number",
    FieldType.DATE: "date",
    FieldType.MOMENT: "datetime",
    FieldType.SERIALS: "string",
}


def json_schema(model: RecordModel, *, address: str) -> dict[str, Any]:
    """Of one record as a JSON object (JSON Schema 2020-12), at `address` for ever."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": address,
        "title": model.title,
        "description": f"{model.description} Version {MODEL_VERSION}.",
        "type": "object",
        "properties": {field.name: _json_field(field) for field in model.fields},
        "required": [field.name for field in model.fields if field.required],
        "additionalProperties": False,
    }


def table_schema(model: RecordModel) -> dict[str, Any]:
    """Of a table with one column for each field (Frictionless Table Schema 1.0)."""
    return {
        "fields": [_table_field(field) for field in model.fields],
        "missingValues": [""],
    }


def _json_field(field: ModelField) -> dict[str, Any]:
    shape: dict[str, Any] = {**_JSON[field.type], "description": _described(field)}
    if field.choices:
        shape["enum"] = list(field.choices)
    if field.type in {FieldType.NUMBER, FieldType.INTEGER}:
        shape |= _bounds(field)
    return shape


def _table_field(field: ModelField) -> dict[str, Any]:
    constraints: dict[str, Any] = {}
    if field.required:
        constraints["required"] = True
    if field.choices:
        constraints["enum"] = list(field.choices)
    if field.type in {FieldType.NUMBER, FieldType.INTEGER}:
        constraints |= _bounds(field)
    shape = {
        "name": field.name,
        "type": _TABLE[field.type],
        "description": _described(field),
    }
    if field.type is FieldType.MOMENT:
        shape["format"] = "any"
    return shape | ({"constraints": constraints} if constraints else {})


def _bounds(field: ModelField) -> dict[str, int]:
    bounds = {"minimum": field.minimum, "maximum": field.maximum}
    return {name: int(bound) for name, bound in bounds.items() if bound is not None}


def _described(field: ModelField) -> str:
    return f"{field.description} In {field.unit}." if field.unit else field.description
