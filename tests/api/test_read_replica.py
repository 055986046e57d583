"""Who is answered by a replica, and by whom everybody else: on a real primary and a real replica of it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import asyncpg
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from adapters.postgres.replication.replica import PRIMARY, REPLICA, Replica
from devstack.ports import choose_ports
from devstack.processes import ChildProcess
from devstack.production.replica import owner_dsn, running_replica
from tests.api.caller import Api, running_api, settings_for
from tests.api.registry_rows import RegistryRows
from tests.databases import Databases, engine_for, save_people, sqlalchemy_url
from tests.factories import ADMINISTRATOR, BUYER, DEVELOPER
from tests.ledger.conftest import as_application

PREFERENCES = "/api/v1/me/notification-preferences"
PROJECTS = "/api/v1/registry/projects"
LAG_SECONDS = 1.0


@dataclass
class Pair:
    """A database on a primary and on its replica, and the replica's own server."""

    database_url: str
    replica_port: int
    password: str
    server: ChildProcess

    @property
    def replica_url(self) -> str:
        parts = urlsplit(self.database_url)
        netloc = parts.netloc.replace(f":{parts.port}", f":{self.replica_port}")
        return parts._replace(netloc=netloc).geturl()

    @asynccontextmanager
    async def behind(self) -> AsyncIterator[None]:
        """Inside, the replica takes in what comes and shows nothing of it."""
        connection = await asyncpg.connect(owner_dsn(self.replica_port, self.password))
        await connection.execute("SELECT pg_wal_replay_pause()")
        while await connection.fetchval("SELECT pg_get_wal_replay_pause_state()") != "paused":  # noqa: ASYNC110 -- another server's
            await asyncio.sleep(0.01)
        try:
            yield
        finally:
            await connection.execute("SELECT pg_wal_replay_resume()")
            await connection.close()

    async def caught_up(self) -> None:
        primary = await asyncpg.connect(self.database_url)
        # Tests commit without waiting for the log; a record of its own ends what may not be a whole page.
        position = await primary.fetchval("SELECT pg_current_wal_insert_lsn()::text")
        await primary.execute("SELECT pg_log_standby_snapshot()")
        await primary.close()
        replica = await asyncpg.connect(owner_dsn(self.replica_port, self.password))
        there = f"SELECT pg_last_wal_replay_lsn() >= '{position}'::pg_lsn"
        while not await replica.fetchval(there):  # noqa: ASYNC110 -- likewise
            await asyncio.sleep(0.01)
        await replica.close()


@pytest.fixture(scope="module")
async def pair(databases: Databases) -> AsyncIterator[Pair]:
    async with databases.fresh() as url:
        engine = engine_for(url)
        await save_people(engine)
        await engine.dispose()
        server = urlsplit(url)
        assert server.port is not None
        assert server.password is not None
        # Where the server under test has its own folder.
        with TemporaryDirectory(prefix="karbonica-replica-", dir="/dev/shm") as name:
            folder = Path(name)
            (folder / "passwords.json").write_text(json.dumps({"database_owner": server.password}))
            port = choose_ports(folder)["postgres"]
            async with running_replica(folder, port=port, primary_port=server.port) as child:
                yield Pair(url, port, server.password, child)


@pytest.fixture
async def api(pair: Pair) -> AsyncIterator[Api]:
    engine = engine_for(pair.database_url)
    settings = settings_for(
        pair.database_url,
        database_read_url=SecretStr(sqlalchemy_url(as_application(pair.replica_url))),
        database_read_lag_seconds=LAG_SECONDS,
    )
    await pair.caught_up()
    async with running_api(settings, engine) as running:
        yield running
    await engine.dispose()


def replica_of(api: Api) -> Replica:
    found: Replica = api.app.state.resources.replica
    return found


async def becomes_usable(replica: Replica, usable: bool) -> None:
    async with asyncio.timeout(30):
        while replica.is_usable != usable:  # noqa: ASYNC110 -- it follows from what others do
            await asyncio.sleep(0.05)


@asynccontextmanager
async def asked(api: Api, *servers: str) -> AsyncIterator[None]:
    """Inside, these servers alone are read from."""
    counts = replica_of(api).read_from
    counts.clear()
    yield
    assert set(counts) == set(servers)


async def choose(api: Api, headers: dict[str, str], hour: int) -> None:
    body = {"timeZone": "UTC", "digestHour": hour, "preferences": []}
    answer = await api.client.put(PREFERENCES, json=body, headers=headers)
    assert answer.status_code == 200, answer.text


async def chosen_hour(api: Api, headers: dict[str, str]) -> int:
    answer = await api.client.get(PREFERENCES, headers=headers)
    assert answer.status_code == 200, answer.text
    hour: int = answer.json()["data"]["digestHour"]
    return hour


