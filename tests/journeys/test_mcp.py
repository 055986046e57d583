"""The server for assistants: its wheel in an environment of its own, asked by the official client."""

import asyncio
import json
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import pytest

from devstack.stack import Stack
from tests.conftest import FinishedStory

ROOT = Path(__file__).parents[2]
CLIENT = """
import asyncio, json, sys
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

async def ask(command, calls):
    async with stdio_client(StdioServerParameters(command=command[0], args=command[1:])) as (read, write):
        async with ClientSession(read, write) as session:
            await session.initialize()
            tools = (await session.list_tools()).tools
            answers = {}
            for name, tool, arguments in calls:
                answer = await session.call_tool(tool, arguments)
                answers[name] = [answer.isError, answer.structuredContent, [part.text for part in answer.content]]
            return {"tools": {t.name: t.annotations.readOnlyHint for t in tools}, "answers": answers}

command, calls = json.loads(sys.stdin.read())
print(json.dumps(asyncio.run(ask(command, calls))))
"""

pytestmark = pytest.mark.proof


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the three wheels, and what the index has of the rest."""
    folder = tmp_path_factory.mktemp("mcp")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    for source in ("./sdk", "./checker", "./sdk/mcp"):
        subprocess.run([*pip, "--wheel-dir", str(folder), source], cwd=ROOT, check=True)
    venv.create(folder / "venv", with_pip=True)
    binaries = folder / "venv" / "bin"
    wheels = [str(wheel) for wheel in folder.glob("*.whl")]
    subprocess.run([str(binaries / "pip"), "install", "--quiet", *wheels], check=True)
    return binaries


def asked(binaries: Path, options: list[str], calls: list[Any]) -> dict[str, Any]:
    command = [str(binaries / "karbonica-mcp"), *options]
    done = subprocess.run(
        [str(binaries / "python"), "-c", CLIENT],
        input=json.dumps([command, calls]),
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answered: dict[str, Any] = json.loads(done.stdout)
    return answered


async def test_an_assistant_finds_explains_and_verifies(
    environment: Path, finished_story: FinishedStory, stack: Stack
) -> None:
    story = finished_story
    options = ["--registry", story.url, "--chain", f"{stack.devnet_url}/api/v0"]
    calls = [
        ["search", "search_projects", {"limit": 5}],
        ["explain", "explain_certificate", {"retirement_id": story.retirement_id}],
        ["verify", "verify_certificate", {"retirement_id": story.retirement_id}],
        ["nowhere", "explain_certificate", {"retirement_id": story.project_id}],
        ["no id", "explain_certificate", {"retirement_id": "x"}],
    ]

    answered = await asyncio.to_thread(asked, environment, options, calls)

    assert answered["tools"] == dict.fromkeys(
        ("search_projects", "explain_certificate", "verify_certificate"), True
    )
    found = answered["answers"]
    assert story.project_id in {one["id"] for one in found["search"][1]["result"]}
    assert found["explain"][1]["retirement"]["id"] == story.retirement_id
    assert found["verify"][1]["verdict"] == "holds", found["verify"]
    assert [found[name][0] for name in ("nowhere", "no id")] == [True, True]
    assert "404" in found["nowhere"][2][0]
