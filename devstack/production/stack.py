"""The registry with several of each: two API processes behind a balancer, two workers, a replica, Valkey."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from devstack import registry
from devstack.passwords import ensure_passwords
from devstack.ports import choose_ports
from devstack.postgres import APPLICATION, DATABASE
from devstack.processes import ChildProcess
from devstack.production.balancer import running_balancer
from devstack.production.pooler import pgbouncer, running_pooler
from devstack.production.replica import keep_synchronous, running_replica
from devstack.production.temporal import production_server, running_production_temporal
from devstack.production.valkey import running_valkey
from devstack.progress import Progress
from devstack.stack import Services, StackOptions, running_services, seed_demo_accounts
from tools.running_stack import write_environment

PORTS = ("api_one", "api_two", "replica", "pooler", "redis", "metrics_one", "metrics_two")
DRAIN_SECONDS = 2.0
"""What the balancer needs to notice that a process takes no more requests: two looks, and some."""


@dataclass(frozen=True)
class ProductionLike:
    """`absent` says, part by part, what production has and this machine has not."""

    services: Services
    url: str
    ports: Mapping[str, int]
    primary_port: int
    apis: tuple[ChildProcess, ...]
    workers: tuple[ChildProcess, ...]
    replica: ChildProcess
    valkey: ChildProcess
    balancer: ChildProcess
    pooler: ChildProcess | None = None
    absent: Mapping[str, str] = field(default_factory=dict)

    @property
    def data_dir(self) -> Path:
        return self.services.data_dir

    @property
    def primary(self) -> ChildProcess:
        return self.services.services["PostgreSQL"]

    @property
    def temporal(self) -> ChildProcess:
        return self.services.services["Temporal"]

    @property
    def object_store(self) -> ChildProcess:
        return self.services.services["object store"]

    @property
    def metrics_urls(self) -> tuple[str, ...]:
        """Of the API processes."""
        return tuple(
            f"http://127.0.0.1:{self.ports[name]}/metrics"
            for name in ("metrics_one", "metrics_two")
        )


@contextlib.asynccontextmanager
async def running_production_like(
    data_dir: Path, options: StackOptions | None = None, *, with_pooler: bool = True
) -> AsyncIterator[ProductionLike]:
    """
    Everything, healthy, on free ports of 127.0.0.1.

    PgBouncer stands in front of the primary `with_pooler`, where there is one. Without it each process knows
    both servers and finds the one that is the primary, so that a promotion needs no other part.

    Raises:
        CannotStart: with one sentence for the part that failed.
    """
    chosen = options or StackOptions()
    data_dir = data_dir.resolve()
    absent: dict[str, str] = {}
    found = production_server()
    if isinstance(found, str):
        absent["Temporal"] = found
    else:
        absent["Temporal's UI"] = "not started: the production server has none in it"
        programs = found
        chosen = replace(
            chosen,
            temporal=lambda folder, own: running_production_temporal(folder, programs, own),
        )
    async with running_services(data_dir, chosen) as services, AsyncExitStack() as parts:
        ports = choose_ports(data_dir / "production", names=PORTS)
        primary_port = urlsplit(services.database_url).port or 0
        pools = with_pooler and pgbouncer() is not None
        if with_pooler and not pools:
            absent["PgBouncer"] = (
                "not installed (`apt-get install pgbouncer`); each process has its own pools"
            )
        environment = _environment(services, ports, primary_port, pools=pools) | dict(
            chosen.environment
        )
        write_environment(data_dir, environment)
        progress = Progress(quiet=chosen.quiet)
        with progress.part("replica"):
            replica = await parts.enter_async_context(
                running_replica(data_dir, port=ports["replica"], primary_port=primary_port)
            )
        following = asyncio.create_task(keep_synchronous(data_dir, primary_port))
        parts.push_async_callback(_cancelled, following)
        with progress.part("Valkey"):
            valkey = await parts.enter_async_context(running_valkey(data_dir, port=ports["redis"]))
        pooler = None
        if pools:
            with progress.part("PgBouncer"):
                pooler = await parts.enter_async_context(
                    running_pooler(data_dir, port=ports["pooler"], primary_port=primary_port)
                )
        if chosen.seed:
            with progress.part("demo accounts"):
                await seed_demo_accounts(environment)
        apis, workers = _processes(data_dir, environment, ports)
        with progress.part("two API processes and two workers"):
            async with asyncio.TaskGroup() as starting:
                for number, api in enumerate(apis):
                    own = environment | _of_api(ports, number)
                    starting.create_task(parts.enter_async_context(registry.running_api(api, own)))
                for worker in workers:
                    starting.create_task(parts.enter_async_context(registry.running_worker(worker)))
        balancer_port = int(services.environment["API_PORT"])
        with progress.part("load balancer"):
            balancer = await parts.enter_async_context(
                running_balancer(
                    data_dir, port=balancer_port, api_ports=[ports["api_one"], ports["api_two"]]
                )
            )
        yield ProductionLike(
            services,
            environment["PUBLIC_URL"],
            ports,
            primary_port,
            apis,
            workers,
            replica,
            valkey,
            balancer,
            pooler,
            absent,
        )


def _environment(
    services: Services, ports: Mapping[str, int], primary_port: int, *, pools: bool
) -> dict[str, str]:
    password = ensure_passwords(services.data_dir).application
    servers = [primary_port, ports["replica"]]
    both = "&".join(f"host=127.0.0.1:{port}" for port in servers)
    login = f"postgresql+asyncpg://{APPLICATION}:{password}@"
    of_primary = f"{login}/{DATABASE}?{both}&target_session_attrs=primary"
    return services.environment | {
        "PUBLIC_URL": f"https://127.0.0.1:{services.environment['API_PORT']}",
        "DATABASE_URL": f"{login}127.0.0.1:{ports['pooler']}/{DATABASE}" if pools else of_primary,
        "DATABASE_SHARES_CONNECTIONS": str(pools),
        "DATABASE_READ_URL": f"{login}127.0.0.1:{ports['replica']}/{DATABASE}",
        "REDIS_URL": f"redis://127.0.0.1:{ports['redis']}/0",
        "TRUSTED_PROXIES": "127.0.0.0/8",
        "API_DRAIN_SECONDS": str(DRAIN_SECONDS),
    }


def _of_api(ports: Mapping[str, int], number: int) -> dict[str, str]:
    name = ("one", "two")[number]
    return {
        "API_PORT": str(ports[f"api_{name}"]),
        "API_METRICS_PORT": str(ports[f"metrics_{name}"]),
    }


def _processes(
    data_dir: Path, environment: Mapping[str, str], ports: Mapping[str, int]
) -> tuple[tuple[ChildProcess, ...], tuple[ChildProcess, ...]]:
    apis = tuple(
        registry.api_process(data_dir, {**environment, **_of_api(ports, number)}, number + 1)
        for number in range(2)
    )
    workers = tuple(
        registry.worker_process(data_dir, environment, number + 1) for number in range(2)
    )
    return apis, workers


async def _cancelled(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
