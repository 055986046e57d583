"""Public answers that are kept until the registry changes: by one process, by two together, and without Redis."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.redis.redis_link import RedisLink
from adapters.redis.shared_answers import RegistryVersion, SharedAnswers
from tests.adapters.test_request_counters import running_valkey
from tests.api.caller import Api, running_api, settings_for
from tests.api.registry_rows import IssuedProject, RegistryRows
from tools.clear_caches import clear

PROJECTS = "/api/v1/registry/projects"
# What each look at the registry's version costs beside what is read for an answer.
VERSION = "audit_head"


@asynccontextmanager
async def process(database_url: str, engine: AsyncEngine, redis_url: str) -> AsyncIterator[Api]:
    settings = settings_for(
        database_url, redis_url=SecretStr(redis_url), public_cache_seconds=0.001
    )
    async with running_api(settings, engine) as api:
        yield api


async def reads(api: Api, path: str) -> list[str]:
    """The statements that an answer took, without the look at the version."""
    async with api.counting_queries() as sent:
        answer = await api.client.get(path)
        assert answer.status_code == 200, answer.text
    return [statement for statement in sent if VERSION not in statement]


async def change(engine: AsyncEngine, project: IssuedProject, title: str) -> None:
    """As a use case does: what is changed and its entry in the audit log in one transaction."""
    async with engine.begin() as connection:
        # Without the guards of what is decided, which are not what is tried here.
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        await connection.execute(
            text("UPDATE projects SET title = :title WHERE id = :id"),
            {"title": title, "id": project.id},
        )
        await connection.execute(text("UPDATE audit_head SET seq = seq + 1"))


@pytest.fixture
def folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="karbonica-valkey-") as made:
        yield Path(made)


async def test_processes_share_an_answer_until_the_registry_changes(
    database_url: str, engine: AsyncEngine, folder: Path
) -> None:
    project = await RegistryRows(engine).project()
    path = f"{PROJECTS}?limit=7"
    with running_valkey(folder) as (url, _):
        async with (
            process(database_url, engine, url) as one,
            process(database_url, engine, url) as other,
        ):
            assert await reads(one, path) != []
            first = (await one.client.get(path)).json()
            for api in (one, other):
                assert await reads(api, path) == [], "it was made already"
                assert (await api.client.get(path)).json() == first

            await change(engine, project, "Another title")
            await asyncio.sleep(0.01)
            for api in (one, other):
                answer = await api.client.get(path)
                assert answer.json()["data"][0]["title"] == "Another title"

            asked = one.app.state.answers.asked, other.app.state.answers.asked
            assert (asked[0]["redis", "miss"], asked[0]["redis", "hit"]) == (2, 0)
            assert (asked[1]["redis", "miss"], asked[1]["redis", "hit"]) == (0, 2)


async def test_an_answer_is_made_by_one_process_while_others_wait(folder: Path) -> None:
    version = RegistryVersion("1.1", 0)
    with running_valkey(folder) as (url, _):
        caches = [SharedAnswers(RedisLink(url)) for _ in range(4)]
        key = caches[0].key(version, "a")
        turns = [asyncio.create_task(cache.claim(key)) for cache in caches]
        await asyncio.sleep(0.1)
        mine = [number for number, turn in enumerate(turns) if turn.done()]
        assert len(mine) == 1
        await caches[mine[0]].put(key, b"made once")
        assert sorted([await turn or b"" for turn in turns]) == [b"", *[b"made once"] * 3]

        # Who had the turn may have died.
        began = time.monotonic()
        key = caches[0].key(version, "b")
        assert await caches[0].claim(key) is None
        assert await caches[1].claim(key) is None
        assert 0.5 < time.monotonic() - began < 3
        await asyncio.gather(*(cache.close() for cache in caches))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "hanging"])
async def test_redis_may_go_in_mid_use(
    number: signal.Signals, database_url: str, engine: AsyncEngine, folder: Path
) -> None:
    await RegistryRows(engine).project()
    paths = [f"{PROJECTS}?limit={n}" for n in range(1, 61)]
    with running_valkey(folder) as (url, server):
        async with process(database_url, engine, url) as api:
            await api.client.get(paths[0])

            async def read_on(some: list[str]) -> list[tuple[int, float]]:
                told = []
                for path in some:
                    began = time.monotonic()
                    answer = await api.client.get(path)
                    told.append((answer.status_code, time.monotonic() - began))
                return told

            reading = [asyncio.create_task(read_on(paths[n::3])) for n in range(3)]
            await asyncio.sleep(0.1)
            server.send_signal(number)
            told = [one for some in await asyncio.gather(*reading) for one in some]
            assert {status for status, _ in told} == {200}
            assert max(seconds for _, seconds in told) < 3
            assert api.app.state.answers.is_degraded
            # The process keeps answers by itself meanwhile.
            assert await reads(api, paths[0]) == []


async def test_clearing_reaches_redis_and_every_process(
    database_url: str, engine: AsyncEngine, folder: Path
) -> None:
    await RegistryRows(engine).project()
    with running_valkey(folder) as (url, _):
        async with process(database_url, engine, url) as api:
            await api.client.get(PROJECTS)
            assert await reads(api, PROJECTS) == []

            assert await clear(url) == 2, "the answer, and the claim of its maker"
            await asyncio.sleep(0.01)
            assert await reads(api, PROJECTS) != []
    assert await clear(url) is None, "Redis is gone"
