"""Telling somebody of what was done to their account, in the app and by mail."""

import asyncio
from uuid import UUID

import structlog
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from api.http.resources import Resources
from workflows import policies
from workflows.accounts.notices import NoticesStart, NoticesWorkflow, workflow_id

STARTS_WITHIN_SECONDS = 5
log = structlog.get_logger(__name__)


async def mail_notice(parts: Resources, notification_id: UUID) -> None:
    """Have a stored notification mailed; where Temporal is away the hourly sweep does (workflows/sweeping.py)."""
    try:
        async with asyncio.timeout(STARTS_WITHIN_SECONDS):
            await parts.temporal.start_workflow(
                NoticesWorkflow.run,
                NoticesStart(notification_ids=(notification_id,)),
                id=workflow_id(notification_id),
                task_queue=policies.REGISTRY_QUEUE,
                static_summary="Mails a notification",
            )
    except WorkflowAlreadyStartedError:
        return
    except (RPCError, RuntimeError, TimeoutError) as away:
        log.warning("notice_not_mailed_yet", error=type(away).__name__)
