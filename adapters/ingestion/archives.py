"""What a ZIP archive may be before anything in it is opened; nothing of it is ever written under its own name."""

import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from domain.ingestion.submissions import UnreadableFile

UNPACKED_BYTES_MAX = 1_000_000_000
RATIO_MAX = 200
"""Sheets of one repeated number shrink to a hundredth; what shrinks further was made to."""
RATIO_FROM_BYTES = 10_000_000
ENTRIES_MAX = 10_000


def entries_of(path: Path) -> Sequence[zipfile.ZipInfo]:
    """
    Raises:
        UnreadableFile: it is broken off, or no archive.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as broken:
        raise UnreadableFile("The file is broken off, or no archive. Send it again.") from broken


def require_harmless(entries: Sequence[zipfile.ZipInfo], *, what: str) -> None:
    """
    `what` names it in a refusal, as “workbook”. Sizes are those that the archive states, and no reader of it goes beyond them.

    Raises:
        UnreadableFile: it unpacks to far more than it says, is encrypted, or has parts outside of itself.
    """
    if (
        len(entries) > ENTRIES_MAX
        or sum(entry.file_size for entry in entries) > UNPACKED_BYTES_MAX
        or any(
            entry.file_size > RATIO_FROM_BYTES
            and entry.file_size > RATIO_MAX * max(1, entry.compress_size)
            for entry in entries
        )
    ):
        raise UnreadableFile(f"This {what} unpacks to far more than it says. It was not opened.")
    if any(entry.flag_bits & 1 for entry in entries):
        raise UnreadableFile(f"This {what} is encrypted. Save it without a password.")
    if any(_leads_out(entry.filename) for entry in entries):
        raise UnreadableFile(
            f"This {what} has parts whose names lead out of it (“..”, or from the root). It was not opened."
        )


def _leads_out(name: str) -> bool:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return ".." in parts or (bool(parts) and (parts[0] == "/" or parts[0].endswith(":")))
