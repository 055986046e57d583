"""
API and worker die by SIGKILL at random moments while clients move credits; each effect happens once.

Eight client tasks make 500 transfers and retirements between them and repeat each, with its
Idempotency-Key, until the registry has answered it. Meanwhile the API or the worker is killed at
moments drawn from a fixed seed, some of them while it is still starting again. Afterwards every
operation has one effect or none, as its answer said, and asking again gives the same bytes.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from random import Random
from uuid import UUID

import httpx
import pytest

from devstack.processes import ChildProcess
from devstack.stack import Stack, StackOptions, running_stack
from domain.identifiers import operation_id
from domain.ledger import CreditTransaction
from domain.quantities import parse_tonnes
from tests.conftest import ENVIRONMENT
from tests.journeys.crowd import (
    Client,
    Effort,
    Ledger,
    crowd,
    hand_out,
    ledger_of,
    people_of,
)
from tests.journeys.project_life import RETIREMENT, issue

# A process that was killed takes seconds to come back, and longer on a busy machine.
pytestmark = [pytest.mark.proof, pytest.mark.timeout(600)]
SEED = 674
CLIENTS = 8
OPERATIONS = 500
KILLS = 6
CREATED, CONFLICT = httpx.codes.CREATED, httpx.codes.CONFLICT


@pytest.fixture(scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """One of this module's own: the others' processes must not die. The chain stands still."""
    # A worker that is killed keeps its tasks until their time is up; clients ask again meanwhile.
    environment = ENVIRONMENT | {"UPDATE_TIMEOUT_SECONDS": "5"}
    options = StackOptions(block_seconds=0, environment=environment, quiet=True)
    async with running_stack(tmp_path_factory.mktemp("killed"), options) as running:
        yield running


@dataclass
class Progress:
    """How many operations the registry has answered so far, for all clients together."""

    answered: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def advance(self) -> None:
        async with self.changed:
            self.answered += 1
            self.changed.notify_all()

    async def reached(self, count: int) -> None:
        async with self.changed:
            await self.changed.wait_for(lambda: self.answered >= count)


async def work(
    client: Client, everybody: list[Client], count: int, random: Random, progress: Progress
) -> list[Effort]:
    """So many operations, one after the other: a few hundredths of a tonne here and there."""
    efforts: list[Effort] = []
    while len(efforts) < count:
        entry = random.choice(await client.active_credits())
        units = random.randint(1, min(20, parse_tonnes(entry["quantity"])))
        body = {"quantity": f"0.{units:02d}"}
        if random.random() < 0.5:
            effort = Effort(f"/credits/{entry['serial']}/retire", body | RETIREMENT)
        else:
            recipient = random.choice([other for other in everybody if other.user != client.user])
            body |= {"recipientId": recipient.user["id"]}
            effort = Effort(f"/credits/{entry['serial']}/transfer", body)
        efforts.append(effort)
        await client.insist(effort)
        await progress.advance()
    return efforts


async def kill_now_and_then(
    processes: list[ChildProcess], progress: Progress, random: Random
) -> list[str]:
    """
    SIGKILL to one of them, and a new one in its place, so many times; answers whom it hit.

    The moments are drawn as numbers of answered operations, so that a slow machine is not killed
    before it has done anything; a fraction of a second more makes them fall anywhere in between.
    """
    killed = []
    victims = processes * (KILLS // len(processes))
    random.shuffle(victims)
    moments = sorted(random.sample(range(OPERATIONS * 9 // 10), KILLS))
    for moment, process in zip(moments, victims, strict=True):
        await progress.reached(moment)
        await asyncio.sleep(random.uniform(0, 0.3))
        await process.kill()
        killed.append(process.name)
        await asyncio.sleep(random.uniform(0, 0.5))
        await process.start()
    return killed


def effects(ledger: Ledger, client: Client, effort: Effort) -> list[CreditTransaction]:
    """The ledger's transactions that an operation brought about: by its own identifier."""
    account_id = UUID(client.user["id"])
    if effort.path.endswith("/transfer"):
        named = operation_id(account_id, "transfer", effort.key)
        return [moved for moved in ledger.transactions if moved.id == named]
    named = operation_id(account_id, "retire", effort.key)
    return [moved for moved in ledger.transactions if moved.retirement_id == named]


async def test_every_operation_has_one_effect_wherever_processes_are_killed(stack: Stack) -> None:
    random = Random(SEED)
    async with httpx.AsyncClient(base_url=stack.api_url, timeout=10) as http:
        people = await people_of(http)
        supplier = await Client.sign_in(http, "supplier@karbonica.example")
        clients = await crowd(stack, [http], CLIENTS)
        await hand_out(supplier, await issue(people), clients, "100.00")
        before = await ledger_of(stack)

        progress = Progress()
        killer = asyncio.create_task(kill_now_and_then([stack.api, stack.worker], progress, random))
        tasks = [
            work(client, clients, -(-OPERATIONS // CLIENTS), Random(number), progress)
            for number, client in enumerate(clients)
        ]
        done = list(zip(clients, await asyncio.gather(*tasks), strict=True))
        killed = await killer
        await _running_again(stack, http)

        after = await ledger_of(stack)
        made = [(client, effort) for client, efforts in done for effort in efforts]
        assert len(made) >= OPERATIONS
        assert (len(killed), set(killed)) == (KILLS, {"The API", "The worker"})
        assert {effort.answer.status_code for _, effort in made} <= {CREATED, CONFLICT}
        assert after.broken == {}
        found = Counter(
            (effort.answer.status_code, len(effects(after, client, effort)))
            for client, effort in made
        )
        assert found.keys() <= {(CREATED, 1), (CONFLICT, 0)}, found
        assert len(after.transactions) - len(before.transactions) == found[CREATED, 1]
        again = await _ask_again(made)
        assert again == [_first_answer(effort) for _, effort in made]
        assert await ledger_of(stack) == after


async def _running_again(stack: Stack, http: httpx.AsyncClient) -> None:
    for process in (stack.api, stack.worker):
        if not process.is_running:
            await process.start()
    for _ in range(300):
        try:
            if (await http.get("/readyz")).is_success:
                return
        except httpx.TransportError:
            pass
        await asyncio.sleep(0.1)
    raise AssertionError("the API did not come back")


def _first_answer(effort: Effort) -> tuple[int, bytes]:
    return effort.answer.status_code, effort.answer.content


async def _ask_again(made: list[tuple[Client, Effort]]) -> list[tuple[int, bytes]]:
    """Every key once more, as a client would that lost its notes."""
    found = []
    for client, effort in made:
        repeated = replace(effort, answers=[])
        await client.insist(repeated)
        found.append(_first_answer(repeated))
    return found
