"""What became of one file: its outcome, what is wrong with it, what was taken, and the file before and after it."""

from collections.abc import Mapping
from itertools import groupby
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.ingestion import follow_up_reads, reads
from api.commands.ingestion.annotated import may_be_annotated
from api.commands.ingestion.announcements import visible_submission
from api.commands.ingestion.formats import usable_formats
from api.http.resources import reading, resources
from api.pages.desks.actions import somebody
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import PageMissing
from domain.accounts.roles import Permission
from domain.errors import NotFound
from domain.ingestion.model import MODEL
from domain.ingestion.submissions import IngestionStatus

ISSUES_SHOWN = 200
RECORDS_SHOWN = 20
GROUPS_SHOWN = 100


async def one_file(
    request: Request,
    ingestion_id: UUID,
    typed: Mapping[str, str],
    faults: Mapping[str, str],
    *,
    status: int = 200,
) -> Response:
    """
    Raises:
        PageMissing: there is no such file, or this account may not see it.
    """
    account = somebody(request).account
    try:
        submission = await visible_submission(resources(request), account, ingestion_id)
    except NotFound:
        raise PageMissing("file") from None
    before = submission.predecessor_id
    async with reading(request) as connection:
        counts = await reads.rule_counts(connection, ingestion_id)
        groups = await follow_up_reads.groups(connection, ingestion_id)
        issues = await reads.issues(connection, ingestion_id, limit=ISSUES_SHOWN)
        records = await reads.records(connection, ingestion_id, limit=RECORDS_SHOWN)
        after = await follow_up_reads.successor(connection, ingestion_id, account=account)
        mended = (
            await follow_up_reads.comparison(connection, old=before, new=ingestion_id)
            if before is not None and submission.finished_at
            else None
        )
        next_mended = (
            await follow_up_reads.comparison(connection, old=ingestion_id, new=after.id)
            if after is not None and after.finished_at
            else None
        )
    taken = [
        (kind, *_table([one["record"] | {"line": one["line"]} for one in same]))
        for kind, same in groupby(
            sorted(records, key=lambda one: str(one["kind"])), lambda one: one["kind"]
        )
    ]
    is_own = account.id == submission.submitted_by and account.may(Permission.SUBMIT_FILE)
    return render_response(
        request,
        "desks/ingestion.html",
        status=status,
        submission=submission,
        format=(await usable_formats(resources(request), account)).get(submission.format),
        is_known=request.query_params.get("known") == "1",
        counts=counts,
        groups=groups[:GROUPS_SHOWN],
        groups_in_all=len(groups),
        issues=issues,
        issues_in_all=sum(counted.count for counted in counts),
        taken=taken,
        after=after,
        mended=mended,
        next_mended=next_mended,
        may_annotate=may_be_annotated(submission) and bool(counts),
        may_resubmit=is_own
        and after is None
        and submission.finished_at is not None
        and submission.withdrawn_at is None,
        may_withdraw=is_own
        and submission.withdrawn_at is None
        and submission.status is not IngestionStatus.READING,
        typed=typed,
        faults=faults,
        key=typed.get("key") or str(uuid4()),
    )


def _table(records: list[dict[str, object]]) -> tuple[list[str], list[list[object]]]:
    """Only the columns that some record fills, in the model's order, the line first."""
    filled = {name for record in records for name in record}
    order = [
        "line",
        *dict.fromkeys(field.name for model in MODEL.values() for field in model.fields),
    ]
    names = [name for name in order if name in filled]
    return names, [[record.get(name) for name in names] for record in records]
