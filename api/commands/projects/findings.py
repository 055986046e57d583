"""Findings and their threads, which an account may see and write in, and how far it has looked at a round."""

from uuid import UUID

from activities.payloads import Payload
from activities.projects.findings import (
    FindingMessagePayload,
    FindingPayload,
    RaiseFinding,
    WriteInFinding,
)
from adapters.postgres.projects.reads import findings as reads_findings
from adapters.postgres.projects.reads import round_changes as reads_changes
from adapters.postgres.projects.reads.findings import FindingView
from adapters.postgres.projects.reads.round_changes import RoundChanges
from api.commands.addresses import finding_address
from api.commands.projects.verification import require_its_verifier, visible_verification
from api.commands.stored_requests import store_request
from api.commands.workflow_client import Operation, WorkflowClient
from api.http.resources import Resources
from domain.accounts.roles import Account, Permission
from domain.errors import NotFound
from domain.identifiers import operation_id
from domain.projects.findings import FindingAct
from domain.projects.verification import require_undecided
from workflows.projects.verification import VerificationWorkflow, workflow_id


async def raise_finding(
    parts: Resources, account: Account, key: str, verification_id: UUID, asked: FindingPayload
) -> FindingView:
    """
    Raise a finding in a round that is in review, as its verifier; the supplier is told.

    Raises:
        NotFound: there is no such verification, or this account may not see it.
        Forbidden: only verifiers raise findings.
        AlreadyDecided: the round is over.
        WorkflowUpdateFailedError: with the refusal of `domain.projects.findings` inside.
        OutcomeUnknown, Unavailable, Conflict: as for every workflow.
    """
    view = await visible_verification(parts, account, verification_id)
    require_its_verifier(account, Permission.RAISE_FINDING, view.verification)
    require_undecided(view.verification)
    finding_id = operation_id(account.id, "raise-finding", key)
    request = RaiseFinding(
        finding_id=finding_id, verification_id=verification_id, actor_id=account.id
    )
    async with store_request(parts, finding_id, account.id, asked):
        await WorkflowClient(parts).update(
            Operation(finding_id, finding_address(finding_id)),
            workflow_id(verification_id),
            VerificationWorkflow.raise_finding,
            request,
            needs_storage=asked.page is not None,
        )
    return await visible_finding(parts, account, finding_id)


async def reply_to_finding(
    parts: Resources,
    account: Account,
    key: str,
    finding_id: UUID,
    *,
    text: str,
    attachments: tuple[UUID, ...] = (),
) -> FindingView:
    """
    Answer a finding as the project's supplier, or write again as the round's verifier.

    `attachments` are completed documents of the same project; the other side is told.

    Raises:
        NotFound: there is no such finding or attachment, or this account may not see it.
        Forbidden: the account is neither.
        AlreadyDecided: the round is over.
        WorkflowUpdateFailedError: with the refusal of `domain.projects.findings` inside.
        OutcomeUnknown, Unavailable, Conflict: as for every workflow.
    """
    written = FindingMessagePayload(text=text, attachments=attachments)
    permission = Permission.REPLY_TO_FINDING
    return await _write(parts, account, key, finding_id, FindingAct.REPLY, written, permission)


async def close_finding(
    parts: Resources, account: Account, key: str, finding_id: UUID, *, note: str
) -> FindingView:
    """
    Settle a finding, and say why, as the round's verifier.

    Raises:
        As for `reply_to_finding`.
    """
    written = FindingMessagePayload(text=note)
    permission = Permission.RAISE_FINDING
    return await _write(parts, account, key, finding_id, FindingAct.CLOSE, written, permission)


async def reopen_finding(
    parts: Resources, account: Account, key: str, finding_id: UUID, *, text: str
) -> FindingView:
    """
    Open a closed finding again, and say why, as the round's verifier.

    Raises:
        As for `reply_to_finding`.
    """
    written = FindingMessagePayload(text=text)
    permission = Permission.RAISE_FINDING
    return await _write(parts, account, key, finding_id, FindingAct.REOPEN, written, permission)


async def visible_finding(parts: Resources, account: Account, finding_id: UUID) -> FindingView:
    """
    Raises:
        NotFound: there is no such finding, or this account may not see it.
    """
    async with parts.reading() as connection:
        view = await reads_findings.finding(connection, finding_id, account=account)
    if view is None:
        raise NotFound("There is no such finding.")
    return view


async def changes_since_last_look(
    parts: Resources, account: Account, verification_id: UUID
) -> RoundChanges:
    """
    What others did in a round since the account last marked it as looked at.

    Raises:
        NotFound: there is no such verification, or this account may not see it.
    """
    view = await visible_verification(parts, account, verification_id)
    async with parts.reading() as connection:
        return await reads_changes.round_changes(
            connection, verification_id, view.verification.project_id, account=account
        )


async def mark_looked(
    parts: Resources, account: Account, verification_id: UUID, *, up_to: int | None
) -> RoundChanges:
    """
    Mark what the account has seen of a round: up to `up_to` of its changes (None: all there is now).

    The mark is the account's own and says nothing about the registry, so no workflow writes it.

    Raises:
        NotFound: there is no such verification, or this account may not see it.
    """
    await visible_verification(parts, account, verification_id)
    async with parts.database.transaction() as work:
        await work.projects.round_looks.look(
            account.id, verification_id, up_to=up_to, at=parts.clock.now()
        )
    return await changes_since_last_look(parts, account, verification_id)


async def _write(
    parts: Resources,
    account: Account,
    key: str,
    finding_id: UUID,
    act: FindingAct,
    written: Payload,
    permission: Permission,
) -> FindingView:
    """One key writes once, whatever it does to the finding."""
    view = await visible_finding(parts, account, finding_id)
    round_view = await visible_verification(parts, account, view.finding.verification_id)
    require_its_verifier(account, permission, round_view.verification)
    require_undecided(round_view.verification)
    message_id = operation_id(account.id, "write-in-finding", key)
    request = WriteInFinding(
        message_id=message_id, finding_id=finding_id, actor_id=account.id, act=act
    )
    async with store_request(parts, message_id, account.id, written):
        await WorkflowClient(parts).update(
            Operation(message_id, finding_address(finding_id)),
            workflow_id(view.finding.verification_id),
            VerificationWorkflow.write_in_finding,
            request,
        )
    return await visible_finding(parts, account, finding_id)
