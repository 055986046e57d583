"""From nobody to an account that works, and back from a forgotten password, by the mails that arrive."""

import asyncio
import re
import time
from typing import Any

import httpx

from adapters.settings.temporal import TemporalSettings
from adapters.temporal.client import connect_temporal
from devstack.stack import Stack

EMAIL, PASSWORD, OTHER = "asha@supplier.example", "Kelp-forest-41!", "Other-kelp-42!"
WAIT_SECONDS = 30


async def mailed_token(stack: Stack, subject: str) -> str:
    """That of the newest mail with this subject, once it has arrived."""
    deadline = time.monotonic() + WAIT_SECONDS
    async with httpx.AsyncClient(base_url=stack.mail_url) as mail:
        while time.monotonic() < deadline:
            for message in (await mail.get("/messages")).json()["messages"]:
                found = re.search(r"\?token=([A-Za-z0-9_-]{43})", message["text"])
                if message["recipients"] == [EMAIL] and message["subject"] == subject and found:
                    return found.group(1)
            await asyncio.sleep(0.1)
    raise TimeoutError(f"no mail “{subject}” within {WAIT_SECONDS} s")


async def test_somebody_joins_signs_in_and_replaces_a_forgotten_password(
    stack: Stack, http: httpx.AsyncClient
) -> None:
    async def auth(path: str, **body: Any) -> httpx.Response:
        return await http.post(f"/api/v1/auth/{path}", json=body)

    wanted = {"email": EMAIL, "password": PASSWORD, "name": "Asha Rao", "role": "developer"}
    registered = await auth("register", **wanted)
    early = await auth("login", email=EMAIL, password=PASSWORD)
    confirm = await mailed_token(stack, "Confirm your e-mail address")
    looked = await http.get("/verify-email", params={"token": confirm})
    confirmed = await auth("verify-email", token=confirm)
    signed_in = await auth("login", email=EMAIL, password=PASSWORD)
    await auth("forgot-password", email=EMAIL)
    reset = await mailed_token(stack, "Choose a new password")
    replaced = await auth("reset-password", token=reset, password=OTHER)
    old = await auth("login", email=EMAIL, password=PASSWORD)
    new = await auth("login", email=EMAIL, password=OTHER)

    assert [registered.status_code, early.status_code, looked.status_code] == [201, 403, 200]
    assert [confirmed.status_code, signed_in.status_code] == [200, 200]
    assert [replaced.status_code, old.status_code, new.status_code] == [204, 401, 200]
    assert new.json()["data"]["user"]["id"] == registered.json()["data"]["id"]
    histories = await histories_of_mails(stack)
    assert len(histories) >= 2
    for secret in (EMAIL, "Asha", PASSWORD, confirm, reset):
        assert not [history for history in histories if secret in history]


async def histories_of_mails(stack: Stack) -> list[str]:
    client = await connect_temporal(TemporalSettings(temporal_address=stack.temporal_address))
    found = client.list_workflows("WorkflowType = 'AccountMailWorkflow'")
    return [
        (await client.get_workflow_handle(one.id, run_id=one.run_id).fetch_history()).to_json()
        async for one in found
    ]
