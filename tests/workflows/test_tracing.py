"""One trace from a request through Temporal to SQL, on a real server and a real database (ADR 0085)."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from temporalio.testing import WorkflowEnvironment

from adapters.postgres.database import PostgresDatabase
from adapters.settings.temporal import TemporalSettings
from adapters.telemetry.traces import Tracing
from adapters.temporal.client import connect_temporal
from adapters.temporal.versions import declare_current
from api.app import create_app
from tests.activities.registry import Registry
from tests.api.caller import Api, settings_for
from tests.databases import Databases, engine_for, save_people
from tests.factories import PEOPLE
from tests.fakes.object_store import FakeObjectStore
from tests.journeys.project_life import PROJECT
from worker import build_workers

ABOVE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{ABOVE}-00f067aa0ba902b7-00"
"""Of a caller that keeps no trace itself."""


@dataclass(frozen=True)
class Traced:
    """API and worker in this process, both traced by one; `spans` are asked for after they ended."""

    answers: dict[str, httpx.Response]
    spans: list[ReadableSpan]

    def of(self, trace_id: str) -> list[ReadableSpan]:
        return [span for span in self.spans if _trace_id(span) == trace_id]


def _trace_id(span: ReadableSpan) -> str:
    context = span.get_span_context()
    assert context is not None
    return f"{context.trace_id:032x}"


@pytest.fixture(scope="module")
async def traced(env: WorkflowEnvironment, databases: Databases) -> Traced:
    kept = InMemorySpanExporter()
    tracing = Tracing(kept, service="karbonica-tests")
    answers = {}
    async with AsyncExitStack() as running:
        url = await running.enter_async_context(databases.fresh())
        engine = engine_for(url)
        running.push_async_callback(engine.dispose)
        await save_people(engine)
        address = env.client.service_client.config.target_host
        settings = settings_for(url, temporal_address=address, update_timeout_seconds=20)
        client = await connect_temporal(settings.temporal, interceptors=[tracing.interceptor])
        registry = Registry(PostgresDatabase(engine))
        workers = build_workers(client, settings, registry.use_cases)
        for worker in workers:
            await running.enter_async_context(worker)
        await declare_current(client, TemporalSettings())
        app = create_app(settings, tracing=tracing)
        await running.enter_async_context(app.router.lifespan_context(app))
        http = await running.enter_async_context(
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app), base_url=settings.registry.public_url
            )
        )
        tracing.watch(engine)
        supplier = await Api(app, http, engine).signed_in(PEOPLE[1])
        answers["registered"] = await http.post(
            "/api/v1/projects",
            json=PROJECT,
            headers={**supplier, "Idempotency-Key": "traced", "traceparent": TRACEPARENT},
        )
        answers["refused"] = await http.post("/api/v1/projects", json={}, headers=supplier)
        answers["missing"] = await http.get("/projects/none?secret=hidden")
    return Traced(answers, list(kept.get_finished_spans()))


def test_one_trace_runs_from_the_request_to_the_statement(traced: Traced) -> None:
    assert traced.answers["registered"].status_code == 201

    names = {span.name for span in traced.of(ABOVE)}

    assert "POST /api/v1/projects" in names
    assert "StartUpdateWithStartWorkflow:VerificationWorkflow" in names
    assert "HandleUpdate:register" in names
    assert "RunActivity:register_project" in names
    assert [name for name in names if name.startswith("INSERT")]


def test_without_a_caller_of_its_own_the_trace_is_the_one_that_the_error_names(
    traced: Traced,
) -> None:
    trace_id = traced.answers["refused"].json()["meta"]["traceId"]

    (span, *_) = [one for one in traced.of(trace_id) if one.parent is None]

    assert span.name == "POST /api/v1/projects"
    assert (span.attributes or {})["http.response.status_code"] == 400


def test_no_span_carries_a_value(traced: Traced) -> None:
    told = [
        str(value)
        for span in traced.spans
        for attributes in (span.attributes, *(event.attributes for event in span.events))
        for value in (attributes or {}).values()
    ]

    assert len(told) > 100
    assert [value for value in told if "Satyapura" in value or "hidden" in value] == []


async def test_a_call_of_storage_is_a_span_below_its_own_without_its_key() -> None:
    kept = InMemorySpanExporter()
    tracing = Tracing(kept, service="karbonica-tests")
    store = tracing.storage(FakeObjectStore())
    with tracing.request("POST", TRACEPARENT):
        assert await store.stored_bytes("projects/hidden") is None
        with pytest.raises(Exception, match="hidden"):
            await store.fetch("projects/hidden", Path("/nowhere"))
    tracing.close()

    found, fetched, request = kept.get_finished_spans()
    assert [span.name for span in (found, fetched, request)] == [
        "S3 stored_bytes",
        "S3 fetch",
        "POST",
    ]
    assert request.context is not None
    assert {_trace_id(span) for span in (found, fetched)} == {ABOVE}
    assert {span.parent.span_id for span in (found, fetched) if span.parent} == {
        request.context.span_id
    }
    assert fetched.status.status_code is StatusCode.ERROR
    told = [*(fetched.attributes or {}).values(), *(e.attributes for e in fetched.events)]
    assert "hidden" not in str(told)
