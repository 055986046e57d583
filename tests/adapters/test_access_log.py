"""A request's own line: as all others look and are masked, written by a thread of its own."""

import io
import json
import logging
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from adapters.access_log import AccessLog
from adapters.log_masking import MASKED


@pytest.fixture(autouse=True)
def logs_requests() -> Iterator[None]:
    access = logging.getLogger("access")
    before = access.level
    access.setLevel(logging.INFO)
    yield
    access.setLevel(before)


def note(log: AccessLog, path: str, status: int | None = 200) -> None:
    log.write(
        method="GET",
        path=path,
        status=status,
        milliseconds=1.26,
        request_id="krb_abcdefgh12345678",
        trace_id="ab" * 16,
    )


def test_a_line_is_json_with_what_all_lines_have_and_nothing_personal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log, written = AccessLog(), io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    note(log, '/find/a.person@supplier.example/"\n', None)
    note(log, "/projects")

    log.flush()

    first, second = (json.loads(line) for line in written.getvalue().splitlines())
    assert datetime.now(UTC) >= datetime.fromisoformat(first.pop("timestamp"))
    assert first == {
        "method": "GET",
        "path": f'{MASKED}/"\n',
        "status": None,
        "milliseconds": 1.3,
        "event": "request",
        "trace_id": "ab" * 16,
        "request_id": MASKED,
        "logger": "access",
        "level": "info",
    }
    assert (second["path"], second["status"]) == ("/projects", 200)


def test_lines_are_written_without_being_asked_for_and_also_after_a_stream_was_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log, written, closed = AccessLog(), io.StringIO(), io.StringIO()
    closed.close()
    monkeypatch.setattr("sys.stderr", closed)
    note(log, "/lost")
    _until(lambda: not log.waiting)
    monkeypatch.setattr("sys.stderr", written)
    note(log, "/seen")

    _until(lambda: "/seen" in written.getvalue())


def _until(reached: Callable[[], bool]) -> None:
    ends = time.monotonic() + 5
    while not reached():
        assert time.monotonic() < ends
        time.sleep(0.01)
