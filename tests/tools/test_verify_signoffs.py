"""`make verify-signoffs`: what it prints, and what it ends with."""

from uuid import UUID

import pytest

from activities.projects.sign_offs import SignOffFindings
from domain.chain.alerts import AlertKind
from domain.projects.sign_offs import DIFFERENCES_MAX
from tools.verify_signoffs import DIFFERS, HOLDS, NOT_CHECKED, main, report


def test_what_holds_is_said_in_four_lines(capsys: pytest.CaptureFixture[str]) -> None:
    code = report(SignOffFindings(checked=3), SignOffFindings(checked=12, read=12), seconds=1.25)

    assert code == HOLDS
    assert capsys.readouterr().out.splitlines() == [
        "3 sign-offs recomputed, 12 documents looked up, 12 of them read through, in 1.2 s",
        "✓ What was signed off stands there, as the audit log says too.",
        "✓ Object storage holds the bytes of every completed document.",
        "All is as it was signed off.",
    ]


def test_every_difference_is_named_and_no_more_than_can_be_read(
    capsys: pytest.CaptureFixture[str],
) -> None:
    documents = SignOffFindings()
    for number in range(DIFFERENCES_MAX + 5):
        documents.add(AlertKind.DOCUMENT_DIFFERENCE, UUID(int=number), f"Document {number}: gone.")

    code = report(SignOffFindings(), documents, seconds=0)

    lines = capsys.readouterr().out.splitlines()
    assert code == DIFFERS
    assert lines[2] == "✗ Object storage holds the bytes of every completed document."
    assert lines[3:-2] == [f"    Document {number}: gone." for number in range(DIFFERENCES_MAX)]
    assert lines[-2:] == [
        f"    There may be more: the first {DIFFERENCES_MAX} are named.",
        "Something is NOT as it was signed off.",
    ]


def test_a_database_that_is_away_is_no_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--database-url", "postgresql://nobody@127.0.0.1:1/none"]) == NOT_CHECKED

    assert "The database cannot be read" in capsys.readouterr().err
