"""The formats that files may come in, with schemas for stock tools; public."""

import json
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.ingestion.format_reads import PublicFormat
from api.commands.addresses import BASE_PATH
from api.commands.ingestion import formats as commands
from api.http.downloads.csv_lines import csv_lines
from api.http.errors.problem import Code, error_responses
from api.http.resources import public_url, resources
from api.http.responses import MEDIA_TYPE, data_bytes, public_response
from api.http.routing import RegistryRoute
from api.http.schema import Data
from api.rest.ingestion.examples.submissions import SCHEMA, TABLE_SCHEMA
from api.rest.ingestion.schemas.submissions import (
    FormatListResponse,
    FormatResponse,
    format_response,
)
from domain.errors import NotFound
from domain.ingestion.formats import Format
from domain.ingestion.formats import read_format as read_declared
from domain.ingestion.model import json_schema, table_schema
from domain.ingestion.samples import sample_rows

BASE = f"{BASE_PATH}/ingestion-formats"

_ERRORS = error_responses(Code.VALIDATION_ERROR, Code.NOT_FOUND)
_SCHEMA: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The schema.",
        "content": {"application/schema+json": {"example": SCHEMA}},
    }
}
_TABLE_SCHEMA: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The schema.",
        "content": {MEDIA_TYPE: {"schema": {"type": "object"}, "example": TABLE_SCHEMA}},
    }
}
_SAMPLE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The table.", "content": {"text/csv": {"schema": {"type": "string"}}}}
}

router = APIRouter(prefix="/ingestion-formats", tags=["Ingestion"], route_class=RegistryRoute)


@router.get(
    "",
    summary="List the formats that files may come in",
    response_model=Data[FormatListResponse],
    responses=error_responses(Code.VALIDATION_ERROR),
)
async def list_formats(request: Request) -> Response:
    """Our own schema's first, then those of other registries and of instruments, then reviewed ones of people."""
    declared, stored = await commands.published_formats(resources(request))
    shapes = [format_response(one, base=BASE) for one in declared.values()]
    shapes += [
        format_response(read_format_of(one), base=BASE, is_stored=True)
        for one in stored
        if one.id not in declared
    ]
    return public_response(request, data_bytes(FormatListResponse(formats=shapes)))


@router.get(
    "/{format_id}",
    summary="Read a format",
    response_model=Data[FormatResponse],
    responses=_ERRORS,
)
async def read_format(request: Request, format_id: str) -> Response:
    """Which columns it needs, what it makes of a row, and where its schema is."""
    found, stored = await commands.published_format(resources(request), format_id)
    shape = format_response(found, base=BASE, is_stored=stored is not None)
    return public_response(request, data_bytes(shape))


@router.get(
    "/{format_id}/schema.json",
    summary="Download a format's JSON Schema",
    response_class=Response,
    responses=_ERRORS | _SCHEMA,
)
async def read_schema(request: Request, format_id: str) -> Response:
    """Of the records that it makes (JSON Schema 2020-12); of several kinds, any of them."""
    found, _ = await commands.published_format(resources(request), format_id)
    address = f"{public_url(request)}{BASE}/{found.id}/schema.json"
    kinds = [json_schema(model, address=address) for model in found.models]
    if len(kinds) == 1:
        schema = kinds[0]
    else:
        one_of = [{name: kind[name] for name in kind if not name.startswith("$")} for kind in kinds]
        schema = {"$schema": kinds[0]["$schema"], "$id": address, "anyOf": one_of}
    body = json.dumps(schema, indent=2, ensure_ascii=False).encode()
    return public_response(request, body, media_type="application/schema+json")


@router.get(
    "/{format_id}/table-schema.json",
    summary="Download the Table Schema of one of our own formats",
    response_class=Response,
    responses=_ERRORS | _TABLE_SCHEMA,
)
async def read_table_schema(request: Request, format_id: str) -> Response:
    """For tables with our own columns (Frictionless Table Schema)."""
    found, _ = await commands.published_format(resources(request), format_id)
    schema = table_schema(_own(found).models[0])
    return public_response(request, json.dumps(schema, indent=2, ensure_ascii=False).encode())


@router.get(
    "/{format_id}/sample.csv",
    summary="Download a sample of one of our own formats, or of one that people made",
    response_class=Response,
    responses=_ERRORS | _SAMPLE,
)
async def read_sample(request: Request, format_id: str) -> Response:
    """A header, and one row; of a format that people made, those that its author publishes, if any."""
    found, stored = await commands.published_format(resources(request), format_id)
    rows = stored.sample if stored is not None else sample_rows(_own(found).models[0])
    body = csv_lines(rows).encode()
    return public_response(request, body, media_type="text/csv; charset=utf-8")


def read_format_of(stored: PublicFormat) -> Format:
    return read_declared(stored.declared)


def _own(found: Format) -> Format:
    if not found.optional:
        raise NotFound("Only our own formats have this.")
    return found
