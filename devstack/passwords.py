"""The passwords of a stack's database and object store, made once for each folder."""

import json
import os
import secrets
from dataclasses import asdict, dataclass, fields
from pathlib import Path

FILE_NAME = "passwords.json"
_BYTES = 16


@dataclass(frozen=True)
class Passwords:
    """
    `database_owner` is of `postgres`, `application` of `karbonica_app`, `storage` of the S3 key pair, `temporal` of the
    database that Temporal's production server has.
    """

    database_owner: str
    application: str
    storage: str
    temporal: str


def ensure_passwords(data_dir: Path) -> Passwords:
    """
    What is in the folder's `passwords.json`, which only its owner may read; made when missing.

    Random, so that whoever else has an account on this machine does not get in by knowing our source.
    """
    path = data_dir / FILE_NAME
    names = [field.name for field in fields(Passwords)]
    kept = json.loads(path.read_text()) if path.exists() else {}
    passwords = Passwords(**{name: kept.get(name) or secrets.token_hex(_BYTES) for name in names})
    if asdict(passwords) != kept:
        write_private(path, json.dumps(asdict(passwords), indent=2) + "\n")
    return passwords


def write_private(path: Path, content: str) -> None:
    """Readable by its owner alone, and moved into place whole: nobody ever reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(content)
    unfinished.replace(path)
