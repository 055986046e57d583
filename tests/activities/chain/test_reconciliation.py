"""The scheduled comparison: it goes on from the last one, keeps what it found, and tells staff once."""

from re import sub
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.accounts.notifications import MailNotification
from activities.chain.reconciliation import ChainReconciled, ReconcileChain
from domain.chain.confirmations import CONFIRMATIONS_REQUIRED
from domain.chain.metadata import issuance_record
from tests.activities import story
from tests.activities.registry import Registry, run
from tests.factories import ADMINISTRATOR, NOW, OTHER_ADMINISTRATOR, named
from tests.foreign import seed_key, send
from tests.ledger_rows import LedgerRows

PLATFORM = seed_key("platform")
FOREIGN = issuance_record(
    serial="KRB-2024-009-000009",
    project_id=named("no project of ours"),
    quantity_units=100_000_000,
    vintage=2024,
    issued_to=named("nobody"),
    at=NOW,
)


async def reconcile(registry: Registry, name: str = "first") -> ChainReconciled:
    registry.clock.advance(minutes=1)
    request = ReconcileChain(reconciliation_id=named(name))
    return await run(registry.reconcile.reconcile_chain, request)


async def kept(engine: AsyncEngine) -> list[dict[str, Any]]:
    async with engine.connect() as connection:
        rows = await connection.execute(text("SELECT * FROM reconciliations ORDER BY checked_at"))
        return [dict(row) for row in rows.mappings()]


async def foreign(registry: Registry) -> str:
    tx_hash = await send(registry.chain, PLATFORM, FOREIGN)
    registry.chain.mine()
    return tx_hash


async def test_a_registry_that_wrote_nothing_agrees_with_the_chain(
    registry: Registry, engine: AsyncEngine
) -> None:
    assert await reconcile(registry) == ChainReconciled(
        reconciliation_id=named("first"), agrees=True
    )

    (row,) = await kept(engine)
    assert (row["since_height"], row["records"], row["differences"]) == (None, 0, [])


