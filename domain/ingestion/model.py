"""
The minimum schema that everything which comes in is mapped to, whatever its source (ADR 0080).

Published as JSON Schema and as Frictionless Table Schema, so that anybody can check a file with stock
tools before it is sent. A field is added in a new minor version; a field that changes its meaning is
a new major one.

Source: seed CCX, section 3 ("minimum data schema ... regardless of pathway").
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from domain.ingestion.kinds.assurance import ASSURANCE
from domain.ingestion.kinds.fields import (
    MODEL_VERSION,
    FieldType,
    IngestedKind,
    ModelField,
    RecordModel,
    day,
    degrees,
    text,
    tonnes,
    year,
)
from domain.ingestion.kinds.places import PLACES
from domain.ingestion.kinds.sampled import SAMPLED

_SOURCE = (
    text("registry", "The registry that published it, as `verra`.", required=True),
    text("projectId", "The project's identifier at that registry.", required=True),
)
_VINTAGE = (
    year("vintageYear", "The vintage as a year, where the registry names one."),
    day("vintageStart", "First day of the vintage or of the monitoring period."),
    day("vintageEnd", "Last day of it."),
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
                text("name", "The project's name."),
                text("developer", "Who develops or proposes it."),
                text("status", "Its state, in the registry's own words."),
                text("country", "Country or countries, in the registry's own words."),
                text("projectType", "Its type or sector, in the registry's own words."),
                text("methodology", "Methodology or protocol."),
                day("listedOn", "When it was listed."),
                day("registeredOn", "When it was registered."),
                day("creditingStart", "First day of the crediting period."),
                day("creditingEnd", "Last day of it."),
                tonnes("creditsIssued", "Credits that were issued to it in all."),
                tonnes("estimatedAnnual", "Estimated reductions or removals of a year."),
                text("url", "Where the registry shows it."),
                degrees("latitude", 90, "Degrees north, WGS 84."),
                degrees("longitude", 180, "Degrees east, WGS 84."),
            ),
            format_id="projects",
        ),
        RecordModel(
            IngestedKind.ISSUANCE,
            "Issuance of a registry",
            "Credits that another registry issued. Reference data: they enter no ledger.",
            (
                *_SOURCE,
                text("issuanceId", "The registry's identifier of the issuance."),
                day("issuedOn", "The day of the issuance, as the registry states it."),
                tonnes("quantity", "Credits issued, buffer included.", required=True),
                tonnes("bufferQuantity", "What of it went into a buffer."),
                *_VINTAGE,
                *_SERIALS,
                text("label", "Reduction or removal, or the product's type."),
            ),
            format_id="issuances",
        ),
        RecordModel(
            IngestedKind.RETIREMENT,
            "Retirement or cancellation of a registry",
            "Credits that another registry took out of circulation. Reference data.",
            (
                *_SOURCE,
                text("retirementId", "The registry's identifier of the retirement."),
                ModelField(
                    "operation",
                    FieldType.TEXT,
                    "Retired or cancelled; `unspecified` where the registry does not say which.",
                    required=True,
                    choices=("retirement", "cancellation", "unspecified"),
                ),
                day("retiredOn", "The day of it, as the registry states it."),
                tonnes("quantity", "Credits retired or cancelled.", required=True),
                *_VINTAGE,
                *_SERIALS,
                text("beneficiary", "For whom, as the registry publishes it."),
                text("reason", "Why, in the registry's own words."),
            ),
            format_id="retirements",
        ),
        RecordModel(
            IngestedKind.OBSERVATION,
            "Observation of a monitoring series",
            "One value that an instrument, a laboratory or a person has measured.",
            (
                text("series", "Name of the series; one instrument and place.", required=True),
                ModelField(
                    "time",
                    FieldType.MOMENT,
                    "When it was measured, with its zone.",
                    required=True,
                    minimum=Decimal(1990),
                    maximum=Decimal(2100),
                ),
                text("quantity", "What was measured, as `temperature`.", required=True),
                ModelField("value", FieldType.NUMBER, "The value, in `unit`.", required=True),
                text("unit", "Its unit, or the scale of a pH (pH_T, pH_NBS, pH_F).", required=True),
                ModelField(
                    "uncertainty",
                    FieldType.NUMBER,
                    "Standard uncertainty, in `unit`.",
                    minimum=Decimal(0),
                ),
                text("qualityFlag", "The source's own flag."),
                text("instrument", "Maker and serial number of the instrument."),
                text("calibration", "Which calibration it was under."),
                text("place", "Name of the place or tank."),
                degrees("latitude", 90, "Degrees north, WGS 84."),
                degrees("longitude", 180, "Degrees east, WGS 84."),
                ModelField("depth", FieldType.NUMBER, "Metres below the surface.", unit="metre"),
            ),
            format_id="observations",
        ),
        *SAMPLED,
        *PLACES,
        *ASSURANCE,
    )
}

_JSON: Mapping[FieldType, Mapping[str, Any]] = {
    FieldType.TEXT: {"type": "string", "minLength": 1},
    FieldType.INTEGER: {"type": "integer"},
    FieldType.NUMBER: {"type": "number"},
    FieldType.DATE: {"type": "string", "format": "date"},
    FieldType.MOMENT: {"type": "string", "format": "date-time"},
    FieldType.SERIALS: {"type": "string", "minLength": 1},
    FieldType.GEOMETRY: {"type": "object", "required": ["type"]},
}
_TABLE: Mapping[FieldType, str] = {
    FieldType.TEXT: "string",
    FieldType.INTEGER: "integer",
    FieldType.NUMBER: "number",
    FieldType.DATE: "date",
    FieldType.MOMENT: "datetime",
    FieldType.SERIALS: "string",
    FieldType.GEOMETRY: "geojson",
}


def json_schema(model: RecordModel, *, address: str) -> dict[str, Any]:
    """Of one record as a JSON object (JSON Schema 2020-12), at `address` for ever."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": address,
        "title": model.title,
        "description": f"{model.description} Version {model.version}.",
        "type": "object",
        "properties": {field.name: _json_field(field) for field in model.fields},
        "required": [field.name for field in model.fields if field.required],
        "additionalProperties": False,
    }


def table_schema(model: RecordModel) -> dict[str, Any]:
    """Of a table with one column for each field (Frictionless Table Schema 1.0)."""
    return {
        "title": model.title,
        "description": f"{model.description} Version {model.version}.",
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
    return shape | ({"constraints": constraints} if constraints else {})


def _bounds(field: ModelField) -> dict[str, int]:
    bounds = {"minimum": field.minimum, "maximum": field.maximum}
    return {name: int(bound) for name, bound in bounds.items() if bound is not None}


def _described(field: ModelField) -> str:
    return f"{field.description} In {field.unit}." if field.unit else field.description


__all__ = [
    "MODEL",
    "MODEL_VERSION",
    "FieldType",
    "IngestedKind",
    "ModelField",
    "RecordModel",
    "json_schema",
    "table_schema",
]
