"""Files of secrets: keys and passwords that only their owner may read."""

import stat
from pathlib import Path

OTHERS = stat.S_IRWXG | stat.S_IRWXO


class UnfitKeyFile(ValueError):
    """A file of secrets cannot be used; the sentence says why and shows nothing of its content."""


def read_private(path: Path, what: str) -> bytes:
    """
    Read a file that only its owner may read; `what` names it in sentences.

    Raises:
        UnfitKeyFile: missing, or readable by others.
    """
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        content = path.read_bytes()
    except OSError as error:
        raise UnfitKeyFile(f"The {what} {path} cannot be read: {error.strerror}") from None
    if mode & OTHERS:
        raise UnfitKeyFile(f"The {what} {path} is open to others; run: chmod 600 {path}")
    return content
