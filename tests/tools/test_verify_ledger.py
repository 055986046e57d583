"""`make verify-ledger`: what it prints, and how it ends."""

from collections.abc import AsyncIterator
from itertools import count

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.publishing.fragment_check import FRAGMENTS_AGREE
from domain.credits.checks.invariants import INVARIANTS
from tests.databases import engine_for, save_people
from tests.factories import BUYER, DEVELOPER, OTHER_BUYER
from tests.ledger_rows import LedgerRows
from tools.verify_ledger import DOES_NOT_HOLD, HOLDS, NOT_CHECKED, main, report, verify

SERIAL = "KRB-2024-001-"


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    made = engine_for(database_url)
    await save_people(made)
    yield made
    await made.dispose()


@pytest.fixture
async def ledger(engine: AsyncEngine) -> LedgerRows:
    """
    Every kind of movement.

    000001 → 000002 (→ 000006, handed on whole) and 000003 → 000004 (retired) and 000005 (cancelled
    whole); then a buffer, 000007 → 000008 (released) and 000009.
    """
    ledger = LedgerRows(engine)
    project = await ledger.project()
    root = await ledger.issue(project, 100_000)
    sold, kept = await ledger.transfer(root, 30_000, DEVELOPER, BUYER)
    _, rest = await ledger.retire(kept, 20_000, DEVELOPER)
    await ledger.cancel(rest, 50_000, "Double counted.")
    await ledger.transfer(sold, 30_000, BUYER, OTHER_BUYER)
    await ledger.release(await ledger.contribute(project, 1_000), 400)
    return ledger


async def checked(database_url: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    """The exit code, and the differences that are named."""
    code = report(await verify(database_url), seconds=0)
    lines = capsys.readouterr().out.splitlines()
    return code, [line.strip() for line in lines if line.startswith("    ")]


async def test_a_ledger_that_was_moved_by_its_rules_holds(
    ledger: LedgerRows, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = report(await verify(database_url), seconds=1.25)

    assert code == HOLDS
    assert capsys.readouterr().out.splitlines() == [
        "9 entries compared with their transactions in 1.2 s",
        *(f"✓ {invariant.sentence}" for invariant in INVARIANTS),
        f"✓ {FRAGMENTS_AGREE}",
        "  issued 1010.00 t: 304.00 t active + 6.00 t buffer + 500.00 t cancelled + 200.00 t retired",
        "The ledger holds.",
    ]


async def test_an_empty_ledger_holds(
    engine: AsyncEngine, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await checked(database_url, capsys) == (HOLDS, [])


async def test_whatever_differs_is_named_below_the_invariant_that_does_not_hold(
    ledger: LedgerRows, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """tests/ledger/test_invariants.py has whatever may differ; here is how it is said."""
    await ledger.by_hand(
        f"UPDATE credit_entries SET status = 'active' WHERE serial = '{SERIAL}000004'",
        "UPDATE projects SET number = 2",
        f"DELETE FROM credit_entries WHERE serial <> '{SERIAL}000004'",
    )

    code = report(await verify(database_url), seconds=1.25)

    lines = capsys.readouterr().out.splitlines()
    assert code == DOES_NOT_HOLD
    assert lines[-1] == "The ledger does NOT hold."
    assert f"    {SERIAL}000004 is active, by its transactions retired." in lines
    below = lines.index("✗ What is stored in two places is the same in both.")
    assert lines[below + 1] == f"    {SERIAL}000004 is of project 2."


async def test_many_differences_are_counted_and_a_few_shown(
    engine: AsyncEngine, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger, numbers = LedgerRows(engine), count(1)
    while next(numbers) <= 25:
        await ledger.issue(await ledger.project(), 10)
    await ledger.by_hand(f"UPDATE credit_entries SET owner_id = '{BUYER.id}'")

    code, faults = await checked(database_url, capsys)

    assert (code, len(faults), faults[-1]) == (DOES_NOT_HOLD, 21, "and 5 more")


def test_a_database_that_is_away_is_no_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--database-url", "postgresql://postgres@127.0.0.1:1/nowhere"])

    assert code == NOT_CHECKED
    assert "The database cannot be read" in capsys.readouterr().err
