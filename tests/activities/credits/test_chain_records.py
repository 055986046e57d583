"""Every movement has a chain record, and the records alone say where a project's units are."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.credits.missing_records import QueueMissingRecords
from adapters.postgres.tables import chain_record_openings, chain_records
from domain.certificates.check_results import TrustedAddress
from domain.chain.commitments import AccountOpening
from domain.chain.records import RecordKind
from tests.activities import story
from tests.activities.registry import WALLET, Registry, run
from tests.api.caller import running_api, settings_for
from tests.factories import ADMINISTRATOR, DEVELOPER
from tests.ledger_rows import LedgerRows
from tools.chain_sums import add_up, published_sums

CREDIT_FIELDS = {"msg", "credit_id", "project_id", "quantity", "vintage", "timestamp"}

RECORDS: dict[RecordKind, tuple[str, dict[str, str | list[str]]]] = {
    RecordKind.ISSUANCE: ("Karbonica Carbon Credit Issuance", {"issued_to": "account"}),
    RecordKind.BUFFER_CONTRIBUTION: ("Karbonica Carbon Credit Buffer Contribution", {}),
    RecordKind.TRANSFER: (
        "Karbonica Carbon Credit Transfer",
        {"from": "account", "to": "account"},
    ),
    RecordKind.RETIREMENT: (
        "Karbonica Carbon Credit Retirement",
        {
            "retired_by": "account",
            "retirement_reason": ["Scope 2 emissions of our offices in 2025"],
        },
    ),
    RecordKind.CANCELLATION: (
        "Karbonica Carbon Credit Cancellation",
        {"taken_from": "active", "cancellation_reason": ["The report counted these twice."]},
    ),
    RecordKind.BUFFER_RELEASE: (
        "Karbonica Carbon Credit Buffer Release",
        {"released_to": "account", "release_reason": ["Ten years have passed without a loss."]},
    ),
    RecordKind.SUSPENSION: (
        "Karbonica Carbon Credit Suspension",
        {"suspended_for": str(story.REVERSE.reversal_id)},
    ),
    RecordKind.REINSTATEMENT: ("Karbonica Carbon Credit Reinstatement", {}),
}


async def everything_happens(registry: Registry) -> None:
    """
    Issuance with a buffer, retirement, transfer, cancellation, release, and a loss of which the buffer bears
    a part; of the rest a part is made good.
    """
    await story.credits_are_issued_with_a_buffer(registry)
    remainder = "KRB-2024-001-000004"
    await run(
        registry.transfer.transfer_credits, story.TRANSFER.model_copy(update={"serial": remainder})
    )
    draft = {"reason": "The report counted these twice."}
    async with registry.database.transaction() as work:
        await work.requests.stored_requests.add(
            story.CANCEL.transaction_id, ADMINISTRATOR.id, draft
        )
    await run(
        registry.cancellation.cancel_credits,
        story.CANCEL.model_copy(update={"serial": "KRB-2024-001-000006"}),
    )
    await run(registry.buffer.release_buffer, story.RELEASE)
    await run(registry.reversal.record_reversal, story.REVERSE)
    request = story.REPLACE_LOSS
    async with registry.database.transaction() as work:
        await work.requests.stored_requests.add(
            request.transaction_id, DEVELOPER.id, {"reason": "From our other slope."}
        )
        active = await work.credits.entries.lock_unspent(story.PROJECT_ID, 2024)
    kept = next(entry for entry in active if entry.owner_id == DEVELOPER.id)
    await run(
        registry.obligation.replace_loss, request.model_copy(update={"serial": str(kept.serial)})
    )


async def records(engine: AsyncEngine) -> list[Any]:
    async with engine.connect() as connection:
        query = select(chain_records).order_by(chain_records.c.kind, chain_records.c.id)
        return list((await connection.execute(query)).mappings())


async def test_every_movement_has_a_record_in_the_seeds_shape(
    registry: Registry, engine: AsyncEngine
) -> None:
    await everything_happens(registry)

    found = await records(engine)
    async with engine.connect() as connection:
        openings = {
            (row.record_id, row.field): AccountOpening(row.field, row.account_id, row.salt)
            for row in await connection.execute(select(chain_record_openings))
        }

    of_kind = {RecordKind(row["kind"]): row["record"] for row in found}
    of_kind[RecordKind.CANCELLATION] = next(
        row["record"]
        for row in found
        if row["record"].get("taken_from") == "active"
        and row["record"]["cancellation_reason"] == ["The report counted these twice."]
    )
    assert {
        kind: (
            record["msg"][0],
            {
                key: "account" if isinstance(value, str) and len(value) == 64 else value
                for key, value in record.items()
                if key not in CREDIT_FIELDS
            },
        )
        for kind, record in of_kind.items()
    } == RECORDS
    commitments = [row["record"][field] for row in found for field in fields_of(row, openings)]
    assert commitments == [
        openings[row["id"], field].commitment for row in found for field in fields_of(row, openings)
    ]
    assert len(set(commitments)) == len(openings) == 5


def fields_of(row: Any, openings: Any) -> list[str]:
    return sorted(field for record_id, field in openings if record_id == row["id"])


async def test_the_chain_alone_adds_up_to_the_published_sums(
    registry: Registry, engine: AsyncEngine, database_url: str
) -> None:
    await everything_happens(registry)
    await story.everything_is_sent(registry)
    registry.chain.mine()

    sums = await add_up(registry.chain, [TrustedAddress(WALLET.address)])
    async with running_api(settings_for(database_url), engine) as api:
        published = await published_sums(api.client)

    assert (sums.faults, sums.unknown, sums.compare(published)) == ([], [], [])
    # An issuance in two parts, a transfer, a retirement, two cancellations and a release; three entries
    # suspended, a cancellation in the place of what was lost, and three parts active again for it.
    assert sums.records == 14
    assert set(published) == {(str(story.PROJECT_ID), 2024)}


async def test_what_moved_before_it_had_a_record_is_given_one_once(
    registry: Registry, engine: AsyncEngine
) -> None:
    await everything_happens(registry)
    before = [(row["id"], row["kind"], row["record"]) for row in await records(engine)]
    lost = ("cancellation", "buffer_contribution", "buffer_release")
    kinds = ", ".join(f"'{kind}'" for kind in lost)
    await LedgerRows(engine).by_hand(
        "DELETE FROM chain_record_openings o USING chain_records c WHERE c.id = o.record_id"
        f" AND c.kind IN ({kinds})",
        f"DELETE FROM chain_records WHERE kind IN ({kinds})",
    )
    registry.clock.advance(days=400)

    for _ in range(2):
        await run(registry.missing_records.queue_missing_records, QueueMissingRecords())

    # Told as it was: its time is that of the movement.
    assert [(row["id"], row["kind"], row["record"]) for row in await records(engine)] == before
