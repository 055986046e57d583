"""A registry without rows, for those who only make reports of it: one empty table."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from activities.ports.reports.reports import WrittenReport
from domain.credits.ledger import Conservation
from domain.reports.reports import ReportFile, ReportFormat, ReportTerms, file_name


class NothingToReport:
    """Implements `activities.ports.reports.reports.ReportFiles`."""

    async def write(
        self, terms: ReportTerms, folder: Path, beat: Callable[[], None]
    ) -> WrittenReport:
        beat()
        name = file_name(ReportFormat.CSV, terms.kind.value)
        content = b"nothing\r\n"
        (folder / name).write_bytes(content)
        file = ReportFile(
            name,
            ReportFormat.CSV,
            terms.kind.value,
            0,
            len(content),
            hashlib.sha256(content).hexdigest(),
        )
        return WrittenReport([file], Conservation(0, 0, 0, 0, 0, 0, 0), 0)
