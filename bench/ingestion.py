"""Files that come in, beside what reads them alone, COPY of the same rows, and the field's own pipeline."""

import asyncio
import csv
import json
import os
import random
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import xlsxwriter  # type: ignore[import-untyped]
from python_calamine import CalamineWorkbook

from adapters.ingestion.declared import declared_formats
from adapters.ingestion.files import ReadableFiles
from bench.bench_stack import BenchStack
from bench.board import populate_rounds
from bench.measurement import Measurement, Section, Spread
from bench.registries import new_registry
from domain.ingestion.chunks import chunked

ROUNDS = 3
ROWS, ROWS_LARGE = 200_000, 1_000_000
SHEET_ROWS, SHEET_ROWS_LARGE = 50_000, 200_000
MEMORY_ROWS, MEMORY_ROWS_LARGE = (10_000, 500_000), (10_000, 1_000_000, 10_000_000)
DIRTY_SHARE = 0.05
HEAD = ("series", "time", "quantity", "value", "unit", "qualityFlag", "instrument")
DIRT = ("five", "", "1,5", "<0.05", "12 %")
WANTED = {"clean": "0.5", "dirty": "0.3", "sheet": "0.5"}
OFFSETS_DB_DATA = "offsets-db-data==2026.5.6"
PREFIXES = {
    "american-carbon-registry": "acr",
    "art-trees": "art",
    "cercarbono": "cercarbono",
    "climate-action-reserve": "car",
    "gold-standard": "gold-standard",
    "isometric": "isometric",
    "verra": "verra",
}
"""Of our formats, by the folder of a registry's exports."""
_BEGINS = datetime(2000, 1, 1, tzinfo=UTC)
_LIMIT_SECONDS = 3_000


@dataclass
class _Times:
    """Seconds by what was done, a list over the rounds."""

    seconds: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, seconds: float) -> None:
        self.seconds.setdefault(name, []).append(seconds)
        print(f"  {name}: {seconds:.2f} s", flush=True)


async def measure(bench: BenchStack) -> Section:
    rows = ROWS_LARGE if bench.large else ROWS
    sheet_rows = SHEET_ROWS_LARGE if bench.large else SHEET_ROWS
    stack = await bench.stack()
    registry = await new_registry(stack, bench.data_dir, "bench_ingestion")
    await populate_rounds(registry, 1)
    owner = await asyncpg.connect(registry.owner_url)
    account = await owner.fetchval("SELECT id FROM users LIMIT 1")
    await owner.execute("CREATE TABLE records_copied (LIKE ingested_records INCLUDING ALL)")
    await owner.execute(
        "ALTER TABLE records_copied ADD FOREIGN KEY (ingestion_id, chunk) REFERENCES ingestion_chunks (ingestion_id, chunk)"
    )
    url = registry.environment["DATABASE_URL"]
    times, folder = _Times(), bench.data_dir
    errors: dict[str, int] = {}
    for number in range(ROUNDS):
        for name, share in (("clean", 0.0), ("dirty", DIRTY_SHARE)):
            path = folder / f"{name}-{number}.csv"
            faults = _write(path, rows, share, seed=number)
            times.add(f"{name}: reader alone", _read_alone(path))
            found = await _load(path, "observations", url, account)
            times.add(f"{name}: pipeline", found["seconds"])
            times.add(f"{name}: of it until all is stored", found["seconds_read"])
            assert found["errors"] == faults, f"{found['errors']} of {faults} faults were told"
            errors[name] = faults
            times.add(f"{name}: COPY", await _copied(owner, path))
            path.unlink()
            await owner.execute("TRUNCATE ingestions CASCADE")
        sheet = folder / f"sheet-{number}.xlsx"
        _write_sheet(sheet, sheet_rows, seed=number)
        times.add("sheet: reader alone", _sheet_alone(sheet))
        found = await _load(sheet, "observations")
        times.add("sheet: read, mapped and checked", found["seconds"])
        sheet.unlink()
    peaks = await _peaks(bench, url, account, owner)
    await owner.close()
    beside = await _beside_the_field(folder)
    return _section(times, rows, sheet_rows, errors, peaks, beside)


MEASUREMENT = Measurement("ingestion", measure)


def _lines(rows: int, share: float, seed: int) -> Iterator[list[str]]:
    chance = random.Random(seed)
    start = _BEGINS + timedelta(days=seed)
    for number in range(rows):
        value = f"{7.5 + chance.random():.4f}"
        if chance.random() < share:
            value = chance.choice(DIRT)
        at = (start + timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%SZ")
        yield ["Tank 3", at, "pH", value, "pH_T", "pass", f"SeaFET {seed}"]


def _write(path: Path, rows: int, share: float, *, seed: int) -> int:
    """How many values are faulty."""
    faults = 0
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEAD)
        for line in _lines(rows, share, seed):
            faults += line[3] in DIRT
            writer.writerow(line)
    return faults


