"""
Base backups and the write-ahead log of PostgreSQL, to a folder or to S3-compatible storage (ADR 0108).

    python -m tools.backup base --to s3://karbonica-backups/production
    python -m tools.backup wal  --to s3://karbonica-backups/production     runs until it is ended
    python -m tools.backup list --to s3://karbonica-backups/production
    python -m tools.backup prune --keep 7 --to s3://karbonica-backups/production

`base` copies the whole server once (pg_basebackup), checks the copy (by its manifest) and stores it. `wal`
follows the server (pg_receivewal with a replication slot) and stores each segment when it is full, and what
there is of the next one every `--every-seconds`. `prune` removes base backups but the newest, and the log
that none of those that stay needs.

The server is MIGRATIONS_DATABASE_URL, or --database-url without a password; its role needs REPLICATION, and the server's
pg_hba.conf a line for `replication`. Temporal's databases of the same server are in the copy too.

Exit codes: 0 done, 2 not done.
"""

import argparse
import gzip
import re
import shutil
import signal
import subprocess  # nosec B404 -- PostgreSQL's programs and our own
import sys
import tarfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from urllib.parse import urlsplit

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

from adapters.settings.database import DatabaseSettings
from tools.backup_holes import PARTIAL_SUFFIX, missing_segments
from tools.backup_manifest import require_as_in_manifest
from tools.backup_places import (
    COMPLETE,
    MANIFEST,
    NAME_FORMAT,
    BackupFailed,
    BackupPlace,
    BaseBackup,
    bases_in,
    open_place,
)
from tools.postgres_programs import libpq_environment, program, run_program
from tools.running_stack import use_running_stack

DONE, NOT_DONE = 0, 2
LOG_MISSING = "registry_backup_log_missing_segments"
BASE_STORED = "registry_backup_base_seconds"
LOG_STORED = "registry_backup_log_seconds"
SLOT = "karbonica_backup"
SEGMENT = re.compile(r"[0-9A-F]{24}|[0-9A-F]{8}\.history")
LOOK_SECONDS = 600
"""How often it is looked whether a hole has been made good by a new base backup."""
KEPT_SEGMENTS = 2
"""In the spool: where pg_receivewal goes on after a restart, it reads from their names."""


def take_base(url: str, place: BackupPlace, *, programs: Path | None = None) -> BaseBackup:
    """
    Copy the server, check the copy, and store it; what is stored of one that fails counts for nothing.

    Raises:
        BackupFailed: with the sentence of the program that failed.
    """
    began_at = datetime.now(UTC)
    with TemporaryDirectory(prefix="karbonica-backup-") as scratch:
        folder = Path(scratch) / "base"
        run_program(
            [
                *(program("pg_basebackup", programs), "--pgdata", str(folder), "--format", "tar"),
                # With the log of its own time in it, so that each can be restored by itself.
                *("--wal-method", "stream", "--gzip", "--checkpoint", "fast", "--no-password"),
                *("--manifest-checksums", "SHA256"),
            ],
            libpq_environment(url),
        )
        require_as_in_manifest(folder / "base.tar.gz", folder / MANIFEST)
        base = BaseBackup(
            name=began_at.strftime(NAME_FORMAT),
            began_at=began_at,
            ended_at=datetime.now(UTC),
            first_segment=_first_segment(folder / "base.tar.gz"),
            files=tuple(sorted(path.name for path in folder.iterdir())),
            last_segment=_last_segment(folder / "pg_wal.tar.gz"),
        )
        for name in base.files:
            place.put(f"base/{base.name}/{name}", folder / name)
        complete = Path(scratch) / COMPLETE
        complete.write_text(base.written())
        place.put(f"base/{base.name}/{COMPLETE}", complete)
    return base


def _first_segment(archive: Path) -> str:
    with tarfile.open(archive) as opened:
        for member in opened:
            if member.name.removeprefix("./") == "backup_label":
                label = opened.extractfile(member)
                words = label.read().decode() if label else ""
                found = re.search(r"START WAL LOCATION: .* \(file ([0-9A-F]{24})\)", words)
                if found:
                    return found[1]
    raise BackupFailed(f"{archive.name} has no backup_label that names its first segment.")


