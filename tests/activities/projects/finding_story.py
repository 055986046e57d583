"""Findings, from their raising to the next round, on top of one project's life (tests/activities/story.py)."""

from uuid import UUID

from activities.projects.findings import (
    FindingMessagePayload,
    FindingPayload,
    FindingStep,
    NoteUnanswered,
    RaiseFinding,
    WriteInFinding,
)
from activities.projects.rounds import RoundPayload
from domain.accounts.roles import Account
from domain.projects.documents import DocumentType
from domain.projects.findings import FindingAct, FindingKind
from tests.activities import story
from tests.activities.registry import Registry, keep_draft, run
from tests.factories import DEVELOPER, VERIFIER, named

RAISE = RaiseFinding(
    finding_id=named("finding"), verification_id=story.VERIFICATION_ID, actor_id=VERIFIER.id
)
ABOUT_A_PAGE = FindingPayload(
    kind=FindingKind.CORRECTIVE_ACTION,
    text="The scale's certificate had ended.",
    document_id=named(DocumentType.MONITORING_REPORT),
    page=1,
)
ABOUT_A_ROW = ABOUT_A_PAGE.model_copy(update={"page": None, "row": 7})
"""No pages are counted for it, which takes a process."""
FORWARD = FindingPayload(kind=FindingKind.FORWARD_ACTION, text="Calibrate each year.")


def write(
    act: FindingAct, by: Account, *, finding: str = "finding", name: str = ""
) -> WriteInFinding:
    return WriteInFinding(
        message_id=named(f"{name or act} of {finding}"),
        finding_id=named(finding),
        actor_id=by.id,
        act=act,
    )


REPLY = write(FindingAct.REPLY, DEVELOPER)
CLOSE = write(FindingAct.CLOSE, VERIFIER)
REOPEN = write(FindingAct.REOPEN, VERIFIER)
UNANSWERED = NoteUnanswered(finding_id=RAISE.finding_id, messages=0)
ESCALATED = UNANSWERED.model_copy(update={"escalated": True})


async def a_finding_is_written(registry: Registry) -> None:
    await story.evidence_is_complete(registry)
    await keep_draft(registry, RAISE.finding_id, VERIFIER.id, ABOUT_A_PAGE)


async def a_finding_is_raised(registry: Registry) -> None:
    await story.evidence_is_complete(registry)
    await keep_draft(registry, RAISE.finding_id, VERIFIER.id, ABOUT_A_ROW)
    await run(registry.findings.raise_finding, RAISE)
    reply = FindingMessagePayload(
        text="Another scale was used.", attachments=(named(DocumentType.MONITORING_REPORT),)
    )
    await keep_draft(registry, REPLY.message_id, DEVELOPER.id, reply)


async def a_finding_is_answered(registry: Registry) -> None:
    await a_finding_is_raised(registry)
    await run(registry.findings.write_in_finding, REPLY)
    await keep_draft(registry, CLOSE.message_id, VERIFIER.id, FindingMessagePayload(text="Seen."))


async def a_finding_is_closed(registry: Registry) -> None:
    await a_finding_is_answered(registry)
    await run(registry.findings.write_in_finding, CLOSE)
    again = FindingMessagePayload(text="The number on the photograph is another.")
    await keep_draft(registry, REOPEN.message_id, VERIFIER.id, again)


async def it_is_raised(
    registry: Registry, name: str, asked: FindingPayload, verification_id: UUID
) -> FindingStep:
    request = RAISE.model_copy(
        update={"finding_id": named(name), "verification_id": verification_id}
    )
    await keep_draft(registry, request.finding_id, VERIFIER.id, asked)
    return await run(registry.findings.raise_finding, request)


async def it_is_written(
    registry: Registry, request: WriteInFinding, text: str = "Words."
) -> FindingStep:
    await keep_draft(
        registry, request.message_id, request.actor_id, FindingMessagePayload(text=text)
    )
    return await run(registry.findings.write_in_finding, request)


async def a_forward_action_waits_for_the_next_round(registry: Registry) -> None:
    """The first verification was approved with it, and the second round is asked for."""
    await story.evidence_is_complete(registry)
    await it_is_raised(registry, "forward action", FORWARD, story.VERIFICATION_ID)
    await run(registry.verification.record_decision, story.APPROVE)
    await run(registry.issuance.issue_credits, story.ISSUE)
    await keep_draft(registry, story.OPEN_ROUND.verification_id, DEVELOPER.id, RoundPayload())
