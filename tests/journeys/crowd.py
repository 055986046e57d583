"""A stack with several API processes and workers, and a crowd of clients that do not give up."""

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any
from uuid import NAMESPACE_DNS, UUID, uuid4, uuid5

import asyncpg
import bcrypt
import httpx
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import create_async_engine

from adapters.postgres.identity import SYSTEM
from adapters.postgres.tables import reversal_cancellations
from devstack.caller import Caller
from devstack.ports import choose_ports
from devstack.processes import ChildProcess
from devstack.registry import api_process, running_api, running_worker, worker_process
from devstack.seed import ACCOUNTS, PASSWORD
from devstack.stack import Stack, StackOptions, running_stack
from tests.conftest import ENVIRONMENT, People
from tests.whole_ledger import WholeLedger, broken, whole_ledger

SERIAL = re.compile(r"KRB-\d{4}-\d{3,}-\d{6,}")
NO_ANSWER_YET = {202, 502, 503, 504}
"""The contract for these: send the same request with the same key again."""


@dataclass(frozen=True)
class Cluster:
    """One registry behind two addresses; each of its processes can be killed and started again."""

    stack: Stack
    api_urls: tuple[str, str]
    processes: tuple[ChildProcess, ...]


@asynccontextmanager
async def running_cluster(
    data_dir: Path, environment: Mapping[str, str] = ENVIRONMENT
) -> AsyncIterator[Cluster]:
    """Two API processes and two workers on one database; the chain stands still meanwhile."""
    options = StackOptions(block_seconds=0, environment=environment, quiet=True)
    async with running_stack(data_dir / "first", options) as stack, AsyncExitStack() as more:
        second = data_dir / "second"
        port = choose_ports(second)["api"]
        beside = stack.environment | {"API_PORT": str(port)}
        api = replace(api_process(second, beside), name="The second API")
        worker = replace(worker_process(second, beside), name="The second worker")
        await more.enter_async_context(running_api(api, beside))
        await more.enter_async_context(running_worker(worker))
        yield Cluster(
            stack,
            (stack.api_url, f"http://127.0.0.1:{port}"),
            (stack.api, stack.worker, api, worker),
        )


@dataclass
class Effort:
    """One operation that a client wants to happen once: its key, and every answer it was given."""

    path: str
    body: dict[str, Any]
    key: str = field(default_factory=lambda: str(uuid4()))
    answers: list[httpx.Response] = field(default_factory=list)

    @property
    def answer(self) -> httpx.Response:
        return self.answers[-1]


class Client:
    """
    One signed-in account; it repeats a request until the registry has answered it.

    Where it knows several addresses, it takes the next one each time.
    """

    def __init__(self, https: Sequence[httpx.AsyncClient], token: str, user: Any) -> None:
        self._https = deque(https)
        self._headers = {"Authorization": f"Bearer {token}"}
        self.user: dict[str, Any] = user

    @classmethod
    async def sign_in(cls, http: httpx.AsyncClient, email: str) -> "Client":
        sent = {"email": email, "password": PASSWORD}
        data = (await http.post("/api/v1/auth/login", json=sent)).raise_for_status().json()["data"]
        return cls([http], data["accessToken"], data["user"])

    def at(self, *https: httpx.AsyncClient) -> "Client":
        """The same account, at other addresses."""
        token = self._headers["Authorization"].removeprefix("Bearer ")
        return Client(https, token, self.user)

    async def insist(self, effort: Effort) -> httpx.Response:
        """Send until there is an answer, with the same key, whatever happens to processes meanwhile."""
        headers = {"Idempotency-Key": effort.key}
        while True:
            answer = await self._ask("POST", effort.path, headers, json=effort.body)
            if answer is not None:
                effort.answers.append(answer)
                if answer.status_code not in NO_ANSWER_YET:
                    return answer
            await self._turn_elsewhere()

    async def active_credits(self) -> list[dict[str, Any]]:
        return await self.listed("/credits?status=active&limit=100")

    async def listed(self, path: str) -> list[dict[str, Any]]:
        """What is on a list, as soon as the registry answers."""
        while True:
            answer = await self._ask("GET", path)
            if answer is not None and answer.is_success:
                found: list[dict[str, Any]] = answer.json()["data"]
                return found
            await self._turn_elsewhere()

    async def _ask(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **sent: Any
    ) -> httpx.Response | None:
        everything = self._headers | dict(headers or {})
        try:
            return await self._https[0].request(
                method, f"/api/v1{path}", headers=everything, **sent
            )
        except httpx.TransportError:
            return None

    async def _turn_elsewhere(self) -> None:
        self._https.rotate()
        await asyncio.sleep(0.2)


async def people_of(http: httpx.AsyncClient) -> People:
    callers = await asyncio.gather(*(Caller.sign_in(http, email) for email, *_ in ACCOUNTS))
    return People(*callers)


async def crowd(stack: Stack, https: Sequence[httpx.AsyncClient], size: int) -> list[Client]:
    """So many new buyers, signed in at these addresses in turn."""
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    emails = [f"buyer-{number}@crowd.example" for number in range(size)]
    database = await asyncpg.connect(stack.database_url)
    await database.executemany(
        "INSERT INTO users (id, email, password_hash, name, role, email_verified)"
        " VALUES ($1, $2, $3, 'One of many', 'buyer', true)",
        [(uuid5(NAMESPACE_DNS, email), email, hashed) for email in emails],
    )
    await database.close()
    return [
        await Client.sign_in(https[number % len(https)], email)
        for number, email in enumerate(emails)
    ]


async def hand_out(
    supplier: Client, serial: str, recipients: Sequence[Client], tonnes: str
) -> None:
    """Give each recipient so much of one entry, a transfer at a time."""
    series = serial.rpartition("-")[0]
    for recipient in recipients:
        effort = Effort(
            f"/credits/{serial}/transfer",
            {"quantity": tonnes, "recipientId": recipient.user["id"]},
        )
        answer = await supplier.insist(effort)
        assert answer.status_code == httpx.codes.CREATED, answer.text
        held = [entry["serial"] for entry in await supplier.active_credits()]
        [serial] = [remainder for remainder in held if remainder.startswith(f"{series}-")]


@dataclass(frozen=True)
class Ledger(WholeLedger):
    """`reversal_ids` has the reversal of each transaction that was made for one."""

    reversal_ids: Mapping[UUID, UUID] = field(default_factory=dict)

    @property
    def broken(self) -> dict[str, set[str]]:
        """The invariants that do not hold, each with its sentences."""
        return broken(self)

    def units(self, status: str, owner_id: UUID | None = None) -> int:
        return sum(
            entry.units.quantity_units
            for entry in self.entries
            if entry.status == status and owner_id in {None, entry.owner_id}
        )


async def ledger_of(stack: Stack) -> Ledger:
    engine = create_async_engine(stack.environment["DATABASE_URL"])
    async with engine.connect() as connection:
        await connection.execute(text(SYSTEM.statement()))
        ledger = await whole_ledger(connection)
        cancelled = await connection.execute(select(reversal_cancellations))
        found = Ledger(
            **vars(ledger), reversal_ids={row.transaction_id: row.reversal_id for row in cancelled}
        )
    await engine.dispose()
    return found


def patience(random: Random, tries: int) -> float:
    """Seconds to wait after being beaten so often: more, and more at random, each time."""
    return random.uniform(0, min(20, 1.0 * 2**tries))
