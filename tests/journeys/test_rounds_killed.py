"""
A process dies by SIGKILL at each step of a round and of a reservation; the end is that of a calm story.

Findings, a withdrawal, a resubmission, and units that are set aside, handed over and given back. Whoever asks
repeats the request with its key, at one address and the other, until it is answered.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle
from random import Random
from typing import Any

import httpx
import pytest

from tests.conftest import ENVIRONMENT, People
from tests.journeys.crowd import Client, Cluster, Effort, ledger_of, people_of, running_cluster
from tests.journeys.project_life import PROJECT, issue

# A process that was killed takes seconds to come back, and its work up to twenty to be given to another.
pytestmark = [pytest.mark.proof, pytest.mark.timeout(900)]
SEED = 1406


@pytest.fixture(scope="module")
async def cluster(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cluster]:
    """One of this module's own: the others' processes must not die."""
    environment = ENVIRONMENT | {"UPDATE_TIMEOUT_SECONDS": "5"}
    async with running_cluster(tmp_path_factory.mktemp("killed"), environment) as running:
        yield running


@dataclass
class Story:
    """Who asks, and what is done to the processes meanwhile."""

    cluster: Cluster
    clients: dict[str, Client]
    random: Random | None
    steps: int = 0

    def __post_init__(self) -> None:
        self._victims = cycle(self.cluster.processes)

    async def does(self, who: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """One step; somewhere in it, or just after, the next process in turn is killed and comes back."""
        effort = Effort(path, body or {})
        killing = asyncio.create_task(self._kill())
        answer = await self.clients[who].insist(effort)
        await killing
        assert answer.is_success, f"{path}: {answer.text}"
        self.steps += 1
        # Asked once more, it is the same answer of the same step.
        again = await self.clients[who].insist(effort)
        assert (again.status_code, again.content) == (answer.status_code, answer.content)
        return answer.json()["data"]

    async def reads(self, who: str, path: str) -> Any:
        """As soon as the registry answers: what was killed may not be back yet."""
        return await self.clients[who].listed(path)

    async def _kill(self) -> None:
        if self.random is not None:
            victim = next(self._victims)
            await asyncio.sleep(self.random.uniform(0, 0.15))
            await victim.kill()
            await victim.start()


async def told(story: Story, people: People, title: str) -> dict[str, Any]:
    """The whole story, and what is left of it, without what is another each time."""
    serial = await issue(people, title=f"{title}, issued")
    issued = (await story.reads("supplier", f"/credits/{serial}"))["projectId"]
    project = await story.does("supplier", "/projects", PROJECT | {"title": title})
    project_id, one = project["id"], f"/verifications/{project['verificationId']}"
    await story.does("admin", f"{one}/assign", {"verifierId": people.verifier.user["id"]})
    said = {"kind": "corrective_action", "text": "The scale's certificate had ended."}
    first = await story.does("verifier", f"{one}/findings", said)
    later = await story.does("verifier", f"{one}/findings", said | {"kind": "clarification"})
    await story.does("supplier", f"/findings/{first['id']}/replies", {"text": "See the new one."})
    await story.does("verifier", f"/findings/{first['id']}/close", {"note": "Seen and right."})
    await story.does("verifier", f"/findings/{first['id']}/reopen", {"text": "Not for 2024."})
    await story.does(
        "supplier", f"/projects/{project_id}/withdraw", {"note": "Until it is mended."}
    )
    again = await story.does("supplier", f"/projects/{project_id}/resubmit", {"note": "A new scale."})  # fmt: skip
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    wanted = {"quantity": "10.00", "until": until, "note": ""}
    reservations = []
    for end, who in (("fulfil", "supplier"), ("cancel", "buyer")):
        # Under the largest serial the supplier has what is left.
        active = await story.reads("supplier", f"/credits?projectId={issued}&status=active")
        serial = max(active, key=lambda entry: float(entry["quantity"]))["serial"]
        asked = await story.does("buyer", f"/credits/{serial}/reservations", wanted)
        path = f"/reservations/{asked['id']}"
        accepted = await story.does("supplier", f"{path}/accept")
        ended = await story.does(who, f"{path}/{end}")
        reservations.append((accepted["status"], ended["status"]))
    rounds = project["verificationId"], again["id"]
    events = [await story.reads("admin", f"/verifications/{id}/events?limit=50") for id in rounds]
    threads = [await story.reads("verifier", f"/findings/{one['id']}") for one in (first, later)]
    held = await story.reads("supplier", f"/credits?projectId={issued}&limit=50")
    return {
        "project": (await story.reads("supplier", f"/projects/{project_id}"))["status"],
        "rounds": [(await story.reads("admin", f"/verifications/{id}"))["status"] for id in rounds],
        "events": [sorted(step["eventType"] for step in found) for found in events],
        "findings": [(one["number"], one["state"], len(one["messages"])) for one in threads],
        "reservations": reservations,
        "held": sorted((entry["status"], entry["quantity"]) for entry in held),
    }


async def test_a_round_and_a_reservation_end_alike_wherever_processes_are_killed(
    cluster: Cluster,
) -> None:
    async with AsyncExitStack() as open_clients:
        https = [
            await open_clients.enter_async_context(httpx.AsyncClient(base_url=url, timeout=10))
            for url in cluster.api_urls
        ]
        people = await people_of(https[0])
        clients = {}
        for who in ("supplier", "admin", "verifier", "buyer"):
            email = getattr(people, who).user["email"]
            clients[who] = (await Client.sign_in(https[0], email)).at(*https)
        calm = Story(cluster, clients, None)
        killed = Story(cluster, clients, Random(SEED))
        expected = await told(calm, people, "Calm kilns")
        found = await told(killed, people, "Killed kilns")

    assert calm.steps == killed.steps == 15
    assert found == expected
    assert expected["reservations"] == [("accepted", "fulfilled"), ("accepted", "cancelled")]
    assert expected["rounds"] == ["withdrawn", "pending"]
    assert (await ledger_of(cluster.stack)).broken == {}
