"""Trouble on the way to the chain, on the whole stack: staff notice it, and nothing is lost."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from temporalio.client import Client

from devstack.caller import CallRefused
from devstack.stack import Stack
from tests.conftest import People
from tests.journeys.project_life import RETIREMENT, issue
from workflows.chain import watch as chain_watch

SEALED_SECONDS = 90


@pytest.fixture
async def devnet(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """Whatever a test does to it, its trouble is over afterwards."""
    async with httpx.AsyncClient(base_url=stack.devnet_url, trust_env=False) as control:
        yield control
        await control.post("/devnet/fault", json={"clear": True})


@pytest.fixture
async def tables(stack: Stack) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(stack.database_url)
    yield connection
    await connection.close()


@pytest.fixture
async def frozen_wallet(people: People) -> AsyncIterator[None]:
    """It signs nothing, until the test or the end of it."""
    await people.admin.post("/chain/wallet/freeze", {"reason": "A record is looked at."})
    yield
    if (await people.admin.get("/chain/wallet"))["frozen"]:
        await people.admin.post("/chain/wallet/resume", {})


async def fault(devnet: httpx.AsyncClient, **fault: Any) -> None:
    (await devnet.post("/devnet/fault", json=fault)).raise_for_status()


async def test_during_an_outage_retirements_go_on_and_their_records_follow(
    people: People, http: httpx.AsyncClient, devnet: httpx.AsyncClient
) -> None:
    serial = await issue(people)
    await fault(devnet, status=503, times=100_000)

    retired = [await retire(people, serial, "1.00")]
    retired.append(await retire(people, await rest_of(people, serial), "2.00"))
    ready = await http.get("/readyz")
    certificates = [await certificate_status(http, one) for one in retired]
    await fault(devnet, clear=True)

    assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
    assert ready.json()["checks"]["chain"] != "ok"
    assert certificates == ["accepted", "accepted"]
    for one in retired:
        await sealed(people, one)


async def test_the_watch_runs_on_its_schedule_and_the_page_shows_what_it_saw(
    stack: Stack, people: People, http: httpx.AsyncClient
) -> None:
    temporal = await Client.connect(stack.environment["TEMPORAL_ADDRESS"])
    await temporal.get_schedule_handle(chain_watch.SCHEDULE_ID).trigger()

    wallet = await people.admin.wait_for(
        "/chain/wallet", lambda found: found["provider"]["answers"], seconds=20
    )
    page = (await http.get("/chain")).text

    assert wallet["feesLeft"] > 500
    assert wallet["frozen"] is False
    assert "Our provider of chain data answers." in page


async def test_a_parked_record_is_resumed_once_and_its_certificate_is_sealed(
    people: People, tables: asyncpg.Connection, frozen_wallet: None
) -> None:
    retirement = await retire(people, await issue(people), "1.00")
    record_id = await park(tables, retirement)
    wallet = await people.admin.get("/chain/wallet")
    await people.admin.post("/chain/wallet/resume", {})
    address, key = f"/chain/records/{record_id}/resume", str(uuid4())
    reason = {"reason": "The provider is back."}
    parked = await people.admin.get(f"/chain/records/{record_id}")

    resumed = await people.admin.post(address, reason, key=key)
    again = await people.admin.post(address, reason, key=key)
    with pytest.raises(CallRefused, match="Only a parked record can be resumed"):
        await people.admin.post(address, reason)
    await sealed(people, retirement)

    assert wallet["frozen"] is True
    assert (parked["status"], parked["parkReason"]) == ("parked", "A test stopped it.")
    assert resumed["status"] in {"queued", "submitted"}
    assert again == resumed
    entry = await tables.fetchrow(
        "SELECT changes FROM audit_logs WHERE resource_id = $1 AND event_type = $2",
        record_id,
        "chain.record_resumed",
    )
    assert entry is not None
    assert "The provider is back." in entry["changes"]


async def retire(people: People, serial: str, quantity: str) -> str:
    body = RETIREMENT | {"quantity": quantity}
    retired = await people.supplier.post(f"/credits/{serial}/retire", body)
    retirement_id: str = retired["id"]
    return retirement_id


async def rest_of(people: People, serial: str) -> str:
    """The serial under which what was not retired lives on."""
    split = await people.supplier.get(f"/credits/{serial}/lineage")
    (active,) = [entry["serial"] for entry in flat(split) if entry["status"] == "active"]
    return str(active)


def flat(found: Any) -> list[dict[str, Any]]:
    """Every entry in an answer, wherever it stands."""
    if isinstance(found, list):
        return [entry for item in found for entry in flat(item)]
    if not isinstance(found, dict):
        return []
    own = [found] if {"serial", "status"} <= found.keys() else []
    return own + [entry for item in found.values() for entry in flat(item)]


async def certificate_status(http: httpx.AsyncClient, retirement_id: str) -> str:
    answer = await http.get(f"/api/v1/registry/retirements/{retirement_id}")
    status: str = answer.raise_for_status().json()["data"]["certificateStatus"]
    return status


async def sealed(people: People, retirement_id: str) -> None:
    await people.supplier.wait_for(
        f"/retirements/{retirement_id}",
        lambda found: found["certificateStatus"] == "sealed",
        seconds=SEALED_SECONDS,
    )


async def park(tables: asyncpg.Connection, retirement_id: str) -> Any:
    """As if its text had not fit; the wallet is frozen, so that nobody has taken it yet."""
    return await tables.fetchval(
        """
        UPDATE chain_records record SET status = 'parked', park_reason = 'A test stopped it.'
          FROM credit_transactions moved
         WHERE moved.id = record.transaction_id AND moved.retirement_id = $1::uuid
           AND record.status = 'queued' RETURNING record.id
        """,
        retirement_id,
    )
