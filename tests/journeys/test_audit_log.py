"""The audit log reaches the chain, and strangers check it with a command, and with a few lines."""

import asyncio
import re
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.settings.temporal import TemporalSettings
from adapters.temporal.client import connect_temporal
from devstack.stack import Stack
from tests.conftest import FinishedStory
from workflows.audit import anchor as audit_anchor
from workflows.chain import reconciliation as reconcile

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60


async def trigger(stack: Stack, schedule_id: str) -> None:
    client = await connect_temporal(TemporalSettings(temporal_address=stack.temporal_address))
    await client.get_schedule_handle(schedule_id).trigger()


async def head(http: httpx.AsyncClient) -> Any:
    return (await http.get("/api/v1/registry/audit/head")).json()["data"]


@pytest.fixture(scope="module")
async def anchored(
    stack: Stack, http: httpx.AsyncClient, finished_story: FinishedStory
) -> dict[str, Any]:
    """The anchor that the schedule makes, once six blocks stand on top of it."""
    before = (await head(http))["seq"]
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            anchor: dict[str, Any] = (await head(http))["newestAnchor"] or {"seq": 0}
            if anchor["seq"] < before:
                # One anchors what the newest checkpoint covers, the next what came since.
                await trigger(stack, audit_anchor.SCHEDULE_ID)
            elif anchor["status"] in ("confirmed", "final"):
                return anchor
            await asyncio.sleep(1)


async def command(stack: Stack, module: str, *arguments: str) -> tuple[int | None, str]:
    """Run a tool as somebody would, with the registry's own settings."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments),
        cwd=ROOT,
        env=stack.environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    return process.returncode, out.decode()


async def test_the_anchor_is_on_the_chain_with_the_logs_own_hash(
    anchored: dict[str, Any], http: httpx.AsyncClient, stack: Stack
) -> None:
    entry = (await http.get(f"/api/v1/registry/audit/{anchored['seq']}")).json()["data"]
    async with httpx.AsyncClient() as chain:
        address = f"{stack.devnet_url}/txs/{anchored['txHash']}/metadata"
        (found,) = (await chain.get(address)).json()
    record = found["json_metadata"]

    (told,) = [r for r in record.get("records", [record]) if r["msg"] == ["Karbonica Audit Log"]]
    assert (told["seq"], told["hash"]) == (entry["seq"], entry["hash"])


async def test_the_command_says_that_the_log_holds_from_inside_and_from_outside(
    anchored: dict[str, Any], stack: Stack
) -> None:
    inside, outside = await asyncio.gather(
        command(stack, "tools.verify_audit"),
        command(
            stack,
            "tools.verify_audit",
            *("--url", stack.api_url, "--address", stack.platform_address),
        ),
    )

    for code, said in (inside, outside):
        assert (code, said.splitlines()[-1]) == (0, "The audit log holds."), said
        assert "anchored up to entry" in said


async def test_the_lines_in_the_documentation_recompute_the_log(
    anchored: dict[str, Any], stack: Stack
) -> None:
    text = (ROOT / "docs" / "audit-log.md").read_text()
    (lines,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names: dict[str, Any] = {"REGISTRY": stack.api_url}

    await asyncio.to_thread(exec, lines, names)

    assert names["hashes"][anchored["seq"]] == anchored["hash"]


async def test_nothing_differs_between_the_registry_and_the_chain(
    anchored: dict[str, Any], stack: Stack
) -> None:
    code, said = await command(stack, "tools.reconcile")

    assert (code, said.splitlines()[-1]) == (0, "The registry and the chain agree."), said
    assert "differences: 0" in said


async def test_the_schedule_says_so_on_the_page(
    anchored: dict[str, Any], stack: Stack, http: httpx.AsyncClient
) -> None:
    await trigger(stack, reconcile.SCHEDULE_ID)

    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            page = (await http.get("/audit")).text
            if "and no difference was found" in page:
                break
            await asyncio.sleep(0.5)
