"""The registry's own processes: migrations, API and worker, as production runs them."""

import contextlib
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import httpx

from devstack.processes import CannotStart, ChildProcess, loopback_http, run_to_end, running

ROOT = Path(__file__).parents[1]
_READY_LIMIT_SECONDS = 90
# What worker.py logs when its pollers run.
_WORKER_STARTED = b"worker started"


async def migrate(data_dir: Path, environment: Mapping[str, str]) -> None:
    """
    Raises:
    CannotStart: with the last line of the log.
    """
    command = [sys.executable, "-m", "migrations"]
    await run_to_end(_process("The migration", command, data_dir, "migrations.log", environment))


def api_process(
    data_dir: Path, environment: Mapping[str, str], number: int | None = None
) -> ChildProcess:
    """The API, not yet started; `number` is which of several it is."""
    command = [sys.executable, "-m", "api", "--graceful-seconds", "5"]
    name, log = _numbered("API", number)
    return _process(name, command, data_dir, log, environment)


def worker_process(
    data_dir: Path, environment: Mapping[str, str], number: int | None = None
) -> ChildProcess:
    """The worker, not yet started; `number` likewise."""
    name, log = _numbered("worker", number)
    return _process(name, [sys.executable, "worker.py"], data_dir, log, environment)


def _numbered(part: str, number: int | None) -> tuple[str, str]:
    log = part.lower()
    if number is None:
        return f"The {part}", f"{log}.log"
    return f"The {part} {number}", f"{log}-{number}.log"


@contextlib.asynccontextmanager
async def running_api(
    api: ChildProcess, environment: Mapping[str, str]
) -> AsyncIterator[ChildProcess]:
    """
    Raises:
    CannotStart: with what GET /readyz said last, and the log.
    """
    readiness = _Readiness(f"http://{environment['API_HOST']}:{environment['API_PORT']}/readyz")
    try:
        async with running(
            api,
            readiness.is_ready,
            limit_seconds=_READY_LIMIT_SECONDS,
            port=int(environment["API_PORT"]),
        ):
            yield api
    except CannotStart as failure:
        raise CannotStart(f"{failure}{readiness.last_answer}") from failure


@contextlib.asynccontextmanager
async def running_worker(worker: ChildProcess) -> AsyncIterator[ChildProcess]:
    """
    The worker, once its log says that it polls.

    Raises:
        CannotStart: with the last line of the log.
    """
    log_before = worker.log.stat().st_size if worker.log.exists() else 0

    async def polls() -> bool:
        with worker.log.open("rb") as log:
            log.seek(log_before)
            return _WORKER_STARTED in log.read()

    async with running(worker, polls, limit_seconds=_READY_LIMIT_SECONDS):
        yield worker


class _Readiness:
    def __init__(self, url: str) -> None:
        self._url = url
        self.last_answer = ""

    async def is_ready(self) -> bool:
        try:
            async with loopback_http() as http:
                answer = await http.get(self._url, timeout=10)
        except httpx.HTTPError:
            return False
        self.last_answer = f" (GET /readyz said {answer.status_code}: {answer.text[:500]})"
        return answer.is_success


def _process(
    name: str, command: list[str], data_dir: Path, log: str, environment: Mapping[str, str]
) -> ChildProcess:
    return ChildProcess(
        name,
        command,
        data_dir / "logs" / log,
        environment={
            **environment,
            # Output that waits in a buffer would be missing from the log of a killed process.
            "PYTHONUNBUFFERED": "1",
            # As in the Dockerfile: glibc keeps a heap for each thread otherwise, 10 MB of the worker.
            "MALLOC_ARENA_MAX": "2",
        },
        working_directory=ROOT,
        stop_seconds=25,
    )
