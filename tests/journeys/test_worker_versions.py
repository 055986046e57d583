"""
A release of workers as docs/operations.md tells it: two versions side by side, a ramp, a switch, and back.

Which version a run is on is asked of Temporal. Blocks stand still meanwhile, so that retirements, which are pinned to
the version they began on, are still under way when another one has become current; verifications move over.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from temporalio.api.deployment.v1 import WorkerDeploymentVersion
from temporalio.api.enums.v1 import WorkerDeploymentVersionStatus
from temporalio.api.workflowservice.v1 import (
    DescribeWorkerDeploymentVersionRequest,
    SetWorkerDeploymentCurrentVersionRequest,
    SetWorkerDeploymentRampingVersionRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError

from adapters.temporal.versions import DEPLOYMENT_NAME
from devstack.processes import ChildProcess
from devstack.registry import running_worker, worker_process
from devstack.stack import Stack
from tests.conftest import BLOCK_SECONDS, People
from tests.journeys.project_life import RETIREMENT, assign, issue, register, upload

pytestmark = [pytest.mark.proof, pytest.mark.timeout(600)]

OLD, NEW = "dev", "next"
RAMPED_RUNS = 12
"""Of which each goes to the new version with even odds: that all go to one is one in two thousand."""


class Fleet:
    """What an operator does with `temporal worker deployment …`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def set_current(self, build: str) -> None:
        request = SetWorkerDeploymentCurrentVersionRequest(
            namespace=self._client.namespace, deployment_name=DEPLOYMENT_NAME, build_id=build
        )
        await self._client.workflow_service.set_worker_deployment_current_version(request)

    async def ramp(self, build: str, percentage: float) -> None:
        request = SetWorkerDeploymentRampingVersionRequest(
            namespace=self._client.namespace,
            deployment_name=DEPLOYMENT_NAME,
            build_id=build,
            percentage=percentage,
        )
        await self._client.workflow_service.set_worker_deployment_ramping_version(request)

    async def status(self, build: str) -> str:
        request = DescribeWorkerDeploymentVersionRequest(
            namespace=self._client.namespace,
            deployment_version=WorkerDeploymentVersion(
                deployment_name=DEPLOYMENT_NAME, build_id=build
            ),
        )
        service = self._client.workflow_service
        answer = await service.describe_worker_deployment_version(request)
        name = WorkerDeploymentVersionStatus.Name(answer.worker_deployment_version_info.status)
        return name.removeprefix("WORKER_DEPLOYMENT_VERSION_STATUS_").lower()

    async def build_of(self, workflow_id: str) -> str:
        run = await self._client.get_workflow_handle(workflow_id).describe()
        info = run.raw_description.workflow_execution_info.versioning_info
        return info.deployment_version.build_id

    async def end_of(self, workflow_id: str) -> Any:
        """Its result, once it has ended."""
        return await self._client.get_workflow_handle(workflow_id).result()

    async def builds_in_history(self, workflow_id: str) -> set[str]:
        """Of every step of it, as its worker noted it."""
        handle = self._client.get_workflow_handle(workflow_id)
        return {
            event.workflow_task_completed_event_attributes.deployment_version.build_id
            async for event in handle.fetch_history_events()
            if event.HasField("workflow_task_completed_event_attributes")
        }


@pytest.fixture
async def fleet(stack: Stack) -> AsyncIterator[Fleet]:
    """Blocks stand still for the test; afterwards they flow and the old version is current again."""
    fleet = Fleet(await Client.connect(stack.temporal_address))
    async with httpx.AsyncClient(base_url=stack.devnet_url) as devnet:
        await devnet.post("/devnet/interval", json={"block_seconds": 0})
        yield fleet
        await fleet.set_current(OLD)
        await devnet.post("/devnet/interval", json={"block_seconds": BLOCK_SECONDS})


@pytest.fixture
async def next_worker(stack: Stack) -> AsyncIterator[ChildProcess]:
    """Of the next build, and one of a fleet: it declares nothing."""
    environment = stack.environment | {
        "WORKER_BUILD_ID": NEW,
        "WORKER_SETS_CURRENT_VERSION": "false",
    }
    async with running_worker(worker_process(stack.data_dir, environment, 2)) as worker:
        yield worker


async def retire(people: People, serial: str, times: int) -> list[str]:
    """Workflow ids of so many retirements, one after another, each of what the former one left."""
    project = serial.rsplit("-", 1)[0]
    started = []
    for _ in range(times):
        credits = await people.supplier.get("/credits?status=active&limit=100")
        entry = next(one for one in credits if one["serial"].startswith(project))
        body = {"quantity": "1.00", **RETIREMENT}
        retirement = await people.supplier.post(f"/credits/{entry['serial']}/retire", body)
        started.append(f"retirement/{retirement['id']}")
    return started


async def until(true: Callable[[], Awaitable[bool]], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not await true():  # noqa: ASYNC110 -- Temporal tells nobody
            await asyncio.sleep(0.3)


async def test_workers_are_released_by_a_ramp_and_taken_back(
    stack: Stack, people: People, fleet: Fleet, next_worker: ChildProcess
) -> None:
    async def builds(ids: list[str]) -> list[str]:
        return [await fleet.build_of(one) for one in ids]

    async def known() -> bool:
        try:
            return await fleet.status(NEW) == "inactive"
        except RPCError:
            # Temporal hears of a version from its first poll.
            return False

    serial = await issue(people)
    waiting = await register(people)
    verification = f"verification/{waiting['verificationId']}"

    # Beside the old one, and without work.
    await until(known)
    first = await retire(people, serial, 2)
    assert await builds(first) == [OLD, OLD]

    # Half of what begins goes to the new one.
    await fleet.ramp(NEW, 50)
    ramped = await retire(people, serial, RAMPED_RUNS)
    assert Counter(await builds(ramped)).keys() == {OLD, NEW}

    # All of it, and whoever waits for people moves over at the next step.
    await fleet.set_current(NEW)
    second = await retire(people, serial, 2)
    assert await builds(second) == [NEW, NEW]
    await assign(people, waiting)
    assert await fleet.build_of(verification) == NEW
    assert await fleet.status(OLD) == "draining", "the first ones are still under way on it"

    # Back, as after a bad release: nothing that began on the new one is lost.
    await fleet.set_current(OLD)
    third = await retire(people, serial, 2)
    assert await builds(third) == [OLD, OLD]
    await upload(people, waiting)
    assert await fleet.build_of(verification) == OLD

    every = [*first, *ramped, *second, *third]
    began = await builds(every)
    async with httpx.AsyncClient(base_url=stack.devnet_url) as devnet:
        await devnet.post("/devnet/interval", json={"block_seconds": BLOCK_SECONDS})
    ends = await asyncio.gather(*(fleet.end_of(one) for one in every))
    assert {end["stage"] for end in ends} == {"done"}, "each certificate is sealed"
    went = [await fleet.builds_in_history(one) for one in every]
    assert went == [{build} for build in began], "each ended where it began"
    assert await fleet.status(NEW) in {"draining", "drained"}
