"""
Where a round stands, whom it waits for, and until when: the stages of the board of staff (ADR 0093).

Source: CCX goals, section 3 (“see every stage at a glance”); the deadlines are the verification workflow's.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class RoundStage(StrEnum):
    """
    assignment        pending: staff assign a verifier
    review            in review: the assigned verifier decides
    countersignature  approved, and an administrator who did not approve it signs too
    decided           nobody has to do anything
    """

    ASSIGNMENT = "assignment"
    REVIEW = "review"
    COUNTERSIGNATURE = "countersignature"
    DECIDED = "decided"


OPEN_STAGES = (RoundStage.ASSIGNMENT, RoundStage.REVIEW, RoundStage.COUNTERSIGNATURE)


@dataclass(frozen=True)
class StageDeadlines:
    """How long each stage may last, as the settings say."""

    assignment: timedelta
    review: timedelta
    countersignature: timedelta

    def of(self, stage: RoundStage) -> timedelta:
        """None of what is decided: it is due when it was decided."""
        return {
            RoundStage.ASSIGNMENT: self.assignment,
            RoundStage.REVIEW: self.review,
            RoundStage.COUNTERSIGNATURE: self.countersignature,
        }.get(stage, timedelta(0))


@dataclass(frozen=True)
class RoundStanding:
    """`since` is when the round came into its stage; `due_at` None: it waits for nobody."""

    stage: RoundStage
    since: datetime
    due_at: datetime | None

    def is_overdue(self, *, at: datetime) -> bool:
        return self.due_at is not None and self.due_at < at
