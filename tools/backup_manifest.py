"""
Whether an archive of pg_basebackup is what its manifest says: each file, its size and its SHA-256.

PostgreSQL's own pg_verifybackup does the same and was not taken: in the build of it that our tests have, it ends with
a segmentation fault on every backup (ADR 0108).
"""

import hashlib
import json
import tarfile
from pathlib import Path
from typing import Any

from tools.backup_places import BackupFailed

CHUNK_BYTES = 1024 * 1024


def require_as_in_manifest(archive: Path, manifest: Path) -> None:
    """
    Raises:
        BackupFailed: with the first file that differs, or that the manifest itself was changed.
    """
    expected = _expected(manifest)
    with tarfile.open(archive) as opened:
        for member in opened:
            name = member.name.removeprefix("./")
            if not member.isfile():
                continue
            told = expected.pop(name, None)
            if told is None:
                raise BackupFailed(f"{name} is in the backup and not in its manifest.")
            content = opened.extractfile(member)
            digest = hashlib.sha256()
            while content and (chunk := content.read(CHUNK_BYTES)):
                digest.update(chunk)
            if (member.size, digest.hexdigest()) != told:
                raise BackupFailed(f"{name} in the backup is not as its manifest says.")
    if expected:
        raise BackupFailed(f"{min(expected)} is missing in the backup.")


def _expected(manifest: Path) -> dict[str, tuple[int, str]]:
    written = manifest.read_bytes()
    try:
        told: dict[str, Any] = json.loads(written)
        # The last line holds the digest of all that stands before it.
        covered = written[: written.rstrip().rindex(b"\n") + 1]
        if hashlib.sha256(covered).hexdigest() != told["Manifest-Checksum"]:
            raise BackupFailed("The manifest of the backup was changed.")
        return {_path(file): (file["Size"], _sha256(file)) for file in told["Files"]}
    except (ValueError, KeyError) as error:
        raise BackupFailed(f"The manifest of the backup cannot be read: {error}") from None


def _path(file: dict[str, Any]) -> str:
    # A name that is no UTF-8 is written in hex.
    return file.get("Path") or bytes.fromhex(file["Encoded-Path"]).decode(errors="surrogateescape")


def _sha256(file: dict[str, Any]) -> str:
    if file["Checksum-Algorithm"] != "SHA256":
        raise ValueError(f"{file['Checksum-Algorithm']} is not SHA256")
    digest: str = file["Checksum"]
    return digest
