"""
Make a folder of PostgreSQL from a backup, at a moment or at the last that was kept (ADR 0108).

    python -m tools.restore --from s3://karbonica-backups/production --into /var/lib/postgresql/restored
    python -m tools.restore --from ... --into ... --to 2026-11-30T22:09:00Z

It starts nothing: start PostgreSQL on the folder, which reads the log up to the moment and is then a server
like any other. Then follow docs/operations.md#restoring: `tools.adopt_chain` goes before the first worker.

Exit codes: 0 done, 2 not done.
"""

import argparse
import gzip
import shutil
import sys
import tarfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError

from tools.backup_manifest import require_as_in_manifest
from tools.backup_places import (
    MANIFEST,
    BackupFailed,
    BackupPlace,
    BaseBackup,
    base_for,
    bases_in,
    open_place,
    parse_moment,
)

DONE, NOT_DONE = 0, 2
LOG_FOLDER = "karbonica_wal"
ARCHIVES = {"base.tar.gz": ".", "pg_wal.tar.gz": "pg_wal"}


def restore(place: BackupPlace, into: Path, moment: datetime | None = None) -> BaseBackup:
    """
    Fill `into`, which is empty or not there; answers which base backup it was made from.

    Raises:
        BackupFailed: nothing reaches back so far, the folder is not empty, or the copy is damaged.
    """
    if into.exists() and any(into.iterdir()):
        raise BackupFailed(f"{into} is not empty.")
    into.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="karbonica-restore-") as scratch:
        base = base_for(bases_in(place, Path(scratch)), moment)
        unknown = set(base.files) - ARCHIVES.keys() - {MANIFEST}
        if unknown:
            raise BackupFailed(f"Tablespaces are not restored: {', '.join(sorted(unknown))}.")
        for name in base.files:
            place.get(f"base/{base.name}/{name}", Path(scratch) / name)
        require_as_in_manifest(Path(scratch) / "base.tar.gz", Path(scratch) / MANIFEST)
        for name, below in ARCHIVES.items():
            archive = Path(scratch) / name
            with tarfile.open(archive) as opened:
                # Neither leaves the folder nor makes devices, whoever wrote the archive.
                opened.extractall(into / below, filter="data")
    into.chmod(0o700)
    _fetch_log(place, into / LOG_FOLDER, base)
    _ask_for_recovery(into, moment)
    return base


def _fetch_log(place: BackupPlace, folder: Path, base: BaseBackup) -> None:
    folder.mkdir()
    names = [name.removeprefix("wal/").removesuffix(".gz") for name in place.names("wal/")]
    stored = set(names)
    for name in names:
        whole = name.removesuffix(".partial")
        if len(whole) == len(base.first_segment) and whole[8:] < base.first_segment[8:]:
            continue
        if whole != name and whole in stored:
            continue
        packed = folder / f"{whole}.gz"
        place.get(f"wal/{name}.gz", packed)
        with gzip.open(packed) as source, (folder / whole).open("wb") as target:
            shutil.copyfileobj(source, target)
        packed.unlink()


def _ask_for_recovery(folder: Path, moment: datetime | None) -> None:
    log = (folder / LOG_FOLDER).resolve()
    lines = [
        f'restore_command = \'cp "{log}/%f" "%p"\'',
        "recovery_target_action = 'promote'",
        "recovery_target_timeline = 'latest'",
    ]
    if moment is not None:
        lines.append(f"recovery_target_time = '{moment.isoformat()}'")
    with (folder / "postgresql.auto.conf").open("a") as settings:
        settings.write("".join(f"{line}\n" for line in lines))
    (folder / "recovery.signal").touch()


def give_to(folder: Path, owner: str) -> None:
    """PostgreSQL starts on a folder of its own user alone."""
    shutil.chown(folder, owner, owner)
    for path in folder.rglob("*"):
        shutil.chown(path, owner, owner)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options().parse_args(arguments)
    try:
        place = open_place(options.place)
        base = restore(place, options.into, options.to)
        if options.owner:
            give_to(options.into, options.owner)
    except (
        BackupFailed,
        OSError,
        tarfile.TarError,
        BotoCoreError,
        ClientError,
        Boto3Error,
    ) as error:
        print(f"Not restored: {error}", file=sys.stderr)
        return NOT_DONE
    until = options.to.isoformat() if options.to else "the end of the log"
    print(f"{options.into}: base backup {base.name}, to {until} once PostgreSQL is started on it.")
    return DONE


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tools.restore", description=__doc__.split("\n\n")[0])
    parser.add_argument(
        "--from", dest="place", required=True, help="a folder, or s3://bucket/prefix"
    )
    parser.add_argument("--into", type=Path, required=True, help="the folder to make")
    parser.add_argument("--to", type=parse_moment, help="a moment, with its offset; else the last")
    parser.add_argument("--owner", help="whom the folder is given to, as `postgres`")
    return parser


if __name__ == "__main__":
    sys.exit(main())
