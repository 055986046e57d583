"""
Processes die by SIGKILL at random moments while clients and staff move credits; each effect happens once.

Two API processes and two workers serve 504 operations of every kind (`operation_kinds.py`). Each
client repeats an operation with its Idempotency-Key, at one address and the other, until the
registry has answered it; some are sent to both addresses at once. Meanwhile each process is killed
several times at moments drawn from a fixed seed, some while it or another is still starting again.
Afterwards every operation has left all it asked for or nothing, as its answer said, and asking
again gives the same bytes.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from uuid import UUID

import httpx
import pytest

from devstack.processes import ChildProcess
from domain.credits.ledger import CreditTransaction
from tests.conftest import ENVIRONMENT
from tests.journeys.crowd import (
    NO_ANSWER_YET,
    Client,
    Cluster,
    Effort,
    Ledger,
    crowd,
    hand_out,
    ledger_of,
    people_of,
    running_cluster,
)
from tests.journeys.operation_kinds import HOLDERS, KINDS, STAFF, Kind, Situation, left_behind
from tests.journeys.project_life import issue

# A process that was killed takes seconds to come back, and longer on a busy machine.
pytestmark = [pytest.mark.proof, pytest.mark.timeout(600)]
SEED = 674
ACCOUNTS, TASKS_OF_HOLDERS, TASKS_OF_STAFF, OPERATIONS_EACH = 6, 12, 2, 36
OPERATIONS = (TASKS_OF_HOLDERS + TASKS_OF_STAFF) * OPERATIONS_EACH
KILLS_EACH = 4
SENT_TWICE = 0.1
CREATED, CONFLICT = httpx.codes.CREATED, httpx.codes.CONFLICT
Https = Sequence[httpx.AsyncClient]


@pytest.fixture(scope="module")
async def cluster(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cluster]:
    """One of this module's own: the others' processes must not die."""
    # A worker that is killed keeps its tasks until their time is up; clients ask again meanwhile.
    environment = ENVIRONMENT | {"UPDATE_TIMEOUT_SECONDS": "5"}
    async with running_cluster(tmp_path_factory.mktemp("killed"), environment) as running:
        yield running


@pytest.fixture(scope="module")
async def https(cluster: Cluster) -> AsyncIterator[Https]:
    """A client of each API process; whoever hears nothing for ten seconds asks again."""
    first, second = cluster.api_urls
    async with (
        httpx.AsyncClient(base_url=first, timeout=10) as one,
        httpx.AsyncClient(base_url=second, timeout=10) as other,
    ):
        yield [one, other]


@dataclass(frozen=True)
class Operation:
    """What one client asked for."""

    kind: str
    client: Client
    effort: Effort

    @property
    def outcome(self) -> int:
        return self.effort.answer.status_code

    @property
    def answers(self) -> set[tuple[int, bytes]]:
        """Status and bytes of whatever was not "ask again"."""
        return {
            (answer.status_code, answer.content)
            for answer in self.effort.answers
            if answer.status_code not in NO_ANSWER_YET
        }

    def made(self, ledger: Ledger) -> list[CreditTransaction]:
        return KINDS[self.kind].made(ledger, self.client, self.effort)


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
    now: Situation, kinds: dict[str, Kind], https: Https, progress: Progress
) -> list[Operation]:
    """So many operations, one after the other; now and then one goes to both addresses at once."""
    done = []
    for _ in range(OPERATIONS_EACH):
        kind = now.random.choice(list(kinds))
        operation = Operation(kind, now.client, await kinds[kind].draft(now))
        clients = [now.client]
        if now.random.random() < SENT_TWICE:
            clients = [now.client.at(*https), now.client.at(*reversed(https))]
        await asyncio.gather(*(client.insist(operation.effort) for client in clients))
        done.append(operation)
        await progress.advance()
    return done


async def kill_now_and_then(
    processes: Sequence[ChildProcess], progress: Progress, random: Random
) -> Counter[str]:
    """
    SIGKILL to one of them, and a new one in its place, again and again; answers how often each was hit.

    The moments are drawn as numbers of answered operations, so that a slow machine is not killed
    before it has done anything; a fraction of a second more makes them fall anywhere in between.
    """
    victims = list(processes) * KILLS_EACH
    random.shuffle(victims)
    moments = sorted(random.sample(range(OPERATIONS * 9 // 10), len(victims)))
    for moment, process in zip(moments, victims, strict=True):
        await progress.reached(moment)
        await asyncio.sleep(random.uniform(0, 0.3))
        await process.kill()
        await asyncio.sleep(random.uniform(0, 0.5))
        await process.start()
    return Counter(process.name for process in victims)


async def test_every_operation_has_one_effect_wherever_processes_are_killed(
    cluster: Cluster, https: Https
) -> None:
    clients, staff, project_id = await _everybody(cluster, https)
    before = await ledger_of(cluster.stack)

    progress = Progress()
    holders = [clients[turn % ACCOUNTS] for turn in range(TASKS_OF_HOLDERS)]
    tasks = [
        work(
            Situation(client.at(*_turned(https, turn)), Random(turn), clients, project_id),
            STAFF if client is staff else HOLDERS,
            https,
            progress,
        )
        for turn, client in enumerate([*holders, *[staff] * TASKS_OF_STAFF])
    ]
    killer = asyncio.create_task(kill_now_and_then(cluster.processes, progress, Random(SEED)))
    done = [operation for efforts in await asyncio.gather(*tasks) for operation in efforts]
    killed = await killer
    await _running_again(cluster, https)

    after = await ledger_of(cluster.stack)
    assert len(done) == OPERATIONS
    assert killed == {process.name: KILLS_EACH for process in cluster.processes}
    assert after.broken == {}
    found = Counter(
        (operation.outcome, left_behind(operation.made(after), operation.effort, after))
        for operation in done
    )
    assert found.keys() <= {(CREATED, "everything"), (CONFLICT, "nothing")}, found
    assert {operation.kind for operation in done if operation.outcome == CREATED} == KINDS.keys()
    assert _ids(after.transactions) - _ids(before.transactions) == _ids(
        moved for operation in done for moved in operation.made(after)
    )
    await _ask_again(done, https)
    unlike = [operation for operation in done if len(operation.answers) != 1]
    assert [(operation.kind, operation.answers) for operation in unlike] == []
    assert await ledger_of(cluster.stack) == after


async def _everybody(cluster: Cluster, https: Https) -> tuple[list[Client], Client, str]:
    """Buyers with credits of two projects, staff, and the one project that has a buffer."""
    people = await people_of(https[0])
    supplier = await Client.sign_in(https[0], people.supplier.user["email"])
    clients = await crowd(cluster.stack, https, ACCOUNTS)
    await hand_out(supplier, await issue(people), clients, "100.00")
    buffered = await issue(people, type="forest_conservation")
    await hand_out(supplier, buffered, clients, "100.00")
    credit = await people.supplier.get(f"/credits/{buffered}")
    staff = await Client.sign_in(https[0], people.admin.user["email"])
    return clients, staff, credit["projectId"]


def _turned(https: Https, turn: int) -> Https:
    """All addresses, another one first each time."""
    first = turn % len(https)
    return [*https[first:], *https[:first]]


async def _running_again(cluster: Cluster, https: Https) -> None:
    assert all(process.is_running for process in cluster.processes)
    await asyncio.gather(*map(_ready, https))


async def _ready(http: httpx.AsyncClient) -> None:
    for _ in range(600):
        with suppress(httpx.TransportError):
            if (await http.get("/readyz")).is_success:
                return
        await asyncio.sleep(0.1)
    raise AssertionError(f"{http.base_url} did not come back")


def _ids(transactions: Iterable[CreditTransaction]) -> set[UUID]:
    return {moved.id for moved in transactions}


async def _ask_again(done: Sequence[Operation], https: Https) -> None:
    """Every key once more at each address, as a client would that lost its notes."""
    for operation in done:
        for http in https:
            await operation.client.at(http).insist(operation.effort)
