"""
Rebuild the public ledger from its movements, in a file of one's own, and compare it with what is published.

    python -m tools.mirror https://registry.example --file ledger.sqlite

Asks `GET /api/v1/registry/changes.jsonl` for what comes after the last movement in the file, makes each
movement by the rules of the ledger, and refuses one that they do not allow. At the number that the
registry published last, the root over all entries and the sums of each project and vintage must be
those of the manifest. A run that was interrupted goes on where the last whole page ended.

Needs this file, tools/mirrored_ledger.py, `domain/` and two packages: httpx and rfc8785. It sends GET requests only.

Exit codes: 0 the ledger is the published one, 1 it is not, 2 it could not be compared.
"""

import argparse
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx

from tools.mirrored_ledger import Mirror, NotALedger

SAME, DIFFERS, NOT_COMPARED = 0, 1, 2

PAGE_CHANGES = 5_000
TIMEOUT_SECONDS = 60.0

CHANGES = "/api/v1/registry/changes.jsonl"
MANIFEST = "/api/v1/registry/export/manifest.json"


class CannotCompare(Exception):
    """Arguments, files or servers do not allow it; the sentence says what to mend."""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options().parse_args(arguments)
    try:
        with (
            closing(Mirror(options.file)) as mirror,
            httpx.Client(
                base_url=options.registry.rstrip("/"),
                timeout=TIMEOUT_SECONDS,
                follow_redirects=False,
            ) as client,
        ):
            return follow(client, mirror)
    except NotALedger as refusal:
        print(refusal)
        return DIFFERS
    except CannotCompare as refusal:
        print(refusal, file=sys.stderr)
    except sqlite3.Error as error:
        print(f"{options.file} cannot be used: {error}.", file=sys.stderr)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        print(f"{options.registry} cannot be read: {error}", file=sys.stderr)
    return NOT_COMPARED


def follow(client: httpx.Client, mirror: Mirror) -> int:
    """Up to the published number, where both are compared, and then on to the newest movement."""
    published = _published(client)
    outcome, sentence = NOT_COMPARED, "Nothing is published yet to compare the ledger with."
    if published is not None:
        ledger, parts = published
        if mirror.seq > ledger["lastSeq"]:
            sentence = (
                f"The file is at {mirror.seq}, beyond what was published at {ledger['lastSeq']}:"
                " it can be compared after the next publication."
            )
        else:
            _fetch(client, mirror, until=ledger["lastSeq"])
            differences = compare(mirror, ledger, parts)
            outcome = DIFFERS if differences else SAME
            sentence = "\n".join(differences) or (
                f"At {ledger['lastSeq']} the ledger is the published one: {ledger['entries']} entries,"
                f" root {ledger['root']}."
            )
    print(sentence)
    if outcome is not DIFFERS:
        print(f"The file is at movement {_fetch(client, mirror)}.")
    return outcome


def compare(
    mirror: Mirror, ledger: Mapping[str, Any], parts: Sequence[Mapping[str, Any]]
) -> list[str]:
    """One sentence for each difference between the file and a manifest of the same moment."""
    found = mirror.state()
    differences = []
    if (found.entries, found.root) != (ledger["entries"], ledger["root"]):
        differences.append(
            f"At {found.last_seq} the root over {found.entries} entries is {found.root}; published is"
            f" {ledger['root']} over {ledger['entries']}."
        )
    sums = mirror.sums()
    told = {(part["projectId"], part["vintage"]): part for part in parts}
    for key in sorted(sums.keys() | told.keys()):
        mine, theirs = sums.get(key, {}), told.get(key, {})
        differences += [
            f"Of {key[0]}, {key[1]}, {name} is {mine.get(name)}; published is {theirs.get(name)}."
            for name in (
                "issued",
                "active",
                "reserved",
                "suspended",
                "retired",
                "cancelled",
                "buffer",
            )
            # A manifest of before ADR 0092 says nothing of it, because nothing was set aside.
            if mine.get(name) != theirs.get(name, "0.00" if theirs and name == "reserved" else None)
        ]
    return differences


def _fetch(client: httpx.Client, mirror: Mirror, *, until: int | None = None) -> int:
    """Page by page, up to a number or to the end; answers how far the file is."""
    while until is None or mirror.seq < until:
        limit = PAGE_CHANGES if until is None else min(PAGE_CHANGES, until - mirror.seq)
        answer = _get(client, CHANGES, since=mirror.seq, limit=limit)
        lines = [line for line in answer.text.split("\n") if line]
        if not lines:
            break
        mirror.apply(lines[:limit])
    return mirror.seq


def _published(
    client: httpx.Client,
) -> tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]] | None:
    answer = _get(client, MANIFEST, or_none=True)
    if answer.status_code == httpx.codes.NOT_FOUND:
        return None
    try:
        manifest = answer.json()
        if "ledger" not in manifest:
            # Published before movements were numbered.
            return None
        ledger, parts = manifest["ledger"], manifest["conservation"]["parts"]
        kinds = [type(ledger[name]) for name in ("lastSeq", "entries", "root")]
        named = all(part["projectId"] and part["vintage"] for part in parts)
    except (ValueError, KeyError, TypeError):
        kinds, named = [], False
    if kinds != [int, int, str] or not named:
        raise CannotCompare(f"{client.base_url}{MANIFEST} is not a manifest.")
    return ledger, parts


def _get(
    client: httpx.Client, path: str, *, or_none: bool = False, **params: int
) -> httpx.Response:
    answer = client.get(path, params=params)
    if or_none and answer.status_code == httpx.codes.NOT_FOUND:
        return answer
    if answer.status_code != httpx.codes.OK:
        raise CannotCompare(f"{answer.url} answers with {answer.status_code}: {answer.text[:500]}")
    return answer


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.mirror",
        description="Rebuild the public ledger from its movements and compare it with what is published.",
        epilog="Exit codes: 0 it is the published one, 1 it is not, 2 it could not be compared.",
    )
    parser.add_argument("registry", metavar="URL", help="where the registry stands")
    parser.add_argument(
        "--file", required=True, type=Path, help="the SQLite file, made or gone on with"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
