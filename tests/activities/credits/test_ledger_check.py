"""The ledger's own check: it finds whatever does not add up, names it, and tells staff once."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.testing import ActivityEnvironment

from activities.accounts.notifications import MailNotification
from activities.chain.watch import WatchChain
from activities.credits.ledger_check import CheckLedger, LedgerChecked
from adapters.postgres.chain import reads as reads_chain
from domain.accounts.roles import Account
from domain.chain.alerts import Alert, AlertKind
from tests.activities.registry import Registry, run
from tests.factories import (
    ADMINISTRATOR,
    BUYER,
    DEVELOPER,
    NOW,
    OTHER_ADMINISTRATOR,
    OTHER_BUYER,
    named,
)
from tests.fakes.gauges import Gauges
from tests.ledger_rows import LedgerRows

CHECK = CheckLedger(check_id=named("check"))
NEXT_CHECK = CheckLedger(check_id=named("next check"))
SERIAL = "KRB-2024-001-"


@pytest.fixture
def ledger(engine: AsyncEngine) -> LedgerRows:
    return LedgerRows(engine)


async def a_busy_year(ledger: LedgerRows) -> None:
    """
    Every kind of movement, over three projects and two vintages.

    000001 was split into 000002 (transferred on whole as 000006) and 000003, which was split
    into 000004 (retired) and 000005 (cancelled whole).
    """
    project, other, third = [await ledger.project() for _ in range(3)]
    root = await ledger.issue(project, 100_000)
    sold, kept = await ledger.transfer(root, 30_000, DEVELOPER, BUYER)
    _, rest = await ledger.retire(kept, 20_000, DEVELOPER)
    await ledger.cancel(rest, 50_000, "Double counted.")
    await ledger.transfer(sold, 30_000, BUYER, OTHER_BUYER)
    await ledger.issue(other, 7, vintage=2023)
    buffer = await ledger.contribute(third, 1_000)
    _, left = await ledger.release(buffer, 400)
    await ledger.cancel(left, 100, "A fire.")


async def check(registry: Registry, request: CheckLedger = CHECK) -> LedgerChecked:
    return await run(registry.conservation.check_ledger, request)


async def kept_checks(engine: AsyncEngine) -> list[dict[str, Any]]:
    async with engine.connect() as connection:
        rows = await connection.execute(text("SELECT * FROM ledger_checks ORDER BY checked_at"))
        return [dict(row) for row in rows.mappings()]


async def test_an_empty_ledger_holds(registry: Registry) -> None:
    assert await check(registry) == LedgerChecked(check_id=CHECK.check_id, holds=True)


async def test_a_ledger_that_was_moved_by_its_rules_holds_and_the_sum_is_kept(
    registry: Registry, ledger: LedgerRows, engine: AsyncEngine
) -> None:
    await a_busy_year(ledger)

    checked = await check(registry)

    assert checked == LedgerChecked(check_id=CHECK.check_id, holds=True)
    (kept,) = await kept_checks(engine)
    assert (kept["holds"], kept["differences"]) == (True, [])
    assert kept["totals"] == {
        "issued_units": 101_007,
        "active_units": 30_407,
        "suspended_units": 0,
        "retired_units": 20_000,
        "cancelled_units": 50_100,
        "buffer_units": 500,
        "reserved_units": 0,
    }


async def test_whatever_does_not_add_up_is_kept_in_the_words_of_the_invariants(
    registry: Registry, ledger: LedgerRows, engine: AsyncEngine
) -> None:
    """tests/ledger/test_invariants.py has whatever may differ; here is what is kept of it."""
    await a_busy_year(ledger)
    await ledger.by_hand(
        f"UPDATE credit_entries SET status = 'transferred' WHERE serial = '{SERIAL}000006'"
    )

    checked = await check(registry)

    (kept,) = await kept_checks(engine)
    assert (kept["holds"], checked.holds, checked.differences) == (False, False, 7)
    assert kept["differences"] == [
        f"The children of {SERIAL}000006 do not tile it.",
        "Units 1 to 30000 were issued and are in no entry.",
        f"{SERIAL}000006 is transferred, by its transactions active.",
        "In total: 1010.07 t were issued, 710.07 t are accounted for.",
        "Project 1: 1000.00 t were issued, 700.00 t are accounted for.",
        "Project 1, vintage 2024: 1000.00 t were issued, 700.00 t are accounted for.",
        "Vintage 2024: 1010.00 t were issued, 710.00 t are accounted for.",
    ]


async def test_all_staff_are_told_of_a_difference_and_only_once(
    registry: Registry, ledger: LedgerRows
) -> None:
    await a_busy_year(ledger)
    await ledger.by_hand("UPDATE credit_transactions SET units = '[1,2)' WHERE type = 'retirement'")

    first = await check(registry)
    again = await check(registry, NEXT_CHECK)
    for notification_id in first.notification_ids:
        await run(
            registry.notifications.mail_notification,
            MailNotification(notification_id=notification_id),
        )

    assert [first.holds, again.holds] == [False, False]
    assert again.notification_ids == ()
    assert {mail.contact.email for mail in registry.mailer.sent} == {
        f"{person.id}@people.example" for person in (ADMINISTRATOR, OTHER_ADMINISTRATOR)
    }
    assert all("The ledger does not add up." in mail.subject for mail in registry.mailer.sent)


async def test_a_difference_that_comes_back_is_told_again(
    registry: Registry, ledger: LedgerRows
) -> None:
    await a_busy_year(ledger)
    break_it, mend_it = (
        f"UPDATE credit_transactions SET units = '{units}' WHERE type = 'retirement'"
        for units in ("[1,2)", "[30001,50001)")
    )

    found = []
    for number, statement in enumerate((break_it, mend_it, break_it)):
        await ledger.by_hand(statement)
        found.append(await check(registry, CheckLedger(check_id=named(f"check {number}"))))
        registry.clock.advance(minutes=15)

    assert [(c.holds, len(c.notification_ids)) for c in found] == [
        (False, 2),
        (True, 0),
        (False, 2),
    ]


async def test_a_difference_is_an_alert_until_it_is_mended(
    registry: Registry, ledger: LedgerRows, engine: AsyncEngine
) -> None:
    """It stays open however often it is found, says how it stands, and no other watch clears it."""
    await a_busy_year(ledger)
    stolen = f"{SERIAL}000006 belongs to somebody else than its transactions say."

    await ledger.by_hand(owned_by(DEVELOPER))
    await check_later(registry)
    raised_at = registry.clock.now()
    (raised,) = await open_alerts(engine)
    await ledger.by_hand(in_status("active"))
    await check_later(registry)
    await run(registry.watching.watch_chain, WatchChain(watch_id=named("watch")))
    (restated,) = await open_alerts(engine)
    await ledger.by_hand(owned_by(OTHER_BUYER), in_status("cancelled"))
    mended = await check_later(registry)

    assert raised == Alert(
        id=raised.id,
        kind=AlertKind.LEDGER_DIFFERENCE,
        subject="ledger",
        sentence=f"The ledger does not add up. {stolen}",
        raised_at=raised_at,
    )
    assert restated == replace(
        raised, sentence=f"The ledger does not add up. {stolen} Differences besides this one: 1."
    )
    assert (mended.holds, await open_alerts(engine)) == (True, [])
    async with engine.connect() as connection:
        # Staff are told by the check, in its own words, and not by the alert a second time.
        told = await connection.execute(text("SELECT DISTINCT kind FROM notifications"))
        assert told.scalars().all() == ["ledger_difference"]


async def test_what_prometheus_reads_is_measured_with_each_check(
    registry: Registry, ledger: LedgerRows
) -> None:
    await a_busy_year(ledger)
    await ledger.by_hand(owned_by(DEVELOPER))
    environment = ActivityEnvironment()
    environment.metric_meter = meter = Gauges()

    await environment.run(registry.conservation.check_ledger, CHECK)

    assert meter.values == {
        "registry_ledger_differences": 1,
        "registry_ledger_checked_seconds": int(NOW.timestamp()),
    }


async def check_later(registry: Registry) -> LedgerChecked:
    registry.clock.advance(minutes=15)
    return await check(registry, CheckLedger(check_id=named(f"check at {registry.clock.now()}")))


async def open_alerts(engine: AsyncEngine) -> Sequence[Alert]:
    """As the staff's page and the API read them."""
    async with engine.connect() as connection:
        return await reads_chain.open_alerts(connection)


def owned_by(account: Account) -> str:
    return f"UPDATE credit_entries SET owner_id = '{account.id}' WHERE serial = '{SERIAL}000006'"


def in_status(status: str) -> str:
    return f"UPDATE credit_entries SET status = '{status}' WHERE serial = '{SERIAL}000005'"
