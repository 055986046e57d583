"""
Temporal's production server on PostgreSQL, where this machine has both.

Neither is a package of PyPI: the server is built by Go (docs/operations.md, "Temporal's own server"), and its visibility
store needs PostgreSQL's extension btree_gin, which Debian's server has and the wheel of `make setup` has not.
"""

import contextlib
import json
import os
import shutil
import signal
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from google.protobuf.duration_pb2 import Duration
from temporalio.api.workflowservice.v1 import (
    ListWorkflowExecutionsRequest,
    RegisterNamespaceRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from devstack.passwords import ensure_passwords
from devstack.ports import choose_ports
from devstack.postgres import unprivileged_user
from devstack.processes import ChildProcess, run_to_end, running

USER = "temporal"
STORES = {"temporal": "temporal", "temporal_visibility": "visibility"}
"""Databases, and the schema of each as Temporal's tool names it."""
SHARDS = 4
"""For a laptop; a cluster keeps its number for ever, and production begins with 512 (docker-compose.yml)."""
NAMESPACE = "default"
RETENTION_DAYS = 30
DYNAMIC_CONFIGURATION = Path(__file__).parents[2] / "deploy" / "temporal" / "dynamicconfig.yaml"
SERVICES = ("frontend", "history", "matching", "worker")
PORTS = (
    "temporal_postgres",
    *(f"temporal_{name}_{port}" for name in SERVICES for port in ("grpc", "membership")),
)
_DEBIAN = Path("/usr/lib/postgresql")
_VISIBILITY_TAKES_SECONDS = 60


@dataclass(frozen=True)
class ProductionServer:
    """`postgres` is the folder of PostgreSQL's programs."""

    server: Path
    sql_tool: Path
    postgres: Path


def production_server() -> ProductionServer | str:
    """
    What to run, or a sentence that says what is missing.

    `TEMPORAL_SERVER` and `TEMPORAL_SQL_TOOL` name other programs than `temporal-server` and `temporal-sql-tool` of
    the PATH, `TEMPORAL_POSTGRES` another folder of PostgreSQL's programs than Debian's newest.
    """
    server = os.environ.get("TEMPORAL_SERVER") or shutil.which("temporal-server")
    tool = os.environ.get("TEMPORAL_SQL_TOOL") or shutil.which("temporal-sql-tool")
    if not server or not tool:
        missing = "temporal-server" if not server else "temporal-sql-tool"
        return f"the development server on SQLite: `{missing}` is not on the PATH (docs/operations.md says how to build it)"
    postgres = os.environ.get("TEMPORAL_POSTGRES") or next(_with_btree_gin(), None)
    if postgres is None:
        return "the development server on SQLite: no PostgreSQL with btree_gin (`apt-get install postgresql`)"
    return ProductionServer(Path(server), Path(tool), Path(postgres))


def _with_btree_gin() -> Iterator[str]:
    """Debian's servers, the newest first."""
    found = [path for path in _DEBIAN.glob("*") if path.name.isdigit()]
    for path in sorted(found, key=lambda one: int(one.name), reverse=True):
        control = Path("/usr/share/postgresql") / path.name / "extension" / "btree_gin.control"
        if (path / "bin" / "postgres").exists() and control.exists():
            yield str(path / "bin")


@contextlib.asynccontextmanager
async def running_production_temporal(
    data_dir: Path, programs: ProductionServer, ports: Mapping[str, int]
) -> AsyncIterator[ChildProcess]:
    """
    The server with its namespace, on a PostgreSQL of its own; `ports` are those of the stack.

    Search attributes are the migrations' to add, as everywhere.

    Raises:
        CannotStart: with the reason and the log.
    """
    own = choose_ports(data_dir / "temporal-cluster", names=PORTS)
    password = ensure_passwords(data_dir).temporal
    async with _running_store(data_dir, programs, own["temporal_postgres"], password):
        for database, schema in STORES.items():
            await _bring_schema(
                data_dir, programs, own["temporal_postgres"], password, database, schema
            )
        folder = data_dir / "temporal-cluster"
        folder.mkdir(exist_ok=True)
        configuration = folder / "server.yaml"
        # JSON is YAML.
        configuration.touch(mode=0o600)
        configuration.write_text(json.dumps(_configuration(own, ports, password), indent=2))
        server = ChildProcess(
            "Temporal",
            [str(programs.server), "--config-file", str(configuration), "--allow-no-auth", "start"],
            data_dir / "logs" / "temporal.log",
            stop_seconds=10,
        )
        async with running(
            server,
            lambda: _has_namespace(ports["temporal"]),
            limit_seconds=_VISIBILITY_TAKES_SECONDS,
            port=ports["temporal"],
        ):
            yield server


@contextlib.asynccontextmanager
async def _running_store(
    data_dir: Path, programs: ProductionServer, port: int, password: str
) -> AsyncIterator[ChildProcess]:
    cluster, log = data_dir / "postgres-temporal", data_dir / "logs" / "postgres-temporal.log"
    user = unprivileged_user(cluster)
    if not (cluster / "PG_VERSION").exists():
        await _create_cluster(cluster, log, user, programs, password)
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": "",
        "max_connections": 100,
        "log_line_prefix": "%m [%p] ",
        "log_checkpoints": "off",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    server = ChildProcess(
        "Temporal's PostgreSQL",
        [str(programs.postgres / "postgres"), "-D", str(cluster.resolve()), *options],
        log,
        stop_signal=signal.SIGINT,
        orphan_signal=signal.SIGINT,
        stop_seconds=20,
        user=user,
    )

    async def answers() -> bool:
        try:
            await (await _connected(port, password, "postgres")).close()
        except (asyncpg.PostgresError, TimeoutError):
            return False
        return True

    async with running(server, answers, limit_seconds=30, port=port):
        yield server


async def _create_cluster(
    cluster: Path, log: Path, user: str | None, programs: ProductionServer, password: str
) -> None:
    # What a killed start left behind is not a cluster, and initdb refuses a folder with files.
    for leftover in cluster.iterdir():
        shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
    told = cluster.with_name("postgres-temporal.password")
    told.touch(mode=0o600)
    told.write_text(password)
    if user is not None:
        shutil.chown(told, user)
    command = [
        *(str(programs.postgres / "initdb"), "-D", str(cluster.resolve()), "-U", USER),
        *("--auth=scram-sha-256", f"--pwfile={told.resolve()}", "--encoding=UTF8", "--locale=C"),
    ]
    try:
        await run_to_end(ChildProcess("initdb of Temporal's PostgreSQL", command, log, user=user))
    finally:
        told.unlink()


async def _connected(port: int, password: str, database: str) -> asyncpg.Connection:
    return await asyncpg.connect(
        host="127.0.0.1", port=port, user=USER, password=password, database=database, timeout=5
    )


async def _bring_schema(
    data_dir: Path,
    programs: ProductionServer,
    port: int,
    password: str,
    database: str,
    schema: str,
) -> None:
    """As deploy/temporal/schema.sh does it, each step where it was not done yet."""
    connection = await _connected(port, password, "postgres")
    exists = await connection.fetchval(
        "SELECT count(*) FROM pg_database WHERE datname = $1", database
    )
    await connection.close()
    if not exists:
        await _sql_tool(data_dir, programs, port, password, database, "create-database")
    connection = await _connected(port, password, database)
    has_versions = await connection.fetchval("SELECT to_regclass('schema_version') IS NOT NULL")
    await connection.close()
    if not has_versions:
        await _sql_tool(
            data_dir, programs, port, password, database, "setup-schema", "--version", "0.0"
        )
    name = f"postgresql/v12/{schema}"
    await _sql_tool(
        data_dir, programs, port, password, database, "update-schema", "--schema-name", name
    )


async def _sql_tool(
    data_dir: Path, programs: ProductionServer, port: int, password: str, database: str, *what: str
) -> None:
    command = [
        *(str(programs.sql_tool), "--plugin", "postgres12", "--endpoint", "127.0.0.1"),
        *("--port", str(port), "--user", USER, "--database", database, *what),
    ]
    log = data_dir / "logs" / "temporal-schema.log"
    environment = {"SQL_PASSWORD": password}
    await run_to_end(ChildProcess(f"Temporal's schema ({what[0]})", command, log, environment))


def _configuration(
    own: Mapping[str, int], ports: Mapping[str, int], password: str
) -> dict[str, object]:
    def store(database: str, connections: int) -> dict[str, object]:
        return {
            "sql": {
                "pluginName": "postgres12",
                "databaseName": database,
                "connectAddr": f"127.0.0.1:{own['temporal_postgres']}",
                "connectProtocol": "tcp",
                "user": USER,
                "password": password,
                "maxConns": connections,
                "maxIdleConns": connections,
                "maxConnLifetime": "1h",
            }
        }

    services: dict[str, dict[str, object]] = {}
    for name in SERVICES:
        rpc = {
            "grpcPort": own[f"temporal_{name}_grpc"],
            "membershipPort": own[f"temporal_{name}_membership"],
            "bindOnLocalHost": True,
        }
        if name == "frontend":
            rpc |= {"grpcPort": ports["temporal"], "httpPort": ports["temporal_http"]}
        services[name] = {"rpc": rpc}
    return {
        "log": {"stdout": True, "level": "warn"},
        "persistence": {
            "defaultStore": "default",
            "visibilityStore": "visibility",
            "numHistoryShards": SHARDS,
            "datastores": {
                "default": store("temporal", 20),
                "visibility": store("temporal_visibility", 5),
            },
        },
        "global": {
            "membership": {"maxJoinDuration": "30s", "broadcastAddress": "127.0.0.1"},
            "metrics": {
                "prometheus": {
                    "timerType": "histogram",
                    "listenAddress": f"127.0.0.1:{ports['temporal_metrics']}",
                }
            },
        },
        "services": services,
        "clusterMetadata": {
            "enableGlobalNamespace": False,
            "failoverVersionIncrement": 10,
            "masterClusterName": "active",
            "currentClusterName": "active",
            "clusterInformation": {
                "active": {
                    "enabled": True,
                    "initialFailoverVersion": 1,
                    "rpcName": "frontend",
                    "rpcAddress": f"127.0.0.1:{ports['temporal']}",
                    "httpAddress": f"127.0.0.1:{ports['temporal_http']}",
                }
            },
        },
        "dcRedirectionPolicy": {"policy": "noop"},
        "dynamicConfigClient": {"filepath": str(DYNAMIC_CONFIGURATION), "pollInterval": "60s"},
    }


async def _has_namespace(port: int) -> bool:
    """Made when it is missing; True once each of the server's own caches knows it."""
    try:
        client = await Client.connect(f"127.0.0.1:{port}")
        request = RegisterNamespaceRequest(
            namespace=NAMESPACE,
            workflow_execution_retention_period=Duration(seconds=RETENTION_DAYS * 86_400),
        )
        try:
            await client.workflow_service.register_namespace(request)
        except RPCError as refusal:
            if refusal.status != RPCStatusCode.ALREADY_EXISTS:
                return False
        await client.workflow_service.list_workflow_executions(
            ListWorkflowExecutionsRequest(namespace=NAMESPACE)
        )
    except (RPCError, RuntimeError):
        return False
    return True
