"""More was issued than there was: what is there is cancelled, what had moved on is owed, and the sum holds."""

import json

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.certificates.corrections import (
    CertificatesCorrected,
    CorrectCertificates,
    CorrectCertificatesOfIssuance,
)
from activities.credits.issuance_correction import IssuanceCorrectionPayload
from adapters.postgres.certificates import reads as reads_certificates
from adapters.postgres.tables import (
    chain_records,
    correction_cancellations,
    credit_transactions,
    issuance_corrections,
)
from domain.credits.issuance_correction import ISSUED_IN_ERROR
from domain.errors import Conflict, Forbidden, NotCorrectable
from tests.activities import story
from tests.activities.credits import correcting
from tests.activities.registry import Registry, keep_draft, run
from tests.activities.test_refusals import sum_of
from tests.factories import ADMINISTRATOR, DEVELOPER, named
from tests.whole_ledger import broken, whole_ledger

MORE = IssuanceCorrectionPayload(reason="More.")


async def cancelled(engine: AsyncEngine) -> list[tuple[bool, int, str]]:
    """Whether it replaces, units and reason of each cancellation that is on its way to the chain, by quantity."""
    async with engine.connect() as connection:
        found = await connection.execute(
            select(
                correction_cancellations.c.replaces,
                credit_transactions.c.quantity_units,
                credit_transactions.c.reason,
            )
            .join(
                credit_transactions,
                credit_transactions.c.id == correction_cancellations.c.transaction_id,
            )
            .join(chain_records, chain_records.c.transaction_id == credit_transactions.c.id)
            .order_by(credit_transactions.c.quantity_units)
        )
        return [tuple(row) for row in found]


async def test_what_is_there_is_cancelled_and_the_rest_is_owed(
    registry: Registry, engine: AsyncEngine
) -> None:
    """400 t of 1,000 in error: the buffer gives back its tenth, the supplier what they have, 160 t are owed."""
    await correcting.it_is_corrected(registry)

    reason = f"{ISSUED_IN_ERROR}{correcting.REASON}"
    assert await cancelled(engine) == [(False, 4_000, reason), (False, 20_000, reason)]
    async with engine.connect() as connection:
        row = (await connection.execute(select(issuance_corrections))).one()
    assert (row.quantity_units, row.owed_units, row.status) == (40_000, 16_000, "open")
    assert (await sum_of(engine)).holds
    async with engine.connect() as connection:
        assert broken(await whole_ledger(connection)) == {}


async def test_it_is_settled_once_as_much_is_handed_in(
    registry: Registry, engine: AsyncEngine
) -> None:
    await correcting.it_is_corrected(registry)
    await run(registry.issuance_corrections.note_correction_overdue, correcting.DEADLINE)

    step = await run(registry.issuance_corrections.hand_in, correcting.HAND_IN)

    assert (step.status, step.owed_units) == ("settled", 0)
    assert [one[:2] for one in await cancelled(engine)] == [
        (False, 4_000),
        (True, 16_000),
        (False, 20_000),
    ]
    again = named("handing in again")
    await keep_draft(registry, again, ADMINISTRATOR.id, MORE)
    with pytest.raises(Conflict, match="settled"):
        await run(
            registry.issuance_corrections.hand_in,
            correcting.HAND_IN.model_copy(update={"transaction_id": again, "quantity_units": 100}),
        )
    async with engine.connect() as connection:
        assert broken(await whole_ledger(connection)) == {}


@pytest.mark.parametrize(
    ("change", "refusal", "sentence"),
    [
        ({"quantity_units": 100_001}, NotCorrectable, "cannot have been issued in error"),
        ({"actor_id": DEVELOPER.id}, Forbidden, "may not"),
    ],
)
async def test_no_more_is_corrected_than_was_issued_and_by_staff_alone(
    registry: Registry, change: dict[str, object], refusal: type[Exception], sentence: str
) -> None:
    await correcting.credits_have_moved(registry)

    with pytest.raises(refusal, match=sentence):
        await run(
            registry.issuance_corrections.correct_issuance,
            correcting.CORRECT.model_copy(update=change),
        )


async def test_a_second_correction_counts_on_from_the_first(
    registry: Registry, engine: AsyncEngine
) -> None:
    await correcting.it_is_corrected(registry)
    again = named("another correction")
    await keep_draft(registry, again, ADMINISTRATOR.id, MORE)
    request = correcting.CORRECT.model_copy(
        update={"correction_id": again, "quantity_units": 60_001}
    )

    with pytest.raises(NotCorrectable, match=r"400\.00 t of them corrected before"):
        await run(registry.issuance_corrections.correct_issuance, request)


async def digest_of(registry: Registry) -> str:
    async with registry.database.transaction() as work:
        stored = await work.certificates.lock(story.RETIREMENT_ID)
    assert stored is not None
    return stored.digest or ""


async def test_certificates_that_rest_on_it_say_what_is_right(
    registry: Registry, engine: AsyncEngine
) -> None:
    """At once, and once: the day's check finds it corrected."""
    await correcting.it_is_corrected(registry)
    request = CorrectCertificatesOfIssuance(correction_id=correcting.CORRECTION_ID)

    done = await run(registry.corrections.correct_certificates_of_issuance, request)
    await run(
        registry.corrections.correct_certificates, CorrectCertificates(check_id=named("check"))
    )

    assert done == CertificatesCorrected(corrected=1)
    async with engine.connect() as connection:
        (found,) = await reads_certificates.corrections(
            connection, story.RETIREMENT_ID, await digest_of(registry)
        )
    assert (found.pointer, found.stated, found.correct) == (
        "/issuances/0/approval/quantity",
        "1000.00",
        "600.00",
    )
    async with registry.database.transaction() as work:
        stored = await work.certificates.lock(story.RETIREMENT_ID)
    assert stored is not None
    assert json.loads(stored.document)["issuances"][0]["approval"]["quantity"] == found.stated