async def test_what_was_confirmed_agrees_and_the_next_comparison_goes_on_from_there(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.the_retirement_is_confirmed(registry)

    first = await reconcile(registry)
    tip = await registry.chain.tip()
    registry.chain.mine(500)
    second = await reconcile(registry, "second")
    third = await reconcile(registry, "third")

    rows = await kept(engine)
    assert [first.agrees, second.agrees, third.agrees] == [True] * 3
    assert [row["tip_height"] for row in rows] == [tip.height, tip.height + 500, tip.height + 500]
    # What could still have been rolled back is looked at a second time, and then no more.
    assert [row["records"] for row in rows] == [2, 2, 0]


async def test_all_staff_are_told_of_a_difference_once_and_it_stays_said(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.the_retirement_is_confirmed(registry)
    tx_hash = await foreign(registry)

    first = await reconcile(registry)
    registry.chain.mine(1_000)
    again = await reconcile(registry, "second")
    once_more = await reconcile(registry, "third")
    for notification_id in first.notification_ids:
        await run(
            registry.notifications.mail_notification,
            MailNotification(notification_id=notification_id),
        )

    assert [found.differences for found in (first, again, once_more)] == [1, 1, 1]
    assert (again.notification_ids, once_more.notification_ids) == ((), ())
    assert [row["differences"][0]["tx_hash"] for row in await kept(engine)] == [tx_hash] * 3
    assert {mail.contact.email for mail in registry.mailer.sent} == {
        f"{person.id}@people.example" for person in (ADMINISTRATOR, OTHER_ADMINISTRATOR)
    }
    assert all("The chain and the registry differ." in m.subject for m in registry.mailer.sent)


async def test_another_difference_is_told_again(registry: Registry, engine: AsyncEngine) -> None:
    await story.the_retirement_is_confirmed(registry)
    await foreign(registry)
    first = await reconcile(registry)
    await LedgerRows(engine).by_hand(
        "UPDATE chain_records SET record = record || '{\"vintage\": 1999}'"
        " WHERE kind = 'retirement'"
    )

    second = await reconcile(registry, "second")

    assert (first.differences, second.differences) == (1, 2)
    assert len(second.notification_ids) == 2


async def test_what_was_mended_is_no_difference_any_more(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.the_retirement_is_confirmed(registry)
    ledger = LedgerRows(engine)
    await ledger.by_hand("UPDATE chain_records SET record = record || '{\"vintage\": 1999}'")
    broken = await reconcile(registry)
    registry.chain.mine(1_000)
    await ledger.by_hand("UPDATE chain_records SET record = record || '{\"vintage\": 2024}'")

    assert (broken.differences, (await reconcile(registry, "second")).agrees) == (3, True)


async def test_records_on_their_way_are_no_difference(registry: Registry) -> None:
    await story.credits_are_retired(registry)
    await story.everything_is_sent(registry)
    waiting = await reconcile(registry)
    registry.chain.mine(CONFIRMATIONS_REQUIRED - 1)

    seen = await reconcile(registry, "second")

    assert [waiting.agrees, seen.agrees] == [True, True]


async def test_a_comparison_is_made_once(registry: Registry, engine: AsyncEngine) -> None:
    await foreign(registry)

    answers = [await reconcile(registry), await reconcile(registry)]

    assert answers[0] == answers[1]
    assert len(await kept(engine)) == 1


FORGED = (
    """INSERT INTO credit_entries (id, serial, project_id, owner_id, units, vintage, status,
              issued_at, last_action_at)
       SELECT gen_random_uuid(), 'KRB-2024-001-000099', project_id, owner_id, '[900000,1300000)',
              vintage, 'active', now(), now() FROM credit_entries WHERE parent_id IS NULL""",
    """INSERT INTO credit_transactions (id, type, entry_id, result_entry_id, recipient_id, units,
              status, created_at, completed_at)
       SELECT gen_random_uuid(), 'issuance', id, id, owner_id, units, 'completed', now(), now()
         FROM credit_entries WHERE serial = 'KRB-2024-001-000099'""",
)
RECORDED_TOO = """
    INSERT INTO chain_records (id, transaction_id, kind, record, status, waiting_workflow_id, queued_at)
    SELECT gen_random_uuid(), t.id, 'issuance', r.record ||
           '{"credit_id": "KRB-2024-001-000099", "quantity": "4000.00"}', 'queued', '-', now()
      FROM credit_transactions t, chain_records r
     WHERE t.verification_id IS NULL AND t.type = 'issuance' AND r.kind = 'issuance'"""
NAME = "The issuance * of KRB-2024-001-000099"
UNAPPROVED = f"{NAME} is of another quantity than was approved: 4000.00 t, approved none."


@pytest.mark.parametrize(
    ("by_hand", "said"),
    [
        pytest.param(
            FORGED, [f"{NAME} has no record for the chain.", UNAPPROVED], id="two rows alone"
        ),
        pytest.param([*FORGED, RECORDED_TOO], [UNAPPROVED], id="with a record of their own"),
        pytest.param(
            ["DELETE FROM credit_transactions WHERE type = 'issuance'"],
            [
                "The record * of KRB-2024-001-000001 tells of an issuance that is not in the ledger.",
            ],
            id="an issuance is gone",
        ),
        pytest.param(
            ["UPDATE verification_requests SET verified_quantity_units = 50000, vintages = NULL"],
            [
                (
                    "The issuance * of KRB-2024-001-000001 is of another quantity than was approved:"
                    " 1000.00 t, approved 500.00 t."
                ),
            ],
            id="less was approved",
        ),
        pytest.param(
            ["UPDATE credit_transactions SET units = '[1,200001)' WHERE type = 'issuance'"],
            [
                (
                    "The record * of KRB-2024-001-000001 differs from the issuance in the ledger,"
                    " at /quantity."
                ),
                (
                    "The issuance * of KRB-2024-001-000001 is of another quantity than was approved:"
                    " 2000.00 t, approved 1000.00 t."
                ),
            ],
            id="more was issued than its record says",
        ),
    ],
)
async def test_issuances_are_compared_with_records_and_approvals(
    registry: Registry, engine: AsyncEngine, by_hand: list[str], said: list[str]
) -> None:
    await story.credits_are_issued(registry)
    await LedgerRows(engine).by_hand(*by_hand)

    answer = await reconcile(registry)

    async with registry.database.transaction() as work:
        last = await work.chain.reconciliations.last()
    assert last is not None
    told = [sub("[0-9a-f-]{36}", "*", difference.sentence) for difference in last.differences]
    assert (told, answer.differences) == (said, len(said))


async def test_what_the_provider_does_not_keep_is_no_difference_and_is_compared_another_time(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.the_retirement_is_confirmed(registry)
    registry.chain.keep_history(2)
    hidden = await reconcile(registry)
    registry.chain.keep_history(None)

    shown = await reconcile(registry, "second")

    assert (hidden.differences, shown.differences) == (0, 0)
    rows = await kept(engine)
    assert [(row["records"], row["tip_height"] > 0) for row in rows] == [(0, False), (2, True)]
