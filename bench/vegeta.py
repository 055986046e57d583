"""
Vegeta, a load generator that many know: it sends at a constant rate, whatever the server does.

So a server that is late finds the requests waiting that came meanwhile, and their waiting is counted. It is no part of
the product and of no lock: `go install github.com/tsenart/vegeta/v12@v12.13.0`, on the PATH or named by `VEGETA`.
"""

import asyncio
import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from bench.rounds import LoadFailed

INSTALL = (
    "The command `vegeta` is missing: GOBIN=$PWD/.data/bin go install github.com/tsenart/vegeta/v12@v12.13.0, "
    "then VEGETA=.data/bin/vegeta."
)
LOOK_SECONDS = 0.5
NANOSECONDS_PER_MILLISECOND = 1e6


@dataclass(frozen=True)
class Attack:
    """
    `rate` is in requests/s; 0 sends as fast as `workers` connections are answered, and is how much a server bears.

    `ports` are asked in turn; `certificate` is of the authority of a server that speaks TLS.
    """

    paths: Sequence[str]
    ports: Sequence[int]
    rate: int
    seconds: float
    workers: int = 64
    certificate: Path | None = None


@dataclass(frozen=True)
class Report:
    """`success` is the share that was answered 200; `generator_cores` what vegeta itself used of the machine."""

    requests: int
    per_second: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    longest_ms: float
    success: float
    codes: dict[str, int]
    errors: list[str]
    generator_cores: float

    @classmethod
    def of(cls, told: dict[str, Any], generator_cores: float) -> "Report":
        """From `vegeta report -type=json`, whose latencies are nanoseconds."""
        latencies = {
            name: value / NANOSECONDS_PER_MILLISECOND for name, value in told["latencies"].items()
        }
        return cls(
            requests=told["requests"],
            per_second=told["throughput"],
            p50_ms=latencies["50th"],
            p95_ms=latencies["95th"],
            p99_ms=latencies["99th"],
            longest_ms=latencies["max"],
            success=told["success"],
            codes=told["status_codes"],
            errors=told["errors"] or [],
            generator_cores=generator_cores,
        )


def vegeta() -> str:
    """
    Raises:
    LoadFailed: it is not installed; with how to.
    """
    found = os.environ.get("VEGETA") or shutil.which("vegeta")
    if not found:
        raise LoadFailed(INSTALL)
    return str(Path(found).resolve())


async def attack(what: Attack) -> Report:
    """
    Raises:
    LoadFailed: vegeta is missing, or ended with an error.
    """
    binary = vegeta()
    scheme = "https" if what.certificate else "http"
    with tempfile.TemporaryDirectory(prefix="karbonica-load-") as made:
        targets, results = Path(made) / "targets", Path(made) / "results.bin"
        # The first port stands in each address, so that Host is one that every process takes.
        port = what.ports[0]
        targets.write_text(
            "".join(f"GET {scheme}://127.0.0.1:{port}{path}\n" for path in what.paths)
        )
        command = [
            *(binary, "attack", f"-targets={targets}", f"-output={results}", "-redirects=-1"),
            *(f"-rate={what.rate}", f"-duration={what.seconds}s", "-timeout=30s", "-max-body=0"),
            f"-workers={what.workers}",
            *([f"-max-workers={what.workers}"] if what.rate == 0 else []),
            *([f"-root-certs={what.certificate}"] if what.certificate else []),
            *(f"-connect-to=127.0.0.1:{port}:127.0.0.1:{other}" for other in what.ports),
        ]
        cores = await _cores_used(command, limit_seconds=what.seconds + 60)
        reporter = await asyncio.create_subprocess_exec(
            *(binary, "report", "-type=json", str(results)),
            stdout=asyncio.subprocess.PIPE,
        )
        said, _ = await reporter.communicate()
    return Report.of(json.loads(said), cores)


async def _cores_used(command: Sequence[str], *, limit_seconds: float) -> float:
    """Runs it to its end; how many cores it kept busy."""
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    watched = psutil.Process(process.pid)
    began, used = asyncio.get_running_loop().time(), 0.0
    ended = asyncio.create_task(process.communicate())
    try:
        async with asyncio.timeout(limit_seconds):
            while not ended.done():
                try:
                    times = watched.cpu_times()
                    used = max(used, times.user + times.system)
                except psutil.Error:
                    break
                await asyncio.wait([ended], timeout=LOOK_SECONDS)
            _, errors = await ended
    except TimeoutError:
        raise LoadFailed(f"vegeta did not end within {limit_seconds:.0f} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise LoadFailed(f"vegeta: {errors.decode(errors='replace')[-1500:]}")
    return used / (asyncio.get_running_loop().time() - began)
