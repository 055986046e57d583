"""The tables of the documents say what the code says."""

import re
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

from domain.accounts.roles import Role
from domain.certificates.certificates import CertificateStatus
from domain.chain.records import RecordStatus
from domain.chain.transactions import ChainTransactionStatus
from domain.credits.checks.invariants import INVARIANTS
from domain.credits.ledger import ENTRY_MEANING, ENTRY_MOVES
from domain.projects.documents import Disclosure
from domain.projects.findings import FindingState
from domain.projects.projects import ProjectStatus
from domain.projects.verification import VerificationStatus

ROOT = Path(__file__).parents[2]


def rows(document: str, first_column: str) -> list[list[str]]:
    """The rows of the one table whose first column has this title."""
    text = (ROOT / document).read_text()
    (table,) = re.findall(rf"^\| {first_column} \|.*\n\|[-|]+\n((?:\|.*\n)+)", text, re.MULTILINE)
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()]


def words(cell: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", cell))


def named(found: Iterable[list[str]]) -> list[str]:
    return [row[0].strip("`") for row in found]


def values(kind: type[StrEnum]) -> list[str]:
    return [member.value for member in kind]


def explained(kind: type[StrEnum]) -> dict[str, str]:
    """What an enumeration's docstring says of each member, a line for each."""
    lines = re.findall(r"^\s{4}([a-z]+) {2,}(.+)$", kind.__doc__ or "", re.MULTILINE)
    return dict(lines)


def test_an_entry_may_become_what_the_glossary_says() -> None:
    written = {row[0].strip("`"): words(row[2]) for row in rows("docs/glossary.md", "entry")}

    assert written == {
        entry.value: {move.value for move in moves} for entry, moves in ENTRY_MOVES.items()
    }
    meanings = {row[0].strip("`"): row[1] for row in rows("docs/glossary.md", "entry")}
    assert meanings == {entry.value: meaning for entry, meaning in ENTRY_MEANING.items()}


def test_the_runbook_has_every_invariant_in_its_own_words() -> None:
    written = [(row[0].strip("`"), row[1]) for row in rows("docs/operations.md", "invariant")]

    assert written == [(invariant.name, invariant.sentence) for invariant in INVARIANTS]


def test_every_role_is_there() -> None:
    assert named(rows("docs/glossary.md", "role")) == values(Role)


def test_the_states_of_records_transactions_and_documents_are_explained_alike() -> None:
    for title, kind in (
        ("record", RecordStatus),
        ("chain transaction", ChainTransactionStatus),
        ("disclosure", Disclosure),
        ("finding", FindingState),
    ):
        written = {row[0].strip("`"): row[1] for row in rows("docs/glossary.md", title)}

        assert written == explained(kind)
        assert list(written) == values(kind)


def test_the_states_of_projects_verifications_and_certificates_are_all_there() -> None:
    for title, kind in (
        ("project", ProjectStatus),
        ("verification", VerificationStatus),
        ("certificate", CertificateStatus),
    ):
        assert named(rows("docs/glossary.md", title)) == values(kind)
