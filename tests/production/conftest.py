"""A registry with several of each, for all tests of a module."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from devstack.production.stack import ProductionLike, running_production_like
from devstack.stack import StackOptions
from tests.production.clients import Crowd, prepared

CLIENTS = int(os.environ.get("FAULT_CLIENTS", "50"))


_MANY = "1000000"
OPTIONS = StackOptions(
    environment={
        "BCRYPT_COST": "4",
        "RATE_LIMIT_PER_USER_PER_MINUTE": _MANY,
        "RATE_LIMIT_PER_ADDRESS_PER_MINUTE": _MANY,
    },
    quiet=True,
)


@pytest.fixture(scope="module")
async def production() -> AsyncIterator[ProductionLike]:
    with TemporaryDirectory(prefix="karbonica-faults-", ignore_cleanup_errors=True) as folder:
        # Each process finds the primary by itself, which is what a promotion needs.
        async with running_production_like(Path(folder), OPTIONS, with_pooler=False) as stack:
            yield stack


@pytest.fixture(scope="module")
async def crowd(production: ProductionLike) -> Crowd:
    return await prepared(production)


@pytest.fixture
def clients() -> int:
    return CLIENTS
