"""
`python -m bench [NAME ...]`, for `make bench`: measure all there is, or what is named.

Only a run of everything writes bench/RESULTS.md; every run prints its tables and leaves its numbers
in .data/bench/results.json.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

from bench import (
    approvals,
    audit,
    board,
    calls,
    chain,
    depth,
    export,
    guards,
    ledger,
    middleware,
    people,
    projects,
    public_reads,
    readings,
    report,
    scale,
    startup,
)
from bench.bench_stack import BenchStack
from bench.machine import describe_machine
from bench.measurement import Measurement, Section
from bench.memory import memory_section
from bench.rounds import LoadFailed
from devstack.processes import CannotStart

MEASUREMENTS = (
    startup.MEASUREMENT,
    middleware.MEASUREMENT,
    projects.MEASUREMENT,
    public_reads.MEASUREMENT,
    approvals.MEASUREMENT,
    calls.MEASUREMENT,
    ledger.MEASUREMENT,
    audit.MEASUREMENT,
    scale.MEASUREMENT,
    board.MEASUREMENT,
    readings.MEASUREMENT,
    depth.MEASUREMENT,
    guards.MEASUREMENT,
    people.MEASUREMENT,
    export.MEASUREMENT,
    chain.MEASUREMENT,
)
FOLDER = Path(".data/bench")


def main() -> int:
    arguments = _parser().parse_args()
    chosen = [m for m in MEASUREMENTS if not arguments.names or m.name in arguments.names]
    machine = describe_machine()
    FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        sections = asyncio.run(_measure(chosen, large=arguments.large))
    except (CannotStart, LoadFailed) as failure:
        print(failure, file=sys.stderr)
        return 1
    text = report.markdown(machine, sections)
    report.write_json(FOLDER / "results.json", machine, sections)
    if len(chosen) == len(MEASUREMENTS):
        report.RESULTS.write_text(text)
    print(f"\n{text}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    names = [measurement.name for measurement in MEASUREMENTS]
    parser.add_argument(
        "names", nargs="*", choices=[*names, []], metavar="NAME", help=", ".join(names)
    )
    parser.add_argument(
        "--large", action="store_true", help="also a million entries; takes many minutes"
    )
    return parser


async def _measure(chosen: list[Measurement], *, large: bool) -> list[Section]:
    began = time.monotonic()
    sections: list[Section] = []
    with tempfile.TemporaryDirectory(dir=FOLDER, prefix="run-") as folder:
        async with AsyncExitStack() as parts:
            bench = BenchStack(Path(folder), parts, large=large)
            for measurement in chosen:
                print(
                    f"Measuring: {measurement.name} ({time.monotonic() - began:.0f} s so far)",
                    flush=True,
                )
                sections.append(await measurement.measure(bench))
            if bench.started is not None:
                loads = [m.name for m in chosen if m is not startup.MEASUREMENT]
                sections.append(memory_section(bench.started, after=loads))
    print(f"Measured within {time.monotonic() - began:.0f} s", flush=True)
    return sections


if __name__ == "__main__":
    sys.exit(main())
