"""Four eyes: proposing what is above a limit, and another administrator's answer (ADR 0066)."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from activities.accounts.proposals import (
    CountersignProposal,
    ProposalPayload,
    Propose,
    RefuseProposal,
    WithdrawProposal,
)
from adapters.postgres.accounts.proposals import find_proposal
from api.commands.addresses import proposal_address
from api.commands.stored_requests import store_request
from api.commands.workflow_client import Operation, WorkflowClient, WorkflowStart
from api.http.errors.error_mapping import AwaitsCountersignature
from api.http.resources import Resources
from domain.accounts.proposals import (
    Proposal,
    ProposalKind,
    ProposalLimits,
    may_be_carried_out,
    terms_sha256,
)
from domain.accounts.roles import Account, Permission
from domain.errors import NotFound
from domain.identifiers import derived_id, operation_id
from domain.quantities import parse_tonnes
from workflows.accounts.proposals import ProposalStart, ProposalWorkflow, workflow_id


def proposal_limits(parts: Resources) -> ProposalLimits:
    rules = parts.settings.rules
    return ProposalLimits(
        cancellation_units=_units(rules.cancellation_countersigned_above_tonnes),
        buffer_release_units=_units(rules.buffer_release_countersigned_above_tonnes),
        reversal_units=_units(rules.reversal_countersigned_above_tonnes),
        issuance_correction_units=_units(rules.correction_countersigned_above_tonnes),
        role_changes=rules.role_changes_countersigned,
        freezes=rules.freezes_countersigned,
    )


async def require_second_person(
    parts: Resources,
    account: Account,
    request_id: UUID,
    kind: ProposalKind,
    *,
    subject: str,
    quantity_units: int | None,
    reason: str,
    terms: Mapping[str, Any] | None = None,
    key: str | None = None,
) -> None:
    """
    Let a request through that another administrator has countersigned; propose it where nobody was asked.

    `request_id` is what the request brings about is named by: sent again under its key, it meets its
    proposal. `terms` are what else is asked for. `key` is kept, so that a page can send it again.

    Raises:
        AwaitsCountersignature: it is proposed, and waits.
        Conflict: it was refused or has expired, or something else was proposed under this key.
        WorkflowUpdateFailedError, OutcomeUnknown, Unavailable: as for every workflow.
    """
    asked = {"subject": subject, "quantityUnits": str(quantity_units), "reason": reason}
    digest = terms_sha256(kind, asked | dict(terms or {}))
    proposal_id = derived_id(request_id, "proposal")
    proposal = await _find(parts, proposal_id)
    if proposal is None:
        expires_at = parts.clock.now() + timedelta(hours=parts.settings.rules.proposal_hours)
        written = ProposalPayload(reason=reason, key=key)
        async with store_request(parts, proposal_id, account.id, written):
            await WorkflowClient(parts).start_with(
                Operation(proposal_id, proposal_address(proposal_id)),
                WorkflowStart(
                    ProposalWorkflow.run,
                    ProposalStart(proposal_id=proposal_id, expires_at=expires_at),
                    id=workflow_id(proposal_id),
                    summary="Proposal, until another administrator answers",
                    kind="proposal",
                ),
                ProposalWorkflow.propose,
                Propose(
                    proposal_id=proposal_id,
                    kind=kind,
                    subject=subject,
                    quantity_units=quantity_units,
                    terms_sha256=digest,
                    expires_at=expires_at,
                    actor_id=account.id,
                ),
            )
        raise AwaitsCountersignature(proposal_id, proposal_address(proposal_id))
    if not may_be_carried_out(proposal, digest):
        raise AwaitsCountersignature(proposal_id, proposal_address(proposal_id))


async def countersign_proposal(
    parts: Resources, account: Account, key: str, proposal_id: UUID
) -> Proposal:
    """
    Let what another administrator proposed be carried out.

    Raises:
        Forbidden: only staff countersign, and nobody what they have proposed.
        NotFound: there is no such proposal.
        WorkflowUpdateFailedError: with the refusal of `domain.accounts.proposals` inside.
        OutcomeUnknown, Unavailable, Conflict: as for every workflow.
    """
    account.require(Permission.COUNTERSIGN_PROPOSAL)
    await found_proposal(parts, proposal_id)
    answer_id = operation_id(account.id, "answer-proposal", key)
    await WorkflowClient(parts).update(
        Operation(answer_id, proposal_address(proposal_id)),
        workflow_id(proposal_id),
        ProposalWorkflow.countersign,
        CountersignProposal(proposal_id=proposal_id, actor_id=account.id),
    )
    return await found_proposal(parts, proposal_id)


async def refuse_proposal(
    parts: Resources, account: Account, key: str, proposal_id: UUID, *, reason: str
) -> Proposal:
    """
    Say no to what another administrator proposed; whoever proposed it reads why.

    Raises:
        As for `countersign_proposal`.
    """
    account.require(Permission.COUNTERSIGN_PROPOSAL)
    await found_proposal(parts, proposal_id)
    answer_id = operation_id(account.id, "answer-proposal", key)
    async with store_request(parts, answer_id, account.id, ProposalPayload(reason=reason)):
        await WorkflowClient(parts).update(
            Operation(answer_id, proposal_address(proposal_id)),
            workflow_id(proposal_id),
            ProposalWorkflow.refuse,
            RefuseProposal(operation_id=answer_id, proposal_id=proposal_id, actor_id=account.id),
        )
    return await found_proposal(parts, proposal_id)


async def withdraw_proposal(
    parts: Resources, account: Account, key: str, proposal_id: UUID
) -> Proposal:
    """
    Take back what one has proposed; it is not carried out.

    Raises:
        Forbidden: somebody else has proposed it.
        NotFound: there is no such proposal.
        WorkflowUpdateFailedError: with the refusal of `domain.accounts.proposals` inside.
        OutcomeUnknown, Unavailable, Conflict: as for every workflow.
    """
    account.require(Permission.COUNTERSIGN_PROPOSAL)
    await found_proposal(parts, proposal_id)
    answer_id = operation_id(account.id, "withdraw-proposal", key)
    await WorkflowClient(parts).update(
        Operation(answer_id, proposal_address(proposal_id)),
        workflow_id(proposal_id),
        ProposalWorkflow.withdraw,
        WithdrawProposal(proposal_id=proposal_id, actor_id=account.id),
    )
    return await found_proposal(parts, proposal_id)


async def found_proposal(parts: Resources, proposal_id: UUID) -> Proposal:
    """
    Raises:
        NotFound: there is no such proposal.
    """
    proposal = await _find(parts, proposal_id)
    if proposal is None:
        raise NotFound("There is no such proposal.")
    return proposal


async def _find(parts: Resources, proposal_id: UUID) -> Proposal | None:
    async with parts.reading() as connection:
        return await find_proposal(connection, proposal_id)


def _units(tonnes: Decimal | None) -> int | None:
    if tonnes is None:
        return None
    # Above nothing at all: each of them.
    return parse_tonnes(str(tonnes), noun="The limit") if tonnes else 0
