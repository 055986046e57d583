"""
The access log: a line for each request, in the form of all other lines, for a fraction of their price.

A request's own line passes no processor of structlog and waits for no stream: its few fields are known,
so it is one piece of text, which a thread of its own writes with those of the next twentieth of a second.
"""

import atexit
import logging
import sys
import threading
import time
from collections import deque
from datetime import UTC, datetime
from json.encoder import encode_basestring_ascii

from adapters.log_masking import masked_text

WRITTEN_SECONDS = 0.05
"""How long a line may wait for others; what a process that is killed loses of its log."""

_log = logging.getLogger("access")


class AccessLog:
    """Of one process, onto its standard error; what waits when it ends is written then."""

    def __init__(self) -> None:
        self._waiting: deque[str] = deque()
        self._something_waits = threading.Event()
        self._thread: threading.Thread | None = None

    def write(
        self,
        *,
        method: str,
        path: str,
        status: int | None,
        milliseconds: float,
        request_id: str,
        trace_id: str,
    ) -> None:
        """Texts are masked as in all lines (adapters/log_masking.py)."""
        if not _log.isEnabledFor(logging.INFO):
            return
        self._waiting.append(
            f'{{"method": {_json(method)}, "path": {_json(path)},'
            f' "status": {"null" if status is None else status},'
            f' "milliseconds": {milliseconds:.1f}, "event": "request",'
            f' "trace_id": {_json(trace_id)}, "request_id": {_json(request_id)},'
            f' "logger": "access", "level": "info",'
            f' "timestamp": "{datetime.now(UTC).isoformat()[:-6]}Z"}}\n'
        )
        if not self._something_waits.is_set():
            self._something_waits.set()
            if self._thread is None:
                self._start()

    @property
    def waiting(self) -> int:
        """How many lines are not written yet."""
        return len(self._waiting)

    def flush(self) -> None:
        """Write what waits, now."""
        lines: list[str] = []
        while self._waiting:
            lines.append(self._waiting.popleft())
        if lines:
            sys.stderr.write("".join(lines))
            sys.stderr.flush()

    def _start(self) -> None:
        atexit.register(self.flush)
        self._thread = threading.Thread(target=self._write_now_and_then, daemon=True)
        self._thread.start()

    def _write_now_and_then(self) -> None:
        while True:
            self._something_waits.wait()
            time.sleep(WRITTEN_SECONDS)
            # Before the lines are taken, so that one which comes meanwhile is written next time.
            self._something_waits.clear()
            try:
                self.flush()
            except (OSError, ValueError):
                # Nobody reads them any more, or a test has closed the stream: there may be another.
                continue


ACCESS_LOG = AccessLog()


def _json(text: str) -> str:
    return encode_basestring_ascii(masked_text(text))