def _last_segment(archive: Path) -> str:
    with tarfile.open(archive) as opened:
        names = [Path(member.name).name for member in opened if member.isfile()]
    return max(name for name in names if re.fullmatch("[0-9A-F]{24}", name))


class WalReceiver:
    """
    Follows a server from `start` to `stop`; `store_new` stores what came since it was last called.

    The slot makes the server keep what was not received yet, however long that takes: bound it there with
    `max_slot_wal_keep_size`, or a receiver that stays away fills the server's disk.
    """

    def __init__(
        self, url: str, place: BackupPlace, spool: Path, *, programs: Path | None = None
    ) -> None:
        self._place = place
        self._spool = spool
        self._programs = programs
        self._environment = libpq_environment(url)
        self._command = [
            *(program("pg_receivewal", programs), "--directory", str(spool), "--slot", SLOT),
            *("--synchronous", "--no-password"),
        ]
        self._process: subprocess.Popen[bytes] | None = None
        self._stored: dict[str, tuple[int, int]] = {}

    def start(self) -> int:
        """
        How many segments the stored log lacks, as `missing_segments` counts them.

        Raises:
            BackupFailed: the slot cannot be made, or the server cannot be asked.
        """
        self._spool.mkdir(parents=True, exist_ok=True)
        run_program([*self._command, "--create-slot", "--if-not-exists"], self._environment)
        # Before anything is received: that would move the slot on, which is what is compared.
        missing = self.missing_segments()
        self._process = subprocess.Popen(  # noqa: S603 -- every word is ours  # nosec B603
            self._command, env=self._environment
        )
        return missing

    def missing_segments(self) -> int:
        """
        Raises:
        BackupFailed: the server cannot be asked.
        """
        return missing_segments(self._place, self._spool, SLOT, self._environment, self._programs)

    @property
    def is_running(self) -> bool:
        """It tries again by itself while the server is away; when it ends, somebody must look."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(timeout=30)

    def store_new(self) -> int:
        """How many files were stored."""
        whole = sorted(path for path in self._spool.iterdir() if SEGMENT.fullmatch(path.name))
        partial = sorted(self._spool.glob(f"*{PARTIAL_SUFFIX}"))
        stored = sum(self._store(path) for path in [*whole, *partial])
        for path in whole:
            self._place.remove(f"wal/{path.name}{PARTIAL_SUFFIX}.gz")
        for path in whole[:-KEPT_SEGMENTS]:
            path.unlink()
            self._stored.pop(path.name, None)
        return stored

    def _store(self, path: Path) -> bool:
        try:
            seen = path.stat()
            state = (seen.st_mtime_ns, seen.st_size)
            if self._stored.get(path.name) == state:
                return False
            packed = self._spool / f".{path.name}.gz"
            with path.open("rb") as source, gzip.open(packed, "wb", compresslevel=1) as target:
                shutil.copyfileobj(source, target)
        except FileNotFoundError:
            # It was completed this moment and has its whole name now; the next round takes it.
            return False
        self._place.put(f"wal/{path.name}.gz", packed)
        packed.unlink()
        self._stored[path.name] = state
        return True


def prune(place: BackupPlace, keep: int) -> tuple[int, int]:
    """How many base backups and files of the log were removed."""
    with TemporaryDirectory() as scratch:
        bases = sorted(bases_in(place, Path(scratch)), key=lambda base: base.ended_at)
    kept, old = bases[-keep:], bases[:-keep]
    if not old:
        return 0, 0
    for base in old:
        # First what makes it count, so that a half-removed one is none.
        for name in [COMPLETE, *base.files]:
            place.remove(f"base/{base.name}/{name}")
    # The first eight digits are the timeline; the rest counts on through all of them.
    first_needed = min(base.first_segment[8:] for base in kept)
    unneeded = [
        name
        for name in place.names("wal/")
        if (found := re.match(r"wal/[0-9A-F]{8}([0-9A-F]{16})", name)) and found[1] < first_needed
    ]
    for name in unneeded:
        place.remove(name)
    return len(old), len(unneeded)


def note_stored(metrics: Path | None, name: str, missing: int | None = None) -> None:
    """
    Write when something was last stored, in Unix seconds, for Prometheus' collector of text files.

    `missing` is how many segments the stored log lacks, where the log is what was stored.
    """
    if metrics is None:
        return
    registry = CollectorRegistry()
    Gauge(name, "When a backup was last stored.", registry=registry).set_to_current_time()
    if missing is not None:
        told = "Segments of the log since the newest base backup that are not stored."
        Gauge(LOG_MISSING, told, registry=registry).set(missing)
    write_to_textfile(str(metrics), registry)


def follow(receiver: WalReceiver, every_seconds: float, metrics: Path | None = None) -> None:
    """
    Until SIGTERM or SIGINT; `metrics` is written each time when all that came is stored.

    Raises:
        BackupFailed: pg_receivewal ended; its own words are on standard error.
    """
    ended: list[int] = []

    def end(number: int, _: FrameType | None) -> None:
        ended.append(number)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    missing = receiver.start()
    if missing:
        print(hole_in_words(missing), file=sys.stderr, flush=True)
    looked = time.monotonic()
    try:
        while not ended:
            time.sleep(every_seconds)
            if not receiver.is_running and not ended:
                raise BackupFailed("pg_receivewal has ended.")
            receiver.store_new()
            if missing and time.monotonic() - looked > LOOK_SECONDS:
                missing, looked = _still_missing(receiver, missing), time.monotonic()
            note_stored(metrics, LOG_STORED, missing)
    finally:
        receiver.stop()
        receiver.store_new()


def _still_missing(receiver: WalReceiver, missing: int) -> int:
    try:
        return receiver.missing_segments()
    except BackupFailed:
        # A server that is away for a while is pg_receivewal's to wait for.
        return missing


def hole_in_words(missing: int) -> str:
    return (
        f"{missing} segments of the log since the newest base backup are neither stored nor received any more: nothing "
        "after them can be restored. Make a base backup now."
    )


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options().parse_args(arguments)
    if options.database_url and urlsplit(options.database_url).password:
        print(
            "Not done: a password on a command line is read by everybody on the machine; set MIGRATIONS_DATABASE_URL.",
            file=sys.stderr,
        )
        return NOT_DONE
    url = options.database_url or DatabaseSettings().owner_url.get_secret_value()
    try:
        _do(options, url, open_place(options.to))
    except (BackupFailed, OSError, BotoCoreError, ClientError, Boto3Error) as error:
        print(f"Not done: {error}", file=sys.stderr)
        return NOT_DONE
    return DONE


def _do(options: argparse.Namespace, url: str, place: BackupPlace) -> None:
    if options.what == "base":
        base = take_base(url, place, programs=options.programs)
        note_stored(options.metrics, BASE_STORED)
        seconds = (base.ended_at - base.began_at).total_seconds()
        print(f"Base backup {base.name} in {seconds:.1f} s, checked and stored.")
    elif options.what == "wal":
        receiver = WalReceiver(url, place, options.spool, programs=options.programs)
        follow(receiver, options.every_seconds, options.metrics)
    elif options.what == "list":
        with TemporaryDirectory() as scratch:
            for base in bases_in(place, Path(scratch)):
                print(f"{base.name}  ended {base.ended_at.isoformat()}  needs {base.first_segment}")
        log = place.names("wal/")
        print(f"{len(log)} files of the log" + (f", the last {log[-1]}" if log else ""))
    else:
        bases, files = prune(place, options.keep)
        print(f"Removed {bases} base backups and {files} files of the log.")


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tools.backup", description=__doc__.split("\n\n")[0])
    parser.add_argument("what", choices=["base", "wal", "list", "prune"])
    parser.add_argument("--to", required=True, help="a folder, or s3://bucket/prefix")
    parser.add_argument("--database-url", help="the server, as its owner")
    parser.add_argument("--programs", type=Path, help="the folder of PostgreSQL's programs")
    parser.add_argument("--spool", type=Path, default=Path(".data/wal-spool"))
    parser.add_argument("--every-seconds", type=float, default=10)
    parser.add_argument(
        "--metrics", type=Path, help="a file `….prom` for node_exporter's textfile collector"
    )
    parser.add_argument("--keep", type=_positive, default=7)
    return parser


def _positive(words: str) -> int:
    number = int(words)
    if number < 1:
        raise ValueError("at least one base backup is kept")
    return number


if __name__ == "__main__":
    use_running_stack()
    sys.exit(main())
