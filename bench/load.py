"""
The seed's load by a tool that is not ours: public reads at a constant rate, directly and through the load balancer.

`python -m bench load --entries 1000000 --rate 1000 --seconds 300` is the whole of it and lasts about half an hour, most of
it generating; each number of it is an option, so that it can be tried in a minute. It is not in a run of everything.
"""

import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

import asyncpg
import httpx
import psutil

from api.http.cursors import write_cursor
from bench.bench_stack import BenchStack
from bench.measurement import Measurement, Section, Spread
from bench.public_mix import Known, mix
from bench.registries import Registry, free_port, generated_registry
from bench.rounds import LoadFailed
from bench.startup import cores
from bench.vegeta import Attack, Report, attack, vegeta
from devstack.processes import ChildProcess, accepts_connections, running
from devstack.production.balancer import certificate_of, running_balancer
from devstack.production.valkey import running_valkey
from devstack.registry import ROOT, api_process, running_api

ROUNDS = 3
CAPACITY_SECONDS_MAX = 15.0
PATHS, KNOWN = 20_000, 5_000
CAPACITY_PATHS = 1_000
"""Few, so that each process has met all of them before it counts; kept answers cost least, so that telemetry shows most."""

CACHED_PATHS, CACHED_RATE = 200, 20
P95_MS, P99_MS, SUCCESS = 100, 250, 0.999
SCALING, TELEMETRY, HIT = 1.7, 0.9, 3.0
PRODUCTION_SHARE = "0.05"
"""Of requests that are traced, as deploy/helm/karbonica/values-production.yaml has it."""

CACHE_LIST = "/api/v1/registry/projects?limit=50&cursor="


async def measure(bench: BenchStack) -> Section:
    vegeta()
    wanted = bench.load
    stack = await bench.stack()
    print(f"Generating {wanted.entries:,} entries", flush=True)
    registry, generated = await generated_registry(
        stack, bench.data_dir, "bench_load", wanted.entries
    )
    connection = await asyncpg.connect(registry.owner_url)
    try:
        known = await Known.read(connection, KNOWN)
        counted = [await connection.fetchval(f"SELECT count(*) FROM {table}") for table in _SIZES]
    finally:
        await connection.close()
    paths = mix(known, PATHS, Random(1))
    # The stack's own API and worker rest meanwhile; they have another database.
    async with _Apis.started(registry, bench.data_dir) as apis:
        steady = await _steady(apis, paths, wanted.rate, wanted.seconds)
        short = min(wanted.seconds, CAPACITY_SECONDS_MAX)
        most = await _by_turns(apis, paths[:CAPACITY_PATHS], short)
        cached = await _cached(apis, known)
    return _section(steady, most, cached, wanted.rate, wanted.seconds, counted, generated.text())


MEASUREMENT = Measurement("load", measure)
_SIZES = ("projects", "credit_entries", "retirements")


@dataclass(frozen=True)
class _Apis:
    """
    Two plain ones (the first of them alone is "one API"), one with telemetry as in production and one that traces
    everything, and two that keep answers in Valkey.

    All rest but those that are asked; `balancer_port` leads to the two plain ones.
    """

    folder: Path
    ports: Mapping[str, int]
    processes: Mapping[str, ChildProcess]
    balancer_port: int

    @classmethod
    @asynccontextmanager
    async def started(cls, registry: Registry, folder: Path) -> AsyncIterator["_Apis"]:
        names = ("one", "two", "watched", "traced", "keeping", "asking")
        ports = {name: free_port() for name in names}
        balancer, sink, redis = free_port(), free_port(), free_port()
        common = {
            **registry.environment,
            "PUBLIC_URL": f"https://127.0.0.1:{balancer}",
            "TRUSTED_PROXIES": "127.0.0.0/8",
        }
        watched = {
            "API_METRICS_PORT": str(free_port()),
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{sink}",
        }
        kept = {"REDIS_URL": f"redis://127.0.0.1:{redis}/0"}
        own = {
            "watched": {**watched, "OTEL_TRACES_SAMPLER_ARG": PRODUCTION_SHARE},
            "traced": {**watched, "API_METRICS_PORT": str(free_port())},
            "keeping": kept,
            "asking": kept,
        }
        async with AsyncExitStack() as parts:
            await parts.enter_async_context(running_valkey(folder, port=redis))
            await parts.enter_async_context(_running_sink(folder, sink))
            processes = {}
            for number, name in enumerate(names):
                settings = {**common, **own.get(name, {}), "API_PORT": str(ports[name])}
                process = api_process(folder, settings, number + 1)
                processes[name] = await parts.enter_async_context(running_api(process, settings))
            await parts.enter_async_context(
                running_balancer(folder, port=balancer, api_ports=[ports["one"], ports["two"]])
            )
            yield cls(folder, ports, processes, balancer)

    def cpu_seconds(self, names: Sequence[str]) -> float:
        times = [psutil.Process(self.processes[name].pid).cpu_times() for name in names]
        return sum(one.user + one.system for one in times)


