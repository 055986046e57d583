"""
Work out again, from its public inputs, the tonnes that an approval rests on.

    python -m tools.requantify https://registry.example/api/v1/registry/verifications/ID/quantification/inputs.json
    python -m tools.requantify inputs.json --result quantification.json

The inputs have the calculation as it was declared, its parameters and every value. Of an address whose end is
`/inputs.json` the stated result is fetched beside it; of a file it is named by `--result`. Nothing but the inputs
is used, and nothing of the registry's database.

Exit codes: 0 the same tonnes follow, 1 something differs, 2 it could not be found out.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import rfc8785

from domain.errors import CannotQuantify
from domain.monitoring.calculations import DeclarationFault
from domain.monitoring.quantifications import inputs_from, result_of

HOLDS, DIFFERS, NOT_CHECKED = 0, 1, 2
BYTES_MAX = 50_000_000
_INPUTS = "/inputs.json"


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options().parse_args(arguments)
    try:
        content = _read(options.inputs)
        beside = options.inputs.removesuffix(_INPUTS) if _is_address(options.inputs) else None
        place = options.result or (beside if beside != options.inputs else None)
        stated = json.loads(_read(place)) if place else None
        result = result_of(inputs_from(content))
    except (OSError, httpx.HTTPError, ValueError) as unread:
        print(f"It cannot be read: {unread}", file=sys.stderr)
        return NOT_CHECKED
    except (DeclarationFault, CannotQuantify) as nothing:
        print(f"Nothing follows from it: {nothing}", file=sys.stderr)
        return NOT_CHECKED
    return report(content, result, stated)


def report(content: bytes, result: dict[str, Any], stated: Any) -> int:
    """Print what follows of each year, compare it with what is stated, and answer with the exit code."""
    inputs_sha256 = hashlib.sha256(content).hexdigest()
    sha256 = hashlib.sha256(rfc8785.dumps(result)).hexdigest()
    of = result["calculation"]
    print(f"calculation  {of['id']}, version {of['version']}")
    print(f"inputs       SHA-256 {inputs_sha256}")
    for one in result["vintages"]:
        print(
            f"{one['vintage']}         {one['quantity']} t of CO2e, from {one['tonnes']} ± {one['uncertainty']} t "
            f"({one['rows']:,} values)"
        )
    print(f"result       SHA-256 {sha256}")
    if stated is None:
        print("Nothing is stated beside it.")
        return HOLDS
    told = stated.get("data", stated) if isinstance(stated, dict) else {}
    expected = {"inputsSha256": inputs_sha256, "sha256": sha256, "vintages": result["vintages"]}
    differences = [name for name, value in expected.items() if told.get(name) != value]
    for name in differences:
        print(f"✗ {name} is stated otherwise: {str(told.get(name))[:100]}")
    print("Something is NOT as it is stated." if differences else "✓ The same tonnes follow.")
    return DIFFERS if differences else HOLDS


def _read(place: str) -> bytes:
    if not _is_address(place):
        return Path(place).read_bytes()
    answer = httpx.get(place, follow_redirects=True, timeout=60).raise_for_status()
    if len(answer.content) > BYTES_MAX:
        raise ValueError(f"{place} is larger than {BYTES_MAX:,} bytes")
    return answer.content


def _is_address(place: str) -> bool:
    return urlsplit(place).scheme in {"http", "https"}


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.requantify",
        description="Work out again, from its public inputs, the tonnes that an approval rests on.",
        epilog="Exit codes: 0 the same tonnes follow, 1 something differs, 2 it could not be found out.",
    )
    parser.add_argument("inputs", metavar="FILE_OR_URL", help="the document of inputs")
    parser.add_argument(
        "--result", metavar="FILE_OR_URL", help="what is stated; default: beside an address"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
