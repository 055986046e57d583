"""
A folder in object storage that a pipeline drops files into; what is dropped is sent in for whoever opened it (ADR 0119).

Storage has three places for each: what was dropped (`in`), what was taken as a submission (`taken`) and what
could not be one (`refused`). A file is moved out of `in` before it is read, so that a pipeline that writes it anew
drops another file, and a look at the folder lists what is new alone.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from domain.accounts.roles import Account, Permission
from domain.errors import Conflict, Fault, Forbidden, Invalid
from domain.identifiers import derived_id
from domain.ingestion.submissions import FILE_BYTES_MAX, FILE_NAME_CHARACTERS_MAX
from domain.visible_text import has_visible

FOLDERS = "folders/"
FOLDERS_MAX = 50
"""Of one account, that are open."""
NAME_CHARACTERS_MAX = 100
MOVED_KEPT_FOR = timedelta(days=30)
"""How long what was moved stays to be looked at; a submission's own bytes are kept elsewhere."""

_DROPPED = re.compile(
    rf"{FOLDERS}([0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}})/in/(.+)", re.DOTALL
)


@dataclass(frozen=True)
class Folder:
    """`project_id`: whose monitoring data comes in by it; None: reference data. `closed_at` None: open."""

    id: UUID
    opened_by: UUID
    name: str
    format: str
    accept_partly: bool
    opened_at: datetime
    project_id: UUID | None = None
    closed_at: datetime | None = None

    @property
    def prefix(self) -> str:
        """Below which files are dropped."""
        return f"{FOLDERS}{self.id}/in/"

    def key_of(self, file_name: str) -> str:
        """
        Where a file of this name is dropped.

        Raises:
            Invalid: it names another place than one in the folder.
        """
        if "/" in file_name or file_name in {".", ".."}:
            raise Invalid(
                "The file cannot be dropped under this name.",
                Fault(
                    "/fileName",
                    "A name has no slash; folders in it are of those who write to storage.",
                ),
            )
        return self.prefix + file_name


@dataclass(frozen=True)
class StoredObject:
    """What storage lists: `etag` changes with the bytes, `written_at` is to the second."""

    key: str
    size_bytes: int
    etag: str
    written_at: datetime


@dataclass(frozen=True)
class Drop:
    """
    One file that was dropped. `ingestion_id` is the submission that it is, or None with a sentence in `refusal`.

    `is_known`: the account had sent the same bytes in before, and the submission is that one.
    """

    id: UUID
    folder_id: UUID
    file_name: str
    size_bytes: int
    dropped_at: datetime
    taken_at: datetime
    ingestion_id: UUID | None = None
    is_known: bool = False
    refusal: str | None = None


def open_folder(folder: Folder, *, actor: Account, open_folders: int) -> Folder:
    """
    Raises:
        Forbidden: this account's role sends nothing in.
        Invalid: the name has nothing to be seen, or is too long.
        Conflict: the account has as many open as it may.
    """
    actor.require(Permission.SUBMIT_FILE)
    if not has_visible(folder.name) or len(folder.name) > NAME_CHARACTERS_MAX:
        raise Invalid(
            "The folder cannot be opened.",
            Fault("/name", f"From 1 to {NAME_CHARACTERS_MAX} characters."),
        )
    if open_folders >= FOLDERS_MAX:
        raise Conflict(f"An account has at most {FOLDERS_MAX} open folders; close one first.")
    return folder


def close_folder(folder: Folder, *, actor: Account, at: datetime) -> Folder:
    """
    Nothing more is taken from it; what lies in it stays there. A closed one stays as it is.

    Raises:
        Forbidden: it is somebody else's.
    """
    require_owner(folder, actor=actor)
    return folder if folder.closed_at is not None else replace(folder, closed_at=at)


def require_owner(folder: Folder, *, actor: Account) -> None:
    """
    Raises:
        Forbidden: it is somebody else's.
    """
    if folder.opened_by != actor.id:
        raise Forbidden("Somebody else opened this folder.")


def require_open(folder: Folder) -> None:
    """
    Raises:
        Conflict: it is closed.
    """
    if folder.closed_at is not None:
        raise Conflict("This folder is closed: open another one.")


def folder_in(key: str) -> UUID | None:
    """The folder that something was dropped into; None: it lies elsewhere."""
    match = _DROPPED.fullmatch(key)
    return UUID(match[1]) if match else None


def is_place_holder(dropped: StoredObject) -> bool:
    """What consoles make to show a folder: an object without bytes whose name ends in a slash."""
    return dropped.key.endswith("/") and dropped.size_bytes == 0


def drop_id_of(folder: Folder, dropped: StoredObject) -> UUID:
    """The same for the same bytes written at the same moment, however often they are looked at."""
    return derived_id(
        folder.id, f"drop/{dropped.key}/{dropped.etag}/{dropped.written_at.timestamp():.0f}"
    )


def file_name_of(dropped: StoredObject) -> str:
    """The last part of its key, without what cannot be seen, 200 characters at most."""
    last = dropped.key.rstrip("/").rsplit("/", 1)[-1]
    name = "".join(letter for letter in last if letter.isprintable())
    return name[-FILE_NAME_CHARACTERS_MAX:] if has_visible(name) else "file"


def moved_key(folder: Folder, drop_id: UUID, *, is_taken: bool) -> str:
    """
    Where a dropped file is moved to, named by its drop alone.

    A name of its own may have 1,024 bytes already, which is as long as a key can be.
    """
    return f"{FOLDERS}{folder.id}/{'taken' if is_taken else 'refused'}/{drop_id}"


def size_fault(dropped: StoredObject) -> str | None:
    """A sentence where nothing of this size is read."""
    if dropped.size_bytes == 0:
        return "The file is empty."
    if dropped.size_bytes > FILE_BYTES_MAX:
        return (
            f"The file is larger than the {FILE_BYTES_MAX // 1024**3} GiB that are read: split it."
        )
    return None
