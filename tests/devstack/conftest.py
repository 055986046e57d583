"""A folder for what a test spoils, and one devnet for the tests that leave it as they found it."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.devstack.devnets import Devnet, open_devnet


@pytest.fixture
def folder() -> Iterator[Path]:
    # Not under pytest's own folder: PostgreSQL, which does not run as root, must reach it.
    with tempfile.TemporaryDirectory(prefix="karbonica-") as path:
        yield Path(path)


@pytest.fixture(scope="session")
async def shared_devnet(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Devnet]:
    async with open_devnet(tmp_path_factory.mktemp("devnet")) as running:
        yield running


@pytest.fixture
async def devnet(shared_devnet: Devnet) -> AsyncIterator[Devnet]:
    yield shared_devnet
    await shared_devnet.control("fault", clear=True)
    await shared_devnet.control("mine")
