"""The registry on real parts, started once for all tests that need it."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest
from hypothesis import strategies as st
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from devstack import demo
from devstack.caller import Caller
from devstack.seed import ACCOUNTS
from devstack.stack import Stack, StackOptions, running_stack
from tests.databases import Databases, running_databases
from tests.not_run import NotRun

# Hypothesis loads the module behind UUIDs and chance with the first example, and pytest rewrites it
# then. While another thread parses code too, CPython 3.11 now and then refuses that (gh-106905).
st.randoms().validate()

NEED_THE_STACK = ("tests/journeys/", "tests/browser/")
BLOCK_SECONDS = 0.4
PATIENT = {
    # Many tests share few processors: a server that is out of breath is not away. What is done when
    # one hangs is tried with the limits of production (test_hung_database.py, test_hung_servers.py).
    "DATABASE_CONNECT_SECONDS": "20",
    "DATABASE_USE_SECONDS": "20",
    "DATABASE_PROBE_SECONDS": "5",
    "TEMPORAL_PROBE_SECONDS": "5",
    "S3_PROBE_SECONDS": "5",
    "CHECK_PROBE_SECONDS": "5",
}
ENVIRONMENT = {
    **PATIENT,
    # Tests sign in and call far more often than people do.
    "BCRYPT_COST": "4",
    "RATE_LIMIT_PER_USER_PER_MINUTE": "1000000",
    "RATE_LIMIT_PER_ADDRESS_PER_MINUTE": "1000000",
    "RATE_LIMIT_CHECKS_PER_MINUTE": "1000000",
    "RATE_LIMIT_ACCOUNT_REQUESTS_PER_MINUTE": "1000000",
    "RATE_LIMIT_COMMENTS_PER_MINUTE": "1000000",
    "RATE_LIMIT_SIGN_INS_PER_ADDRESS_PER_MINUTE": "1000000",
    "RATE_LIMIT_SIGN_INS_PER_SOURCE_PER_MINUTE": "1000000",
    "SIGN_INS_WAITING_MAX": "1000",
    "RATE_LIMIT_ANNOUNCEMENTS_PER_MINUTE": "1000000",
    "UPLOADS_OPEN_FILES_MAX": "1000",
    "UPLOADS_OPEN_BYTES_MAX": "100000000000",
    # The least that storage takes, so that a file in parts is small.
    "UPLOAD_PART_BYTES": "5242880",
    "UPLOADS_IN_PARTS_ABOVE_BYTES": "5242880",
    "CHECK_REQUESTS_PER_SECOND": "200",
}


class OneStack(LoadFileScheduling):  # type: ignore[misc]  # xdist publishes no types
    """
    Deals the files out to the processes that share the tests (`make test`).

    All files that need the stack go to one of them, so that there is one stack.
    """

    def _split_scope(self, nodeid: str) -> str:
        return "stack" if nodeid.startswith(NEED_THE_STACK) else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling:
    return OneStack(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest part first, so that the processes end together."""
    items.sort(key=lambda item: not item.nodeid.startswith(NEED_THE_STACK))


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(NotRun(config))


@dataclass(frozen=True)
class FinishedStory:
    """What the demo leaves behind: one project's whole life; `serial` is the retired entry's."""

    url: str
    project_id: str
    verification_id: str
    retirement_id: str
    serial: str
    outcome: dict[str, Any]


@dataclass(frozen=True)
class People:
    """The four accounts, signed in."""

    admin: Caller
    supplier: Caller
    verifier: Caller
    buyer: Caller


@pytest.fixture(scope="session")
async def databases() -> AsyncIterator[Databases]:
    """A PostgreSQL of the tests' own, with the registry's migrations in a template."""
    async with running_databases() as made:
        yield made


@pytest.fixture
async def database_url(databases: Databases) -> AsyncIterator[str]:
    """The owner's address of an empty, migrated database that is gone after the test."""
    async with databases.fresh() as url:
        yield url


@pytest.fixture(scope="session")
async def stack() -> AsyncIterator[Stack]:
    """PostgreSQL, Temporal, S3, a devnet with quick blocks, mail, the API and a worker."""
    options = StackOptions(block_seconds=BLOCK_SECONDS, environment=ENVIRONMENT, quiet=True)
    # Not pytest's own temporary folder: a run beside this one would tidy it away.
    with TemporaryDirectory(prefix="karbonica-tests-") as folder:
        async with running_stack(Path(folder), options) as running:
            yield running


@pytest.fixture(scope="session")
async def http(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API without an account."""
    async with httpx.AsyncClient(base_url=stack.api_url, timeout=60) as client:
        yield client


@pytest.fixture(scope="session")
async def people(http: httpx.AsyncClient) -> People:
    callers = await asyncio.gather(*(Caller.sign_in(http, email) for email, *_ in ACCOUNTS))
    return People(*callers)


@pytest.fixture(scope="session")
async def finished_story(
    stack: Stack, http: httpx.AsyncClient, tmp_path_factory: pytest.TempPathFactory
) -> FinishedStory:
    """The life of one project, told once by the demo itself."""
    path = tmp_path_factory.mktemp("story") / "outcome.json"
    await demo.tell(stack, json_path=path)
    outcome = json.loads(path.read_text())
    retired = await http.get(f"/api/v1/registry/retirements/{outcome['retirementId']}")
    return FinishedStory(
        url=stack.api_url,
        project_id=outcome["projectId"],
        verification_id=outcome["verificationId"],
        retirement_id=outcome["retirementId"],
        serial=retired.json()["data"]["serial"],
        outcome=outcome,
    )
