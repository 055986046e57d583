"""Publishing the open data: files under their own hashes, a manifest that tells the truth of them."""

import hashlib
import json
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

from pyarrow.parquet import read_table
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.publishing.open_data import object_key
from adapters.postgres.database import PostgresDatabase
from adapters.postgres.publishing.open_data import PostgresOpenData
from adapters.postgres.tables import audit_logs, exports
from tests.activities import story
from tests.activities.registry import Registry, run
from tests.factories import ADMINISTRATOR, NOW


async def test_a_manifest_states_the_bytes_that_are_stored_and_the_sum_of_that_moment(
    engine: AsyncEngine,
) -> None:
    registry = Registry(PostgresDatabase(engine), open_data=PostgresOpenData(engine))
    await story.credits_are_retired(registry)

    published = await run(registry.export.publish_export, story.PUBLISH)

    async with engine.connect() as connection:
        (stored,) = (await connection.execute(select(exports))).all()
    manifest = json.loads(stored.manifest)
    assert hashlib.sha256(stored.manifest).hexdigest() == published.sha256 == stored.sha256
    for file in manifest["files"]:
        content = registry.objects.objects[object_key(file["sha256"])]
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (
            file["sha256"],
            file["bytes"],
        )
    assert {file["name"]: file["rows"] for file in manifest["files"]} == {
        "projects.csv": 1,
        "projects.jsonl": 1,
        "credits.csv": 3,
        "credits.jsonl": 3,
        "retirements.csv": 1,
        "retirements.jsonl": 1,
        "projects.parquet": 1,
        "credits.parquet": 3,
        "retirements.parquet": 1,
    }
    assert manifest["conservation"]["total"] == {
        "issued": "1000.00",
        "active": "900.00",
        "reserved": "0.00",
        "suspended": "0.00",
        "retired": "100.00",
        "cancelled": "0.00",
        "buffer": "0.00",
        "holds": True,
    }


async def test_the_manifests_hash_is_in_the_audit_log(
    registry: Registry, engine: AsyncEngine
) -> None:
    published = await run(registry.export.publish_export, story.PUBLISH)

    async with engine.connect() as connection:
        (entry,) = (await connection.execute(select(audit_logs))).all()
    assert (entry.event_type, entry.user_id, entry.at) == (
        "export.published",
        ADMINISTRATOR.id,
        NOW,
    )
    assert entry.changes["after"] == {"manifestSha256": published.sha256}


async def test_parquet_has_the_rows_of_the_lines_with_their_types(engine: AsyncEngine) -> None:
    registry = Registry(PostgresDatabase(engine), open_data=PostgresOpenData(engine))
    await story.credits_are_retired(registry)
    await run(registry.export.publish_export, story.PUBLISH)
    async with engine.connect() as connection:
        stored = (await connection.execute(select(exports.c.manifest))).scalar_one()
    keys = {file["name"]: object_key(file["sha256"]) for file in json.loads(stored)["files"]}

    for dataset in ("projects", "credits", "retirements"):
        lines = registry.objects.objects[keys[f"{dataset}.jsonl"]].splitlines()
        table = read_table(BytesIO(registry.objects.objects[keys[f"{dataset}.parquet"]]))
        wanted = [flat(json.loads(line)) for line in lines]
        assert [
            {name: None if value is None else shown(value) for name, value in row.items()}
            for row in table.to_pylist()
        ] == [
            {name: None if value is None else shown(value) for name, value in row.items()}
            for row in wanted
        ]
        assert wanted
    types = {str(field.name): str(field.type) for field in table.schema}
    assert (types["quantity"], types["retiredAt"], types["vintage"]) == (
        "decimal128(18, 2)",
        "timestamp[us, tz=UTC]",
        "int64",
    )


def flat(row: dict[str, Any]) -> dict[str, Any]:
    members = [
        (f"{name}.{inner}" if inner else name, part)
        for name, value in row.items()
        for inner, part in (value.items() if isinstance(value, dict) else [("", value)])
    ]
    return dict(members)


def shown(value: Any) -> Any:
    """As JSON has it: decimals and days as they are written, moments to the microsecond."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return str(value) if isinstance(value, (Decimal, date)) else value
