"""
The chain takes back a block that was six deep, on the whole stack, and the registry says so.

A certificate was sealed over it. Either the same bytes stand in another block soon, or their time
passes first, the record goes into another transaction, and the certificate is sealed again.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from temporalio.client import Client

from devstack.stack import Stack
from tests.conftest import People
from tests.journeys.project_life import RETIREMENT, issue
from workflows.chain import watch as chain_watch

pytestmark = pytest.mark.proof
WAIT_SECONDS = 90
BLOCKS_LEAST = 9
BEYOND_THE_TTL_SLOTS = 7_300


@pytest.fixture
async def devnet(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """Whatever a test does to it, its trouble is over afterwards."""
    async with httpx.AsyncClient(base_url=stack.devnet_url, trust_env=False) as control:
        yield control
        await control.post("/devnet/fault", json={"clear": True})


@pytest.fixture
async def watch(stack: Stack) -> Callable[[], Any]:
    """Has the chain watch look now; it comes by itself only each minute."""
    temporal = await Client.connect(stack.environment["TEMPORAL_ADDRESS"])
    return temporal.get_schedule_handle(chain_watch.SCHEDULE_ID).trigger


async def control(devnet: httpx.AsyncClient, name: str, **body: Any) -> Any:
    return (await devnet.post(f"/devnet/{name}", json=body)).raise_for_status().json()


async def sealed_retirement(people: People) -> Any:
    serial = await issue(people)
    retired = await people.supplier.post(
        f"/credits/{serial}/retire", RETIREMENT | {"quantity": "1.00"}
    )
    return await people.supplier.wait_for(
        f"/retirements/{retired['id']}",
        lambda found: found["certificateStatus"] == "sealed",
        seconds=WAIT_SECONDS,
    )


async def take_back(devnet: httpx.AsyncClient, retirement: Any) -> None:
    """Every block from the retirement's on, and what they held, is gone; no mempool has it."""
    height = retirement["chainRecord"]["blockHeight"]
    tip = (await control(devnet, "state"))["tip"]
    await control(devnet, "rollback", blocks=max(BLOCKS_LEAST, tip - height + 1), requeue=False)


async def public(http: httpx.AsyncClient, path: str) -> Any:
    return (await http.get(f"/api/v1/registry{path}")).raise_for_status().json()["data"]


async def until(http: httpx.AsyncClient, path: str, true: Callable[[Any], bool]) -> Any:
    """What the public registry says once it has come to that."""
    found = None
    for _ in range(WAIT_SECONDS * 4):
        found = await public(http, path)
        if true(found):
            return found
        await asyncio.sleep(0.25)
    raise AssertionError(f"it never came to that: {found}")


async def page(http: httpx.AsyncClient, path: str) -> str:
    return (await http.get(path)).raise_for_status().text


async def page_says(http: httpx.AsyncClient, path: str, *words: str) -> None:
    for _ in range(WAIT_SECONDS * 4):
        shown = await page(http, path)
        if all(word in shown for word in words):
            return
        await asyncio.sleep(0.25)
    raise AssertionError(f"{path} never said {words}")


async def certificate(http: httpx.AsyncClient, retirement: Any) -> bytes:
    answer = await http.get(f"/api/v1/registry/retirements/{retirement['id']}/certificate.json")
    return answer.raise_for_status().content


async def verified(http: httpx.AsyncClient, raw: bytes) -> Any:
    answer = await http.post("/api/v1/registry/verify", content=raw)
    return answer.raise_for_status().json()["data"]


async def test_the_same_bytes_stand_in_another_block_and_the_certificate_holds_again(
    people: People,
    http: httpx.AsyncClient,
    devnet: httpx.AsyncClient,
    watch: Callable[[], Any],
) -> None:
    retirement = await sealed_retirement(people)
    path, before = f"/retirements/{retirement['id']}", await certificate(http, retirement)
    # Nobody takes the bytes for a while, so that they are seen to be gone.
    await control(devnet, "fault", path="/tx/submit", status=503, times=100_000)
    await take_back(devnet, retirement)

    gone = await until(http, path, lambda found: found["chainRecord"]["status"] == "submitted")
    said = await verified(http, before)
    await watch()
    await page_says(http, "/chain", retirement["chainRecord"]["txHash"], "sent again")
    told = await page(http, path)
    await control(devnet, "fault", clear=True)
    back = await until(http, path, lambda found: found["chainRecord"]["status"] == "confirmed")
    await watch()
    await page_says(http, "/chain", retirement["chainRecord"]["txHash"], "included again in block")
    after = await verified(http, before)

    assert (gone["chainRecord"]["confirmations"], gone["certificateStatus"]) == (0, "sealed")
    assert retirement["chainRecord"]["takenBackAt"] is None
    assert back["chainRecord"]["takenBackAt"] == gone["chainRecord"]["takenBackAt"] is not None
    assert "took back the block" in told
    assert not said["verdict"]["holds"]
    assert back["chainRecord"]["txHash"] == retirement["chainRecord"]["txHash"]
    assert after["verdict"] == {"holds": True, "complete": True} | {
        "sentence": after["verdict"]["sentence"]
    }


async def test_a_record_whose_transaction_expires_is_rebuilt_and_its_certificate_sealed_again(
    people: People,
    http: httpx.AsyncClient,
    devnet: httpx.AsyncClient,
    watch: Callable[[], Any],
) -> None:
    retirement = await sealed_retirement(people)
    path = f"/retirements/{retirement['id']}"
    former = await certificate(http, retirement)
    held = await verified(http, former)
    await control(devnet, "fault", path="/tx/submit", status=503, times=100_000)
    await take_back(devnet, retirement)
    await until(http, path, lambda found: found["chainRecord"]["status"] == "submitted")
    await watch()
    await page_says(http, "/chain", retirement["chainRecord"]["txHash"], "sent again")

    await control(devnet, "slot", advance=BEYOND_THE_TTL_SLOTS)
    await until(
        http,
        path,
        lambda found: found["chainRecord"]["txHash"] != retirement["chainRecord"]["txHash"],
    )
    await control(devnet, "fault", clear=True)
    seals = await until(http, f"{path}/certificates", lambda found: len(found) == 2)
    await watch()
    await page_says(http, "/chain", "its records went into another transaction")

    present = await certificate(http, retirement)
    kept = (await http.get(seals[1]["address"])).content
    of_the_former, of_the_present = await verified(http, former), await verified(http, present)
    document, record = json.loads(present), (await public(http, path))["chainRecord"]
    assert held["verdict"]["holds"]
    assert kept == former
    assert document["supersedes"] == json.loads(former)["proof"]["digest"] == seals[1]["digest"]
    assert record["txHash"] == of_the_present["certificate"]["txHashes"][0]
    assert not of_the_former["verdict"]["holds"]
    assert of_the_former["registryWord"]["supersededBy"]["digest"] == seals[0]["digest"]
    assert (of_the_present["verdict"]["holds"], of_the_present["verdict"]["complete"]) == (
        True,
        True,
    )
    assert of_the_present["registryWord"]["supersededBy"] is None
