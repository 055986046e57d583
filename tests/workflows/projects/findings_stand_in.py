"""Stand-ins for the activities of findings: a thread is as long as what was said in it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from temporalio import activity

from activities.projects.findings import (
    FindingStep,
    NoteUnanswered,
    RaiseFinding,
    UnansweredNoted,
    WriteInFinding,
)
from domain.projects.findings import FindingAct, FindingState

STATES = {
    FindingAct.REPLY: FindingState.ANSWERED,
    FindingAct.CLOSE: FindingState.CLOSED,
    FindingAct.REOPEN: FindingState.OPEN,
}


class FindingsStandIn:
    """`noted` are the waits that passed: how long the thread was, and whether it escalated."""

    def __init__(self) -> None:
        self.threads: dict[UUID, int] = {}
        self.noted: list[tuple[int, bool]] = []
        self.notification_id = uuid4()

    def activities(self) -> list[Callable[..., Any]]:
        return [self.raise_finding, self.write_in_finding, self.note_unanswered]

    @activity.defn
    async def raise_finding(self, request: RaiseFinding) -> FindingStep:
        self.threads[request.finding_id] = 0
        return self._step(request.finding_id, FindingState.OPEN)

    @activity.defn
    async def write_in_finding(self, request: WriteInFinding) -> FindingStep:
        self.threads[request.finding_id] += 1
        return self._step(request.finding_id, STATES[request.act])

    @activity.defn
    async def note_unanswered(self, request: NoteUnanswered) -> UnansweredNoted:
        self.noted.append((request.messages, request.escalated))
        return UnansweredNoted(notification_ids=(self.notification_id,))

    def _step(self, finding_id: UUID, state: FindingState) -> FindingStep:
        return FindingStep(
            finding_id=finding_id,
            number=len(self.threads),
            state=state,
            messages=self.threads[finding_id],
            awaits_answer=state is FindingState.OPEN,
        )
