"""A backup of a real server, restored to a moment into a second one: what is back, lost, and sent once."""

import asyncio
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.chain.adoption import Adoption
from activities.chain.anchoring import FollowChain
from activities.chain.reconciliation import EVERYTHING, LookupRateLimit, Reconciler
from adapters.postgres.database import PostgresDatabase
from domain.chain.confirmations import CONFIRMATIONS_REQUIRED
from tests.activities import story
from tests.activities.registry import WALLET, Registry, run
from tests.databases import engine_for, save_people
from tools import verify_ledger
from tools.audit_sources import kept_log
from tools.backup import (
    LOG_MISSING,
    LOG_STORED,
    WalReceiver,
    main,
    note_stored,
    prune,
    take_base,
)
from tools.backup_places import BackupFailed, BaseBackup, FolderPlace, base_for, open_place
from tools.restore import give_to, restore
from tools.restore_drill import State, lost, recovered, server_on, state_of
from tools.verify_audit import HOLDS, report, verify

USER = "pgserver" if os.geteuid() == 0 else None
DROPPED = (
    "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots"
    " WHERE slot_name = 'karbonica_backup'"
)
FOLLOWED = "SELECT pid FROM pg_stat_activity WHERE application_name = 'pg_receivewal'"
CAUGHT_UP = "SELECT restart_lsn >= pg_current_wal_flush_lsn() FROM pg_replication_slots"
T0 = datetime(2026, 11, 30, 22, 0, tzinfo=UTC)


