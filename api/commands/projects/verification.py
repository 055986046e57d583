"""The steps by which people move a verification, and which verifications an account may see."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from activities.payloads import Payload
from activities.projects.countersignature import (
    Countersign,
    RefusalPayload,
    RefuseCountersignature,
)
from activities.projects.verification import (
    AddEvent,
    AssignVerifier,
    Decision,
    DecisionPayload,
    EventPayload,
    RecordDecision,
    VintageApproved,
)
from adapters.postgres.projects.reads import verifications as reads_verifications
from adapters.postgres.projects.reads.verifications import VerificationView
from api.commands.addresses import verification_address
from api.commands.projects.decision_factor import SentFactor, require_second_factor
from api.commands.stored_requests import store_request
from api.commands.workflow_client import Operation, WorkflowClient
from api.commands.workflow_states import WorkflowView, view_workflow
from api.http.resources import Resources
from domain.accounts.roles import Account, Permission, Role
from domain.errors import Forbidden, NotFound
from domain.identifiers import operation_id
from domain.organisations.accreditation import DeclaredConflict
from domain.projects.signed_decisions import DecisionKind, SignedDecision
from domain.projects.verification import EventType, TimelineEvent, Verification
from workflows.projects.verification import VerificationWorkflow, workflow_id


async def assign_verifier(
    parts: Resources, account: Account, key: str, verification_id: UUID, verifier_id: UUID
) -> VerificationView:
    """
    Put a verification into a verifier's hands; in review, into another one's.

    Raises:
        NotFound: there is no such verification, or this account may not see it.
        Forbidden: only staff assign.
        WorkflowUpdateFailedError: with the refusal of `domain.projects.verification` inside.
        OutcomeUnknown, Unavailable, Conflict: as for every workflow.
    """
    await visible_verification(parts, account, verification_id)
    account.require(Permission.ASSIGN_VERIFIER)
    assignment_id = operation_id(account.id, "assign", key)
    await _update(
        parts,
        assignment_id,
        verification_id,
        VerificationWorkflow.assign_verifier,
        AssignVerifier(
            operation_id=assignment_id,
            verification_id=verification_id,
            verifier_id=verifier_id,
            actor_id=account.id,
        ),
    )
    return await visible_verification(parts, account, verification_id)


async def add_event(
    parts: Resources,
    account: Account,
    key: str,
    verification_id: UUID,
    event_type: EventType,
    message: str,
) -> TimelineEvent:
    """
    Add a note or a site visit to the timeline; the public sees that it was made, not its words.

    Raises:
        NotFound: there is no such verification, or this account may not see it.
        Forbidden: only verifiers and staff add events.
        WorkflowUpdateFailedError: with the refusal of `domain.projects.verification` inside.
        OutcomeUnknown, Unavailable, Conflict: as for every workflow.
    """
    view = await visible_verification(parts, account, verification_id)
    require_its_verifier(account, Permission.ADD_EVENT, view.verification)
    event_id = operation_id(account.id, "add-event", key)
    payload = EventPayload(event_type=event_type, message=message)
    async with store_request(parts, event_id, account.id, payload):
        await _update(
            parts,
            event_id,
            verification_id,
            VerificationWorkflow.add_event,
            AddEvent(operation_id=event_id, verification_id=verification_id, actor_id=account.id),
        )
    async with parts.reading() as connection:
        event = await reads_verifications.event(connection, event_id)
    if event is None:
        raise RuntimeError("an event that was added is there")
    return event


async def approve_verification(
    parts: Resources,
    account: Account,
    key: str,
    verification_id: UUID,
    *,
    notes: str,
    quantity_units: int | None,
    vintage: int | None,
    vintages: tuple[VintageApproved, ...] | None = None,
    duplicate_note: str | None = None,
    factor: SentFactor,
    conflict_of_interest: DeclaredConflict | None = None,
    stead_reason: str | None = None,
    review_digest: str | None = None,
) -> VerificationView:
    """
    Approve exactly the project data and documents that are there.

    `duplicate_note` says why it is none of its likely duplicates (ADR 0053), `conflict_of_interest`
    what the verifier declares with the approval (None: what the approval itself declares, ADR 0068),
    `stead_reason` why staff decide instead of the assigned verifier (ADR 0066), `review_digest` what there
    was to review when they looked (`changes.review`, ADR 0090): anything else now is not approved.
    `vintages` say how much of each year. Without them, of a first verification `quantity_units` (of
    0.01 t) None means the project's target, `vintage` None this year.

    Raises:
        NotFound: there is no such verification, or this account may not see it.
        Forbidden: only verifiers and staff decide.
        SignatureNeeded: the account has a second factor, and it did not confirm this.
        WorkflowUpdateFailedError: with the refusal of `domain.projects.verification` inside.
        OutcomeUnknown, Unavailable, Conflict: as for every workflow.
    """
    decision_id = await _may_decide(parts, account, key, verification_id)
    decision = approval_decision(
        verification_id,
        notes=notes,
        quantity_units=quantity_units,
        vintage=vintage,
        vintages=vintages,
        duplicate_note=duplicate_note,
        review_digest=review_digest,
    )
    await require_second_factor(parts, account, factor, decision)
    approval = RecordDecision(
        operation_id=decision_id,
        verification_id=verification_id,
        actor_id=account.id,
        decision=Decision.APPROVE,
        quantity_units=quantity_units,
        vintage=vintage,
        vintages=vintages,
    )
    written = DecisionPayload(
        text=notes,
        duplicate_note=duplicate_note,
        conflict_of_interest=conflict_of_interest,
        stead_reason=stead_reason,
        review_digest=review_digest,
    )
    return await _decide(parts, account, approval, written)


async def reject_verification(
    parts: Resources,
    account: Account,
    key: str,
    verification_id: UUID,
    *,
    reason: str,
    factor: SentFactor,
    stead_reason: str | None = None,
    public_reason: str | None = None,
    review_digest: str | None = None,
) -> VerificationView:
    """
    Reject a project; its supplier is shown the reason, and everybody the public one.

    `review_digest` as of an approval.

    Raises:
        As for `approve_verification`.
    """
    decision_id = await _may_decide(parts, account, key, verification_id)
    decision = rejection_decision(
        verification_id, reason=reason, public_reason=public_reason, review_digest=review_digest
    )
    await require_second_factor(parts, account, factor, decision)
    rejection = RecordDecision(
        operation_id=decision_id,
        verification_id=verification_id,
        actor_id=account.id,
        decision=Decision.REJECT,
    )
    written = DecisionPayload(
        text=reason,
        stead_reason=stead_reason,
        public_reason=public_reason,
        review_digest=review_digest,
    )
    return await _decide(parts, account, rejection, written)


def approval_decision(
    verification_id: UUID,
    *,
    notes: str,
    quantity_units: int | None = None,
    vintage: int | None = None,
    vintages: tuple[VintageApproved, ...] | None,
    duplicate_note: str | None,
    review_digest: str | None = None,
) -> SignedDecision:
    """What a second factor confirms of an approval; fields that are sent at all."""
    terms: dict[str, Any] = {
        "notes": notes,
        "quantityUnits": None if quantity_units is None else str(quantity_units),
        "vintage": vintage,
        "duplicateNote": duplicate_note,
    }
    if vintages is not None:
        terms["vintages"] = [
            {"vintage": one.vintage, "quantityUnits": str(one.quantity_units)} for one in vintages
        ]
    return SignedDecision(DecisionKind.APPROVE, verification_id, terms | _seen(review_digest))


def rejection_decision(
    verification_id: UUID,
    *,
    reason: str,
    public_reason: str | None = None,
    review_digest: str | None = None,
) -> SignedDecision:
    """What a second factor confirms of a rejection, likewise."""
    said = {} if public_reason is None else {"publicReason": public_reason}
    terms = {"reason": reason} | said | _seen(review_digest)
    return SignedDecision(DecisionKind.REJECT, verification_id, terms)


def _seen(digest: str | None) -> dict[str, str]:
    return {} if digest is None else {"reviewDigest": digest}


async def countersign(
    parts: Resources, account: Account, key: str, verification_id: UUID, *, factor: SentFactor
) -> VerificationView:
    """
    Give the second approval, where one is required.

    Raises:
        NotFound: there is no such verification, or this account may not see it.
        Forbidden: only staff countersign.
        SignatureNeeded: as for `approve_verification`.
        WorkflowUpdateFailedError: with the refusal of `domain.projects.verification` inside.
        OutcomeUnknown, Unavailable, Conflict: as for every workflow.
    """
    await visible_verification(parts, account, verification_id)
    account.require(Permission.COUNTERSIGN)
    await _confirm(parts, account, factor, DecisionKind.COUNTERSIGN, verification_id, {})
    countersignature_id = operation_id(account.id, "countersign", key)
    await _update(
        parts,
        countersignature_id,
        verification_id,
        VerificationWorkflow.countersign,
        Countersign(
            operation_id=countersignature_id,
            verification_id=verification_id,
            actor_id=account.id,
        ),
    )
    return await visible_verification(parts, account, verification_id)


async def refuse_countersignature(
    parts: Resources,
    account: Account,
    key: str,
    verification_id: UUID,
    *,
    reason: str,
    factor: SentFactor,
) -> VerificationView:
    """
    Give an approval back to its verifier, instead of the second approval.

    Raises:
        As for `countersign`.
    """
    await visible_verification(parts, account, verification_id)
    account.require(Permission.COUNTERSIGN)
    terms = {"reason": reason}
    kind = DecisionKind.REFUSE_COUNTERSIGNATURE
    await _confirm(parts, account, factor, kind, verification_id, terms)
    # One key answers once, whichever way.
    refusal_id = operation_id(account.id, "countersign", key)
    async with store_request(parts, refusal_id, account.id, RefusalPayload(reason=reason)):
        await _update(
            parts,
            refusal_id,
            verification_id,
            VerificationWorkflow.refuse_countersignature,
            RefuseCountersignature(
                operation_id=refusal_id, verification_id=verification_id, actor_id=account.id
            ),
        )
    return await visible_verification(parts, account, verification_id)


async def visible_verification(
    parts: Resources, account: Account, verification_id: UUID
) -> VerificationView:
    """
    Raises:
        NotFound: there is no such verification, or this account may not see it.
    """
    async with parts.reading() as connection:
        view = await reads_verifications.verification(connection, verification_id, account=account)
    if view is None:
        raise NotFound("There is no such verification.")
    return view


def require_its_verifier(
    account: Account, permission: Permission, verification: Verification
) -> None:
    """
    What a round's verifier does, and whoever validates its project or reviews its statement does not.

    Raises:
        Forbidden: the account's role may not, or it is a verifier of something else in this round.
    """
    account.require(permission)
    if account.role is Role.VERIFIER and account.id != verification.verifier_id:
        raise Forbidden("Somebody else verifies this round.")


async def view_verification_workflow(
    parts: Resources, account: Account, verification_id: UUID
) -> WorkflowView:
    """
    Raises:
        NotFound: there is no such verification, or this account may not see it.
        Forbidden: only staff look into workflows.
        Unavailable: no worker answers.
    """
    await visible_verification(parts, account, verification_id)
    account.require(Permission.SEE_WORKFLOWS)
    return await view_workflow(parts, workflow_id(verification_id), VerificationWorkflow.state)


async def _may_decide(parts: Resources, account: Account, key: str, verification_id: UUID) -> UUID:
    """The decision's identifier: one key decides once, whichever way."""
    view = await visible_verification(parts, account, verification_id)
    require_its_verifier(account, Permission.DECIDE_VERIFICATION, view.verification)
    return operation_id(account.id, "decide", key)


async def _confirm(
    parts: Resources,
    account: Account,
    factor: SentFactor,
    kind: DecisionKind,
    verification_id: UUID,
    terms: Mapping[str, Any],
) -> None:
    decision = SignedDecision(kind, verification_id, terms)
    await require_second_factor(parts, account, factor, decision)


async def _decide(
    parts: Resources, account: Account, decision: RecordDecision, written: DecisionPayload
) -> VerificationView:
    async with store_request(parts, decision.operation_id, account.id, written):
        await _update(
            parts,
            decision.operation_id,
            decision.verification_id,
            VerificationWorkflow.decide,
            decision,
        )
    return await visible_verification(parts, account, decision.verification_id)


async def _update(
    parts: Resources, update_id: UUID, verification_id: UUID, update: Any, request: Payload
) -> None:
    await WorkflowClient(parts).update(
        Operation(update_id, verification_address(verification_id)),
        workflow_id(verification_id),
        update,
        request,
    )
