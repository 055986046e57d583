"""The whole registry on a laptop: its services, its migrations, its API and its worker."""

import asyncio
import contextlib
from asyncio import Task, TaskGroup
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from adapters.settings.database import DatabaseSettings
from adapters.settings.web import WebSettings, is_loopback
from devstack import registry
from devstack.data_folder import locked
from devstack.devnet import running_devnet
from devstack.environment import database_url, registry_environment
from devstack.keys import Keys, ensure_keys, ensure_personal_keys, ensure_webhook_key
from devstack.mail import running_mail
from devstack.object_store import running_object_store
from devstack.passwords import Passwords, ensure_passwords
from devstack.ports import choose_ports
from devstack.postgres import running_postgres
from devstack.processes import CannotStart, ChildProcess
from devstack.progress import Progress
from devstack.temporal import running_temporal
from tools.running_stack import write_environment


@dataclass(frozen=True)
class StackOptions:
    """
    `block_seconds` is the devnet's pace: 20 is Preview's, 0 makes blocks on command only.

    `ports` fixes some of `devstack.ports.PORT_NAMES`; `environment` adds to or overrides what the
    API, the worker and the migrations read. `seed` creates the four demo accounts, which the stack
    refuses when the API does not listen on loopback. `temporal` starts another Temporal than the
    development server, on ports of the stack.
    """

    block_seconds: float = 1
    ports: Mapping[str, int] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    api_host: str = "127.0.0.1"
    migrate: bool = True
    seed: bool = True
    quiet: bool = False
    temporal: (
        Callable[[Path, Mapping[str, int]], AbstractAsyncContextManager[ChildProcess]] | None
    ) = None


@dataclass(frozen=True)
class Services:
    """Where the services are. `database_url` is for `psql`; the settings' form is in `environment`."""

    data_dir: Path
    database_url: str
    temporal_address: str
    temporal_ui_url: str
    s3_url: str
    devnet_url: str
    mail_url: str
    platform_address: str
    environment: dict[str, str]
    services: dict[str, ChildProcess]
    seconds: dict[str, float]


@dataclass(frozen=True)
class Stack(Services):
    """The services with the registry on them; `api` and `worker` can be killed and started again."""

    api_url: str
    api: ChildProcess
    worker: ChildProcess

    @property
    def pids(self) -> dict[str, int]:
        return {"api": self.api.pid, "worker": self.worker.pid}


@contextlib.asynccontextmanager
async def running_services(
    data_dir: Path, options: StackOptions | None = None
) -> AsyncIterator[Services]:
    """
    PostgreSQL (migrated), Temporal, S3, the devnet and the mail catcher, without API and worker.

    Raises:
        CannotStart: with one sentence for the part that failed.
    """
    async with _Startup.prepared(data_dir, options or StackOptions()) as startup:
        with startup.progress:
            async with _failing_plainly(), TaskGroup() as tasks:
                startup.start_services(tasks)
        yield Services(**startup.addresses())


@contextlib.asynccontextmanager
async def running_stack(
    data_dir: Path, options: StackOptions | None = None
) -> AsyncIterator[Stack]:
    """
    Everything, healthy: GET /readyz of the API has answered 200.

    Raises:
        CannotStart: with one sentence for the part that failed.
    """
    chosen = options or StackOptions()
    _refuse_public_demo_accounts(chosen)
    async with _Startup.prepared(data_dir, chosen) as startup, AsyncExitStack() as processes:
        api = registry.api_process(data_dir, startup.environment)
        worker = registry.worker_process(data_dir, startup.environment)
        with startup.progress:
            async with _failing_plainly(), TaskGroup() as tasks:
                schema = startup.start_services(tasks)
                chain = startup.ready["devnet"]
                if chosen.seed:
                    tasks.create_task(startup.seed(after=[schema]))
                for name, process in (
                    ("API", registry.running_api(api, startup.environment)),
                    ("worker", registry.running_worker(worker)),
                ):
                    part = startup.enter(name, process, into=processes, after=[schema, chain])
                    tasks.create_task(part)
        yield Stack(
            **startup.addresses(), api_url=startup.environment["PUBLIC_URL"], api=api, worker=worker
        )


