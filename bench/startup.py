"""The start of the whole stack, beside the CPU time it cannot do without."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.bench_stack import BenchStack
from bench.measurement import Measurement, Section, Spread
from devstack.memory import resident_megabytes
from devstack.stack import StackOptions, running_stack

ROUNDS = 2


@dataclass(frozen=True)
class Start:
    """
    Seconds of the whole and of each part, and the CPU seconds of all processes together.

    `process_cpu_seconds` and `process_megabytes` are the API's and the worker's own, when both are
    ready and nobody has asked anything.
    """

    whole_seconds: float
    cpu_seconds: float
    part_seconds: dict[str, float]
    process_cpu_seconds: dict[str, float]
    process_megabytes: dict[str, float]

    @property
    def floor_seconds(self) -> float:
        return self.cpu_seconds / cores()


async def measure(bench: BenchStack) -> Section:
    cold, second = [], []
    for number in range(1, ROUNDS + 1):
        folder = bench.data_dir / f"startup-{number}"
        cold.append(await _start(folder, f"round {number} of {ROUNDS}, new data folder"))
        second.append(await _start(folder, f"round {number} of {ROUNDS}, second start"))
    return Section(
        title="Start of the whole stack, everything installed",
        method=f"""
        Seconds until every part is healthy, the API's `/readyz` answers and the worker polls; as
        `make dev`, bcrypt at cost 12 for the demo accounts. Parts start side by side as soon as
        what they need is there, so they do not add up. A new data folder holds no database yet.
        {ROUNDS} rounds by turns.

        The ceiling is the CPU time that all processes of the start used, divided by the machine's
        cores: no order of starting them could be quicker.
        """,
        columns=["", "new data folder, s", "second start, s"],
        rows=_rows(cold, second),
        figures={
            "new data folder": [vars(start) for start in cold],
            "second start": [vars(start) for start in second],
        },
    )


MEASUREMENT = Measurement("startup", measure)


def cores() -> int:
    """Those this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


async def _start(folder: Path, what: str) -> Start:
    cpu_before, began = _cpu_seconds(), time.perf_counter()
    async with running_stack(folder, StackOptions(quiet=True)) as stack:
        whole = time.perf_counter() - began
        start = Start(
            whole_seconds=whole,
            cpu_seconds=_cpu_seconds() - cpu_before,
            part_seconds=dict(stack.seconds),
            process_cpu_seconds={n: _own_cpu_seconds(pid) for n, pid in stack.pids.items()},
            process_megabytes={n: resident_megabytes(pid) for n, pid in stack.pids.items()},
        )
    print(f"  {what}: {start.whole_seconds:.1f} s", flush=True)
    return start


def _cpu_seconds() -> float:
    """Of this process and all below it, also of those that have ended."""
    total = 0.0
    this = psutil.Process()
    for process in (this, *this.children(recursive=True)):
        used = process.cpu_times()
        total += used.user + used.system + used.children_user + used.children_system
    return total


def _own_cpu_seconds(pid: int) -> float:
    used = psutil.Process(pid).cpu_times()
    return used.user + used.system


def _rows(cold: list[Start], second: list[Start]) -> list[list[str]]:
    """The whole first, then the parts, slowest first."""

    def row(name: str, value: Callable[[Start], float], decimals: int = 1) -> list[str]:
        return [
            name,
            *(Spread.of([value(s) for s in starts]).text(decimals) for starts in (cold, second)),
        ]

    def part(name: str) -> list[str]:
        return row(name, lambda start: start.part_seconds[name])

    def own(name: str) -> list[list[str]]:
        return [
            row(f"{name}: CPU until ready", lambda start: start.process_cpu_seconds[name]),
            row(f"{name}: memory then, MB", lambda start: start.process_megabytes[name], 0),
        ]

    parts = cold[0].part_seconds
    return [
        row("**whole stack**", lambda start: start.whole_seconds),
        row("ceiling: its CPU time on all cores", lambda start: start.floor_seconds),
        row("ceiling as a share of the whole", lambda s: s.floor_seconds / s.whole_seconds, 3),
        *own("api"),
        *own("worker"),
        *(part(name) for name in sorted(parts, key=parts.__getitem__, reverse=True)),
    ]