def _write_sheet(path: Path, rows: int, *, seed: int) -> None:
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, HEAD)
        for number, line in enumerate(_lines(rows, 0, seed), start=1):
            line_cells = [*line[:3], float(line[3]), *line[4:]]
            sheet.write_row(number, 0, line_cells)


def _read_alone(path: Path) -> float:
    began = time.perf_counter()
    with path.open(newline="", encoding="utf-8") as file:
        for _ in csv.reader(file):
            pass
    return time.perf_counter() - began


def _sheet_alone(path: Path) -> float:
    began = time.perf_counter()
    CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    return time.perf_counter() - began


async def _copied(owner: Any, path: Path) -> float:
    """What the pipeline has stored, copied out and in again: the same rows into the same columns, keys and checks."""
    out = path.with_suffix(".copy")
    await owner.copy_from_table("ingested_records", output=out)
    await owner.execute("TRUNCATE records_copied")
    began = time.perf_counter()
    await owner.copy_to_table("records_copied", source=out)
    seconds = time.perf_counter() - began
    await owner.execute("TRUNCATE records_copied")
    out.unlink()
    return seconds


async def _load(path: Path, format: str, *database: str | UUID) -> dict[str, Any]:
    command = ("-m", "bench.loads.ingestion", str(path), format, *map(str, database))
    found: dict[str, Any] = await _said((sys.executable, *command))
    return found


async def _said(command: Iterable[str | Path]) -> Any:
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        async with asyncio.timeout(_LIMIT_SECONDS):
            said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))} ended with {process.returncode}")
    return json.loads(said.decode().splitlines()[-1])


async def _peaks(bench: BenchStack, url: str, account: UUID, owner: Any) -> Mapping[int, float]:
    """Most memory of the process, in MB, by rows of the file."""
    peaks = {}
    for rows in MEMORY_ROWS_LARGE if bench.large else MEMORY_ROWS:
        path = bench.data_dir / f"memory-{rows}.csv"
        _write(path, rows, DIRTY_SHARE, seed=rows % 1_000)
        peaks[rows] = (await _load(path, "observations", url, account))["peak_mb"]
        print(f"  {rows:,} rows: {peaks[rows]:.0f} MB", flush=True)
        path.unlink()
        await owner.execute("TRUNCATE ingestions CASCADE")
    return peaks


@dataclass(frozen=True)
class _Beside:
    """CPU seconds for the same files, and what became of files with one fault each."""

    theirs: Mapping[str, float]
    ours: Mapping[str, float]
    stopped: Mapping[str, str]
    faults: Mapping[str, tuple[bool, bool]]


async def _beside_the_field(folder: Path) -> _Beside | None:
    exports = _exports()
    if exports is None:
        return None
    python = folder / "offsets-db" / "bin" / "python"
    await _run(sys.executable, "-m", "venv", python.parent.parent)
    await _run(python, "-m", "pip", "install", "--quiet", "--no-compile", OFFSETS_DB_DATA)
    script = Path(__file__).parent / "loads" / "offsets_db.py"
    formats = {
        str(path.relative_to(exports)): f"{PREFIXES[path.parent.name]}-{path.stem}"
        if path.parent.name in PREFIXES
        else "arb-issuances"
        for path in sorted(exports.glob("*/*.csv"))
    }
    theirs = await _said((python, script, exports))
    spoiled = folder / "spoiled"
    cases = dict(_spoiled(exports / "american-carbon-registry" / "issuances.csv", spoiled))
    found = await _said((python, script, spoiled))
    faults = {
        name: (
            f"{name}/american-carbon-registry/issuances.csv" in found["faults"],
            _ours(path, "acr-issuances")[1] > 0,
        )
        for name, path in cases.items()
    }
    ours = {path: _ours(exports / path, format)[0] for path, format in formats.items()}
    return _Beside(theirs["seconds"], ours, theirs["faults"], faults)