@dataclass
class _Startup:
    """The parts that are starting side by side; each can be waited for on its own."""

    data_dir: Path
    options: StackOptions
    ports: dict[str, int]
    keys: Keys
    passwords: Passwords
    environment: dict[str, str]
    parts: AsyncExitStack
    progress: Progress
    services: dict[str, ChildProcess] = field(default_factory=dict)
    ready: dict[str, Task[None]] = field(default_factory=dict)

    @classmethod
    @contextlib.asynccontextmanager
    async def prepared(cls, data_dir: Path, options: StackOptions) -> AsyncIterator["_Startup"]:
        data_dir = data_dir.resolve()
        async with AsyncExitStack() as parts:
            parts.enter_context(locked(data_dir))
            ports = choose_ports(data_dir, options.ports)
            keys = ensure_keys(data_dir)
            passwords = ensure_passwords(data_dir)
            environment = ensure_personal_keys(data_dir / "keys") | registry_environment(
                ports,
                keys,
                passwords,
                webhook_key_file=ensure_webhook_key(data_dir / "keys" / "webhooks.key"),
                api_host=options.api_host,
                block_seconds=options.block_seconds,
            )
            environment.update(options.environment)
            written = write_environment(data_dir, environment)
            parts.callback(written.unlink, missing_ok=True)
            progress = Progress(quiet=options.quiet)
            yield cls(data_dir, options, ports, keys, passwords, environment, parts, progress)

    def start_services(self, tasks: TaskGroup) -> Task[None]:
        """Start every service; answers the task that ends when the schema is in place."""
        ports, folder = self.ports, self.data_dir
        starters: dict[str, AbstractAsyncContextManager[ChildProcess]] = {
            "PostgreSQL": running_postgres(folder, port=ports["postgres"]),
            "Temporal": (self.options.temporal or _development_temporal)(folder, ports),
            "object store": running_object_store(folder, ports=ports),
            "devnet": running_devnet(
                folder,
                port=ports["devnet"],
                fund_address=self.keys.platform_address,
                block_seconds=self.options.block_seconds,
                note=lambda text: self.progress.note("devnet", text),
            ),
            "mail": running_mail(folder, smtp_port=ports["smtp"], http_port=ports["mail"]),
        }
        for name, starter in starters.items():
            part = self.enter(name, starter, into=self.parts, after=[])
            self.ready[name] = tasks.create_task(part)
        return tasks.create_task(self._migrate([self.ready["PostgreSQL"], self.ready["Temporal"]]))

    async def enter(
        self,
        name: str,
        starter: AbstractAsyncContextManager[ChildProcess],
        *,
        into: AsyncExitStack,
        after: list[Task[None]],
    ) -> None:
        await _all_done(after)
        with self.progress.part(name):
            self.services[name] = await into.enter_async_context(starter)

    async def _migrate(self, after: list[Task[None]]) -> None:
        await _all_done(after)
        if self.options.migrate:
            with self.progress.part("migrations"):
                await registry.migrate(self.data_dir, self.environment)

    async def seed(self, *, after: list[Task[None]]) -> None:
        await _all_done(after)
        with self.progress.part("demo accounts"):
            await seed_demo_accounts(self.environment)

    def addresses(self) -> dict[str, Any]:
        """The fields of `Services`."""
        return {
            "data_dir": self.data_dir,
            "database_url": database_url(self.ports, self.passwords.database_owner),
            "temporal_address": self.environment["TEMPORAL_ADDRESS"],
            "temporal_ui_url": self.environment["TEMPORAL_UI_URL"],
            "s3_url": self.environment["S3_ENDPOINT_URL"],
            "devnet_url": f"http://127.0.0.1:{self.ports['devnet']}",
            "mail_url": f"http://127.0.0.1:{self.ports['mail']}",
            "platform_address": self.keys.platform_address,
            "environment": self.environment,
            "services": self.services,
            "seconds": self.progress.seconds,
        }


def _development_temporal(
    folder: Path, ports: Mapping[str, int]
) -> AbstractAsyncContextManager[ChildProcess]:
    return running_temporal(
        folder,
        port=ports["temporal"],
        ui_port=ports["temporal_ui"],
        http_port=ports["temporal_http"],
        metrics_port=ports["temporal_metrics"],
    )


async def seed_demo_accounts(environment: Mapping[str, str]) -> None:
    """The accounts of the demo, where they are not there yet."""
    # Imported here: services alone need no accounts, nor what making them imports.
    from devstack.seed import seed_accounts  # noqa: PLC0415

    cost = int(environment.get("BCRYPT_COST", WebSettings().bcrypt_cost))
    personal: dict[str, Any] = {
        name.lower(): value for name, value in environment.items() if name.startswith("PERSONAL_")
    }
    settings = DatabaseSettings(
        database_url=SecretStr(environment["DATABASE_URL"]),
        database_shares_connections=environment.get("DATABASE_SHARES_CONNECTIONS") == "True",
        **personal,
    )
    await seed_accounts(settings, bcrypt_cost=cost)


async def _all_done(tasks: list[Task[None]]) -> None:
    for task in tasks:
        # A task that failed cancels the whole group, this waiter included.
        await asyncio.wait([task])


@contextlib.asynccontextmanager
async def _failing_plainly() -> AsyncIterator[None]:
    """One sentence instead of a group of exceptions."""
    try:
        yield
    except* CannotStart as failures:
        sentences = dict.fromkeys(str(failure) for failure in _leaves(failures))
        raise CannotStart("\n".join(sentences)) from None


def _leaves(group: BaseExceptionGroup[Any]) -> list[BaseException]:
    return [
        leaf
        for inner in group.exceptions
        for leaf in (_leaves(inner) if isinstance(inner, BaseExceptionGroup) else [inner])
    ]


def _refuse_public_demo_accounts(options: StackOptions) -> None:
    if options.seed and not is_loopback(options.api_host):
        raise CannotStart(
            f"The demo accounts have a published password, so they are not created while the API "
            f"listens on {options.api_host}; use 127.0.0.1."
        )