async def test_who_has_written_reads_it_and_all_others_read_from_the_replica(
    api: Api, pair: Pair
) -> None:
    writer, other = await api.signed_in(BUYER), await api.signed_in(DEVELOPER)
    async with asked(api, REPLICA):
        assert (await api.client.get(PROJECTS)).status_code == 200
        before = await chosen_hour(api, writer)

    async with pair.behind():
        async with asked(api, PRIMARY):
            await choose(api, writer, (before + 1) % 24)
            assert await chosen_hour(api, writer) == (before + 1) % 24
            # Another of their sessions has written nothing itself.
            assert await chosen_hour(api, await api.signed_in(BUYER)) == (before + 1) % 24
        async with asked(api, REPLICA):
            await chosen_hour(api, other)

    await pair.caught_up()
    async with asked(api, REPLICA):
        assert await chosen_hour(api, writer) == (before + 1) % 24


async def test_nobody_reads_from_a_replica_that_is_too_far_behind(api: Api, pair: Pair) -> None:
    replica = replica_of(api)
    async with pair.behind():
        await choose(api, await api.signed_in(BUYER), 5)
        await becomes_usable(replica, False)
        assert LAG_SECONDS < replica.behind_seconds < LAG_SECONDS + 10
        async with asked(api, PRIMARY):
            assert (await api.client.get(PROJECTS)).status_code == 200
        checks = (await api.client.get("/readyz")).json()["checks"]
        assert checks["replica"] == (
            "The replica is away or too far behind; the primary is read instead."
        )

    await becomes_usable(replica, True)
    assert replica.behind_seconds <= LAG_SECONDS
    async with asked(api, REPLICA):
        await api.client.get(PROJECTS)


async def test_what_the_replica_does_not_know_yet_is_asked_of_the_primary(
    api: Api, pair: Pair
) -> None:
    async with pair.behind():
        issued = await RegistryRows(api.engine).project()
        async with asked(api, REPLICA, PRIMARY):
            answer = await api.client.get(f"{PROJECTS}/{issued.id}")
        assert answer.status_code == 200, answer.text
        async with asked(api, REPLICA, PRIMARY):
            missing = await api.client.get(f"{PROJECTS}/{BUYER.id}")
        assert missing.status_code == 404


async def test_a_session_that_was_ended_counts_at_once(api: Api, pair: Pair) -> None:
    headers = await api.signed_in(BUYER)
    await chosen_hour(api, headers)
    async with pair.behind():
        async with api.engine.begin() as connection:
            await connection.execute(text("UPDATE sessions SET ended_at = now()"))
        assert (await api.client.get(PREFERENCES, headers=headers)).status_code == 401


async def test_rows_have_their_readers_on_the_replica_too(api: Api, pair: Pair) -> None:
    owner = await asyncpg.connect(pair.database_url)
    await owner.execute(
        "INSERT INTO notifications (id, user_id, kind, message, link, created_at)"
        " SELECT gen_random_uuid(), id, 'credits_received', 'For ' || id, '/', now() FROM users"
    )
    await owner.close()
    await pair.caught_up()

    told = {}
    async with asked(api, REPLICA):
        for person in (BUYER, DEVELOPER, ADMINISTRATOR):
            headers = await api.signed_in(person)
            answer = await api.client.get("/api/v1/me/notifications", headers=headers)
            told[person.id] = {one["message"] for one in answer.json()["data"]}
    assert told == {id: {f"For {id}"} for id in told}
    # No policy of the routes' own: what stands in between is PostgreSQL's.
    replica = await asyncpg.connect(as_application(pair.replica_url))
    assert await replica.fetchval("SELECT count(*) FROM notifications") == 0
    await replica.close()


async def test_a_replica_that_is_killed_costs_no_reader_an_error(api: Api, pair: Pair) -> None:
    """The last test of the module: its replica is started again, and found again."""
    statuses = []
    headers = await api.signed_in(BUYER)

    async def read_on() -> None:
        for _ in range(40):
            statuses.append((await api.client.get(PROJECTS)).status_code)
            statuses.append((await api.client.get(PREFERENCES, headers=headers)).status_code)

    reading = [asyncio.create_task(read_on()) for _ in range(4)]
    await asyncio.sleep(0.1)
    await pair.server.kill()
    await asyncio.gather(*reading)
    assert statuses == [200] * 320
    async with asked(api, PRIMARY):
        await api.client.get(PROJECTS)

    await pair.server.start()
    await becomes_usable(replica_of(api), True)
    async with asked(api, REPLICA):
        await api.client.get(PROJECTS)
