"""Who had a part in what was decided on a round, and so decides neither on an appeal against it nor again (ADR 0101)."""

from uuid import UUID

from domain.errors import HadAPart
from domain.projects.programme.appeals import Appeal, AppealStatus
from domain.projects.verification import Verification


def parties_of(verification: Verification) -> frozenset[UUID]:
    """Who decided a round, verified it, or gave or refused the second approval."""
    known = (
        verification.decided_by,
        verification.verifier_id,
        verification.countersigned_by,
        verification.countersignature_refused_by,
    )
    return frozenset(one for one in known if one is not None)


def require_fresh_eyes(upheld: Appeal | None, appealed: Verification, verifier_id: UUID) -> None:
    """
    A round that takes up one whose decision fell is not verified by who decided that.

    Raises:
        HadAPart: this verifier decided or verified it.
    """
    if upheld is None or upheld.status is not AppealStatus.UPHELD:
        return
    if verifier_id in parties_of(appealed):
        raise HadAPart(
            f"The appeal against round {appealed.number} was upheld: somebody else verifies what takes it up."
        )
