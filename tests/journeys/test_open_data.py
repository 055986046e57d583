"""Anybody adds the registry up from its files, with the lines that docs/open-data.md shows."""

import asyncio
import hashlib
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from devstack.stack import Stack
from tests.conftest import FinishedStory, People
from tools import mirror

DOCUMENT = Path(__file__).parents[2] / "docs" / "open-data.md"


def shown_lines() -> str:
    (lines,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    text: str = lines
    return text


async def publish(people: People) -> Any:
    return await people.admin.post("/registry/export", {})


async def test_the_lines_in_the_documentation_add_the_registry_up(
    finished_story: FinishedStory, people: People
) -> None:
    await publish(people)
    names: dict[str, Any] = {"REGISTRY": finished_story.url}

    await asyncio.to_thread(exec, shown_lines(), names)

    assert names["sums"]["issued"] >= 4853
    assert names["sums"]["retired"] > 0


async def test_a_manifest_names_nine_files_and_its_own_hash_is_in_the_audit_log(
    finished_story: FinishedStory, people: People, http: httpx.AsyncClient, stack: Stack
) -> None:
    published = await publish(people)

    answer = await http.get(published["manifestUrl"])
    latest = await http.get("/api/v1/registry/export/manifest.json")

    assert hashlib.sha256(answer.content).hexdigest() == published["sha256"]
    assert latest.content == answer.content
    assert [file["name"] for file in answer.json()["files"]] == [
        f"{dataset}.{format}"
        for dataset in ("projects", "credits", "retirements")
        for format in ("csv", "jsonl")
    ] + [f"{dataset}.parquet" for dataset in ("projects", "credits", "retirements")]
    assert answer.json()["exportId"] == published["id"]


async def test_what_was_published_stays_while_the_registry_moves_on(
    finished_story: FinishedStory, people: People, http: httpx.AsyncClient
) -> None:
    first = await publish(people)
    second = await publish(people)

    assert first["id"] != second["id"]
    manifest = (await http.get(first["manifestUrl"])).json()
    assert len(manifest["files"]) == 9
    for file in manifest["files"]:
        content = (await http.get(file["path"], follow_redirects=True)).content
        assert hashlib.sha256(content).hexdigest() == file["sha256"]
        assert len(content) == file["bytes"]


async def published_hashes(people: People, http: httpx.AsyncClient) -> dict[str, str]:
    manifest = (await http.get((await publish(people))["manifestUrl"])).json()
    return {file["name"]: file["sha256"] for file in manifest["files"]}


async def test_a_mirror_of_the_movements_is_the_published_ledger(
    finished_story: FinishedStory,
    people: People,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    await publish(people)
    asked = [finished_story.url, "--file", str(tmp_path / "ledger.sqlite")]

    outcome = await asyncio.to_thread(mirror.main, asked)
    said = capsys.readouterr().out

    assert outcome == mirror.SAME, said
    assert "the ledger is the published one" in said


async def test_a_live_file_is_the_published_one_when_nothing_has_moved(
    finished_story: FinishedStory, people: People, http: httpx.AsyncClient
) -> None:
    """Records of journeys before this one may still be confirmed: then it is looked at again."""
    before: dict[str, str] = {}
    live: dict[str, str] = {}
    after = await published_hashes(people, http)
    for _ in range(20):
        if before == after:
            break
        await asyncio.sleep(1)
        before = await published_hashes(people, http)
        live = {
            name: hashlib.sha256(
                (await http.get(f"/api/v1/registry/export/{name}")).content
            ).hexdigest()
            for name in before
            if not name.endswith(".parquet")  # Written once a day.
        }
        after = await published_hashes(people, http)

    assert before == after, "something moved for twenty seconds"
    assert len(live) == 6
    assert live == {name: after[name] for name in live}


async def test_the_same_key_publishes_once(finished_story: FinishedStory, people: People) -> None:
    first = await people.admin.post("/registry/export", {}, key="once")
    second = await people.admin.post("/registry/export", {}, key="once")

    assert first == second


async def test_only_staff_publish(people: People, http: httpx.AsyncClient) -> None:
    anybody = await http.post("/api/v1/registry/export")

    assert anybody.status_code == 401
