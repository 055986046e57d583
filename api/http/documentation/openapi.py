"""The OpenAPI document: what the framework collects, made true for this API's errors."""

from typing import Any

from fastapi import FastAPI
from fastapi.encoders import jsonable_encoder
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from api.http.documentation.completing import AcceptedResponse, complete
from api.http.documentation.examples_nulls import restore_nulls
from api.http.errors.problem import ErrorBody

DESCRIPTION = """
Register carbon projects, verify them, issue, transfer and retire credits, and check every
retirement on Cardano.

Bodies are JSON objects in camelCase. Quantities are decimal strings in tonnes of CO2e, moments are
RFC 3339 in UTC. Answers are `{"data": ...}`. Errors carry a stable `code`, a sentence, and the place
in the request that it speaks of. Send an `Idempotency-Key` with each POST that must happen once.
"""

TAGS = [
    {"name": "Accounts", "description": "Signing in, and what concerns oneself."},
    {"name": "Projects", "description": "Registering projects and following them."},
    {
        "name": "Ingestion",
        "description": "Files of data that come in: formats, faults, outcomes. Reference data alone.",
    },
    {
        "name": "Monitoring",
        "description": "What instruments measure, where projects lie, and the tonnes that follow.",
    },
    {"name": "Documents", "description": "Evidence, uploaded straight to storage."},
    {"name": "Verification", "description": "The steps from registration to a decision."},
    {"name": "Credits", "description": "Holding and transferring credits."},
    {"name": "Payments", "description": "Fees, invoices and what is paid of them."},
    {"name": "Retirements", "description": "Taking credits out of circulation for ever."},
    {
        "name": "Reports",
        "description": "What is stated of a period, signed, for staff, holders and regulators.",
    },
    {"name": "Staff", "description": "What only administrators see."},
    {
        "name": "Provider",
        "description": "What only the chain's provider calls, with its signature.",
    },
    {"name": "Public registry", "description": "Open to everybody, without an account."},
]

_SCHEMA_PLACE = "#/components/schemas/{model}"
_METHODS = ("get", "post", "put", "patch", "delete")


def describe(app: FastAPI, public_url: str) -> dict[str, Any]:
    """Collect the document once; validation errors are 400 here, never the framework's 422."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            description=DESCRIPTION,
            routes=app.routes,
            tags=TAGS,
        )
        for path in document["paths"].values():
            for method in _METHODS:
                path.get(method, {}).get("responses", {}).pop("422", None)
        for unused in ("HTTPValidationError", "ValidationError"):
            document["components"]["schemas"].pop(unused, None)
        complete(document, public_url=public_url)
        schemas = document["components"]["schemas"] | _shared_schemas()
        document["components"]["schemas"] = dict(sorted(schemas.items()))
        restore_nulls(document)
        app.openapi_schema = document
    return app.openapi_schema


def _shared_schemas() -> dict[str, Any]:
    """Of what every error and every late answer says, which the operations refer to."""
    _, found = models_json_schema(
        [(ErrorBody, "serialization"), (AcceptedResponse, "serialization")],
        ref_template=_SCHEMA_PLACE,
    )
    # As the framework writes its own: a default of null is not said.
    schemas: dict[str, Any] = jsonable_encoder(found["$defs"], exclude_none=True)
    return schemas
