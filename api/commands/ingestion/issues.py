"""What people do about the issues of a file: assign, ask, answer, waive (ADR 0103)."""

from enum import StrEnum
from uuid import UUID

from activities.ingestion.follow_up import ActOnIssues, IssueActPayload
from adapters.postgres.ingestion import follow_up_reads
from api.commands.addresses import issue_group_address
from api.commands.ingestion.announcements import visible_submission
from api.commands.stored_requests import store_request
from api.commands.workflow_client import Operation, WorkflowClient
from api.http.resources import Resources
from domain.accounts.roles import Account
from domain.errors import Conflict, NotFound
from domain.identifiers import operation_id
from domain.ingestion.follow_up.comparison import Comparison
from domain.ingestion.follow_up.groups import SETTLED, IssueAct, IssueGroup
from workflows.ingestion.issues import IngestionIssuesWorkflow, workflow_id


class IssueActWord(StrEnum):
    """As addresses write it."""

    ASSIGN = "assign"
    ASK = "ask"
    ANSWER = "answer"
    WAIVE = "waive"
    CONFIRM_WAIVER = "confirm-waiver"
    REFUSE_WAIVER = "refuse-waiver"
    SEPARATE = "separate"

    @property
    def act(self) -> IssueAct:
        return IssueAct(self.value.replace("-", "_"))


async def act_on_group(
    parts: Resources,
    account: Account,
    key: str,
    ingestion_id: UUID,
    number: int,
    act: IssueAct,
    *,
    text: str = "",
    assignee_id: UUID | None = None,
    line: int | None = None,
) -> IssueGroup:
    """
    One act on one group of issues; whom it concerns is told. After `SEPARATE` it is the new group of the one `line`.

    Raises:
        NotFound: there is no such submission or group, or this account may not see it.
        Conflict: the group is settled, or another file came in its place.
        WorkflowUpdateFailedError: with the refusal of `domain.ingestion.follow_up.groups` inside.
        OutcomeUnknown, Unavailable: as for every workflow.
    """
    await visible_submission(parts, account, ingestion_id)
    message_id = operation_id(account.id, f"issue-{act.value}", key)
    payload = IssueActPayload(text=text, assignee_id=assignee_id, line=line)
    request = ActOnIssues(
        message_id=message_id,
        ingestion_id=ingestion_id,
        number=number,
        actor_id=account.id,
        act=act,
    )
    before = await visible_group(parts, ingestion_id, number)
    if before.state in SETTLED and not await _is_done(parts, before, message_id):
        raise Conflict(
            f"This is settled ({before.state.replace('_', ' ')}): nothing waits any more."
        )
    async with store_request(parts, message_id, account.id, payload):
        await WorkflowClient(parts).update(
            Operation(message_id, issue_group_address(ingestion_id, number)),
            workflow_id(ingestion_id),
            IngestionIssuesWorkflow.act,
            request,
        )
    if act is IssueAct.SEPARATE:
        async with parts.reading() as connection:
            groups = await follow_up_reads.groups(connection, ingestion_id)
        for one in groups:
            if one.separated_from == number and one.line == line:
                return one
    return await visible_group(parts, ingestion_id, number)


async def visible_group(parts: Resources, ingestion_id: UUID, number: int) -> IssueGroup:
    """
    Of a submission that the caller may see.

    Raises:
        NotFound: it has no such group.
    """
    async with parts.reading() as connection:
        found = await follow_up_reads.group(connection, ingestion_id, number)
    if found is None:
        raise NotFound("There is no such issue.")
    return found


async def comparison_with_predecessor(
    parts: Resources, account: Account, ingestion_id: UUID
) -> Comparison:
    """
    What this file mended of the one that it was sent in the place of, what it left, and what is new.

    Raises:
        NotFound: there is no such submission, this account may not see it, or it has no predecessor.
    """
    submission = await visible_submission(parts, account, ingestion_id)
    if submission.predecessor_id is None:
        raise NotFound("This file was not sent in the place of another one.")
    async with parts.reading() as connection:
        return await follow_up_reads.comparison(
            connection, old=submission.predecessor_id, new=submission.id
        )


async def _is_done(parts: Resources, group: IssueGroup, message_id: UUID) -> bool:
    """Whether this very request settled it, and is asked again."""
    async with parts.reading() as connection:
        done = await follow_up_reads.messages(connection, group.ingestion_id, group.number)
    return any(one.message.id == message_id for one in done)
