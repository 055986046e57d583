"""How much one account may announce before it uploads, and how much a project may hold (ADR 0050)."""

from dataclasses import dataclass
from datetime import timedelta

from domain.errors import UploadQuotaExceeded

UPLOAD_KEPT_FOR = timedelta(hours=6)
"""An address to upload to is good for 15 minutes; what was not completed long after is swept."""

MEBIBYTE = 1024 * 1024


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