@asynccontextmanager
async def _running_sink(folder: Path, port: int) -> AsyncIterator[None]:
    command = [sys.executable, "-m", "bench.otlp_sink", str(port)]
    sink = ChildProcess(
        "The collector", command, folder / "logs" / "collector.log", working_directory=ROOT
    )
    async with running(sink, lambda: accepts_connections(port), limit_seconds=30):
        yield


async def _steady(
    apis: _Apis, paths: Sequence[str], rate: int, seconds: float
) -> dict[str, Report]:
    one, two = apis.ports["one"], apis.ports["two"]
    ways = {
        "one API, directly": Attack(paths, [one], rate, seconds),
        "two APIs, directly": Attack(paths, [one, two], rate, seconds),
        "two APIs, through Caddy with TLS 1.3 and HTTP/2": Attack(
            paths,
            [apis.balancer_port],
            rate,
            seconds,
            certificate=certificate_of(apis.folder),
        ),
    }
    reports = {}
    for name, what in ways.items():
        # What every process does once, as it meets a path for the first time, is not measured.
        await attack(Attack(paths, what.ports, 0, 2, certificate=what.certificate))
        reports[name] = await _said(name, what)
    return reports


@dataclass(frozen=True)
class _Most:
    """How much was borne in a round, and what of the processors one request took the API, in ms."""

    per_second: float
    generator_cores: float
    api_ms: float

    @property
    def with_generator_elsewhere(self) -> float:
        """As if the cores that the generator used had been the registry's too."""
        machine = float(cores())
        return self.per_second * machine / max(machine - self.generator_cores, 1e-9)


async def _by_turns(apis: _Apis, paths: Sequence[str], seconds: float) -> dict[str, list[_Most]]:
    asked = {"one": ["one"], "two": ["one", "two"], "watched": ["watched"], "traced": ["traced"]}
    found: dict[str, list[_Most]] = {name: [] for name in asked}
    for number in range(ROUNDS + 1):
        for name, processes in asked.items():
            before = apis.cpu_seconds(processes)
            what = Attack(paths, [apis.ports[one] for one in processes], 0, seconds)
            report = await _said(f"round {number}: as much as {name} bears", what)
            if number == 0:
                # Until each has met every path, and keeps what may be kept.
                continue
            spent = apis.cpu_seconds(processes) - before
            most = _Most(report.per_second, report.generator_cores, spent / report.requests * 1000)
            found[name].append(most)
    return found


async def _cached(apis: _Apis, known: Known) -> dict[str, Report]:
    """Each path once: made, then found in Valkey by another process, then in that one's own memory."""
    paths = [f"{CACHE_LIST}{write_cursor((at, id))}" for id, at in known.projects[:CACHED_PATHS]]
    seconds = len(paths) / CACHED_RATE
    order = {
        "made": apis.ports["keeping"],
        "found in Valkey": apis.ports["asking"],
        "found in its own memory": apis.ports["asking"],
    }
    async with httpx.AsyncClient() as http:
        for port in set(order.values()):
            # Connections to PostgreSQL and to Valkey are made before anything is measured.
            await http.get(f"http://127.0.0.1:{port}/api/v1/registry/methodologies")
    return {
        name: await _said(name, Attack(paths, [port], CACHED_RATE, seconds, workers=1))
        for name, port in order.items()
    }


