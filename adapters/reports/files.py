"""Writing the files of a compliance report, in constant memory and always the same."""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import rfc8785
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.ports.reports.reports import WrittenReport
from adapters.documents.printing import CertificatePrinter
from adapters.postgres.reports.lines import csv_header
from adapters.postgres.reports.snapshot import Line, ReportSnapshot, report_snapshot, tables_of
from adapters.postgres.reports.sources.moments import ReportTable
from adapters.reports.workbook import DATA_ROWS_MAX, WorkbookWriter, sheets_of, workbook
from domain.credits.ledger import Conservation
from domain.quantities import format_tonnes
from domain.reports.reports import (
    ReportFile,
    ReportFormat,
    ReportTerms,
    file_name,
    terms_of,
    title_of,
)


class ReportFileWriter:
    """`activities.ports.reports.reports.ReportFiles`."""

    def __init__(
        self, engine: AsyncEngine, printer: CertificatePrinter, *, registry_name: str
    ) -> None:
        self._engine = engine
        self._printer = printer
        self._registry_name = registry_name

    async def write(
        self, terms: ReportTerms, folder: Path, beat: Callable[[], None]
    ) -> WrittenReport:
        tables = tables_of(terms, registry_name=self._registry_name)
        async with report_snapshot(self._engine) as snapshot:
            # The first query fixes the moment that all of them see.
            sums, movements = await snapshot.sums(terms)
            counts = [await snapshot.count(table) for table in tables]
            beat()
            with ExitStack() as opened:
                written = _Files(terms, folder, tables, counts, self._registry_name, opened)
                for table in tables:
                    await written.add(table, snapshot, beat)
                written.finish(opened)
        files = [
            *(
                _described(folder, ReportFormat.CSV, table.name, rows)
                for table, rows in zip(tables, written.rows, strict=True)
            ),
            *(
                _described(folder, format, None, sum(written.rows))
                for format in (ReportFormat.JSON, ReportFormat.XLSX)
            ),
        ]
        page = await self._printer.print_report(
            _page(terms, files, sums, movements, self._registry_name)
        )
        name = file_name(ReportFormat.PDF)
        (folder / name).write_bytes(page)
        files.append(_described(folder, ReportFormat.PDF, None, 0))
        return WrittenReport(files, sums, movements)


class _Files:
    """The text files, one for each table, and the two that hold all of them."""

    def __init__(
        self,
        terms: ReportTerms,
        folder: Path,
        tables: Sequence[ReportTable],
        counts: Sequence[int],
        registry_name: str,
        opened: ExitStack,
    ) -> None:
        self.rows: list[int] = []
        self._folder = folder
        self._tables = tables
        self._json = opened.enter_context((folder / file_name(ReportFormat.JSON)).open("wb"))
        sheets = [
            sheet
            for table, count in zip(tables, counts, strict=True)
            for sheet in sheets_of(
                table.sheet_name, table.title, [column.name for column in table.columns], count
            )
        ]
        self._book: WorkbookWriter = opened.enter_context(
            workbook(
                folder / file_name(ReportFormat.XLSX),
                sheets,
                title=title_of(terms),
                author=registry_name,
                created=terms.known_at,
            )
        )
        self._parts: dict[str, Path] = {}
        self._registry_name = registry_name
        self._terms = terms

    async def add(
        self, table: ReportTable, snapshot: ReportSnapshot, beat: Callable[[], None]
    ) -> None:
        rows, on_sheet = 0, 0
        self._book.next_sheet()
        part = self._folder / f"{table.name}.part"
        with (
            (self._folder / file_name(ReportFormat.CSV, table.name)).open("wb") as csv,
            part.open("wb") as json,
        ):
            csv.write(csv_header(table).encode())
            async for lines in snapshot.lines(table):
                beat()
                csv.write("".join([line[0] for line in lines]).encode())
                _write_json(json, lines, is_first=rows == 0)
                on_sheet = self._write_rows(lines, on_sheet)
                rows += len(lines)
        self._parts[table.name] = part
        self.rows.append(rows)

    def _write_rows(self, lines: Sequence[Line], on_sheet: int) -> int:
        room = DATA_ROWS_MAX - on_sheet
        if len(lines) <= room:
            self._book.write("".join([line[2] for line in lines]).encode())
            return on_sheet + len(lines)
        self._book.write("".join([line[2] for line in lines[:room]]).encode())
        self._book.next_sheet()
        return self._write_rows(lines[room:], 0)

    def finish(self, opened: ExitStack) -> None:
        """The JSON is canonical: its members, and so its tables, stand in the order of their names."""
        head = rfc8785.dumps(
            {"registry": self._registry_name, "tables": {}, "terms": terms_of(self._terms)}
        )
        before, _, after = head.partition(b'"tables":{')
        self._json.write(before + b'"tables":{')
        for number, name in enumerate(sorted(self._parts)):
            self._json.write((b"," if number else b"") + f'"{name}":['.encode())
            with self._parts[name].open("rb") as part:
                while content := part.read(1 << 20):
                    self._json.write(content)
            self._json.write(b"]")
            self._parts[name].unlink()
        self._json.write(after)
        opened.close()


def _write_json(file: IO[bytes], lines: Sequence[Line], *, is_first: bool) -> None:
    # Each ends with a line's end, which stands in no JSON text otherwise.
    objects = ",".join([line[1][:-1] for line in lines])
    file.write((objects if is_first else f",{objects}").encode())


def _described(folder: Path, format: ReportFormat, table: str | None, rows: int) -> ReportFile:
    name = file_name(format, table)
    path = folder / name
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return ReportFile(name, format, table, rows, path.stat().st_size, digest)


def _page(
    terms: ReportTerms,
    files: Sequence[ReportFile],
    sums: Conservation,
    movements: int,
    registry_name: str,
) -> bytes:
    """What the printed page shows of a report."""
    return rfc8785.dumps(
        {
            "registry": registry_name,
            "title": title_of(terms),
            "terms": terms_of(terms),
            "movements": movements,
            "sums": [
                [name, format_tonnes(units)]
                for name, units in (
                    ("issued", sums.issued_units),
                    ("active", sums.active_units),
                    ("reserved", sums.reserved_units),
                    ("suspended", sums.suspended_units),
                    ("retired", sums.retired_units),
                    ("cancelled", sums.cancelled_units),
                    ("buffer", sums.buffer_units),
                )
            ],
            "holds": sums.holds,
            "files": [[file.name, file.rows, file.sha256] for file in files],
        }
    )