def _spoiled(export: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    with export.open(newline="", encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    for name, column, value in (
        ("a negative quantity", "Total Credits Issued", "-5"),
        ("a quantity that is a word", "Total Credits Issued", "many"),
        ("no project", "Project ID", ""),
        ("a date that is none", "Date Issued (GMT)", "13/45/2024"),
        ("a vintage that is no year", "Vintage", "last year"),
    ):
        path = folder / name / export.parent.name / export.name
        path.parent.mkdir(parents=True)
        changed = [list(row) for row in rows]
        changed[40][head.index(column)] = value
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([head, *changed])
        yield name, path


def _ours(path: Path, format: str) -> tuple[float, int]:
    """CPU seconds, the first of several times left off as for theirs, and faults."""
    declared, files = declared_formats()[format], ReadableFiles()
    taken = []
    for _ in range(3):
        began = time.process_time()
        rows = files.rows(files.detect(path, declared), declared)
        faults = sum(len(chunk.issues) for chunk in chunked(rows, declared, plainly=True))
        taken.append(time.process_time() - began)
    return min(taken[1:]), faults


def _exports() -> Path | None:
    """As tests/adapters/ingestion/test_registry_exports.py finds them."""
    beside = [folder / "shared" / "data" for folder in Path(__file__).resolve().parents]
    named = os.environ.get("REGISTRY_EXPORTS")
    folders = [Path(named)] if named else beside
    return next(
        (one / "offsets-db-data" for one in folders if (one / "offsets-db-data").is_dir()), None
    )


async def _run(*command: str | Path) -> None:
    process = await asyncio.create_subprocess_exec(*map(str, command))
    if await process.wait():
        raise RuntimeError(f"{' '.join(map(str, command))} ended with {process.returncode}")


def _section(
    times: _Times,
    rows: int,
    sheet_rows: int,
    errors: Mapping[str, int],
    peaks: Mapping[int, float],
    beside: _Beside | None,
) -> Section:
    seconds = times.seconds
    table = []
    for name in ("clean", "dirty"):
        ceiling = [
            copy + read
            for copy, read in zip(
                seconds[f"{name}: COPY"], seconds[f"{name}: reader alone"], strict=True
            )
        ]
        said = f"{rows:,} rows of CSV, {name}"
        table += [
            [f"ceiling: reader alone and COPY, {said}", Spread.of(ceiling).text(2), "", ""],
            [
                f"{said}: pipeline, {errors[name]:,} faults told",
                Spread.of(seconds[f"{name}: pipeline"]).text(2),
                _share(ceiling, seconds[f"{name}: pipeline"]),
                WANTED[name],
            ],
            [
                "of it until all is stored",
                Spread.of(seconds[f"{name}: of it until all is stored"]).text(2),
                _share(ceiling, seconds[f"{name}: of it until all is stored"]),
                "",
            ],
        ]
    alone, mapped = seconds["sheet: reader alone"], seconds["sheet: read, mapped and checked"]
    table += [
        [f"ceiling: reader alone, XLSX of {sheet_rows:,} rows", Spread.of(alone).text(2), "", ""],
        [
            "XLSX read, mapped and checked",
            Spread.of(mapped).text(2),
            _share(alone, mapped),
            WANTED["sheet"],
        ],
    ]
    remarks = [
        "Most memory of the process that reads and stores, 5 % of the rows faulty: "
        + ", ".join(f"{count:,} rows {peak:.0f} MB" for count, peak in peaks.items())
        + " (wanted: within 50 MB of each other)."
    ]
    if beside is not None:
        remarks += _beside_remarks(beside)
    return Section(
        title="Files that come in",
        method=f"""
        Observations with seven columns, in {ROUNDS} rounds by turns. The reader alone is Python's `csv`, or calamine's list of
        rows; COPY takes the records that the pipeline has just stored into an empty table with the same columns, keys and checks.
        The pipeline is the use case of the worker in a process of its own: the bytes' encoding looked at, rows mapped, checked and
        stored part by part, then repetitions within the file and in earlier files looked for, and the outcome decided.
        """,
        columns=["", "seconds", "of the ceiling", "wanted"],
        rows=table,
        remarks=remarks,
        figures={**seconds, "peaks": {str(count): peak for count, peak in peaks.items()}},
    )


def _beside_remarks(beside: _Beside) -> Iterator[str]:
    both = sorted(set(beside.theirs) & set(beside.ours) - set(beside.stopped))
    theirs, ours = (sum(of[name] for name in both) for of in (beside.theirs, beside.ours))
    yield (
        f"Beside `{OFFSETS_DB_DATA}`, the same {len(both)} exports of registries: {theirs:.2f} s of CPU there, {ours:.2f} s here,"
        f" {theirs / ours:.1f} times as fast (wanted: 5). The files are small, and so most of its time is pandas' own for each"
        " file; on large ones it is faster for each row than here."
    )
    for name, why in beside.stopped.items():
        yield f"It does not read {name} ({why}); here that takes {beside.ours.get(name, 0):.2f} s."
    told = "; ".join(
        f"{name}: {'stops' if there else 'passes'} there, {'told' if here else 'passes'} here"
        for name, (there, here) in beside.faults.items()
    )
    yield f"One fault in a file of a hundred rows: {told}."


def _share(ceiling: list[float], taken: list[float]) -> str:
    return Spread.of([most / one for most, one in zip(ceiling, taken, strict=True)]).text(2)
