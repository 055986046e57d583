"""What pipelines drop into folders is sent in once, whatever they do meanwhile, and nobody else's folder is touched."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.ingestion.folders import FoldersLooked, LookAtFolders
from activities.ingestion.submissions import kept_key
from adapters.postgres.ingestion import folder_reads, reads
from adapters.postgres.queries import PageRequest
from domain.accounts.roles import Account
from domain.ingestion.folders import Folder
from tests.activities import story
from tests.activities.ingestion.test_submissions import GOOD, ended, table
from tests.activities.registry import Registry, run
from tests.factories import ADMINISTRATOR, BUYER, DEVELOPER, NOW, named


async def opened(registry: Registry, *, by: Account = DEVELOPER, **changes: Any) -> Folder:
    folder = replace(
        Folder(
            id=named(f"folder of {by.id}"),
            opened_by=by.id,
            name="Loggers",
            format="issuances",
            accept_partly=False,
            opened_at=NOW,
        ),
        **changes,
    )
    async with registry.database.transaction() as work:
        return await work.ingestion.folders.add(folder)


async def looked(registry: Registry) -> FoldersLooked:
    return await run(registry.folders.look_at_folders, LookAtFolders())


async def drops(engine: AsyncEngine, folder: Folder) -> list[tuple[str, bool, str | None]]:
    async with engine.connect() as connection:
        found = await folder_reads.drops_page(connection, folder.id, PageRequest(100))
    return sorted((one.drop.file_name, one.drop.is_known, one.drop.refusal) for one in found)


async def test_a_dropped_file_is_moved_read_and_told_and_the_same_bytes_are_one_submission(
    registry: Registry, engine: AsyncEngine
) -> None:
    folder, content = await opened(registry), table(GOOD)
    objects = registry.objects.objects
    objects[f"{folder.prefix}2026/day \u202e1.csv"] = content
    objects[f"{folder.prefix}2026/"] = b""

    first = await looked(registry)
    assert (first.taken, first.refused, len(first.to_read)) == (1, 0, 1)
    async with engine.connect() as connection:
        submission = await reads.submission(connection, first.to_read[0], account=DEVELOPER)
    assert submission is not None
    assert submission.file_name == "day 1.csv"
    assert (await ended(registry, engine, submission)).status == "accepted"

    objects[f"{folder.prefix}again.csv"] = content
    second = await looked(registry)

    assert (second.taken, second.to_read) == (1, ())
    assert await drops(engine, folder) == [("again.csv", True, None), ("day 1.csv", False, None)]
    # Nothing lies in the folder but what consoles put there; what was moved is named by its drop.
    assert [key for key in objects if key.startswith(folder.prefix)] == [f"{folder.prefix}2026/"]
    assert kept_key(submission.sha256) in objects
    assert sum("/taken/" in key for key in objects) == 2
    assert (await looked(registry)).taken == 0


async def test_a_look_that_died_is_made_good_by_the_next(
    registry: Registry, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = await opened(registry)
    registry.objects.objects[f"{folder.prefix}a.csv"] = table(GOOD)

    async def away(key: str) -> None:
        raise ConnectionError(key)

    with monkeypatch.context() as dying:
        dying.setattr(registry.objects, "remove", away)
        with pytest.raises(ConnectionError):
            await looked(registry)
    again = await looked(registry)

    assert len(again.to_read) == 1
    assert await drops(engine, folder) == [("a.csv", False, None)]
    async with engine.connect() as connection:
        noted = await connection.execute(
            text("SELECT count(*) FROM audit_logs WHERE event_type = 'ingestion.dropped'")
        )
        assert noted.scalar_one() == 1


async def test_a_file_that_storage_holds_back_does_not_keep_the_others_waiting(
    registry: Registry, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = await opened(registry)
    for name, rows in (("a.csv", GOOD), ("b.csv", "example,EX2,5,EX-2-1-5")):
        registry.objects.objects[f"{folder.prefix}{name}"] = table(rows)
    keep = registry.objects.keep

    async def held_back(key: str, kept_as: str) -> None:
        if key.endswith("a.csv"):
            raise PermissionError(key)
        await keep(key, kept_as)

    with monkeypatch.context() as holding:
        holding.setattr(registry.objects, "keep", held_back)
        first = await looked(registry)
    second = await looked(registry)

    assert (first.taken, second.taken) == (1, 1)
    assert {name for name, *_ in await drops(engine, folder)} == {"a.csv", "b.csv"}


async def test_what_was_written_over_a_file_while_it_was_taken_stays_for_the_next_look(
    registry: Registry, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = await opened(registry)
    key, other = f"{folder.prefix}a.csv", table("example,EX2,5,EX-2-1-5")
    registry.objects.objects[key] = table(GOOD)
    stored_bytes = registry.objects.stored_bytes

    async def written_meanwhile(moved: str) -> Any:
        registry.objects.objects[key] = other
        return await stored_bytes(moved)

    with monkeypatch.context() as writing:
        writing.setattr(registry.objects, "stored_bytes", written_meanwhile)
        first = await looked(registry)

    assert registry.objects.objects[key] == other
    second = await looked(registry)
    assert len({*first.to_read, *second.to_read}) == 2


UNFIT = [
    ({}, b"", "The file is empty."),
    ({"format": "no-such-format"}, table(GOOD), None),
    ({"by": BUYER}, table(GOOD), None),
    ({"closed_at": NOW}, table(GOOD), None),
    ({"project_id": story.PROJECT_ID, "by": ADMINISTRATOR}, table(GOOD), None),
]


@pytest.mark.parametrize(("changes", "content", "refusal"), UNFIT)
async def test_what_cannot_be_taken_is_told_and_waits_where_it_can_be_mended(
    changes: dict[str, Any],
    content: bytes,
    refusal: str | None,
    registry: Registry,
    engine: AsyncEngine,
) -> None:
    await story.a_project_is_registered(registry)
    folder = await opened(registry, **changes)
    key = f"{folder.prefix}a.csv"
    registry.objects.objects[key] = content

    for _ in range(2):
        assert (await looked(registry)).to_read == ()

    # Nobody's file is taken away for a fault of the folder.
    assert (key in registry.objects.objects) == (refusal is None)
    assert await drops(engine, folder) == ([("a.csv", False, refusal)] if refusal else [])
    async with engine.connect() as connection:
        told = await connection.execute(
            text("SELECT count(*) FROM notifications WHERE link = :link"),
            {"link": f"/folders/{folder.id}"},
        )
        assert told.scalar_one() == (0 if folder.closed_at else 1)
