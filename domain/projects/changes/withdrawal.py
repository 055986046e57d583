"""
Withdrawing a round: its supplier ends it before anybody has decided.

Source: ADR 0090; VCS Registration and Issuance Process 4.5, section 6 (withdrawn projects stay listed).
"""

from dataclasses import replace
from datetime import datetime

from domain.accounts.roles import Account
from domain.errors import AlreadyDecided, Fault, Invalid
from domain.projects.changes.project_changes import require_supplier
from domain.projects.projects import Project
from domain.projects.verification import Verification, VerificationStatus, require_undecided

NOTE_LENGTH_MAX = 5000


def withdraw(
    verification: Verification, project: Project, note: str, *, actor: Account, at: datetime
) -> Verification:
    """
    End a round that is pending or in review. It stays to be read, and may be resubmitted.

    Raises:
        Forbidden: the account is not the project's supplier.
        AlreadyDecided: it was decided, or withdrawn before. What waits for a countersignature is
            approved: staff give it back first.
        Invalid: nothing is said of why.
    """
    require_supplier(project, actor)
    if not note.strip():
        detail = "A withdrawal says why."
        raise Invalid(detail, Fault("/note", detail))
    if verification.waits_for_countersignature:
        raise AlreadyDecided(
            "This round is approved and waits for a second approval. Ask staff to refuse it; once it is in "
            "review again, it can be withdrawn."
        )
    require_undecided(verification)
    return replace(
        verification,
        status=VerificationStatus.WITHDRAWN,
        completed_at=at,
        updated_at=at,
        decided_by=actor.id,
        notes=note,
    )
