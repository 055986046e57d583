"""
How much one account may announce before it uploads, and how much a project may hold (ADR 0050).

A large file comes in parts, each with an address of its own, so that what broke off goes on from where
it was (ADR 0094).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from domain.errors import DocumentMismatch, UploadQuotaExceeded

MEBIBYTE = 1024 * 1024
UPLOAD_KEPT_FOR = timedelta(hours=6)
"""An address to upload to is good for 15 minutes; what was not completed long after is swept."""

LARGE_UPLOAD_KEPT_FOR = timedelta(days=7)
"""Of what comes in parts: a slow line, or a weekend, lies between two of its tries."""

LARGE_BYTES_MIN = 5 * MEBIBYTE
"""From here on a file may come in parts: S3 takes no smaller part but the last one."""

PARTS_MAX = 10_000
"""S3 numbers no more parts of one upload."""


@dataclass(frozen=True)
class UploadPart:
    """Bytes of a file from `offset` on; `number` counts from 1."""

    number: int
    offset: int
    size_bytes: int


def upload_parts(file_size: int, part_size: int) -> Sequence[UploadPart]:
    """
    A file cut into parts of `part_size` bytes, the last one shorter; into `PARTS_MAX` at the most.

    The same sizes always give the same parts, so that nobody has to remember them.
    """
    part_size = max(part_size, -(-file_size // PARTS_MAX))
    return [
        UploadPart(number, offset, min(part_size, file_size - offset))
        for number, offset in enumerate(range(0, file_size, part_size), 1)
    ]


def require_whole(file_size: int, there: Collection[int]) -> None:
    """
    `there` are the sizes of the parts of an upload that has begun.

    Raises:
        DocumentMismatch: they do not come to the file's size; what is there stays.
    """
    if sum(there) != file_size:
        raise DocumentMismatch(
            f"Of {file_size} bytes, {sum(there)} are uploaded. Upload the parts that are missing, then"
            " complete it."
        )


@dataclass(frozen=True)
class UploadQuota:
    """Most files and bytes: open (announced and not completed) of an account, and all of a project."""

    open_files_per_account: int
    open_bytes_per_account: int
    files_per_project: int
    bytes_per_project: int


@dataclass(frozen=True)
class Held:
    files: int
    size_bytes: int


def require_room(
    quota: UploadQuota, file_size: int, *, open_of_account: Held, of_project: Held
) -> None:
    """
    `of_project` counts completed and open documents alike; sizes of open ones are as announced.

    Raises:
        UploadQuotaExceeded: with the room that is left.
    """
    if open_of_account.files >= quota.open_files_per_account:
        raise UploadQuotaExceeded(
            f"You have {open_of_account.files} documents whose upload is awaited, and"
            f" {quota.open_files_per_account} is the most; complete some of them first."
        )
    left = quota.open_bytes_per_account - open_of_account.size_bytes
    if file_size > left:
        raise UploadQuotaExceeded(
            f"There is room for {_size(left)} more of documents whose upload is awaited, and this"
            f" one has {_size(file_size)}; complete some of them first."
        )
    if of_project.files >= quota.files_per_project:
        raise UploadQuotaExceeded(
            f"This project has {of_project.files} documents, and {quota.files_per_project} is the most."
        )
    left = quota.bytes_per_project - of_project.size_bytes
    if file_size > left:
        raise UploadQuotaExceeded(
            f"This project has room for {_size(left)} more, and this document has {_size(file_size)}."
        )


def _size(size_bytes: int) -> str:
    """Bytes, and from one on also mebibytes with one decimal."""
    held = max(size_bytes, 0)
    if held < MEBIBYTE:
        return f"{held:,} bytes"
    return f"{held / MEBIBYTE:,.1f} MiB ({held:,} bytes)"
