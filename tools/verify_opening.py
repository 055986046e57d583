"""
Check that a chain record commits to an account, with what the account's holder was told.

    python -m tools.verify_opening openings.json
    python -m tools.verify_opening openings.json --certificate certificate.json

`openings.json` is the answer of `GET /api/v1/retirements/{id}/openings` or
`/api/v1/transactions/{id}/openings`, or one of its items. With a certificate each opening must be that of
one of its records, which `python -m tools.verify` compares with the chain. Asks nobody anything.

Exit codes: 0 everything opens, 1 something does not, 2 it could not be checked.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from domain.certificates.certificates import chain_parts
from domain.certificates.schema import read_certificate
from domain.chain.commitments import commit, is_commitment

OPENS, DOES_NOT_OPEN, NOT_CHECKED = 0, 1, 2

FILE_SIZE_MAX = 4 * 1024 * 1024


class NotReadable(Exception):
    """A file is missing or is not what it should be; the sentence says which."""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options().parse_args(arguments)
    try:
        openings = _openings(_read(options.openings), options.openings)
        committed = _committed(_read(options.certificate)) if options.certificate else None
    except NotReadable as error:
        print(f"Not checked: {error}", file=sys.stderr)
        return NOT_CHECKED
    faults = 0
    for field, commitment, account_id, salt in openings:
        sentence = f"{field} {commitment}"
        if commit(account_id, salt) != commitment:
            faults += 1
            print(f"✗ {sentence} does not commit to account {account_id}.")
        elif committed is not None and commitment not in committed:
            faults += 1
            print(f"✗ {sentence} stands in none of the certificate's records.")
        else:
            print(f"✓ {sentence} commits to account {account_id}.")
    return DOES_NOT_OPEN if faults else OPENS


def _read(name: str) -> bytes:
    try:
        with Path(name).open("rb") as file:
            return file.read(FILE_SIZE_MAX)
    except OSError as error:
        raise NotReadable(f"{name} cannot be read: {error.strerror}.") from None


def _openings(raw: bytes, name: str) -> list[tuple[str, str, UUID, bytes]]:
    try:
        found = json.loads(raw)
        items = found.get("data", found) if isinstance(found, dict) else found
        openings = [_opening(one) for one in (items if isinstance(items, list) else [items])]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise NotReadable(f"{name} holds no openings as the registry answers them.") from None
    if not openings:
        raise NotReadable(f"{name} holds no opening: the records name the account themselves.")
    return openings


def _opening(item: Any) -> tuple[str, str, UUID, bytes]:
    commitment, salt = item["commitment"], bytes.fromhex(item["salt"])
    if not is_commitment(commitment):
        raise ValueError("64 hex digits are a commitment")
    account_id = UUID(item["accountId"])
    if str(account_id) != item["accountId"]:
        raise ValueError("an identifier has one spelling")
    commit(account_id, salt)
    return str(item["field"]), commitment, account_id, salt


def _committed(raw: bytes) -> set[str]:
    read = read_certificate(raw)
    if read.document is None:
        raise NotReadable(f"This is not a certificate: {'; '.join(read.faults)}.")
    parts = chain_parts(read.document)
    if not parts:
        raise NotReadable("The certificate is not sealed yet, and quotes no record.")
    return {str(part["record"]["retired_by"]) for part in parts}


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.verify_opening",
        description="Check that a chain record commits to an account.",
        epilog="Exit codes: 0 everything opens, 1 something does not, 2 it could not be checked.",
    )
    parser.add_argument("openings", help="what the registry answered, as a file")
    parser.add_argument(
        "--certificate", metavar="FILE", help="the certificate.json whose records are meant"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
