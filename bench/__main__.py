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
    ingestion,
    ledger,
    load,
    middleware,
    people,
    projects,
    public_reads,
    readings,
    report,
    reports,
    scale,
    startup,
)
from bench.bench_stack import BenchStack, LoadOptions
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
    ingestion.MEASUREMENT,
    depth.MEASUREMENT,
    guards.MEASUREMENT,
    people.MEASUREMENT,
    export.MEASUREMENT,
    reports.MEASUREMENT,
    chain.MEASUREMENT,
)
BY_NAME = (load.MEASUREMENT,)
"""They need a tool that is not installed with the others, or more time."""

FOLDER = Path(".data/bench")


def main() -> int:
    arguments = _parser().parse_args()
    chosen = [m for m in MEASUREMENTS if not arguments.names or m.name in arguments.names]
    chosen += [m for m in BY_NAME if m.name in arguments.names]
    load_options = LoadOptions(arguments.entries, arguments.rate, arguments.seconds)
    machine = describe_machine()
    FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        sections = asyncio.run(_measure(chosen, large=arguments.large, load=load_options))
    except (CannotStart, LoadFailed) as failure:
        print(failure, file=sys.stderr)
        return 1
    text = report.markdown(machine, sections)
    report.write_json(FOLDER / "results.json", machine, sections)
    if not arguments.names:
        report.RESULTS.write_text(text)
    print(f"\n{text}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    names = [measurement.name for measurement in (*MEASUREMENTS, *BY_NAME)]
    parser.add_argument(
        "names", nargs="*", choices=[*names, []], metavar="NAME", help=", ".join(names)
    )
    parser.add_argument(
        "--large", action="store_true", help="also a million entries; takes many minutes"
    )
    load = parser.add_argument_group("load", "what `load` does; it runs only where it is named")
    default = LoadOptions()
    load.add_argument("--entries", type=int, default=default.entries, help="default: %(default)s")
    load.add_argument("--rate", type=int, default=default.rate, help="requests/s (%(default)s)")
    load.add_argument("--seconds", type=float, default=default.seconds, help="%(default)s")
    return parser


async def _measure(chosen: list[Measurement], *, large: bool, load: LoadOptions) -> list[Section]:
    began = time.monotonic()
    sections: list[Section] = []
    with tempfile.TemporaryDirectory(dir=FOLDER, prefix="run-") as folder:
        async with AsyncExitStack() as parts:
            bench = BenchStack(Path(folder), parts, large=large, load=load)
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
