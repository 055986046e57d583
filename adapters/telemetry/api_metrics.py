"""
What the API measures of itself, for Prometheus, on a port of its own (ADR 0085).

Names are those of OpenTelemetry's conventions where there is one, as Prometheus spells them; the
others begin with `registry_`. Labels hold templates of addresses, never what somebody asked for.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from threading import Thread
from typing import Any, cast
from wsgiref.simple_server import WSGIServer

from prometheus_client import (
    CollectorRegistry,
    Gauge,
    Histogram,
    ProcessCollector,
    start_http_server,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import QueuePool

from adapters.outages import OutageBreaker
from adapters.postgres.replication.replica import Replica
from adapters.redis.shared_answers import SharedAnswers
from adapters.request_counters import RequestCounters
from adapters.settings.telemetry import TelemetrySettings

DURATION_BUCKETS_SECONDS = (
    *(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75),
    *(1, 2.5, 5, 7.5, 10),
)
"""OpenTelemetry's advice for `http.server.request.duration`; the half second of the SLO is among them."""

DELAY_BUCKETS_SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)
DELAY_PAUSE_SECONDS = 0.5
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class ApiMetrics:
    """Of one process. What is asked of `states` and pools is asked when Prometheus comes."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._duration = Histogram(
            "http_server_request_duration_seconds",
            "Time from a request's first byte to the end of its answer.",
            ["http_request_method", "http_route", "http_response_status_code"],
            buckets=DURATION_BUCKETS_SECONDS,
            registry=self.registry,
        )
        self._active = Gauge(
            "http_server_active_requests",
            "Requests that are being answered.",
            registry=self.registry,
        )
        self._delay = Histogram(
            "registry_event_loop_delay_seconds",
            "How much later than asked for the event loop came back; everybody waits so long.",
            buckets=DELAY_BUCKETS_SECONDS,
            registry=self.registry,
        )
        self._measuring: asyncio.Task[None] | None = None
        self._served: tuple[WSGIServer, Thread] | None = None

    @contextmanager
    def request(self, method: str) -> Iterator["MeasuredRequest"]:
        """Around answering one; without an answer nothing is counted."""
        began = time.perf_counter()
        measured = MeasuredRequest()
        with self._active.track_inprogress():
            yield measured
        if measured.status is not None:
            self._duration.labels(
                method if method in _METHODS else "_OTHER", measured.route, str(measured.status)
            ).observe(time.perf_counter() - began)

    def watch_pools(self, **engines: AsyncEngine) -> None:
        """By the name that the metric calls each."""
        self.registry.register(_Pools(engines))

    def watch_states(
        self, *, breakers: Mapping[str, OutageBreaker], counters: RequestCounters
    ) -> None:
        """Whether each breaker, by the part that it stands for, is open; whether counts are not shared."""
        opened = Gauge(
            "registry_breaker_open",
            "1 while the part counts as away, and calls that need it are answered 503.",
            ["part"],
            registry=self.registry,
        )
        for part, breaker in breakers.items():
            opened.labels(part).set_function(partial(_is_open, breaker))
        Gauge(
            "registry_request_counters_degraded",
            "1 while REDIS_URL gives no answer and each process counts requests by itself.",
            registry=self.registry,
        ).set_function(lambda: float(counters.is_degraded))

    def watch_answers(self, answers: SharedAnswers) -> None:
        """How often what was kept sufficed, in the process and in Redis."""
        self.registry.register(_Counted("registry_cache_requests", _CACHE, answers.asked))
        Gauge(
            "registry_cache_degraded",
            "1 while REDIS_URL gives no answer and each process keeps public answers by itself.",
            registry=self.registry,
        ).set_function(lambda: float(answers.is_degraded))

    def watch_replica(self, replica: Replica) -> None:
        """How far behind it is, whether it is read, and how often each server was."""
        Gauge(
            "registry_replica_behind_seconds",
            "For how long the primary has had what the replica has not.",
            registry=self.registry,
        ).set_function(lambda: replica.behind_seconds)
        Gauge(
            "registry_replica_usable",
            "0 while the replica is away or too far behind, and the primary is read instead.",
            registry=self.registry,
        ).set_function(lambda: float(replica.is_usable))
        self.registry.register(_Counted("registry_reads", _READS, replica.read_from))

    def serve(self, settings: TelemetrySettings) -> int:
        """Answer Prometheus, in a thread, and measure the event loop; the port, for 0 the one taken."""
        server, thread = start_http_server(
            settings.api_metrics_port or 0, addr=settings.api_metrics_host, registry=self.registry
        )
        self._served = server, thread
        self._measuring = asyncio.get_running_loop().create_task(self._measure_delay())
        return server.server_port

    async def close(self) -> None:
        if self._measuring is not None:
            self._measuring.cancel()
            await asyncio.gather(self._measuring, return_exceptions=True)
        if self._served is not None:
            server, thread = self._served
            await asyncio.to_thread(server.shutdown)
            server.server_close()
            await asyncio.to_thread(thread.join)

    async def _measure_delay(self) -> None:
        while True:
            asked = time.perf_counter()
            await asyncio.sleep(DELAY_PAUSE_SECONDS)
            self._delay.observe(max(0.0, time.perf_counter() - asked - DELAY_PAUSE_SECONDS))


class MeasuredRequest:
    """`route` is the template of the address, empty where there is none."""

    status: int | None = None
    route = ""

    def answered(self, route: str, status: int) -> None:
        self.route, self.status = route, status


_CACHE = (
    "Public answers that were looked for, by level and whether they were there.",
    ["level", "result"],
)
_READS = "Connections that were lent to read with, by server.", ["server"]


class _Counted(Collector):
    """A counter of ours; keys are its labels."""

    def __init__(
        self, name: str, described: tuple[str, list[str]], counts: Mapping[Any, int]
    ) -> None:
        self._name = name
        self._sentence, self._labels = described
        self._counts = counts

    def collect(self) -> Iterator[CounterMetricFamily]:
        counter = CounterMetricFamily(self._name, self._sentence, labels=self._labels)
        for key, count in sorted(self._counts.items()):
            counter.add_metric([key] if isinstance(key, str) else list(key), count)
        yield counter


class _Pools(Collector):
    def __init__(self, engines: Mapping[str, AsyncEngine]) -> None:
        self._engines = engines

    def collect(self) -> Iterator[GaugeMetricFamily]:
        names = ["db_client_connection_pool_name", "db_client_connection_state"]
        count = GaugeMetricFamily(
            "db_client_connection_count", "Connections of a pool, by state.", labels=names
        )
        most = GaugeMetricFamily(
            "db_client_connection_max", "How many it may open.", labels=names[:1]
        )
        for name, engine in self._engines.items():
            pool = cast("QueuePool", engine.sync_engine.pool)
            count.add_metric([name, "used"], pool.checkedout())
            count.add_metric([name, "idle"], pool.checkedin())
            most.add_metric([name], pool.size() + cast("Any", pool)._max_overflow)  # noqa: SLF001 -- it has no name of its own
        yield count
        yield most


def _is_open(breaker: OutageBreaker) -> float:
    return float(breaker.is_open)
