"""Two worker processes on one database and one wallet: each record is written once."""

import asyncio
import multiprocessing

import pytest

from tests.databases import engine_for
from tests.faults.conftest import MakePlatform
from tests.faults.platform import Platform, every_record_is_on_the_chain_once

pytestmark = pytest.mark.proof

TURNS = 40
WORKERS = 2


async def test_two_worker_processes_at_once(make: MakePlatform, database_url: str) -> None:
    platform = await make(records=200)
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload([__name__])
    starts_together = processes.Barrier(WORKERS)
    workers = [
        processes.Process(
            target=_work,
            args=(database_url, platform.devnet.url, platform.signer_name, starts_together),
        )
        for _ in range(WORKERS)
    ]
    for worker in workers:
        worker.start()
    while any(worker.is_alive() for worker in workers):
        await platform.devnet.mine()
        await asyncio.sleep(0.2)

    await platform.ends(within_blocks=10)

    assert [worker.exitcode for worker in workers] == [0] * WORKERS
    await every_record_is_on_the_chain_once(platform)


def _work(database_url: str, url: str, signer_name: str, starts_together: object) -> None:
    """Signs, sends and follows as fast as it can, and knows nothing of the other."""

    async def turns() -> None:
        engine = engine_for(database_url)
        platform = Platform.elsewhere(engine, url, signer_name)
        starts_together.wait()  # type: ignore[attr-defined]  # a barrier of multiprocessing
        for _ in range(TURNS):
            await platform.turn()
        await platform.close()
        await engine.dispose()

    asyncio.run(turns())
