"""README's commands, as somebody types them beside a running stack: without an address."""

import asyncio
import os
import sys
from pathlib import Path

from devstack.stack import Stack
from tests.conftest import FinishedStory
from tests.databases import PROJECT_ROOT

COMMANDS = {
    "tools.verify_ledger": "The ledger holds.",
    "tools.verify_audit": "The audit log holds.",
    "tools.reconcile": "The registry and the chain agree.",
    "tools.seal_webhook_secrets": "all are under the present key",
    "tools.rotate_personal_key": "seals personal data now",
}


async def run(module: str, folder: Path) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module),
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT_ROOT)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await process.communicate()
    return process.returncode, printed.decode()


async def test_the_commands_of_the_readme_find_the_stack(
    stack: Stack,
    finished_story: FinishedStory,
    tmp_path: Path,
) -> None:
    (tmp_path / ".data").symlink_to(stack.data_dir)

    ended = {module: await run(module, tmp_path) for module in COMMANDS}

    assert {module: code for module, (code, _) in ended.items()} == dict.fromkeys(COMMANDS, 0), (
        ended
    )
    assert [module for module, said in COMMANDS.items() if said not in ended[module][1]] == []
