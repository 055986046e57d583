"""
The code of the release before runs on today's schema, as in the hour between the migrations and the new processes.

It is taken from git: what stood before the newest revision came, or what `FORMER_RELEASE` names (a tag, a commit). Its
own stack tells its own demo, from the first registration to the checked certificate; today's checks read what it wrote.
"""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from devstack.stack import StackOptions, running_services
from tests.databases import PROJECT_ROOT
from tools import verify_ledger
from tools.verify_audit import HOLDS

pytestmark = [pytest.mark.proof, pytest.mark.timeout(600)]

STORY = """
import asyncio, sys
from pathlib import Path
from devstack import demo
from devstack.stack import StackOptions, running_stack

async def main(folder, outcome):
    # Its own migrations would not know today's revision.
    options = StackOptions(migrate=False, quiet=True, environment={"BCRYPT_COST": "4"})
    async with running_stack(Path(folder), options) as stack:
        await demo.tell(stack, json_path=Path(outcome))

asyncio.run(main(*sys.argv[1:]))
"""
NPM_FOLDERS = ("devstack/devnet",)


def git(*words: str) -> str:
    done = subprocess.run(
        ["git", *words], cwd=PROJECT_ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else ""


def former_release() -> str:
    """A commit; empty where there is no history to ask."""
    named = os.environ.get("FORMER_RELEASE")
    if named:
        return git("rev-parse", "--verify", f"{named}^{{commit}}")
    newest = git(
        *("log", "--first-parent", "-m", "--diff-filter=A", "--format=%H", "-1"),
        *("--", "migrations/versions"),
    )
    return git("rev-parse", "--verify", f"{newest}^1") if newest else ""


@pytest.fixture
def former() -> Iterator[Path]:
    """Its tree, in a folder that another user may enter, as PostgreSQL's does."""
    commit = former_release()
    if not commit:
        pytest.skip("git has no release before this one (a shallow clone?)")
    with TemporaryDirectory(prefix="karbonica-former-") as made:
        folder = Path(made)
        folder.chmod(0o755)
        tree = folder / "tree"
        tree.mkdir()
        archive = folder / "tree.tar"
        assert git("archive", f"--output={archive}", commit) == ""
        shutil.unpack_archive(archive, tree, filter="data")
        for name in NPM_FOLDERS:
            lock = "package-lock.json"
            if (tree / name / lock).read_bytes() == (PROJECT_ROOT / name / lock).read_bytes():
                (tree / name / "node_modules").symlink_to(PROJECT_ROOT / name / "node_modules")
        yield tree


async def test_the_code_before_tells_its_whole_story_on_todays_schema(former: Path) -> None:
    data = former.parent / "data"
    data.mkdir()
    async with running_services(data, StackOptions(quiet=True)):
        pass

    outcome = former.parent / "outcome.json"
    story = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", STORY, str(data), str(outcome)),
        cwd=former,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await story.communicate()
    assert story.returncode == 0, told.decode()[-3_000:]
    assert outcome.exists()

    async with running_services(data, StackOptions(quiet=True)) as services:
        findings = await verify_ledger.verify(services.database_url)
        assert verify_ledger.report(findings, seconds=0) == HOLDS
