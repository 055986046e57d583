"""`make reconcile`: what it prints, and what it ends with."""

import pytest

from activities.chain.reconciliation import Found
from domain.chain.reconciliation import DIFFERENCES_MAX, ChainDifference, ChainDifferenceKind
from tools.reconcile import AGREE, DIFFER, NOT_COMPARED, main, report

TX_HASH = "ab" * 32


def test_agreement_is_said_in_three_lines(capsys: pytest.CaptureFixture[str]) -> None:
    code = report(Found(transactions=3, records=41), seconds=1.25)

    assert code == AGREE
    assert capsys.readouterr().out.splitlines() == [
        "41 confirmed records compared, 3 transactions read in 1.2 s",
        "differences: 0",
        "The registry and the chain agree.",
    ]


def test_every_difference_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    name = "The record 1 of KRB-2024-001-000001"
    found = Found(
        differences=[
            ChainDifference(ChainDifferenceKind.MISSING, TX_HASH, name),
            ChainDifference(ChainDifferenceKind.ABSENT, TX_HASH, name),
            ChainDifference(ChainDifferenceKind.UNLIKE, TX_HASH, name, "/quantity"),
            ChainDifference(ChainDifferenceKind.TWICE, TX_HASH, name, "cd" * 32),
            ChainDifference(ChainDifferenceKind.FOREIGN, TX_HASH),
        ]
    )

    code = report(found, seconds=0)

    tx = f"transaction {TX_HASH}"
    assert code == DIFFER
    assert capsys.readouterr().out.splitlines()[1:] == [
        "differences: 5",
        f"    {name} is confirmed here in {tx}, which the chain does not show.",
        f"    {name} is not among the records that {tx} holds.",
        f"    {name} differs from what {tx} holds, at /quantity.",
        f"    {name} stands in {tx} and again in {'cd' * 32}.",
        f"    The platform's key signed {tx}, which holds a record that is not ours.",
        "The registry and the chain DIFFER.",
    ]


def test_a_search_that_ended_early_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    many = [ChainDifference(ChainDifferenceKind.FOREIGN, TX_HASH)] * DIFFERENCES_MAX

    assert report(Found(differences=many), seconds=0) == DIFFER

    assert f"the search ended at {DIFFERENCES_MAX}" in capsys.readouterr().out


def test_a_database_that_is_away_is_no_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--database-url", "postgresql://nobody@127.0.0.1:1/none"]) == NOT_COMPARED

    assert "The database cannot be read" in capsys.readouterr().err


def test_what_could_not_be_compared_is_no_agreement(capsys: pytest.CaptureFixture[str]) -> None:
    assert report(Found(records=1, transactions=1, unknown=[TX_HASH]), seconds=0) == NOT_COMPARED
    assert f"    {TX_HASH}" in capsys.readouterr().out.splitlines()