async def _said(name: str, what: Attack) -> Report:
    report = await attack(what)
    print(
        f"  {name}: {report.per_second:,.0f}/s, p50 {report.p50_ms:.1f}, p95 {report.p95_ms:.1f}, "
        f"p99 {report.p99_ms:.1f} ms, {report.success:.4%} answered 200"
        + ("" if report.success == 1 else f" ({report.codes})"),
        flush=True,
    )
    if report.success == 0:
        raise LoadFailed(f"{name}: nothing was answered 200: {report.codes} {report.errors[:3]}")
    return report


def _section(
    steady: Mapping[str, Report],
    most: Mapping[str, Sequence[_Most]],
    cached: Mapping[str, Report],
    rate: int,
    seconds: float,
    counted: Sequence[int],
    generated: str,
) -> Section:
    def ratio(name: str, figure: str) -> Spread:
        pairs = zip(most[name], most["one"], strict=True)
        return Spread.of([getattr(other, figure) / getattr(one, figure) for other, one in pairs])

    made, hit = cached["made"], cached["found in Valkey"]
    rows = [
        [
            name,
            f"{report.per_second:,.1f}",
            f"{report.p50_ms:.1f}",
            f"{report.p95_ms:.1f}",
            f"{report.p99_ms:.1f}",
            f"{report.success:.4%}",
            f"{report.generator_cores:.2f}",
        ]
        for name, report in {**steady, **cached}.items()
    ]
    rows += [
        [
            f"as much as {words} bears",
            Spread.of([one.per_second for one in most[name]]).text(1),
            *("", "", "", ""),
            Spread.of([one.generator_cores for one in most[name]]).text(2),
        ]
        for name, words in (
            ("one", "one API"),
            ("two", "two APIs"),
            ("watched", "one API, telemetry on as in production,"),
            ("traced", "one API, every request traced,"),
        )
    ]
    projects, entries, retirements = counted
    return Section(
        title="The seed's load, by Vegeta",
        method=f"""
        {projects:,} projects, {entries:,} entries of credits, {retirements:,} retirements ({generated}). Vegeta 12.13.0 sends at
        {rate:,} requests/s for {seconds:,.0f} s, whatever the server does: {PATHS:,} paths in the shares of bench/public_mix.py, over and
        over; a request that waits because the one before is late has waited. API processes, PostgreSQL, balancer and Vegeta
        share the machine. Answers are kept as in production.

        "As much as … bears": {CAPACITY_PATHS:,} of these paths, 64 connections in a closed loop, {ROUNDS} rounds by turns. The ratio is corrected by what Vegeta took
        of the machine ({cores()} cores); the first of {ROUNDS + 1} rounds does not count. Telemetry: metrics, and traces to a collector
        on this machine, whose own work is in the number. {CACHED_PATHS} parts of the project list, each asked for once, {CACHED_RATE}/s.
        """,
        columns=("", "answers/s", "p50 ms", "p95 ms", "p99 ms", "answered 200", "Vegeta's cores"),
        rows=rows,
        remarks=[
            f"Wanted: p95 below {P95_MS} ms, p99 below {P99_MS} ms, at least {SUCCESS:.1%} answered 200.",
            (
                f"Two APIs over one: {ratio('two', 'per_second').text(2)}; with Vegeta's cores given back "
                f"{ratio('two', 'with_generator_elsewhere').text(2)} (wanted at least {SCALING}); an API's own processor time for one "
                f"request with two, of that with one: {ratio('two', 'api_ms').text(2)}."
            ),
            (
                f"Throughput with telemetry as in production ({float(PRODUCTION_SHARE):.0%} of requests traced), of that without: "
                f"{ratio('watched', 'per_second').text(2)} (wanted at least {TELEMETRY}); an API's processor time for one request: "
                f"{ratio('watched', 'api_ms').text(2)} times. With every request traced: {ratio('traced', 'per_second').text(2)} and "
                f"{ratio('traced', 'api_ms').text(2)}."
            ),
            (
                f"Making an answer takes {made.p50_ms / hit.p50_ms:.1f} times as long as finding it in Valkey (median; wanted at least "
                f"{HIT:.0f})."
            ),
        ],
        figures={
            "steady": {name: asdict(report) for name, report in steady.items()},
            "most": {name: [asdict(one) for one in rounds] for name, rounds in most.items()},
            "cached": {name: asdict(report) for name, report in cached.items()},
        },
    )
