"""
Many want the same credits at the same time, through two API processes and two workers.

Nobody is given what somebody else was given, nobody is told of a deadlock, and everything adds up.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from random import Random
from uuid import UUID

import httpx
import pytest

from domain.quantities import parse_tonnes
from tests.journeys.crowd import (
    SERIAL,
    Client,
    Cluster,
    Effort,
    crowd,
    hand_out,
    ledger_of,
    patience,
    people_of,
    running_cluster,
)
from tests.journeys.project_life import RETIREMENT, issue

CREATED, CONFLICT = httpx.codes.CREATED, httpx.codes.CONFLICT
# Every success makes all others ask again, and a busy machine stretches that.
pytestmark = [pytest.mark.proof, pytest.mark.timeout(600)]
ACCOUNTS, TASKS_EACH, OPERATIONS_EACH = 50, 2, 3


@pytest.fixture(scope="module")
async def cluster(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cluster]:
    async with running_cluster(tmp_path_factory.mktemp("cluster")) as running:
        yield running


@pytest.fixture(scope="module")
async def https(cluster: Cluster) -> AsyncIterator[list[httpx.AsyncClient]]:
    """A client of each API process, with as many connections as anybody wants."""
    limits = httpx.Limits(max_connections=None)
    first, second = cluster.api_urls
    async with (
        httpx.AsyncClient(base_url=first, timeout=60, limits=limits) as one,
        httpx.AsyncClient(base_url=second, timeout=60, limits=limits) as other,
    ):
        yield [one, other]


async def retire_ten_tonnes(client: Client, serial: str, random: Random) -> httpx.Response:
    """
    Retire 10 t of one's block, wherever its remainder lives by now.

    A 409 names the serials that live on; the remainder has the newest one. Asking for it is a new
    request with a new key: at once when the name asked for was an old one, after a while when
    others were faster. The end is a 201, or a 409 that names nothing further.
    """
    for tries in range(1_000):
        effort = Effort(f"/credits/{serial}/retire", {"quantity": "10.00", **RETIREMENT})
        answer = await client.insist(effort)
        if answer.status_code != CONFLICT:
            return answer
        named = set(SERIAL.findall(answer.json()["errors"][0]["detail"])) - {serial}
        if not named:
            return answer
        serial = max(named)
        if tries % 2 == 0:
            await asyncio.sleep(patience(random, tries // 2))
    raise AssertionError("the entry never came to an end")


async def test_two_hundred_retirements_of_ten_tonnes_share_a_thousand(
    cluster: Cluster, https: list[httpx.AsyncClient]
) -> None:
    people = await people_of(https[0])
    serial = await issue(people)
    supplier = await Client.sign_in(https[0], "supplier@karbonica.example")
    clients = [supplier.at(https[number % 2]) for number in range(200)]

    answers = await asyncio.gather(
        *(
            retire_ten_tonnes(client, serial, Random(number))
            for number, client in enumerate(clients)
        )
    )

    assert Counter(answer.status_code for answer in answers) == {CREATED: 100, CONFLICT: 100}
    ledger = await ledger_of(cluster.stack)
    assert ledger.broken == {}
    assert (ledger.units("retired"), ledger.units("active")) == (100_000, 0)
    retired = [answer.json()["data"] for answer in answers if answer.status_code == CREATED]
    assert len({retirement["serial"] for retirement in retired}) == 100
    assert {retirement["quantity"] for retirement in retired} == {"10.00"}


async def move_something(
    client: Client, everybody: list[Client], random: Random
) -> tuple[Client, Effort] | None:
    """Transfer to somebody or retire, a part or the whole of one of one's entries as seen just now."""
    held = await client.active_credits()
    if not held:
        return None
    entry = random.choice(held)
    most = parse_tonnes(entry["quantity"])
    units = random.choice([most, random.randint(1, most)])
    quantity = {"quantity": f"{units // 100}.{units % 100:02d}"}
    if random.random() < 0.4:
        effort = Effort(f"/credits/{entry['serial']}/retire", quantity | RETIREMENT)
    else:
        recipient = random.choice([other for other in everybody if other.user != client.user])
        body = quantity | {"recipientId": recipient.user["id"]}
        effort = Effort(f"/credits/{entry['serial']}/transfer", body)
    await client.insist(effort)
    return client, effort


async def test_fifty_accounts_transfer_and_retire_at_once(
    cluster: Cluster, https: list[httpx.AsyncClient]
) -> None:
    people = await people_of(https[0])
    supplier = await Client.sign_in(https[0], "supplier@karbonica.example")
    clients = await crowd(cluster.stack, https, ACCOUNTS)
    await hand_out(supplier, await issue(people), clients[:-1], "20.00")
    before = await ledger_of(cluster.stack)

    async def some_operations(number: int) -> list[tuple[Client, Effort] | None]:
        random, client = Random(number), clients[number % ACCOUNTS].at(https[number // ACCOUNTS])
        return [await move_something(client, clients, random) for _ in range(OPERATIONS_EACH)]

    done = await asyncio.gather(*map(some_operations, range(ACCOUNTS * TASKS_EACH)))

    efforts = [made for operations in done for made in operations if made is not None]
    codes = Counter(answer.status_code for _, effort in efforts for answer in effort.answers)
    assert codes.keys() <= {CREATED, CONFLICT, httpx.codes.ACCEPTED}, codes
    assert codes[CREATED] > len(efforts) / 2
    ledger = await ledger_of(cluster.stack)
    assert ledger.broken == {}
    expected = Counter({c.user["id"]: before.units("active", UUID(c.user["id"])) for c in clients})
    for client, effort in efforts:
        if effort.answer.status_code == CREATED:
            units = parse_tonnes(effort.body["quantity"])
            expected[client.user["id"]] -= units
            if "recipientId" in effort.body:
                expected[effort.body["recipientId"]] += units
    held = {c.user["id"]: ledger.units("active", UUID(c.user["id"])) for c in clients}
    assert held == dict(expected)
