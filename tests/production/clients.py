"""People who read and write through the load balancer while parts of the registry go away."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
from rich.console import Console

from devstack import demo
from devstack.production.balancer import balanced_http
from devstack.production.stack import ProductionLike

TRY_AGAIN_SECONDS = 0.25
LIMIT_SECONDS = 30
READING_SECONDS, WRITING_SECONDS = (1.0, 3.0), (2.0, 5.0)
"""
Between two requests of a person, so that fifty of them are some 20 reads and 3 writes a second: two cores bear that
beside all servers, and what is seen is the fault and not a queue.
"""
PROJECTS = "/api/v1/registry/projects"
RETIRED = "0.01"


@dataclass
class Seen:
    """What a kind of people saw: answers, errors by what was said, and how long they waited, in seconds."""

    answers: int = 0
    accepted: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    longest: float = 0.0
    longest_error: float = 0.0
    unworded: list[str] = field(default_factory=list)
    """Errors of the registry's own that say nothing a person can read."""

    def note(self, what: str | None, seconds: float) -> None:
        self.longest = max(self.longest, seconds)
        if what is None:
            self.answers += 1
        else:
            self.errors[what] += 1
            self.longest_error = max(self.longest_error, seconds)


@dataclass
class Crowd:
    """Whoever reads and writes; what was promised to writers is looked up at the end."""

    stack: ProductionLike
    project: dict[str, Any]
    cast: demo.Cast
    body: dict[str, Any]
    retirement: dict[str, Any]
    readers: Seen = field(default_factory=Seen)
    writers: Seen = field(default_factory=Seen)
    titles: set[str] = field(default_factory=set)
    retired: int = 0
    stops: asyncio.Event = field(default_factory=asyncio.Event)

    def begin_anew(self) -> None:
        self.readers, self.writers = Seen(), Seen()

    async def read_on(self, number: int) -> None:
        """As a stranger, and every third as somebody who is signed in."""
        signed_in = self.cast.buyer.headers if number % 3 == 0 else {}
        paths = [
            PROJECTS,
            f"{PROJECTS}/{self.project['id']}",
            "/",
            f"/projects/{self.project['id']}",
        ]
        own = ["/api/v1/me", "/api/v1/credits", "/api/v1/me/notifications"]
        async with self._client() as http:
            while not self.stops.is_set():
                path = random.choice(own if signed_in else paths)
                await self._ask(http, self.readers, "GET", path, headers=signed_in)
                await asyncio.sleep(random.uniform(*READING_SECONDS))

    async def register_on(self, number: int) -> None:
        """Registers projects, each with one key, until it is told that it is registered."""
        async with self._client() as http:
            for turn in range(10_000):
                if self.stops.is_set():
                    return
                title = f"Project {number}.{turn} {uuid4()}"
                # No two are alike, or the registry would say so.
                body = self.body | {"title": title}
                await self._until_done(http, "/api/v1/projects", body, self.cast.supplier.headers)
                self.titles.add(title)
                await asyncio.sleep(random.uniform(*WRITING_SECONDS))

    async def retire_on(self) -> None:
        """Retires a little of what the buyer holds, again and again; each time what was left."""
        headers = self.cast.buyer.headers
        async with self._client() as http:
            while not self.stops.is_set():
                answer = await self._ask(
                    http, self.writers, "GET", "/api/v1/credits?status=active", headers=headers
                )
                if answer is not None and answer.is_success:
                    most = max(answer.json()["data"], key=lambda one: float(one["quantity"]))
                    path = f"/api/v1/credits/{most['serial']}/retire"
                    body = self.retirement | {"quantity": RETIRED}
                    await self._until_done(http, path, body, headers)
                    self.retired += 1
                await asyncio.sleep(random.uniform(*WRITING_SECONDS))

    async def _until_done(
        self, http: httpx.AsyncClient, path: str, body: dict[str, Any], headers: dict[str, str]
    ) -> None:
        key = {"Idempotency-Key": str(uuid4())}
        while True:
            answer = await self._ask(
                http, self.writers, "POST", path, json=body, headers=headers | key
            )
            if answer is not None and answer.status_code in {200, 201}:
                return
            if answer is not None and 400 <= answer.status_code < 500:
                raise AssertionError(f"{path} refuses {body}: {answer.text}")
            await asyncio.sleep(TRY_AGAIN_SECONDS)

    async def _ask(
        self, http: httpx.AsyncClient, seen: Seen, method: str, path: str, **what: Any
    ) -> httpx.Response | None:
        began = time.monotonic()
        try:
            answer = await http.request(method, path, **what)
        except httpx.HTTPError:
            # Nobody took the request, or the connection broke under it.
            seen.note("no connection", time.monotonic() - began)
            return None
        seconds = time.monotonic() - began
        if answer.status_code == httpx.codes.ACCEPTED:
            seen.accepted += 1
            seen.note(None, seconds)
        elif answer.is_success:
            seen.note(None, seconds)
        else:
            seen.note(str(answer.status_code), seconds)
            if len(answer.text) < 20:
                seen.unworded.append(f"{answer.status_code} {path}: {answer.text}")
            elif answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                seen.unworded.append(f"{answer.status_code} {path}: {answer.text[:200]}")
        return answer

    def _client(self) -> httpx.AsyncClient:
        return balanced_http(self.stack.data_dir, base_url=self.stack.url, timeout=LIMIT_SECONDS)


async def prepared(stack: ProductionLike) -> Crowd:
    """One project's life up to credits of a buyer's, told through the balancer."""
    telling = demo.Telling(Console(quiet=True))
    facts = demo.facts_of_demo()
    async with balanced_http(stack.data_dir, base_url=stack.url, timeout=60) as http:
        cast = await demo.sign_in(http)
        project = await demo.verify(telling, cast, facts)
        serial = await demo.issued_serial(telling, cast, project)
        await demo.transfer(telling, cast, facts, serial)
    body = {name: value for name, value in facts["project"].items() if name != "title"}
    return Crowd(stack, project, cast, body, facts["retirement"])


@asynccontextmanager
async def at_work(crowd: Crowd, clients: int) -> AsyncIterator[None]:
    """`clients` people, of whom one in five writes."""
    writers = max(2, clients // 5)
    crowd.stops.clear()
    people = [asyncio.create_task(crowd.retire_on())]
    people += [asyncio.create_task(crowd.register_on(n)) for n in range(writers - 1)]
    people += [asyncio.create_task(crowd.read_on(n)) for n in range(clients - writers)]
    try:
        yield
    finally:
        crowd.stops.set()
        async with asyncio.timeout(120):
            await asyncio.gather(*people)
