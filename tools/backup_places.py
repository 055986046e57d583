"""
Where backups lie: a folder, or a bucket of S3-compatible storage named as `s3://bucket/prefix`.

Below either:

    base/20261130T220900Z/base.tar.gz, pg_wal.tar.gz, backup_manifest    as pg_basebackup writes them
    base/20261130T220900Z/complete.json                                  stored last: without it there is no backup
    wal/000000010000000000000007.gz                                      a whole segment
    wal/000000010000000000000008.partial.gz                              as much of the next as there was
"""

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from adapters.settings.storage import StorageSettings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

NAME_FORMAT = "%Y%m%dT%H%M%SZ"
COMPLETE = "complete.json"
MANIFEST = "backup_manifest"


class BackupFailed(Exception):
    """With a sentence for whoever gave the command."""


class BackupPlace(Protocol):
    """Names are paths with `/`; what is put under a name that exists takes its place."""

    def put(self, name: str, file: Path) -> None: ...

    def get(self, name: str, file: Path) -> None: ...

    def names(self, prefix: str) -> Sequence[str]:
        """Sorted; all below `prefix`."""
        ...

    def remove(self, name: str) -> None: ...


@dataclass(frozen=True)
class BaseBackup:
    """
    `first_segment` is the file of WAL that a restore begins with, `last_segment` the last that the backup itself has
    (of one that was made before this was noted, the first). Moments are UTC.
    """

    name: str
    began_at: datetime
    ended_at: datetime
    first_segment: str
    files: tuple[str, ...]
    last_segment: str

    def written(self) -> str:
        return json.dumps(asdict(self), default=datetime.isoformat, indent=2) + "\n"


class FolderPlace:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, file: Path) -> None:
        target = self._folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        # Whoever reads meanwhile, or comes after a crash, finds the former file or this one.
        half = target.with_name(f".{target.name}.half")
        shutil.copyfile(file, half)
        with half.open("rb") as written:
            os.fsync(written.fileno())
        half.replace(target)

    def get(self, name: str, file: Path) -> None:
        shutil.copyfile(self._folder / name, file)

    def names(self, prefix: str) -> Sequence[str]:
        found = (path for path in (self._folder / prefix).rglob("*") if path.is_file())
        return sorted(
            path.relative_to(self._folder).as_posix()
            for path in found
            if not path.name.startswith(".")
        )

    def remove(self, name: str) -> None:
        (self._folder / name).unlink(missing_ok=True)


class BucketPlace:
    """The address and the keys are those of the registry's own storage; the bucket should be another."""

    def __init__(self, bucket: str, prefix: str, settings: StorageSettings) -> None:
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._s3: S3Client = boto3.client(
            "s3",
            endpoint_url=settings.s3_endpoint_url,
            region_name=settings.s3_region,
            aws_access_key_id=settings.s3_access_key_id,
            aws_secret_access_key=settings.s3_secret_access_key.get_secret_value(),
            config=Config(s3={"addressing_style": "path"}, retries={"mode": "standard"}),
        )

    def put(self, name: str, file: Path) -> None:
        self._s3.upload_file(str(file), self._bucket, self._prefix + name)

    def get(self, name: str, file: Path) -> None:
        self._s3.download_file(self._bucket, self._prefix + name, str(file))

    def names(self, prefix: str) -> Sequence[str]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=self._prefix + prefix
        )
        found = [item["Key"] for page in pages for item in page.get("Contents", ())]
        return sorted(key.removeprefix(self._prefix) for key in found)

    def remove(self, name: str) -> None:
        self._s3.delete_object(Bucket=self._bucket, Key=self._prefix + name)


def open_place(address: str) -> BackupPlace:
    """
    Raises:
        BackupFailed: `s3://` without a bucket, or another scheme.
    """
    parts = urlsplit(address)
    if parts.scheme == "s3" and parts.netloc:
        return BucketPlace(parts.netloc, parts.path, StorageSettings())
    if parts.scheme:
        raise BackupFailed(f"{address} is neither a folder nor s3://bucket/prefix.")
    return FolderPlace(Path(address))


def bases_in(place: BackupPlace, scratch: Path) -> list[BaseBackup]:
    """All that are complete, oldest first; `scratch` is a folder for a small file."""
    return [
        _read(place, name, scratch / COMPLETE)
        for name in place.names("base/")
        if name.endswith(f"/{COMPLETE}")
    ]


def _read(place: BackupPlace, name: str, file: Path) -> BaseBackup:
    place.get(name, file)
    told = json.loads(file.read_text())
    return BaseBackup(
        name=told["name"],
        began_at=datetime.fromisoformat(told["began_at"]),
        ended_at=datetime.fromisoformat(told["ended_at"]),
        first_segment=told["first_segment"],
        files=tuple(told["files"]),
        last_segment=told.get("last_segment", told["first_segment"]),
    )


def base_for(bases: Sequence[BaseBackup], moment: datetime | None) -> BaseBackup:
    """
    The newest that had ended by `moment`; None means the newest of all.

    Raises:
        BackupFailed: there is none.
    """
    fit = [base for base in bases if moment is None or base.ended_at <= moment]
    if fit:
        return max(fit, key=lambda base: base.ended_at)
    if not bases:
        raise BackupFailed("There is no complete base backup at this place.")
    oldest = min(base.ended_at for base in bases)
    raise BackupFailed(f"Nothing can be restored to before {oldest.isoformat()}.")


def parse_moment(words: str) -> datetime:
    """
    RFC 3339 with an offset.

    Raises:
        ValueError: it is none, or says no offset.
    """
    moment = datetime.fromisoformat(words)
    if moment.tzinfo is None:
        raise ValueError("a moment needs an offset, as in 2026-11-30T22:09:00Z")
    return moment.astimezone(UTC)
