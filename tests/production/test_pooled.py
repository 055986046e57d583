"""The same people with PgBouncer between the processes and the primary; whose rows are whose stays as it is.

That two identities on one server connection never see each other's rows is tests/adapters/postgres/test_shared_connections.py.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import pytest

from devstack.passwords import ensure_passwords
from devstack.production.pooler import POOL_SIZE, pgbouncer
from devstack.production.replica import owner_dsn
from devstack.production.stack import ProductionLike, running_production_like
from tests.production.clients import Crowd, prepared
from tests.production.conftest import OPTIONS
from tests.production.faults import away, killed_at_work

pytestmark = [
    pytest.mark.faults,
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        pgbouncer() is None, reason="pgbouncer is not installed (Debian's is enough)"
    ),
]

FROM_PROCESSES = """
    SELECT count(*) FROM pg_stat_activity
     WHERE usename = 'karbonica_app' AND backend_type = 'client backend'
"""


@pytest.fixture
async def pooled() -> AsyncIterator[ProductionLike]:
    with TemporaryDirectory(prefix="karbonica-pooled-", ignore_cleanup_errors=True) as folder:
        async with running_production_like(Path(folder), OPTIONS) as stack:
            yield stack


async def test_people_work_through_pgbouncer_and_it_is_killed(
    pooled: ProductionLike, clients: int
) -> None:
    crowd: Crowd = await prepared(pooled)
    pooler = pooled.pooler
    assert pooler is not None

    await killed_at_work(
        "PgBouncer", "killed, started again after 6 s", lambda: away(pooler), crowd, clients
    )

    password = ensure_passwords(pooled.data_dir).database_owner
    connection = await asyncpg.connect(owner_dsn(pooled.primary_port, password))
    sessions = await connection.fetchval(FROM_PROCESSES)
    await connection.close()
    assert 0 < sessions <= POOL_SIZE, "no process has gone past it"
