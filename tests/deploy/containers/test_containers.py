"""
The composed stack, started: the demo's story goes through it, and restarts lose nothing.

`make prove-containers` runs this, as root on Debian 12 with podman, runc, netavark, aardvark-dns,
catatonit and debootstrap. Images of others are stand-ins (stand_ins/Containerfile); Temporal's is its
development server, so that Temporal on PostgreSQL is not proven here. With IMAGES_ARE_BUILT=1 those
of the last run are taken.
"""

import asyncio
import json
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import httpx
import pytest

from devstack import demo
from devstack.caller import Caller
from devstack.processes import ChildProcess
from devstack.seed import ACCOUNTS
from devstack.stack import Stack
from tests.deploy.containers.composed import ROOT, Composed
from tests.deploy.containers.images import build_all, megabytes
from tests.journeys.project_life import PROJECT

pytestmark = [pytest.mark.containers, pytest.mark.timeout(3600)]

NEEDED = ("podman", "runc", "debootstrap", "catatonit")
PORTS = (
    *("API_PORT", "S3_PORT", "DEVNET_PORT", "POSTGRES_PORT"),
    *("TEMPORAL_PORT", "MAIL_PORT"),
)
PROJECTS = 30


@dataclass(frozen=True)
class InContainer:
    pid: int


@pytest.fixture(scope="module")
def composed() -> Iterator[Composed]:
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing:
        pytest.skip(f"no containers here: {', '.join(missing)} missing")
    made = Composed(f"karbonica-proof-{uuid4().hex[:6]}", free_ports())
    if "IMAGES_ARE_BUILT" not in os.environ:
        build_all(ROOT / ".data" / "containers", made)
    try:
        made.start()
        yield made
    finally:
        made.remove()


@pytest.fixture
def url(composed: Composed) -> str:
    return f"http://127.0.0.1:{composed.environment['API_PORT']}"


def free_ports() -> dict[str, str]:
    with ExitStack() as held:
        taken = {}
        for name in PORTS:
            one = held.enter_context(socket.socket())
            one.bind(("127.0.0.1", 0))
            taken[name] = str(one.getsockname()[1])
    return taken


def stack_of(composed: Composed, url: str, folder: Path) -> Stack:
    """As the demo wants to know it."""
    at = {name: f"http://127.0.0.1:{port}" for name, port in composed.environment.items()}
    api, worker = (
        cast("ChildProcess", InContainer(composed.pid(name))) for name in ("api", "worker")
    )
    return Stack(
        data_dir=folder,
        database_url="",
        temporal_address=at["TEMPORAL_PORT"].removeprefix("http://"),
        temporal_ui_url="",
        s3_url=at["S3_PORT"],
        devnet_url=at["DEVNET_PORT"],
        mail_url=at["MAIL_PORT"],
        platform_address="",
        environment={},
        services={},
        seconds={},
        api_url=url,
        api=api,
        worker=worker,
    )


async def test_the_demos_story_goes_through_it(
    composed: Composed, url: str, tmp_path: Path
) -> None:
    await demo.tell(stack_of(composed, url, tmp_path), json_path=tmp_path / "outcome.json")

    outcome = json.loads((tmp_path / "outcome.json").read_text())
    assert outcome["confirmations"] >= 6
    assert outcome["txHash"]


async def test_restarts_lose_nothing_and_do_nothing_twice(composed: Composed, url: str) -> None:
    """The worker and then the API are restarted while projects are registered, each tried until answered."""
    titles = [f"Restarted {number} {uuid4().hex}" for number in range(PROJECTS)]

    async def register(http: httpx.AsyncClient, supplier: Caller, title: str) -> Any:
        headers = supplier.headers | {"Idempotency-Key": title.replace(" ", "-")}
        for _ in range(60):
            try:
                answer = await http.post(
                    "/api/v1/projects", json=PROJECT | {"title": title}, headers=headers
                )
                if answer.status_code in {201, 202}:
                    return answer.json()
            except httpx.HTTPError:
                pass
            await asyncio.sleep(1)
        raise AssertionError(f"{title} was never answered")

    async with httpx.AsyncClient(base_url=url, timeout=30) as http:
        supplier = await Caller.sign_in(http, ACCOUNTS[1][0])
        places = asyncio.Semaphore(3)

        async def in_turn(number: int, title: str) -> Any:
            async with places:
                await asyncio.sleep(0.2 * (number % 3))
                return await register(http, supplier, title)

        working = asyncio.gather(*(in_turn(*one) for one in enumerate(titles)))
        for name in ("worker", "api"):
            await asyncio.to_thread(composed.restart, name)
        await working
        found = []
        for title in titles:
            answer = await http.get(
                "/api/v1/projects", params={"q": title}, headers=supplier.headers
            )
            found.append(len([it for it in answer.json()["data"] if it["title"] == title]))

    assert found == [1] * PROJECTS


@pytest.mark.parametrize("name", ["api", "worker"])
def test_a_process_is_nobody_and_writes_nowhere(composed: Composed, name: str) -> None:
    written = composed.inside(
        name, "sh", "-c", "touch /registry/x 2>&1; touch /venv/x 2>&1", check=False
    )

    assert composed.inside(name, "id", "-u") == "10001"
    assert written.count("Read-only file system") == 2
    capabilities = composed.inside(name, "grep", "CapEff", "/proc/1/status")
    assert capabilities.split()[1] == "0" * 16


def test_both_processes_say_how_they_are(composed: Composed) -> None:
    asked = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:{}/metrics').read().decode())"

    said = composed.inside("api", "python", "-c", asked.format(9465))

    assert 'registry_breaker_open{part="database"} 0.0' in said
    assert "registry_request_counters_degraded 0.0" in said
    assert "temporal_" in composed.inside("worker", "python", "-c", asked.format(9464))


def test_the_images_size_is_told(composed: Composed, record_property: Any) -> None:
    sizes = {name: megabytes(composed.image(name)) for name in ("api", "keys", "devnet")}
    record_property("megabytes", sizes)
    print(
        f"\nImages, in MB: {sizes}; of them Debian and Python: {megabytes('localhost/python:3.11-slim')}"
    )
    print(f"Seconds until each was as the others want it: {composed.seconds}")

    assert sizes["api"] < 1000
