"""Forgetting answers: their bytes are kept for a day, that they were given for ever (ADR 0003)."""

from datetime import datetime, timedelta

from temporalio import activity

from activities.payloads import Payload
from activities.ports.clock import Clock
from activities.ports.database import Database

KEPT_FOR = timedelta(hours=24)
AT_ONCE = 1_000
"""Rows of one transaction, so that nobody who answers waits long for one of them."""


class ForgetAnswers(Payload):
    """All that are older than `KEPT_FOR`."""


class AnswersForgotten(Payload):
    answers: int


def forgotten_before(now: datetime) -> datetime:
    return now - KEPT_FOR


class StoredResponseActivities:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @activity.defn
    async def forget_answers(self, request: ForgetAnswers) -> AnswersForgotten:  # noqa: ARG002 -- it asks for nothing yet
        """Run again it finds nothing left to do."""
        before, answers = forgotten_before(self._clock.now()), 0
        while True:
            async with self._database.transaction() as work:
                forgotten = await work.requests.stored_responses.forget(before, limit=AT_ONCE)
            answers += forgotten
            activity.heartbeat(answers)
            if forgotten < AT_ONCE:
                return AnswersForgotten(answers=answers)
