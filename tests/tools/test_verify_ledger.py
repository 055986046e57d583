"""`make verify-ledger`: entries are compared with what transactions alone lead to."""

from collections.abc import AsyncIterator
from itertools import count

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.databases import engine_for, save_people
from tests.factories import BUYER, DEVELOPER, OTHER_BUYER, OTHER_DEVELOPER
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
        "2 issuances and 5 movements replayed, 9 entries compared in 1.2 s",
        "✓ every transaction could follow from those before it",
        "✓ every entry has the units, status, holder and parent they lead to",
        "✓ what is kept twice is twice the same",
        "✓ issued = active + retired + cancelled + buffer, from either side",
        "  issued 1010.00 t: 304.00 t active + 6.00 t buffer + 500.00 t cancelled + 200.00 t retired",
        "The ledger holds.",
    ]


async def test_an_empty_ledger_holds(
    engine: AsyncEngine, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await checked(database_url, capsys) == (HOLDS, [])


async def test_clocks_that_disagree_change_nothing(
    ledger: LedgerRows, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await ledger.by_hand(
        "UPDATE credit_transactions SET created_at = now() - (created_at - '2000-01-01')"
    )

    assert await checked(database_url, capsys) == (HOLDS, [])


@pytest.mark.parametrize(
    ("by_hand", "said"),
    [
        pytest.param(
            f"UPDATE credit_entries SET status = 'active' WHERE serial = '{SERIAL}000004'",
            f"{SERIAL}000004 is active, by its transactions retired.",
            id="un-retired",
        ),
        pytest.param(
            f"UPDATE credit_entries SET owner_id = '{BUYER.id}' WHERE serial = '{SERIAL}000006'",
            f"{SERIAL}000006 belongs to somebody else than its transactions say.",
            id="taken away",
        ),
        pytest.param(
            f"UPDATE credit_entries SET units = '[50001,99999)' WHERE serial = '{SERIAL}000005'",
            f"{SERIAL}000005 holds units 50001 to 99998, by its transactions 50001 to 100000.",
            id="shrunk",
        ),
        pytest.param(
            f"UPDATE credit_entries SET parent_id = NULL WHERE serial = '{SERIAL}000006'",
            f"{SERIAL}000006 has another parent than its transactions say.",
            id="cut from its tree",
        ),
        pytest.param(
            f"DELETE FROM credit_entries WHERE serial = '{SERIAL}000009'",
            "Units 100401 to 101000 are buffer by their transactions, and there is no such entry.",
            id="an entry is missing",
        ),
        pytest.param(
            f"""INSERT INTO credit_entries (id, serial, project_id, owner_id, units, vintage,
                                            status, issued_at, last_action_at)
                SELECT gen_random_uuid(), '{SERIAL}000010', project_id, owner_id,
                       '[200000,200100)', 2024, 'active', now(), now()
                  FROM credit_entries LIMIT 1""",
            f"{SERIAL}000010 holds units that no transaction issued.",
            id="out of thin air",
        ),
        pytest.param(
            "DELETE FROM credit_transactions WHERE type = 'retirement'",
            f"{SERIAL}000004 came from no transaction.",
            id="a transaction is missing",
        ),
        pytest.param(
            "DELETE FROM credit_transactions WHERE type = 'retirement'",
            "The cancellation * moves what nobody had.",
            id="its successor hangs in the air",
        ),
        pytest.param(
            "UPDATE credit_transactions SET units = '[30001,100002)' WHERE type = 'retirement'",
            "The retirement * moves units that its entry did not have.",
            id="more than there was",
        ),
        pytest.param(
            f"UPDATE credit_transactions SET sender_id = '{OTHER_DEVELOPER.id}' WHERE type = 'transfer'",
            "The transfer * moves what its sender did not have.",
            id="somebody else's",
        ),
        pytest.param(
            "DELETE FROM credit_transactions WHERE type = 'issuance'",
            "The transfer * moves what was never issued.",
            id="never issued",
        ),
        pytest.param(
            "UPDATE retirements SET quantity_units = 19999",
            "The retirement * is of 199.99 t, its lines of 200.00 t.",
            id="a certificate of less",
        ),
        pytest.param(
            "UPDATE projects SET number = 2",
            f"{SERIAL}000005 is of project 2.",
            id="another project's number",
        ),
    ],
)
async def test_whatever_differs_is_named(
    ledger: LedgerRows,
    database_url: str,
    capsys: pytest.CaptureFixture[str],
    by_hand: str,
    said: str,
) -> None:
    await ledger.by_hand(by_hand)

    code, faults = await checked(database_url, capsys)

    before, _, after = said.partition("*")
    assert code == DOES_NOT_HOLD
    assert any(fault.startswith(before) and fault.endswith(after) for fault in faults), faults


async def test_many_differences_are_counted_and_a_few_shown(
    engine: AsyncEngine, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger, numbers = LedgerRows(engine), count(1)
    project = await ledger.project()
    while next(numbers) <= 25:
        await ledger.issue(project, 10)
    await ledger.by_hand(f"UPDATE credit_entries SET owner_id = '{BUYER.id}'")

    code, faults = await checked(database_url, capsys)

    assert (code, len(faults), faults[-1]) == (DOES_NOT_HOLD, 21, "and 5 more")


def test_a_database_that_is_away_is_no_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--database-url", "postgresql://postgres@127.0.0.1:1/nowhere"])

    assert code == NOT_CHECKED
    assert "The database cannot be read" in capsys.readouterr().err
