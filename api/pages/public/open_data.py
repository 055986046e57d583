"""The open data: what there is to fetch, what its columns mean, and how to add it up."""

import json
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.publishing.open_data_columns import SOURCES
from adapters.postgres.publishing.reads.open_data import ManifestView, latest_manifest, row_counts
from api.http.resources import reading
from api.pages.parts.rendering import render
from api.pages.parts.routing import page_router
from domain.publishing.open_data import LINE_FORMATS, Dataset, file_name

FILES_ADDRESS = "/api/v1/registry/export"
COUNTS_SECONDS = 60
"""Counting a million rows takes a moment, and nobody needs the very last one."""

router = page_router()


@dataclass(frozen=True)
class PublishedFile:
    name: str
    rows: int
    size_bytes: int
    sha256: str
    path: str


@router.get("/open-data")
async def open_data(request: Request) -> Response:
    async with reading(request) as connection:
        counts = await row_counts(connection)
        stored = await latest_manifest(connection)
    manifest: dict[str, Any] | None = json.loads(stored.manifest) if stored else None
    return render(
        request,
        "public/open_data.html",
        max_age_seconds=COUNTS_SECONDS,
        counts=counts,
        sources=SOURCES,
        files={
            dataset: [
                (format.value, f"{FILES_ADDRESS}/{file_name(dataset, format)}")
                for format in LINE_FORMATS
            ]
            for dataset in Dataset
        },
        stored=stored,
        published=_published(manifest),
        sums=manifest["conservation"]["total"] if manifest else None,
        manifest_address=_manifest_address(stored),
    )


def _published(manifest: dict[str, Any] | None) -> list[PublishedFile]:
    if manifest is None:
        return []
    return [
        PublishedFile(file["name"], file["rows"], file["bytes"], file["sha256"], file["path"])
        for file in manifest["files"]
    ]


def _manifest_address(stored: ManifestView | None) -> str:
    if stored is None:
        return f"{FILES_ADDRESS}/manifest.json"
    return f"{FILES_ADDRESS}/archive/{stored.id}/manifest.json"
