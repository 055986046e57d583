"""The published files, described for data catalogues and table readers, beside their manifest."""

import json
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.publishing.reads.open_data import ManifestView, latest_manifest
from api.commands.publishing import open_data as commands
from api.http.errors.problem import Code, error_responses
from api.http.resources import public_url, reading, resources
from api.http.responses import MEDIA_TYPE, public_response
from api.http.routing import RegistryRoute
from api.rest.publishing.descriptors import catalog_record, data_package
from api.rest.publishing.examples.descriptions import CATALOG_RECORD, DATA_PACKAGE
from domain.errors import NotFound

JSON_LD = "application/ld+json"

# Mounted before the files, whose address `/{dataset}.{format}` would take these for datasets.
router = APIRouter(prefix="/registry/export", tags=["Public registry"], route_class=RegistryRoute)
_JSON: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The description.",
        "content": {
            MEDIA_TYPE: {
                "schema": {"type": "object", "additionalProperties": True},
                "example": DATA_PACKAGE,
            },
        },
    }
}
_LD: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The description.",
        "content": {
            JSON_LD: {
                "schema": {"type": "object", "additionalProperties": True},
                "example": CATALOG_RECORD,
            },
        },
    }
}
_LATEST = error_responses(Code.NOT_FOUND)
_ONE = error_responses(Code.VALIDATION_ERROR, Code.NOT_FOUND)


@router.get("/datapackage.json", summary="Read the latest data package", responses=_LATEST | _JSON)
async def read_latest_data_package(request: Request) -> Response:
    """The files that were published last, as a Frictionless data package with a schema for each CSV."""
    return _described(request, await _latest(request), _package, MEDIA_TYPE)


@router.get(
    "/dcat.jsonld",
    summary="Read the latest DCAT record",
    response_class=Response,
    responses=_LATEST | _LD,
)
async def read_latest_catalog_record(request: Request) -> Response:
    """The files that were published last, as a dataset of the W3C Data Catalog Vocabulary."""
    return _described(request, await _latest(request), _record, JSON_LD)


@router.get(
    "/archive/{export_id}/datapackage.json",
    summary="Read a data package",
    responses=_ONE | _JSON,
)
async def read_data_package(request: Request, export_id: UUID) -> Response:
    """The files of one publication, as a Frictionless data package."""
    stored = await commands.manifest(resources(request), export_id)
    return _described(request, stored, _package, MEDIA_TYPE)


@router.get(
    "/archive/{export_id}/dcat.jsonld",
    summary="Read a DCAT record",
    response_class=Response,
    responses=_ONE | _LD,
)
async def read_catalog_record(request: Request, export_id: UUID) -> Response:
    """The files of one publication, as a dataset of the W3C Data Catalog Vocabulary."""
    stored = await commands.manifest(resources(request), export_id)
    return _described(request, stored, _record, JSON_LD)


Describe = Callable[[Request, Mapping[str, Any]], Mapping[str, Any]]


def _package(request: Request, manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    registry = resources(request).settings.registry
    return data_package(
        manifest, registry_name=registry.registry_name, public_url=public_url(request)
    )


def _record(request: Request, manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    registry = resources(request).settings.registry
    return catalog_record(
        manifest,
        registry_name=registry.registry_name,
        operator_name=registry.operator_name,
        public_url=public_url(request),
    )


def _described(
    request: Request, stored: ManifestView, describe: Describe, media_type: str
) -> Response:
    described = describe(request, json.loads(stored.manifest))
    body = json.dumps(described, ensure_ascii=False, indent=2).encode()
    return public_response(request, body, media_type=media_type)


async def _latest(request: Request) -> ManifestView:
    async with reading(request) as connection:
        stored = await latest_manifest(connection)
    if stored is None:
        raise NotFound("Nothing was published yet; the files of this moment can be read.")
    return stored
