"""
Traces by OpenTelemetry: one id from a request through Temporal to SQL, storage and HTTP calls (ADR 0085).

The libraries' own instruments make the spans; nothing is held globally but what patches httpx.
"""

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from typing import Any

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import TraceIdRatioBased
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.contrib.opentelemetry import TracingInterceptor

from activities.ports.object_store import ObjectStore
from adapters.telemetry.storage_spans import TracedObjectStore

_CALLERS = TraceContextTextMapPropagator()
_ERROR_STATUS_MIN = 500
_ADDRESSES = {"http.url", "url.full", "http.target"}
_VALUES = {"exception.message", "exception.stacktrace", "exception.escaped", "url.query"}


class Tracing:
    """
    What one process traces, until `close`. `share` of all traces are kept, decided by their ids, so
    that each process decides alike and a stranger's `traceparent` has no say.
    """

    def __init__(self, exporter: SpanExporter, *, service: str, share: float = 1.0) -> None:
        resource = Resource.create({"service.name": service, "service.namespace": "karbonica"})
        self._provider = TracerProvider(
            sampler=TraceIdRatioBased(share), resource=resource, shutdown_on_exit=False
        )
        self._provider.add_span_processor(BatchSpanProcessor(NamesOnly(exporter)))
        self._tracer = self._provider.get_tracer("karbonica")
        self.interceptor = TracingInterceptor(self._provider.get_tracer("temporalio"))
        """For Temporal's client; a worker takes it from there."""
        self._httpx = HTTPXClientInstrumentor()
        self._httpx.instrument(tracer_provider=self._provider)

    def watch(self, *engines: AsyncEngine) -> None:
        """Make a span of each statement; of its text, not of its values."""
        SQLAlchemyInstrumentor().instrument(
            engines=[engine.sync_engine for engine in engines],
            tracer_provider=self._provider,
            # It asks for SQLAlchemy below 2.1, and works with it: the tests hold it to that.
            skip_dep_check=True,
        )

    def storage(self, store: ObjectStore) -> ObjectStore:
        """The same storage, with a span of each call."""
        return TracedObjectStore(store, self._tracer)

    @contextmanager
    def request(self, method: str, traceparent: str | None) -> Iterator["RequestSpan"]:
        """Around answering one; below the caller's span where it names one (W3C Trace Context)."""
        above = _CALLERS.extract({"traceparent": traceparent} if traceparent else {})
        with self._tracer.start_as_current_span(
            method, context=above, kind=SpanKind.SERVER, record_exception=False
        ) as span:
            span.set_attribute("http.request.method", method)
            yield RequestSpan(span, method)

    def close(self) -> None:
        """Send what waits."""
        self._httpx.uninstrument()
        SQLAlchemyInstrumentor().uninstrument()
        self._provider.shutdown()

    @staticmethod
    def log_ids(_: Any, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """A step of structlog: the trace that a line belongs to, unless the line names one."""
        context = trace.get_current_span().get_span_context()
        if context.is_valid:
            entry.setdefault("trace_id", trace.format_trace_id(context.trace_id))
        return entry


class RequestSpan:
    def __init__(self, span: Span, method: str) -> None:
        self.trace_id = trace.format_trace_id(span.get_span_context().trace_id)
        self._span = span
        self._method = method

    def answered(self, route: str, status: int) -> None:
        """`route` is the template of the address, empty where there is none."""
        if route:
            self._span.update_name(f"{self._method} {route}")
            self._span.set_attribute("http.route", route)
        self._span.set_attribute("http.response.status_code", status)
        if status >= _ERROR_STATUS_MIN:
            self._span.set_status(StatusCode.ERROR)


class NamesOnly(SpanExporter):
    """
    Passes spans on without what may be personal or secret, whichever library put it there.

    Errors keep their types and lose their sentences; addresses lose their query strings.
    """

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return self._exporter.export([_without_values(span) for span in spans])

    def shutdown(self) -> None:
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._exporter.force_flush(timeout_millis)


def otlp_exporter(endpoint: str) -> SpanExporter:
    return OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")


def _without_values(span: ReadableSpan) -> ReadableSpan:
    return ReadableSpan(
        name=span.name,
        context=span.get_span_context(),
        parent=span.parent,
        resource=span.resource,
        attributes=_names(span.attributes),
        events=[Event(it.name, _names(it.attributes), it.timestamp) for it in span.events],
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _names(attributes: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        name: value.partition("?")[0] if name in _ADDRESSES else value
        for name, value in (attributes or {}).items()
        if name not in _VALUES
    }
