"""Databases of their own beside the stack's, in the same PostgreSQL: empty, generated, or copied."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from bench.generator import Generated, generate
from devstack import registry
from devstack.registry import api_process, running_api
from devstack.stack import Stack


@dataclass(frozen=True)
class Registry:
    """`owner_url` as psql takes it; `environment` is what the API and the use cases read."""

    name: str
    owner_url: str
    environment: dict[str, str]

    @property
    def application_url(self) -> str:
        return self.environment["DATABASE_URL"].replace("+asyncpg", "")


async def new_registry(stack: Stack, data_dir: Path, name: str) -> Registry:
    """Migrated, and without projects."""
    await _execute(stack, f"CREATE DATABASE {name}")
    made = _registry(stack, name)
    await registry.migrate(data_dir, made.environment)
    return made


async def generated_registry(
    stack: Stack, data_dir: Path, name: str, entries: int
) -> tuple[Registry, Generated]:
    made = await new_registry(stack, data_dir, name)
    return made, await generate(made.owner_url, entries)


async def copied_registry(stack: Stack, original: Registry, name: str) -> Registry:
    """Nobody may be connected to the original meanwhile."""
    await _execute(stack, f"CREATE DATABASE {name} TEMPLATE {original.name}")
    return _registry(stack, name)


@asynccontextmanager
async def api_on(registry: Registry, data_dir: Path) -> AsyncIterator[int]:
    """The port of an API process of the registry's own."""
    port = free_port()
    environment = {
        **registry.environment,
        "API_PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    folder = data_dir / registry.name
    folder.mkdir(exist_ok=True)
    async with running_api(api_process(folder, environment), environment):
        yield port


def _registry(stack: Stack, name: str) -> Registry:
    parts = urlsplit(stack.database_url)
    owner_url = urlunsplit(parts._replace(path=f"/{name}"))
    application = urlsplit(stack.environment["DATABASE_URL"])._replace(path=f"/{name}")
    environment = {
        **stack.environment,
        "DATABASE_URL": urlunsplit(application),
        "MIGRATIONS_DATABASE_URL": owner_url.replace("postgresql:", "postgresql+asyncpg:"),
    }
    return Registry(name, owner_url, environment)


async def _execute(stack: Stack, statement: str) -> None:
    connection = await asyncpg.connect(stack.database_url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def free_port() -> int:
    """For one more process on loopback."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port
