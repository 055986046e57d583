"""Who works on a round beside its verifier: the validator of its design, and the technical reviewer of its statement."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class RoundTask(StrEnum):
    """
    validation        an opinion on the project's design, apart from the tonnes
    technical_review  a second person of the verifier's body looks at the verification statement
    """

    VALIDATION = "validation"
    TECHNICAL_REVIEW = "technical_review"


@dataclass(frozen=True)
class RoundAssignment:
    """Who has a task of a round now; giving it to somebody else takes it from whoever had it."""

    verification_id: UUID
    task: RoundTask
    user_id: UUID
    given_by: UUID
    given_at: datetime
