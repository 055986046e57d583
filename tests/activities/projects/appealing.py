"""Chapters of a story in which a supplier appeals against a rejection; each goes on where the one before ends."""

from activities.projects.programme.appeals import (
    AcknowledgeAppeal,
    AppealAnswerPayload,
    AppealDeadline,
    AppealPayload,
    DecideAppeal,
    FileAppeal,
    NoteAppealDeadline,
)
from domain.projects.programme.appeals import AppealKind, Outcome
from tests.activities import story
from tests.activities.registry import Registry, keep_draft, run
from tests.factories import ADMINISTRATOR, BUYER, DEVELOPER, OTHER_ADMINISTRATOR, named

APPEAL_ID = named("appeal")
FILE = FileAppeal(
    appeal_id=APPEAL_ID,
    kind=AppealKind.APPEAL,
    project_id=story.PROJECT_ID,
    verification_id=story.VERIFICATION_ID,
    account_id=DEVELOPER.id,
)
GRIEVANCE = FILE.model_copy(
    update={
        "appeal_id": named("grievance"),
        "kind": AppealKind.GRIEVANCE,
        "verification_id": None,
        "account_id": BUYER.id,
    }
)
ACKNOWLEDGE = AcknowledgeAppeal(
    operation_id=named("acknowledgement"), appeal_id=APPEAL_ID, account_id=ADMINISTRATOR.id
)
UPHOLD = DecideAppeal(
    operation_id=named("upholding"),
    appeal_id=APPEAL_ID,
    outcome=Outcome.UPHELD,
    account_id=OTHER_ADMINISTRATOR.id,
)
REMIND = NoteAppealDeadline(
    appeal_id=APPEAL_ID, deadline=AppealDeadline.ACKNOWLEDGEMENT, overdue=False
)
OVERDUE = NoteAppealDeadline(appeal_id=APPEAL_ID, deadline=AppealDeadline.ANSWER, overdue=True)
SAID = AppealPayload(
    public_text="The scales that were doubted had been calibrated.",
    confidential_text="The verifier's cousin works for a rival of ours.",
)
REASON = "The calibration was in the evidence all the time."


async def it_is_rejected(registry: Registry) -> None:
    await story.evidence_is_complete(registry)
    await run(registry.verification.record_decision, story.REJECT)
    await keep_draft(registry, APPEAL_ID, DEVELOPER.id, SAID)


async def it_is_filed(registry: Registry) -> None:
    await it_is_rejected(registry)
    await run(registry.appeals.file_appeal, FILE)
    await keep_draft(
        registry, ACKNOWLEDGE.operation_id, ADMINISTRATOR.id, AppealAnswerPayload(reason=None)
    )


async def it_is_acknowledged(registry: Registry) -> None:
    await it_is_filed(registry)
    await run(registry.appeals.acknowledge_appeal, ACKNOWLEDGE)
    reason = AppealAnswerPayload(reason=REASON)
    await keep_draft(registry, UPHOLD.operation_id, OTHER_ADMINISTRATOR.id, reason)


async def it_is_upheld(registry: Registry) -> None:
    await it_is_acknowledged(registry)
    await run(registry.appeals.decide_appeal, UPHOLD)
