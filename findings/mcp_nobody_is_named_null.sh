#!/usr/bin/env bash
# PyPI mcp 1.30.0 (the official SDK of the Model Context Protocol); 2.3.0, whose FastMCP is called MCPServer, does the same.
# Expected: a tool's argument that is declared as a text, or none, takes every text as it was sent: the JSON schema that the
# server publishes for it says anyOf string, null, and "null" in quotes is a string.
# Happens: texts for such an argument are read as JSON first. "null" arrives as None, so that a search for the beneficiary
# Null is one for everybody; "[1]" and "{\"a\": 1}" are refused as no text. Declared as str alone, the same texts arrive whole.
# Met by: whoever offers a search with optional words: names, reasons and titles that people typed.
# We: arguments of our tools are never optional texts; an empty one means that nothing is asked (sdk/mcp).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile mcp==1.30.0
cd "$folder"
bin/python -W ignore - <<'PYTHON'
import asyncio

from mcp.server.fastmcp import FastMCP
from mcp.server.fastmcp.exceptions import ToolError

server = FastMCP("registry")


@server.tool()
def beneficiary_or_none(name: str | None = None) -> str:
    return repr(name)


@server.tool()
def beneficiary(name: str = "") -> str:
    return repr(name)


async def call(tool: str, name: str) -> str:
    try:
        content, _ = await server.call_tool(tool, {"name": name})
    except ToolError:
        return "refused"
    return content[0].text


async def main() -> None:
    (schema,) = [t.inputSchema for t in await server.list_tools() if t.name == "beneficiary_or_none"]
    kinds = [one["type"] for one in schema["properties"]["name"]["anyOf"]]
    print("the schema takes", kinds)
    assert kinds == ["string", "null"]
    for name, whole, optional in (("Nordlys", "'Nordlys'", "'Nordlys'"), ("null", "'null'", "None"), ("[1]", "'[1]'", "refused")):
        found = await call("beneficiary", name), await call("beneficiary_or_none", name)
        print(f"{name!r:10} as str: {found[0]:10} as str | None: {found[1]}")
        assert found == (whole, optional), found


asyncio.run(main())
PYTHON
