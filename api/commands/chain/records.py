"""Resuming a parked chain record, for staff."""

from typing import Annotated
from uuid import UUID

from activities.chain.resumption import ResumeRecord, ResumptionPayload
from adapters.postgres.chain import reads as reads_chain
from adapters.postgres.chain.reads import RecordView
from api.commands.addresses import chain_record_address
from api.commands.stored_requests import store_request
from api.commands.workflow_client import (
    Operation,
    WorkflowClient,
    WorkflowStart,
    wallet_workflow_id,
)
from api.http.fields import Text
from api.http.resources import Resources
from domain.accounts.roles import Account, Permission
from domain.errors import NotFound
from domain.identifiers import operation_id
from domain.reasons import REASON_LENGTH_MAX
from workflows.chain.resumption import ResumptionStart, ResumptionWorkflow, workflow_id

Reason = Annotated[str, Text(REASON_LENGTH_MAX, lines=True)]
"""What was mended, in the words of staff, as JSON and forms take it."""


async def resume_record(
    parts: Resources, account: Account, key: str, record_id: UUID, reason: str
) -> RecordView:
    """
    Put a parked record back into the queue and wake the wallet; the reason stands in the audit log.

    Raises:
        NotFound: there is no such record.
        Forbidden: only staff see to the chain.
        WorkflowUpdateFailedError: with the refusal of `domain.chain.resumption` inside.
        OutcomeUnknown, Unavailable: as for every workflow.
    """
    account.require(Permission.RUN_CHAIN)
    await chain_record(parts, record_id)
    resumption_id = operation_id(account.id, "resume-record", key)
    async with store_request(parts, resumption_id, account.id, ResumptionPayload(reason=reason)):
        await WorkflowClient(parts).start_with(
            Operation(resumption_id, chain_record_address(record_id)),
            WorkflowStart(
                ResumptionWorkflow.run,
                ResumptionStart(
                    operation_id=resumption_id, wallet_workflow_id=wallet_workflow_id(parts)
                ),
                id=workflow_id(resumption_id),
                summary="Sends a parked chain record on",
                kind="resumption",
            ),
            ResumptionWorkflow.resume,
            ResumeRecord(operation_id=resumption_id, record_id=record_id, actor_id=account.id),
        )
    return await chain_record(parts, record_id)


async def chain_record(parts: Resources, record_id: UUID) -> RecordView:
    """
    The record as staff see it, who see all of them.

    Raises:
        NotFound: there is no such chain record.
    """
    async with parts.reading() as connection:
        view = await reads_chain.record_view(connection, record_id)
    if view is None:
        raise NotFound("There is no such chain record.")
    return view
