"""Chapters of a story in which more was issued than there was; each goes on where the one before ends."""

from activities.certificates.certificates import SealCertificate
from activities.credits.issuance_correction import (
    CorrectionDeadline,
    CorrectIssuance,
    HandIn,
    IssuanceCorrectionPayload,
)
from tests.activities import story
from tests.activities.registry import Registry, keep_draft, run
from tests.factories import ADMINISTRATOR, DEVELOPER, named

CORRECTION_ID = named("issuance correction")
CORRECT = CorrectIssuance(
    correction_id=CORRECTION_ID,
    verification_id=story.VERIFICATION_ID,
    vintage=2024,
    quantity_units=40_000,
    actor_id=ADMINISTRATOR.id,
)
DEADLINE = CorrectionDeadline(correction_id=CORRECTION_ID)
REASON = "A decimal point in the quantification had slipped."


async def credits_have_moved(registry: Registry) -> None:
    """1,000 t were issued: 100 t of them the buffer's, 100 t retired, 600 t sold, 200 t still the supplier's."""
    await story.evidence_is_complete(registry)
    await story.a_tenth_is_held_back(registry)
    await run(registry.verification.record_decision, story.APPROVE)
    await run(registry.issuance.issue_credits, story.ISSUE)
    await keep_draft(registry, story.RETIREMENT_ID, DEVELOPER.id, story.RETIREMENT_DRAFT)
    await story.the_retirement_is_confirmed_from_here(registry)
    await run(
        registry.certificates.seal_certificate, SealCertificate(retirement_id=story.RETIREMENT_ID)
    )
    async with registry.database.transaction() as work:
        held = await work.credits.entries.lock_unspent(story.PROJECT_ID, 2024)
    sale = story.TRANSFER.model_copy(
        update={"serial": str(held[0].serial), "quantity_units": 60_000}
    )
    await run(registry.transfer.transfer_credits, sale)
    await keep_draft(
        registry, CORRECTION_ID, ADMINISTRATOR.id, IssuanceCorrectionPayload(reason=REASON)
    )


async def it_is_corrected(registry: Registry) -> None:
    await credits_have_moved(registry)
    await run(registry.issuance_corrections.correct_issuance, CORRECT)
    await keep_draft(
        registry,
        HAND_IN.transaction_id,
        ADMINISTRATOR.id,
        IssuanceCorrectionPayload(reason="Bought back."),
    )


HAND_IN = HandIn(
    transaction_id=named("handing in"),
    correction_id=CORRECTION_ID,
    serial="KRB-2024-001-000005",
    quantity_units=16_000,
    actor_id=ADMINISTRATOR.id,
)
"""Of what the buyer holds: staff may cancel anybody's."""