async def drop_slot(engine: AsyncEngine) -> None:
    """The server notices a moment later that whoever followed the slot, or was about to make it, has gone."""

    async def rows_of(statement: str) -> int:
        # What the server tells of its backends stays the same for a whole transaction.
        async with engine.begin() as connection:
            return len((await connection.execute(text(statement))).all())

    async with asyncio.timeout(30):
        while await rows_of(FOLLOWED):  # noqa: ASYNC110 -- the server tells nobody
            await asyncio.sleep(0.05)
    await rows_of(DROPPED)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not below tmp_path, which only its maker may enter: the second server may run as another user."""
    with TemporaryDirectory(prefix="karbonica-drill-") as made:
        Path(made).chmod(0o755)
        yield Path(made)


async def test_a_server_is_restored_to_a_moment_and_sends_nothing_twice(
    database_url: str, folder: Path
) -> None:
    place = FolderPlace(folder / "backups")
    engine = engine_for(database_url)
    await save_people(engine)
    registry = Registry(PostgresDatabase(engine))
    await story.credits_are_issued(registry)
    base = take_base(database_url, place)
    receiver = WalReceiver(database_url, place, folder / "spool")
    receiver.start()
    try:
        await run(registry.retirement.retire_units, story.RETIRE)
        async with engine.connect() as connection:
            moment = (await connection.execute(text("SELECT clock_timestamp()"))).scalar_one()
        # After the moment the records go to the chain, and the platform's memory of it is lost.
        await story.everything_is_sent(registry)
        registry.chain.mine(1 + CONFIRMATIONS_REQUIRED)
        await run(registry.on_chain.follow_chain, FollowChain())
        before = await state_of(make_url(database_url))
        await asyncio.sleep(1)
        receiver.store_new()
    finally:
        receiver.stop()
        await drop_slot(engine)
        await engine.dispose()
    receiver.store_new()

    into = folder / "restored"
    assert restore(place, into, moment) == base
    if USER:
        give_to(into, USER)
    with server_on(into, user=USER, programs=None) as port:
        url = make_url(database_url).set(port=port)
        await recovered(url, into.with_suffix(".log"))
        restored_url = url.render_as_string(hide_password=False)
        again = engine_for(restored_url)
        restored = Registry(PostgresDatabase(again), chain=registry.chain)

        state = await state_of(url)
        assert lost(before, state) == []
        assert verify_ledger.report(await verify_ledger.verify(restored_url), seconds=0) == HOLDS
        async with kept_log(restored_url) as log:
            assert report(await verify(log, registry.chain, (), look_again_seconds=0), 0) == HOLDS
        reconciler = Reconciler(
            restored.database,
            registry.chain,
            LookupRateLimit(pause_seconds=0, recheck_seconds=0),
            addresses=[WALLET.address],
        )
        found_before = await reconciler.run(EVERYTHING)
        adoption = Adoption(
            restored.database,
            registry.chain,
            registry.clock,
            addresses=[WALLET.address],
            ttl_slots=7_200,
        )
        taken = [(one.records, one.unknown) async for one in adoption.run()]
        sent_again = await story.everything_is_sent(restored)
        await run(restored.on_chain.follow_chain, FollowChain())
        found_after = await reconciler.run(EVERYTHING)
        await again.dispose()

    # Without the adoption each of them would be said a second time as soon as a worker runs.
    assert [one.kind.value for one in found_before.differences] == ["twice", "twice"]
    assert (taken, sent_again, found_after.differences) == ([(2, 0)], [], [])


def stored(place: FolderPlace, folder: Path, name: str) -> None:
    file = folder / "any"
    file.write_text(name)
    place.put(name, file)


def base(minutes: int, segment: int) -> BaseBackup:
    ended_at = T0 + timedelta(minutes=minutes)
    first = f"00000001{segment:016X}"
    name = ended_at.strftime("%H%M")
    return BaseBackup(name, ended_at, ended_at, first, ("base.tar.gz",), first)


async def test_a_lost_spool_leaves_a_hole_that_is_told_until_the_next_base_backup(
    database_url: str, folder: Path
) -> None:
    place, spool = FolderPlace(folder / "backups"), folder / "spool"
    engine = engine_for(database_url)

    def receiver() -> WalReceiver:
        return WalReceiver(database_url, place, spool)

    async def value_of(statement: str) -> Any:
        async with engine.begin() as connection:
            return (await connection.execute(text(statement))).scalar_one()

    async def segments_pass(count: int) -> None:
        for _ in range(count):
            await value_of("SELECT pg_logical_emit_message(false, 'a', 'b')")
            await value_of("SELECT pg_switch_wal()")

    async def received(at_work: WalReceiver, segments: int) -> None:
        at_work.start()
        try:
            await segments_pass(segments)
            async with asyncio.timeout(30):
                while not await value_of(CAUGHT_UP):  # noqa: ASYNC110 -- the server tells nobody
                    await asyncio.sleep(0.05)
        finally:
            at_work.stop()

    try:
        take_base(database_url, place)
        first = receiver()
        await received(first, 2)
        first.store_new()
        assert receiver().missing_segments() == 0

        await segments_pass(2)
        assert receiver().missing_segments() == 0, "the slot keeps what was not received"
        await received(receiver(), 2)
        assert receiver().missing_segments() == 0, "the spool keeps what was not stored"

        shutil.rmtree(spool)
        lost_some = receiver()
        assert lost_some.start() == 4
        lost_some.stop()
        lost_some.store_new()
        assert receiver().missing_segments() == 4, "and still, whatever came since"

        take_base(database_url, place)
        assert receiver().missing_segments() == 0

        # A slot that is made anew begins where the server is by then.
        await drop_slot(engine)
        shutil.rmtree(spool)
        await segments_pass(2)
        without_slot = receiver()
        assert without_slot.start() == 2
        without_slot.stop()
    finally:
        await drop_slot(engine)
        await engine.dispose()


def test_the_newest_base_backup_that_had_ended_is_taken() -> None:
    bases = [base(20, 3), base(0, 1), base(10, 2)]

    assert base_for(bases, None) == bases[0]
    assert base_for(bases, T0 + timedelta(minutes=19)) == bases[2]
    with pytest.raises(BackupFailed, match="before 2026-11-30T22:00:00"):
        base_for(bases, T0 - timedelta(seconds=1))
    with pytest.raises(BackupFailed, match="no complete base backup"):
        base_for([], None)


def test_pruning_keeps_the_log_that_the_oldest_kept_base_backup_needs(folder: Path) -> None:
    place = FolderPlace(folder / "backups")
    for one in (base(0, 1), base(10, 3), base(20, 5)):
        stored(place, folder, f"base/{one.name}/base.tar.gz")
        (folder / "any").write_text(one.written())
        place.put(f"base/{one.name}/complete.json", folder / "any")
    for segment in range(1, 7):
        # A restore of its own went on under another timeline in between.
        timeline = 1 if segment < 4 else 2
        stored(place, folder, f"wal/{timeline:08X}{segment:016X}.gz")
    stored(place, folder, "wal/00000002.history.gz")

    assert prune(place, keep=2) == (1, 2)
    assert prune(place, keep=2) == (0, 0)

    assert [name for name in place.names("base/") if name.endswith("complete.json")] == [
        "base/2210/complete.json",
        "base/2220/complete.json",
    ]
    assert place.names("wal/")[0] == "wal/0000000100000000" + "00000003.gz"
    assert "wal/00000002.history.gz" in place.names("wal/")


def test_what_was_lost_is_told_in_numbers_and_from_when() -> None:
    before = State({"movements of credits": 12, "records for the chain": 3}, T0)
    restored = State({"movements of credits": 10, "records for the chain": 3}, T0)

    assert lost(before, before) == []
    assert lost(before, restored) == [
        "2 movements of credits",
        f"everything after {T0.isoformat()}",
    ]


def test_what_is_no_backup_is_refused_with_a_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "kept").write_text("something")
    with pytest.raises(BackupFailed, match="is not empty"):
        restore(FolderPlace(folder), folder)
    with pytest.raises(BackupFailed, match="neither a folder nor"):
        open_place("ftp://backups")

    nobody = "postgresql://postgres@127.0.0.1:1/none"
    assert main(["base", "--to", str(folder), "--database-url", nobody]) == 2
    assert "Not done: pg_basebackup ended with code 1" in capsys.readouterr().err


def test_when_something_was_stored_is_told_to_prometheus(folder: Path) -> None:
    note_stored(folder / "backup.prom", LOG_STORED, missing=4)
    note_stored(None, LOG_STORED)

    lines = (folder / "backup.prom").read_text().splitlines()
    told = dict(line.split() for line in lines if line[0] != "#")
    assert told.keys() == {LOG_STORED, LOG_MISSING}
    assert abs(float(told[LOG_STORED]) - datetime.now(UTC).timestamp()) < 60
    assert float(told[LOG_MISSING]) == 4
