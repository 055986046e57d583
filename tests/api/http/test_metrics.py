"""What the API tells Prometheus: requests by route, pools, breakers, and how late the event loop is."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
from limits import parse
from prometheus_client.parser import text_string_to_metric_families

from adapters.outages import NoAnswer, OutageBreaker
from adapters.request_counters import RequestCounters
from adapters.telemetry.api_metrics import ApiMetrics
from tests.api.caller import Api, running_api, settings_for
from tests.databases import Databases, engine_for, save_people

REQUESTS = "http_server_request_duration_seconds_count"


@dataclass(frozen=True)
class Measured:
    api: Api
    address: str

    async def samples(self, name: str) -> dict[tuple[str, ...], float]:
        """By the values of labels, in the order of the labels' names."""
        async with httpx.AsyncClient() as prometheus:
            said = await prometheus.get(self.address)
        return {
            tuple(value for _, value in sorted(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(said.text)
            for sample in family.samples
            if sample.name == name
        }


@pytest.fixture(scope="module")
async def measured(databases: Databases) -> AsyncIterator[Measured]:
    async with databases.fresh() as url:
        engine = engine_for(url)
        await save_people(engine)
        settings = settings_for(url, api_metrics_port=0, public_cache_seconds=60)
        async with running_api(settings, engine) as api:
            yield Measured(api, f"http://127.0.0.1:{api.app.state.metrics_port}/metrics")
        await engine.dispose()


@pytest.mark.parametrize(
    ("method", "path", "label"),
    [
        ("GET", "/healthz", ("GET", "200", "/healthz")),
        ("GET", "/projects/0196?q=Ada", ("GET", "404", "/projects/{project_id}")),
        ("HEAD", "/about", ("HEAD", "200", "/about")),
        ("GET", "/api/v1/registry/projects", ("GET", "200", "/api/v1/registry/projects")),
        ("POST", "/api/v1/projects", ("POST", "401", "/api/v1/projects")),
        ("GET", "/nowhere/ada@example.org", ("GET", "404", "")),
        ("BREW", "/about", ("_OTHER", "405", "/about")),
    ],
)
async def test_requests_are_counted_by_the_template_of_their_route(
    measured: Measured, method: str, path: str, label: tuple[str, ...]
) -> None:
    before = await measured.samples(REQUESTS)

    # What is answered from the cache has its route all the same.
    for _ in range(2):
        await measured.api.client.request(method, path)

    after = await measured.samples(REQUESTS)
    assert {one: n - before.get(one, 0) for one, n in after.items() if n != before.get(one, 0)} == {
        label: 2
    }


async def test_pools_say_what_is_lent_of_how_many(measured: Measured) -> None:
    async with measured.api.app.state.resources.reading_engine.connect():
        count = await measured.samples("db_client_connection_count")
    most = await measured.samples("db_client_connection_max")

    assert count["reading", "used"] == 1
    assert count["writing", "used"] == 0
    assert most.keys() == {("reading",), ("writing",)}
    assert min(most.values()) > 1


async def hang_until_open(breaker: OutageBreaker) -> None:
    with contextlib.suppress(NoAnswer):
        async with breaker.call():
            await asyncio.sleep(5)


async def no_answer() -> None:
    raise ConnectionError


async def test_states_are_asked_when_prometheus_comes(measured: Measured) -> None:
    assert await measured.samples("registry_breaker_open") == {
        (part,): 0 for part in ("chain", "database", "storage", "temporal")
    }
    assert await measured.samples("registry_request_counters_degraded") == {(): 0}


async def test_what_is_away_is_told() -> None:
    metrics = ApiMetrics()
    breaker = OutageBreaker("Temporal", no_answer, probe_seconds=0.02)
    counters = RequestCounters("redis://127.0.0.1:1/0")
    metrics.watch_states(breakers={"temporal": breaker}, counters=counters)

    await hang_until_open(breaker)
    await counters.count(parse("1/minute"), "somebody")

    said = metrics.registry.get_sample_value
    assert said("registry_breaker_open", {"part": "temporal"}) == 1
    assert said("registry_request_counters_degraded") == 1
    await breaker.close()
    await counters.close()


async def test_the_event_loops_delay_and_the_process_are_measured(measured: Measured) -> None:
    names = ["registry_event_loop_delay_seconds_count", "process_cpu_seconds_total"]

    assert [list(await measured.samples(name)) for name in names] == [[()], [()]]
    assert await measured.samples("http_server_active_requests") == {(): 0}
