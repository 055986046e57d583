"""The client that others install: built as a wheel, and used on a running registry by its own name."""

import asyncio
import importlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import uuid4
from zipfile import ZipFile

import httpx
import pytest

from tests.conftest import FinishedStory, People

ROOT = Path(__file__).parents[2]
SDK = ROOT / "sdk"

pytestmark = pytest.mark.proof


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    folder = tmp_path_factory.mktemp("sdk")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--wheel-dir", str(folder), "./sdk"], cwd=ROOT, check=True)
    (wheel,) = folder.glob("*.whl")
    ZipFile(wheel).extractall(folder)
    sys.path.insert(0, str(folder))
    yield importlib.import_module("karbonica_client")
    sys.path.remove(str(folder))


class Flaky(httpx.HTTPTransport):
    """Loses the answer to the first POST, which the registry has taken."""

    posts = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = super().handle_request(request)
        if request.method == "POST":
            self.posts += 1
            if self.posts == 1:
                answer.read()
                raise httpx.ReadError("the answer was lost", request=request)
        return answer


def token_of(people: People) -> str:
    return people.buyer.headers["Authorization"].removeprefix("Bearer ")


async def test_the_public_registry_is_read_whole_and_typed(
    client: ModuleType, finished_story: FinishedStory
) -> None:
    def read() -> dict[str, Any]:
        with client.Registry(finished_story.url) as registry:
            numbers = [change.seq for change in registry.changes()]
            assert numbers == list(range(1, len(numbers) + 1))
            one_by_one = [found.id for found in registry.retirements(limit=1)]
            assert one_by_one == [found.id for found in registry.retirements(limit=100)]
            sealed = registry.wait_for_seal(finished_story.retirement_id, timeout_seconds=120)
            with pytest.raises(client.RegistryRefused) as refused:
                registry.retirement(uuid4())
            return {
                "retirement": str(sealed.id),
                "project": str(registry.project(finished_story.project_id).id),
                "certificate": registry.certificate(finished_story.retirement_id),
                "refused": (refused.value.status, refused.value.errors[0].detail),
            }

    found = await asyncio.to_thread(read)

    assert found["retirement"] == finished_story.retirement_id
    assert found["project"] == finished_story.project_id
    assert found["certificate"].startswith(b'{"beneficiary"')
    assert found["refused"] == (404, "There is no such retirement.")


async def test_a_retirement_whose_answer_was_lost_happens_once(
    client: ModuleType, finished_story: FinishedStory, people: People
) -> None:
    credits_held = await people.buyer.get("/credits?status=active")
    lines = client.models.LinesRequest.model_validate(
        {
            "lines": [{"serial": credits_held[0]["serial"], "quantity": "0.01"}],
            "beneficiary": {"undisclosed": True},
            "purpose": "A claim",
            "reason": "Ferries in 2025",
        }
    )
    transport = Flaky()

    def retire() -> list[str]:
        with client.Registry(finished_story.url, token_of(people), transport=transport) as registry:
            first = registry.retire(lines, idempotency_key="ferries-2025")
            again = registry.retire(lines, idempotency_key="ferries-2025")
            return [str(first.id), str(again.id)]

    first, again = await asyncio.to_thread(retire)

    assert first == again
    assert transport.posts == 3


def test_typescript_compiles_against_the_same_document(tmp_path: Path) -> None:
    for name in ("package.json", "package-lock.json", "example.ts"):
        shutil.copy(SDK / "typescript" / name, tmp_path)
    subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=tmp_path, check=True)
    document = str(ROOT / "docs" / "openapi.yaml")
    generate = ["npx", "openapi-typescript", document, "--output", "registry.d.ts"]
    subprocess.run(generate, cwd=tmp_path, check=True)
    options = ["--noEmit", "--strict", "--skipLibCheck", "--target", "es2022"]
    modules = ["--module", "nodenext", "--moduleResolution", "nodenext", "example.ts"]

    subprocess.run(["npx", "tsc", *options, *modules], cwd=tmp_path, check=True)

    assert "ChangeResponse" in (tmp_path / "registry.d.ts").read_text()
