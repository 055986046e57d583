"""Asking for mails about accounts: a row in the transaction of what they tell of, then a workflow."""

import asyncio
from datetime import datetime
from uuid import UUID, uuid4

import structlog
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from activities.ports.database import UnitOfWork
from api.http.resources import Resources
from domain.accounts.messages import AccountMessage, AccountMessageKind
from workflows import policies
from workflows.accounts.account_mails import AccountMailStart, AccountMailWorkflow, workflow_id

STARTS_WITHIN_SECONDS = 5

log = structlog.get_logger(__name__)


async def ask_for_mail(
    work: UnitOfWork,
    kind: AccountMessageKind,
    *,
    at: datetime,
    user_id: UUID | None = None,
    email: str | None = None,
) -> UUID:
    """Of `user_id`, or of whoever has this e-mail address; give the answer to `start_mail` after the commit."""
    message = AccountMessage(uuid4(), user_id, kind, at)
    await work.accounts.messages.ask(message, email=email)
    return message.id


def start_mail(parts: Resources, message_id: UUID) -> None:
    """After the answer, which takes as long whether or not there is anything to write."""
    parts.later.do(_start(parts, message_id))


async def _start(parts: Resources, message_id: UUID) -> None:
    """Where Temporal is away the sweep mails it (workflows/accounts/account_mails.py)."""
    try:
        async with asyncio.timeout(STARTS_WITHIN_SECONDS):
            await parts.temporal.start_workflow(
                AccountMailWorkflow.run,
                AccountMailStart(message_id=message_id),
                id=workflow_id(message_id),
                task_queue=policies.REGISTRY_QUEUE,
                static_summary="Mails something about an account",
            )
    except WorkflowAlreadyStartedError:
        return
    except (RPCError, RuntimeError, TimeoutError) as away:
        log.warning("account_mail_waits", error=type(away).__name__)
