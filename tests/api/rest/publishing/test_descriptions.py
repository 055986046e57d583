"""A published file is described so that stock tools read it, check its bytes and follow its keys."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import frictionless
import pytest

from adapters.parquet.files import ParquetFiles
from adapters.postgres.publishing.open_data import PostgresOpenData
from adapters.postgres.tables import exports
from domain.publishing.open_data import (
    LINE_FORMATS,
    Dataset,
    Export,
    ExportFile,
    FileFormat,
    file_name,
    manifest,
)
from tests.api.caller import Api
from tests.api.registry_rows import RegistryRows

EXPORT = "/api/v1/registry/export"


async def publish(api: Api, folder: Path) -> str:
    """As the worker does, into a folder in place of object storage; answers the export's id."""
    files = []
    async with PostgresOpenData(api.engine).snapshot() as snapshot:
        for dataset in Dataset:
            for format in LINE_FORMATS:
                chunks = [chunk async for chunk in snapshot.chunks(dataset, format)]
                content = b"".join(chunk.content for chunk in chunks)
                (folder / file_name(dataset, format)).write_bytes(content)
                files.append(
                    ExportFile(
                        dataset,
                        format,
                        sum(chunk.rows for chunk in chunks),
                        len(content),
                        hashlib.sha256(content).hexdigest(),
                    )
                )
            name = file_name(dataset, FileFormat.PARQUET)
            await ParquetFiles().write(dataset, folder / f"{dataset}.jsonl", folder / name)
            content = (folder / name).read_bytes()
            digest = hashlib.sha256(content).hexdigest()
            rows = files[-1].rows
            files.append(ExportFile(dataset, FileFormat.PARQUET, rows, len(content), digest))
        export = Export(
            uuid4(),
            datetime(2026, 3, 1, 2, tzinfo=UTC),
            files,
            await snapshot.sums(),
            await snapshot.ledger(lambda: None),
        )
    async with api.engine.begin() as connection:
        await connection.execute(
            exports.insert().values(
                id=export.id,
                generated_at=export.generated_at,
                manifest=json.dumps(manifest(export)).encode(),
                sha256="0" * 64,
            )
        )
    return str(export.id)


def as_package(described: dict[str, Any], folder: Path) -> frictionless.Package:
    """The descriptor as served, read from the folder in place of the registry's address."""
    # Frictionless reads Parquet by way of pandas, which nothing else here needs.
    described["resources"] = [one for one in described["resources"] if one["format"] != "parquet"]
    for resource in described["resources"]:
        resource["path"] = resource["path"].rpartition("/")[2]
    found: frictionless.Package = frictionless.Package.from_descriptor(
        described, basepath=str(folder)
    )
    return found


async def test_a_data_package_is_read_and_refused_by_frictionless(api: Api, tmp_path: Path) -> None:
    rows = RegistryRows(api.engine)
    await rows.retirement(await rows.project(description='=1+1 "and"\nmore'), 25_050)
    await rows.retirement(await rows.project(title="Another"), beneficiary=None)
    export_id = await publish(api, tmp_path)

    latest = await api.client.get(f"{EXPORT}/datapackage.json")
    stored = await api.client.get(f"{EXPORT}/archive/{export_id}/datapackage.json")
    report = as_package(stored.json(), tmp_path).validate()
    credits_file = tmp_path / "credits.csv"
    credits_file.write_bytes(credits_file.read_bytes().replace(b"retired", b"revoked", 1))
    changed = as_package(stored.json(), tmp_path).validate()

    assert latest.content == stored.content
    assert report.valid, report.flatten(["name", "fieldName", "type", "message"])
    assert report.stats["tasks"] == 6
    assert [kind for (kind,) in changed.flatten(["type"])] == ["hash-count"]


async def test_a_catalogue_finds_each_file_with_its_checksum(api: Api, tmp_path: Path) -> None:
    await RegistryRows(api.engine).project()
    export_id = await publish(api, tmp_path)

    answer = await api.client.get(f"{EXPORT}/archive/{export_id}/dcat.jsonld")
    record = answer.json()

    assert answer.headers["content-type"] == "application/ld+json"
    assert record["@type"] == "dcat:Dataset"
    told = {
        one["dcterms:title"]: one["spdx:checksum"]["spdx:checksumValue"]["@value"]
        for one in record["dcat:distribution"]
    }
    assert told == {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in tmp_path.iterdir()
    }


@pytest.mark.parametrize("name", ["datapackage.json", "dcat.jsonld"])
async def test_before_anything_was_published_there_is_nothing_to_describe(
    api: Api, name: str
) -> None:
    for address in (f"{EXPORT}/{name}", f"{EXPORT}/archive/{uuid4()}/{name}"):
        assert (await api.client.get(address)).status_code == 404
