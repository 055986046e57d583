"""
A file is taken back by whoever sent it in: its rows count no longer, and it stays to be seen that they did (ADR 0119).

It is refused where tonnes were worked out of it: a number that somebody relies on does not lose what it follows from.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.accounts.roles import Account
from domain.errors import Conflict, Fault, Forbidden, Invalid
from domain.ingestion.submissions import IngestionStatus, SubmittedFile

REASON_CHARACTERS_MAX = 1000


@dataclass(frozen=True)
class RestingRound:
    """A round of which the newest calculation, or the sign-off, is worked out of rows of a file."""

    number: int
    is_signed_off: bool


def withdrawn(
    submission: SubmittedFile,
    reason: str,
    *,
    actor: Account,
    resting: Sequence[RestingRound],
    at: datetime,
) -> SubmittedFile:
    """
    The file after its withdrawal; one that is withdrawn already stays as it is.

    Raises:
        Forbidden: somebody else sent it in.
        Conflict: it is being read, or tonnes were worked out of it.
        Invalid: no reason is given, or it is too long.
    """
    if submission.submitted_by != actor.id:
        raise Forbidden("Somebody else sent this file in.")
    if submission.status is IngestionStatus.WITHDRAWN:
        return submission
    if submission.status is IngestionStatus.READING:
        raise Conflict("The file is being read: wait for its outcome, and withdraw it then.")
    signed_off = [one.number for one in resting if one.is_signed_off]
    if signed_off:
        raise Conflict(
            f"What was signed off for {_rounds(signed_off)} follows from rows of this file: it stays. Send a mended"
            " file in its place if it is wrong."
        )
    if resting:
        raise Conflict(
            f"The tonnes of {_rounds([one.number for one in resting])} were worked out of rows of this file. Have them"
            " worked out without it first, or send a mended file in its place."
        )
    if not reason.strip() or len(reason) > REASON_CHARACTERS_MAX:
        raise Invalid(
            "The reason is missing or too long.",
            Fault("/reason", f"Say why, in at most {REASON_CHARACTERS_MAX:,} characters."),
        )
    return replace(
        submission,
        status=IngestionStatus.WITHDRAWN,
        finished_at=submission.finished_at or at,
        withdrawn_at=at,
        withdrawal_reason=reason.strip(),
    )


def _rounds(numbers: Sequence[int]) -> str:
    found = sorted(set(numbers))
    return f"round {found[0]}" if len(found) == 1 else f"rounds {', '.join(map(str, found))}"
