"""Rotation: no verification body verifies a project for ever (ISO 14065, threat of familiarity; ADR 0099)."""

from collections.abc import Collection, Sequence

from domain.errors import BodyNotRotated
from domain.projects.verification import Verification, VerificationStatus


def require_rotated(
    verification: Verification,
    rounds: Sequence[Verification],
    of_body: Collection[int],
    *,
    rounds_max: int,
) -> None:
    """
    Give a round to a body only if it has not verified the last `rounds_max` approved ones in a row; 0: always.

    `rounds` are all of the project, `of_body` the numbers of those that this body verified.

    Raises:
        BodyNotRotated: it has; the sentence names the rounds.
    """
    approved = [
        one.number
        for one in rounds
        if one.status is VerificationStatus.APPROVED and one.number < verification.number
    ]
    last = sorted(approved)[-rounds_max:] if rounds_max else []
    if last and len(last) == rounds_max and set(last) <= set(of_body):
        named = ", ".join(str(number) for number in last)
        raise BodyNotRotated(
            f"This verifier's body verified the last {'round' if rounds_max == 1 else 'rounds'} of this project "
            f"({named}); another body verifies this one."
        )
