"""A published generator reads the HTTP contract, and every answer has a type of its own afterwards."""

import asyncio
import json
import re
import subprocess
from pathlib import Path

import pytest

from devstack.npm import find_node, install
from tests.api.http.test_openapi import DOCUMENT, OPERATIONS

pytestmark = pytest.mark.proof

FOLDER = Path(__file__).with_name("generator")


def test_openapi_typescript_loses_no_answer(tmp_path: Path) -> None:
    node = find_node()
    asyncio.run(install(node, FOLDER, tmp_path / "npm.log", lambda: None))
    document, types, use = (tmp_path / name for name in ("api.json", "api.d.ts", "use.ts"))
    document.write_text(json.dumps(DOCUMENT))
    modules = FOLDER / "node_modules"
    generator = modules / "openapi-typescript" / "bin" / "cli.js"
    subprocess.run([node.node, generator, document, "-o", types], check=True, cwd=FOLDER)
    # Each answer is named in a program, so that one that is lost does not compile.
    answers = [
        f'operations["{operation["operationId"]}"]["responses"][{status}]'
        for operation in OPERATIONS.values()
        for status in operation["responses"]
    ]
    lines = [f"export type Answer{n} = {answer};" for n, answer in enumerate(answers)]
    use.write_text('import type { operations } from "./api";\n' + "\n".join(lines))
    compiler = modules / "typescript" / "bin" / "tsc"

    done = subprocess.run(
        [node.node, compiler, "--noEmit", "--strict", use],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout[:3000]
    generated = types.read_text()
    names = re.findall(r'^        "?([\w.-]+)"?: ', generated, re.MULTILINE)
    assert set(DOCUMENT["components"]["schemas"]) <= set(names)
