"""One file from its bytes to its outcome, in a process of its own: how long it took, and what memory it took at most."""

import asyncio
import gc
import hashlib
import json
import resource
import shutil
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import create_async_engine
from temporalio.testing import ActivityEnvironment

from activities.ingestion.submissions import (
    FinishSubmission,
    IngestionActivities,
    ReadSubmission,
)
from activities.ports.object_store import ObjectStore
from adapters.ingestion.declared import declared_formats
from adapters.ingestion.files import DeclaredFormats, ReadableFiles
from adapters.postgres.database import PostgresDatabase
from adapters.postgres.identity import SYSTEM, acting_as
from domain.ingestion.chunks import chunked
from domain.ingestion.submissions import IngestionStatus, SubmittedFile
from domain.projects.documents import StoredBytes


class _FileOnDisk:
    """Implements what a submission asks of `activities.ports.object_store.ObjectStore`: the file is kept already."""

    def __init__(self, path: Path, stored: StoredBytes) -> None:
        self._path = path
        self._stored = stored

    async def stored_bytes(self, _key: str) -> StoredBytes:
        return self._stored

    async def fetch(self, _key: str, file: Path) -> None:
        await asyncio.to_thread(shutil.copyfile, self._path, file)

    async def remove(self, _key: str) -> None: ...


class _Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def _measured(path: Path) -> tuple[int, str]:
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()


async def _submit(
    database: PostgresDatabase, path: Path, account: UUID, format: str
) -> SubmittedFile:
    size_bytes, sha256 = _measured(path)
    submission = SubmittedFile(
        id=uuid4(),
        submitted_by=account,
        format=format,
        format_version=1,
        file_name=path.name,
        size_bytes=size_bytes,
        sha256=sha256,
        accept_partly=True,
        status=IngestionStatus.READING,
        created_at=datetime.now(UTC),
    )
    async with database.transaction() as work:
        return await work.ingestion.submissions.add(submission)


async def _ingest(url: str, path: Path, account: UUID, format: str) -> dict[str, Any]:
    engine = create_async_engine(url)
    with acting_as(SYSTEM):
        database = PostgresDatabase(engine)
        submission = await _submit(database, path, account, format)
        store = _FileOnDisk(path, StoredBytes(submission.size_bytes, submission.sha256))
        use_cases = IngestionActivities(
            database, cast("ObjectStore", store), ReadableFiles(), DeclaredFormats(), _Clock()
        )
        environment = ActivityEnvironment()
        began = time.perf_counter()
        read = await environment.run(
            use_cases.read_submission, ReadSubmission(ingestion_id=submission.id)
        )
        seconds_read = time.perf_counter() - began
        await environment.run(
            use_cases.finish_submission,
            FinishSubmission(ingestion_id=submission.id, refusal=read.refusal),
        )
        seconds = time.perf_counter() - began
        async with database.transaction() as work:
            found = await work.ingestion.submissions.get(submission.id)
    await engine.dispose()
    assert found is not None
    return {
        "seconds": seconds,
        "seconds_read": seconds_read,
        "records": found.records_accepted,
        "errors": found.errors,
    }


def _map(path: Path, format: str) -> dict[str, Any]:
    """Read, mapped and checked, and nothing stored."""
    declared, files = declared_formats()[format], ReadableFiles()
    began = time.perf_counter()
    records = errors = 0
    for chunk in chunked(
        files.rows(files.detect(path, declared), declared), declared, plainly=True
    ):
        records += len(chunk.records) + sum(len(one.lines) for one in chunk.plain)
        errors += sum(issue.count for issue in chunk.issues)
    return {"seconds": time.perf_counter() - began, "records": records, "errors": errors}


def main(arguments: Sequence[str]) -> None:
    # As worker.py has it.
    gc.set_threshold(50_000, 20, 20)
    path, format, *database = arguments
    if database:
        url, account = database
        found = asyncio.run(_ingest(url, Path(path), UUID(account), format))
    else:
        found = _map(Path(path), format)
    found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])
