"""A file is taken back by whoever sent it in (ADR 0119)."""

from uuid import UUID

import structlog
from temporalio.service import RPCError

from activities.audit_and_notify import audit
from adapters.postgres.identity import SYSTEM, done_as
from api.commands.ingestion.announcements import visible_submission
from api.http.resources import Resources
from domain.accounts.roles import Account
from domain.errors import NotFound
from domain.ingestion.follow_up import withdrawals as rules
from domain.ingestion.follow_up.groups import IssueGroupState
from domain.ingestion.submissions import SubmittedFile
from workflows.ingestion.issues import IngestionIssuesWorkflow, workflow_id

log = structlog.get_logger()


async def withdraw(
    parts: Resources, account: Account, ingestion_id: UUID, reason: str
) -> SubmittedFile:
    """
    Have a file's rows count no longer; what waited for people about it is settled.

    Raises:
        NotFound: there is no such submission, or this account may not see it.
        Forbidden, Conflict, Invalid: as `domain.ingestion.follow_up.withdrawals.withdrawn`.
    """
    await visible_submission(parts, account, ingestion_id)
    after = await _withdraw(parts, account, ingestion_id, reason)
    try:
        # Nothing waits any more; where this does not arrive, the wait ends by its deadlines.
        await parts.temporal.get_workflow_handle(workflow_id(ingestion_id)).signal(
            IngestionIssuesWorkflow.resubmitted
        )
    except (RPCError, RuntimeError) as absent:
        log.info("nobody follows up the issues of a withdrawn file", reason=str(absent))
    return after


@done_as(SYSTEM)
async def _withdraw(
    parts: Resources, account: Account, ingestion_id: UUID, reason: str
) -> SubmittedFile:
    now = parts.clock.now()
    async with parts.database.transaction() as work:
        # Rounds before the file, as whoever works tonnes out locks them.
        resting = await work.ingestion.submissions.rounds_resting_on(ingestion_id)
        before = await work.ingestion.submissions.lock(ingestion_id)
        if before is None:
            raise NotFound("There is no such ingestion.")
        after = rules.withdrawn(before, reason, actor=account, resting=resting, at=now)
        if after == before:
            return before
        await work.ingestion.submissions.save(after)
        await work.ingestion.issue_groups.settle(ingestion_id, IssueGroupState.WITHDRAWN, at=now)
        audit(
            work,
            "ingestion.withdrawn",
            ("ingestion", ingestion_id),
            action="withdraw",
            actor_id=account.id,
            before={"status": before.status.value},
            after={"status": after.status.value, "sha256": after.sha256},
            at=now,
        )
    return after
