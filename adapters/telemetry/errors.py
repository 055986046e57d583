"""
Errors, where somebody collects them: by OpenTelemetry's logs, each with its trace, its type and its place (ADR 0123).

What a collector groups and counts is the type and the place. The sentence of an error stays in the process's own log: it
may quote a value (PostgreSQL's do), and whoever keeps the collector need not have it (ADR 0085).
"""

import sys
import time
import traceback
from collections.abc import MutableMapping
from typing import Any

from opentelemetry import trace
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor, LogRecordExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

from adapters.log_masking import mask_personal_data

_LEVELS = {
    "error": SeverityNumber.ERROR,
    "exception": SeverityNumber.ERROR,
    "critical": SeverityNumber.FATAL,
    "fatal": SeverityNumber.FATAL,
}
_FRAMES_MAX = 40


class ErrorReports:
    """A step of structlog that sends a copy of what is logged as an error, until `close`; in a thread of its own."""

    def __init__(self, exporter: LogRecordExporter, *, service: str) -> None:
        resource = Resource.create({"service.name": service, "service.namespace": "karbonica"})
        self._provider = LoggerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
        self._logger = self._provider.get_logger("karbonica")

    def note(
        self, logger: Any, method: str, entry: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        """Before anything has turned the error into text; the entry goes on as it is."""
        # A library's line comes without its logger, and with its record.
        name = str(getattr(entry.get("_record", logger), "name", ""))
        # What the exporter itself has to complain of would go round in circles.
        if method in _LEVELS and not name.startswith("opentelemetry"):
            self._logger.emit(_record(name, method, entry))
        return entry

    def close(self) -> None:
        """Send what waits."""
        self._provider.shutdown()


def _record(name: str, method: str, entry: MutableMapping[str, Any]) -> LogRecord:
    written = entry.get("_record")
    # A library's line has its own fields on the record; ours has them beside it.
    fields = entry if written is None else {**entry, **vars(written)}
    told: dict[str, Any] = {"logger": name}
    for key, attribute in (("request_id", "registry.request_id"), ("route", "http.route")):
        if fields.get(key):
            told[attribute] = str(fields[key])
    raised = _raised(fields.get("exc_info"))
    if raised is not None:
        told["exception.type"] = f"{type(raised).__module__}.{type(raised).__qualname__}"
        told["exception.stacktrace"] = "\n".join(places_of(raised))
    elif fields.get("error"):
        # Where a line already has nothing but names and places (api/http/errors/error_mapping.py).
        told["exception.type"] = str(fields["error"][0])
        told["exception.stacktrace"] = "\n".join(map(str, fields.get("places", ())))
    moment = time.time_ns()
    return LogRecord(
        timestamp=moment,
        observed_timestamp=moment,
        context=_context(entry.get("trace_id")),
        severity_text=method.upper(),
        severity_number=_LEVELS[method],
        body=_words(entry),
        attributes=told,
    )


def _words(entry: MutableMapping[str, Any]) -> str:
    """A library's line as it is written in its source, without the values that belong into it."""
    record = entry.get("_record")
    words = entry.get("event", "") if record is None else record.msg
    return str(mask_personal_data(None, "", {"event": str(words)})["event"])


def _raised(exc_info: Any) -> BaseException | None:
    if isinstance(exc_info, BaseException):
        return exc_info
    if isinstance(exc_info, tuple):
        return exc_info[1] if isinstance(exc_info[1], BaseException) else None
    if exc_info:
        return sys.exc_info()[1]
    return None


def places_of(raised: BaseException) -> list[str]:
    """File, line and function of each call, the innermost last; no sentence, no value."""
    frames = traceback.extract_tb(raised.__traceback__)[-_FRAMES_MAX:]
    return [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]


def _context(trace_id: Any) -> Any:
    """That of the span under way, or one with the trace that the line names: requests have one without tracing too."""
    if trace.get_current_span().get_span_context().is_valid or not trace_id:
        return None
    named = SpanContext(int(str(trace_id), 16), 1, is_remote=True, trace_flags=TraceFlags(0))
    return trace.set_span_in_context(NonRecordingSpan(named))


def otlp_log_exporter(endpoint: str) -> LogRecordExporter:
    return OTLPLogExporter(endpoint=endpoint)
