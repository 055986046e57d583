"""Processes of the stack: each writes a log, ends cleanly, and never outlives its parent."""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

_PR_SET_PDEATHSIG = 1
_POLL_SECONDS = 0.05
_LOG_TAIL_BYTES = 2000


class CannotStart(Exception):
    """A part of the stack did not start: one sentence that says what is wrong and where its log is."""


@dataclass
class ChildProcess:
    """
    A command that can be started, stopped, killed and started again.

    The log is appended to. The child has a session of its own, so that Ctrl-C reaches only the
    parent, which then ends its children in order. On Linux the kernel ends it with
    `orphan_signal` when the thread that started it dies, even by SIGKILL.
    """

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    working_directory: Path | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 5
    orphan_signal: signal.Signals = signal.SIGKILL
    user: str | None = None
    _process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        if self._process is None:
            raise ProcessLookupError(f"{self.name} was never started")
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            try:
                self._process = await asyncio.create_subprocess_exec(
                    *self.command,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    cwd=self.working_directory,
                    env={**os.environ, **self.environment},
                    start_new_session=True,
                    preexec_fn=_dying_with_parent(self.orphan_signal),
                    user=self.user,
                    group=self.user,
                    extra_groups=None if self.user is None else [],
                )
            except OSError as error:
                raise CannotStart(f"{self.name} cannot be run: {error}.") from error

    async def stop(self) -> None:
        """End the process politely, and after `stop_seconds` by force."""
        if self._process is None:
            return
        if self.is_running:
            self._process.send_signal(self.stop_signal)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), self.stop_seconds)
        await self.kill()

    async def kill(self) -> None:
        """SIGKILL to the process and whatever it has started."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()

    async def wait(self) -> int:
        """The exit code; negative for a signal, as in `subprocess`."""
        if self._process is None:
            raise ProcessLookupError(f"{self.name} was never started")
        return await self._process.wait()

    def last_words(self) -> str:
        """The last line of the log, for a person who asks why."""
        with contextlib.suppress(OSError):
            text = self.log.read_bytes()[-_LOG_TAIL_BYTES:].decode(errors="replace")
            lines = [line.strip() for line in text.splitlines() if line.strip()]
            if lines:
                return lines[-1]
        return "nothing"


@contextlib.asynccontextmanager
async def running(
    child: ChildProcess,
    is_healthy: Callable[[], Awaitable[bool]],
    *,
    limit_seconds: float,
    port: int | None = None,
) -> AsyncIterator[ChildProcess]:
    """
    The started child, once `is_healthy` answers True; it is stopped on leaving.

    It is asked only once something listens on `port` of 127.0.0.1, where one is given.

    Raises:
        CannotStart: it ended, or was not healthy within the limit.
    """
    try:
        await child.start()
        await wait_until_healthy(child, is_healthy, limit_seconds=limit_seconds, port=port)
        yield child
    finally:
        await asyncio.shield(child.stop())


async def wait_until_healthy(
    child: ChildProcess,
    is_healthy: Callable[[], Awaitable[bool]],
    *,
    limit_seconds: float,
    port: int | None = None,
) -> None:
    """
    Raises:
    CannotStart: the child ended, or was not healthy within the limit.
    """
    deadline = time.monotonic() + limit_seconds
    while True:
        with contextlib.suppress(OSError):
            if (port is None or await accepts_connections(port)) and await is_healthy():
                return
        if not child.is_running:
            raise CannotStart(
                f"{child.name} ended with code {await child.wait()} before it was ready; "
                f"its log {child.log} ends with: {child.last_words()}"
            )
        if time.monotonic() > deadline:
            raise CannotStart(
                f"{child.name} was not ready within {limit_seconds:.0f} seconds; "
                f"its log {child.log} ends with: {child.last_words()}"
            )
        await asyncio.sleep(_POLL_SECONDS)


async def run_to_end(child: ChildProcess) -> None:
    """
    Run a command that ends by itself.

    Raises:
        CannotStart: it ended with another code than 0.
    """
    try:
        await child.start()
        code = await child.wait()
    finally:
        await asyncio.shield(child.kill())
    if code != 0:
        raise CannotStart(
            f"{child.name} failed with code {code}; "
            f"its log {child.log} ends with: {child.last_words()}"
        )


def loopback_http() -> httpx.AsyncClient:
    """
    A client for servers of this machine, over plain HTTP.

    Without the trusted roots, which take longer to load than a part takes to answer: while the stack
    starts, each part is asked twenty times a second.
    """
    return httpx.AsyncClient(verify=False, trust_env=False)


async def accepts_connections(port: int) -> bool:
    """Whether something listens on this port of 127.0.0.1."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


def _dying_with_parent(orphan_signal: signal.Signals) -> Callable[[], None] | None:
    if sys.platform != "linux":
        return None
    # Loaded before the fork: the child must not import or allocate much.
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def before_exec() -> None:
        prctl(_PR_SET_PDEATHSIG, int(orphan_signal))
        if os.getppid() != parent:
            os._exit(1)

    return before_exec
