"""Compliance reports: the files of one, and what is kept of those that were made."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID

from domain.credits.ledger import Conservation
from domain.reports.accesses import ReportAccess
from domain.reports.reports import Report, ReportFile, ReportTerms


@dataclass(frozen=True)
class WrittenReport:
    """`sums` and `movements` are of the ledger at the period's end; the files are in the folder, by their names."""

    files: Sequence[ReportFile]
    sums: Conservation
    movements: int


class ReportFiles(Protocol):
    async def write(
        self, terms: ReportTerms, folder: Path, beat: Callable[[], None]
    ) -> WrittenReport:
        """
        Write all files of a report from one snapshot, in constant memory; `beat` is called between their parts.

        The same terms give the same bytes, whatever was recorded since.
        """


class Reports(Protocol):
    async def newest(self, terms: ReportTerms) -> Report | None:
        """The highest version of these terms, with further ones held off until the commit."""

    async def add(self, report: Report) -> None: ...

    async def get(self, report_id: UUID) -> Report | None: ...

    async def add_access(self, access: ReportAccess) -> bool:
        """False: it is there already."""

    async def lock_access(self, access_id: UUID) -> ReportAccess | None: ...

    async def revoke_access(self, access_id: UUID, *, by: UUID, at: datetime) -> None: ...

    async def note_reading(
        self, reading_id: UUID, access_id: UUID, at: datetime, *, file: str | None
    ) -> None:
        """Before anything is shown; `file` None: the manifest."""
