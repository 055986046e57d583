"""People at the door: what readers notice of sign-ins under way, and a thousand who open an account."""

import asyncio
import re
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial

import httpx

from bench.bench_stack import BenchStack
from bench.loads.http import HttpLoad
from bench.loads.sample import Pace, Sample
from bench.measurement import Measurement, Section, Spread
from bench.population import PASSWORD
from bench.registries import free_port
from bench.rounds import by_turns, run_load
from devstack.processes import ChildProcess
from devstack.registry import api_process, running_api
from devstack.seed import PASSWORD as STAFF_PASSWORD

ROUNDS = 5
SIGN_INS_AT_ONCE = 20
P95_RATIO_MAX = 1.5
REGISTERING, AT_ONCE = 1_000, 20
MAILS_WITHIN_SECONDS = 180
READ = "`GET /api/v1/registry/projects`"
PACE = Pace(connections=2, warm_up_seconds=0.5, seconds=4, most_calls=100_000)
_TOKEN = re.compile(r"\?token=([A-Za-z0-9_-]{43})")
_ENVIRONMENT = {
    # As in production: what a sign-in costs is bcrypt.
    "BCRYPT_COST": "12",
    "RATE_LIMIT_ACCOUNT_REQUESTS_PER_MINUTE": "1000000",
    "RATE_LIMIT_SIGN_INS_PER_ADDRESS_PER_MINUTE": "1000000",
    "RATE_LIMIT_SIGN_INS_PER_SOURCE_PER_MINUTE": "1000000",
    # Each read is computed, so that it competes for the processors.
    "PUBLIC_CACHE_SECONDS": "0",
}


async def measure(bench: BenchStack) -> Section:
    stack = await bench.stack()
    holder = (await bench.population()).holders[0]
    folder = bench.data_dir / "people"
    folder.mkdir()
    port = free_port()
    environment = {**stack.environment, **_ENVIRONMENT, "API_PORT": str(port)}
    process = api_process(folder, environment)
    api = ChildProcess(
        "The API at production cost",
        [sys.executable, *process.command[1:]],
        process.log,
        process.environment,
        process.working_directory,
    )
    async with running_api(api, environment):
        url = f"http://127.0.0.1:{port}"
        samples = await by_turns(
            {
                "quiet": partial(_read, port),
                "while people sign in": partial(_read_meanwhile, port, url, holder.email),
            },
            rounds=ROUNDS,
        )
        told = await _register(url, stack.mail_url)
    ratio = Spread.of(
        [
            busy.p95_ms / quiet.p95_ms
            for quiet, busy in zip(samples["quiet"], samples["while people sign in"], strict=True)
        ]
    )
    return Section(
        title="People at the door",
        method=f"{READ}, computed each time, over two connections, by turns alone and while "
        f"{SIGN_INS_AT_ONCE} sign-ins (bcrypt cost 12, wrong passwords) are always under way, or refused "
        f"for being too many. Then {REGISTERING:,} people register, {AT_ONCE} at once, and confirm by "
        "the link in their mail.",
        columns=("what", "measured", "wanted"),
        rows=[
            [
                f"p95 of {READ} beside sign-ins, of the same alone",
                ratio.text(2),
                f"at most {P95_RATIO_MAX}",
            ],
            [
                "accounts confirmed, and mails that arrived",
                f"{told['confirmed']:,} and {told['mails']:,} of {REGISTERING:,}, in {told['seconds']:.0f} s",
                "all of them, each once",
            ],
        ],
        figures={"ratio": vars(ratio), **told},
    )


MEASUREMENT = Measurement("people", measure)


async def _read(port: int) -> Sample:
    request = "GET /api/v1/registry/projects?limit=50 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    load = HttpLoad(port=port, requests=[request], repeat=True, expected_status=200, pace=PACE)
    return await run_load("bench.loads.http", load, {})


async def _read_meanwhile(port: int, url: str, email: str) -> Sample:
    async with _signing_in(url, email):
        return await _read(port)


@asynccontextmanager
async def _signing_in(url: str, email: str) -> AsyncIterator[None]:
    async def again_and_again(number: int) -> None:
        async with httpx.AsyncClient(base_url=url, timeout=60) as http:
            sent = {"email": f"{number}.{email}", "password": f"not {STAFF_PASSWORD}"}
            while True:
                answer = await http.post("/api/v1/auth/login", json=sent)
                if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
                    # As a browser's script or a program does that reads the answer.
                    await asyncio.sleep(float(answer.headers["retry-after"]))

    async with asyncio.TaskGroup() as people:
        tasks = [people.create_task(again_and_again(number)) for number in range(SIGN_INS_AT_ONCE)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()


async def _register(url: str, mail_url: str) -> dict[str, float]:
    """How many were confirmed by the one mail that each of them got."""
    began = time.perf_counter()
    emails = [f"person.{number}@bench.example" for number in range(REGISTERING)]
    limit = asyncio.Semaphore(AT_ONCE)
    async with httpx.AsyncClient(base_url=url, timeout=60) as http:

        async def send(path: str, body: dict[str, str]) -> int:
            async with limit:
                while True:
                    answer = await http.post(f"/api/v1/auth/{path}", json=body)
                    if answer.status_code not in {429, 503}:
                        return answer.status_code
                    await asyncio.sleep(0.2)

        wanted = {"password": f"{PASSWORD}-of-a-person-1", "name": "A Person", "role": "buyer"}
        await asyncio.gather(*(send("register", {"email": email, **wanted}) for email in emails))
        tokens = await _tokens(mail_url, set(emails))
        answers = await asyncio.gather(
            *(
                send("verify-email", {"token": token})
                for found in tokens.values()
                for token in found
            )
        )
    return {
        "mails": sum(len(found) for found in tokens.values()),
        "people": len(tokens),
        "confirmed": sum(status < httpx.codes.BAD_REQUEST for status in answers),
        "seconds": time.perf_counter() - began,
    }


async def _tokens(mail_url: str, emails: set[str]) -> dict[str, list[str]]:
    """Of each person all that came to them, once everybody has had something."""
    found: dict[str, dict[str, str]] = {}
    async with httpx.AsyncClient(base_url=mail_url, timeout=60) as mail:
        with suppress(TimeoutError):
            async with asyncio.timeout(MAILS_WITHIN_SECONDS):
                while len(found) < len(emails):
                    await asyncio.sleep(1)
                    for message in (await mail.get("/messages")).json()["messages"]:
                        token = _TOKEN.search(message["text"])
                        (to,) = message["recipients"]
                        if token and to in emails:
                            found.setdefault(to, {})[message["received_at"]] = token[1]
    return {email: list(mails.values()) for email, mails in found.items()}
