"""
Staff's checklist before credits are issued: what a second pair of eyes has looked at, item by item.

It is filled in while an approval waits for its countersignature, by whoever wants to give it; each tick is
kept with who and when. Where the methodology asks for it (`requires_checklist`), nobody countersigns before
every item that applies to the round is ticked by themselves. Source: ISO 14065:2020, section 9.6
(review before issue); ADR 0091.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.accounts.roles import Account, Permission
from domain.errors import ChecklistIncomplete, Fault, Forbidden, Invalid, NotCountersignable
from domain.projects.assurance.methodologies import MethodologyVersion
from domain.projects.assurance.quantified import QuantifiedRound
from domain.projects.assurance.statements import VerificationStatement
from domain.projects.projects import Project
from domain.projects.verification import Verification, is_above_target


class ChecklistItem(StrEnum):
    EVIDENCE_COMPLETE = "evidence_complete"
    METHODOLOGY_APPLIES = "methodology_applies"
    STATEMENT_READ = "statement_read"
    QUALIFICATION_ACCEPTED = "qualification_accepted"
    QUANTITIES_COMPARED = "quantities_compared"
    BUFFER_SHARE_RIGHT = "buffer_share_right"
    INDEPENDENCE_LOOKED_AT = "independence_looked_at"
    DUPLICATES_LOOKED_AT = "duplicates_looked_at"
    ABOVE_TARGET_EXPLAINED = "above_target_explained"
    STEAD_REASON_READ = "stead_reason_read"
    OVERLAPS_LOOKED_AT = "overlaps_looked_at"
    ABOVE_QUANTIFIED_EXPLAINED = "above_quantified_explained"


@dataclass(frozen=True)
class Reviewed:
    """What the checklist is about: a round that is approved, and what stands behind the approval."""

    verification: Verification
    project: Project
    methodology: MethodologyVersion | None = None
    statement: VerificationStatement | None = None
    has_likely_duplicates: bool = False
    has_overlaps: bool = False
    quantified: QuantifiedRound | None = None


@dataclass(frozen=True)
class ChecklistTick:
    """`done` False takes back an earlier tick of the same person."""

    id: UUID
    verification_id: UUID
    item: ChecklistItem
    done: bool
    note: str | None
    user_id: UUID
    ticked_at: datetime


def _always(reviewed: Reviewed) -> bool:  # noqa: ARG001 -- asked as the others are
    return True


def _is_qualified(reviewed: Reviewed) -> bool:
    statement = reviewed.statement
    return statement is not None and statement.terms.opinion_basis is not None


@dataclass(frozen=True)
class ChecklistRule:
    """`sentence` is what is ticked; `applies` is whether a round has it at all."""

    sentence: str
    applies: Callable[[Reviewed], bool] = _always


CHECKLIST: Mapping[ChecklistItem, ChecklistRule] = {
    ChecklistItem.EVIDENCE_COMPLETE: ChecklistRule(
        "Every document that is asked for is there, opens, and is of this round."
    ),
    ChecklistItem.METHODOLOGY_APPLIES: ChecklistRule(
        "The methodology applies to what the project does, and its parameters are all there.",
        lambda reviewed: reviewed.methodology is not None,
    ),
    ChecklistItem.STATEMENT_READ: ChecklistRule(
        "The verification statement was read, and its scope and criteria are those of the round.",
        lambda reviewed: reviewed.statement is not None,
    ),
    ChecklistItem.QUALIFICATION_ACCEPTED: ChecklistRule(
        "What the verifier's opinion is qualified by does not stand against issuance.",
        _is_qualified,
    ),
    ChecklistItem.QUANTITIES_COMPARED: ChecklistRule(
        "The quantity of each vintage is the one that the evidence has."
    ),
    ChecklistItem.BUFFER_SHARE_RIGHT: ChecklistRule(
        "The buffer's share fits the project's risk of reversal.",
        lambda reviewed: reviewed.verification.monitoring_period is None,
    ),
    ChecklistItem.INDEPENDENCE_LOOKED_AT: ChecklistRule(
        "Verifier and verification body are independent of the supplier, and accredited."
    ),
    ChecklistItem.DUPLICATES_LOOKED_AT: ChecklistRule(
        "Each likely duplicate was looked at, and is another project.",
        lambda reviewed: reviewed.has_likely_duplicates,
    ),
    ChecklistItem.OVERLAPS_LOOKED_AT: ChecklistRule(
        "Each project whose boundary overlaps was looked at, and no tonne is counted in both.",
        lambda reviewed: reviewed.has_overlaps,
    ),
    ChecklistItem.ABOVE_TARGET_EXPLAINED: ChecklistRule(
        "It is understood why more was verified than the project announced.",
        lambda reviewed: is_above_target(
            reviewed.verification.verified_quantity_units or 0, reviewed.project
        ),
    ),
    ChecklistItem.ABOVE_QUANTIFIED_EXPLAINED: ChecklistRule(
        "It is understood why more was approved than follows from the monitoring data.",
        lambda reviewed: (
            reviewed.quantified is not None
            and reviewed.quantified.is_exceeded_by(reviewed.verification.approved_vintages)
        ),
    ),
    ChecklistItem.STEAD_REASON_READ: ChecklistRule(
        "The reason why staff decided in the verifier's stead holds.",
        lambda reviewed: reviewed.verification.stead_reason is not None,
    ),
}


def applicable_items(reviewed: Reviewed) -> list[ChecklistItem]:
    """Those of the checklist that the round has, in its order."""
    return [item for item, rule in CHECKLIST.items() if rule.applies(reviewed)]


def require_tickable(
    reviewed: Reviewed, items: Collection[ChecklistItem], *, actor: Account
) -> None:
    """
    Raises:
        Forbidden: the actor is not staff, or has approved the round.
        NotCountersignable: no approval waits for its countersignature.
        Invalid: an item does not apply to the round; all of them at once.
    """
    actor.require(Permission.COUNTERSIGN)
    if not reviewed.verification.waits_for_countersignature:
        raise NotCountersignable(
            "The checklist is filled in while an approval waits for its countersignature; none does here."
        )
    if actor.id == reviewed.verification.decided_by:
        raise Forbidden("The checklist is for a second pair of eyes; you gave the approval.")
    applying = applicable_items(reviewed)
    faults = [
        Fault(f"/items/{item}", f"“{item}” does not apply to this round.")
        for item in items
        if item not in applying
    ]
    if faults:
        raise Invalid(" ".join(fault.detail for fault in faults), *faults)


def ticked_items(
    verification: Verification, ticks: Sequence[ChecklistTick], user_id: UUID
) -> set[ChecklistItem]:
    """
    What one person has ticked since the approval. `ticks` are all of the round, the oldest first.

    An approval that was given back and came again is looked at anew.
    """
    approved_at = verification.completed_at
    done: dict[ChecklistItem, bool] = {}
    for tick in ticks:
        if tick.user_id == user_id and approved_at is not None and tick.ticked_at >= approved_at:
            done[tick.item] = tick.done
    return {item for item, is_done in done.items() if is_done}


def require_complete_checklist(
    reviewed: Reviewed, ticks: Sequence[ChecklistTick], *, actor: Account
) -> None:
    """
    Raises:
        ChecklistIncomplete: the methodology asks for the checklist, and the actor has not ticked
            everything that applies; the sentence names what is left.
    """
    methodology = reviewed.methodology
    if methodology is None or not methodology.terms.requires_checklist:
        return
    ticked = ticked_items(reviewed.verification, ticks, actor.id)
    left = [item for item in applicable_items(reviewed) if item not in ticked]
    if left:
        raise ChecklistIncomplete(
            f"{methodology.title}, asks for the checklist before a countersignature; still to be ticked by "
            f"you: {', '.join(left)}."
        )
