"""
The platform's key is rotated as docs/operations.md says, on the whole stack, while records wait.

What the old key wrote stays provable, what waited is written with the new one, and both addresses
are published with their times.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from devstack.stack import Stack, StackOptions, running_stack
from domain.certificates.published_keys import PUBLISHED_AT
from tests.conftest import ENVIRONMENT, People
from tests.journeys.crowd import people_of
from tests.journeys.project_life import RETIREMENT, issue
from tools import keystore

pytestmark = [pytest.mark.proof, pytest.mark.timeout(300)]
WAIT_SECONDS = 90
BLOCK_SECONDS = 1
"""No quicker than slots are: blocks would be dated later than the clock that closes an address."""

FINALITY_BLOCKS = 12
"""An address is closed when its last transaction is final; on Preview that takes hours."""


@pytest.fixture(scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """One of this module's own: the others' goes on with the key that it has."""
    environment = ENVIRONMENT | {"CHAIN_FINALITY_BLOCKS": str(FINALITY_BLOCKS)}
    options = StackOptions(block_seconds=BLOCK_SECONDS, environment=environment, quiet=True)
    async with running_stack(tmp_path_factory.mktemp("rotation"), options) as running:
        yield running


async def test_records_that_wait_go_on_under_the_new_key_and_old_certificates_hold(
    stack: Stack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with httpx.AsyncClient(base_url=stack.api_url, timeout=60) as http:
        people = await people_of(http)
        first, second, third = [await issue(people) for _ in range(3)]
        before = await sealed(people, await retire(people, first))
        # On its way with the old key, or about to be; then one that waits for a signature.
        in_between = await retire(people, second)
        await people.admin.post("/chain/wallet/freeze", {"reason": "Its key is replaced."})
        waiting = await retire(people, third)

        settings, new_address = new_key(stack, tmp_path, capsys)
        await restart_with(stack, http, settings, new_address)
        await until(lambda: nothing_left_at(stack, stack.platform_address))
        await people.admin.post("/chain/wallet/resume", {})
        await sealed(people, in_between)
        after = await sealed(people, waiting)
        await until(lambda: is_closed(http, stack.platform_address))

        published = {one["address"]: one for one in await addresses(http)}
        page = (await http.get("/keys")).text
        documents = [await certificate(http, one) for one in (before, in_between, after)]
        wrong = [await what_is_wrong(http, document) for document in documents]

    assert new_address != stack.platform_address
    assert set(published) == {stack.platform_address, new_address}
    old, new = published[stack.platform_address], published[new_address]
    assert old["from"] < new["from"] < old["until"]
    assert new["until"] is None
    assert stack.platform_address in page
    assert new_address in page
    assert [payer(documents[0]), payer(documents[2])] == [stack.platform_address, new_address]
    assert wrong == [[], [], []]


def new_key(
    stack: Stack, folder: Path, capsys: pytest.CaptureFixture[str]
) -> tuple[dict[str, str], str]:
    """The second key, by the command, and what the processes are to be told of the two."""
    password, store = folder / "password", folder / "platform.json"
    password.write_text("a password of more than twelve characters")
    password.chmod(0o600)
    command = ["create", str(store), "--network", "devnet", "--password-file", str(password)]
    assert keystore.main(command) == keystore.DONE
    address = capsys.readouterr().out.split()[-1]
    old = f"file:{stack.environment['PLATFORM_KEY_FILE']}"
    return {
        "PLATFORM_SIGNER": "keystore",
        "PLATFORM_KEYSTORE_FILE": str(store),
        "PLATFORM_KEYSTORE_PASSWORD_FILE": str(password),
        "RETIRED_PLATFORM_KEYS": json.dumps([old]),
    }, address


async def restart_with(
    stack: Stack, http: httpx.AsyncClient, settings: dict[str, str], address: str
) -> None:
    await stack.worker.stop()
    await stack.api.stop()
    stack.worker.environment = {**stack.worker.environment, **settings}
    old = stack.api.environment["PLATFORM_ADDRESS"]
    stack.api.environment = {
        **stack.api.environment,
        "PLATFORM_ADDRESS": address,
        "PUBLISHED_ADDRESSES": json.dumps([{"address": old}]),
    }
    await stack.worker.start()
    await stack.api.start()
    await until(lambda: is_ready(http))


async def is_ready(http: httpx.AsyncClient) -> bool:
    try:
        return (await http.get("/readyz")).is_success
    except httpx.TransportError:
        return False


async def until(true: Callable[[], Any]) -> None:
    for _ in range(WAIT_SECONDS * 4):
        if await true():
            return
        await asyncio.sleep(0.25)
    raise AssertionError("it never came to that")


async def nothing_left_at(stack: Stack, address: str) -> bool:
    """As anybody can see on the chain."""
    async with httpx.AsyncClient(base_url=stack.devnet_url, trust_env=False) as chain:
        answer = await chain.get(f"/api/v0/addresses/{address}/utxos")
    return bool(answer.is_success and answer.json() == [])


async def addresses(http: httpx.AsyncClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await http.get(PUBLISHED_AT)).json()["platformAddresses"]
    return found


async def is_closed(http: httpx.AsyncClient, address: str) -> bool:
    return any(one["until"] for one in await addresses(http) if one["address"] == address)


async def retire(people: People, serial: str) -> str:
    body = RETIREMENT | {"quantity": "1.00"}
    retired = await people.supplier.post(f"/credits/{serial}/retire", body)
    retirement_id: str = retired["id"]
    return retirement_id


async def sealed(people: People, retirement_id: str) -> str:
    await people.supplier.wait_for(
        f"/retirements/{retirement_id}",
        lambda found: found["certificateStatus"] == "sealed",
        seconds=WAIT_SECONDS,
    )
    return retirement_id


async def certificate(http: httpx.AsyncClient, retirement_id: str) -> bytes:
    answer = await http.get(f"/api/v1/registry/retirements/{retirement_id}/certificate.json")
    return answer.raise_for_status().content


async def what_is_wrong(http: httpx.AsyncClient, document: bytes) -> list[str]:
    """The sentences of every check that did not pass."""
    answer = await http.post("/api/v1/registry/verify", content=document)
    checks = answer.raise_for_status().json()["data"]["checks"]
    return [check["sentence"] for check in checks if check["state"] != "passed"]


def payer(document: bytes) -> str:
    chain = json.loads(document)["chain"]
    one = chain[0] if isinstance(chain, list) else chain
    address: str = one["platformAddress"]
    return address
