"""What is wrong with files and who must act: the dashboard, and one group of issues with what was said of it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TypeVar
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.ingestion import board_reads, follow_up_reads
from api.commands.ingestion import formats as formats_commands
from api.commands.ingestion import issues as commands
from api.commands.ingestion.annotated import annotated_pieces
from api.commands.ingestion.announcements import visible_submission
from api.commands.ingestion.issues import IssueActWord
from api.http.resources import reading, resources
from api.http.responses import streamed_file
from api.pages.desks.actions import somebody
from api.pages.parts.forms import NOT_CARRIED_OUT, FormNotTaken, form_faults, read_form
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import PageMissing, page_router, see_other
from domain.accounts.roles import Account, Permission, Role
from domain.errors import Conflict, NotFound, Refusal
from domain.ingestion.follow_up.groups import SETTLED, IssueAct, IssueGroup, IssueGroupState
from domain.ingestion.issues import Issue, IssueRule, Severity
from domain.ingestion.submissions import SubmittedFile

ISSUES_SHOWN = 50
AGED_FROM = timedelta(days=3)
_DONE = {
    IssueAct.ASSIGN: "It was assigned.",
    IssueAct.ASK: "Whoever sent the file in was asked.",
    IssueAct.ANSWER: "Your answer was sent.",
    IssueAct.WAIVE: "It was waived, or waits for a second administrator where rows were kept out.",
    IssueAct.CONFIRM_WAIVER: "The waiver was confirmed.",
    IssueAct.REFUSE_WAIVER: "The waiver was refused; whoever sent the file in was told.",
    IssueAct.SEPARATE: "This line is decided on apart from the others.",
}

_NAMES = {"note": "text", "text": "text", "assigneeId": "assignee"}

router = page_router()


@router.get("/ingestion-issues")
async def board(request: Request) -> Response:
    """What waits, by format, rule, age and who must act; for staff of all files, else of one's own."""
    account = somebody(request).account
    chosen = request.query_params
    rule, severity = (
        _one_of(IssueRule, chosen.get("rule")),
        _one_of(Severity, chosen.get("severity")),
    )
    async with reading(request) as connection:
        waiting = await board_reads.board(
            connection,
            account=account,
            format_id=chosen.get("format") or None,
            rule=rule,
            severity=severity,
            assigned_to=account.id if chosen.get("mine") == "1" else None,
        )
        counts = await board_reads.board_counts(connection, account=account)
        files = await board_reads.status_counts(connection, account=account)
    now = resources(request).clock.now()
    return render_response(
        request,
        "desks/ingestion/board.html",
        waiting=waiting,
        counts=counts,
        files=files,
        formats=await formats_commands.usable_formats(resources(request), account),
        rules=sorted({one.rule for one in counts}),
        named=sorted({one.format for one in counts}),
        chosen=chosen,
        now=now,
        aged_from=now - AGED_FROM,
        sees_all=account.may(Permission.SEE_EVERYTHING),
        days=lambda since: (now - since).days,
    )


@router.get("/ingestions/{ingestion_id}/issues/{number}")
async def look(request: Request, ingestion_id: UUID, number: int) -> Response:
    """One rule in one column: its first rows as found, and what people said."""
    return await _show(request, ingestion_id, number)


@router.get("/ingestions/{ingestion_id}/annotated")
async def download(request: Request, ingestion_id: UUID) -> Response:
    """As the API's, for who is signed in on the pages."""
    account = somebody(request).account
    try:
        found = await annotated_pieces(resources(request), account, ingestion_id)
    except (NotFound, Conflict):
        raise PageMissing("file") from None
    return streamed_file(found.pieces, media_type=found.media_type, filename=found.file_name)


@router.post("/ingestions/{ingestion_id}/issues/{number}/{act}")
async def write(request: Request, ingestion_id: UUID, number: int, act: str) -> Response:
    """What a button says; leads back to the same page."""
    account = somebody(request).account
    typed = await read_form(request)
    word = _one_of(IssueActWord, act)
    if word is None:
        raise PageMissing("page")
    try:
        group = await commands.act_on_group(
            resources(request),
            account,
            typed.get("key") or str(uuid4()),
            ingestion_id,
            number,
            word.act,
            text=typed.get("text", "").replace("\r\n", "\n").replace("\x00", ""),
            assignee_id=_uuid(typed.get("assignee", "")),
            line=_line(typed.get("line", "")),
        )
    except NotFound:
        raise PageMissing("file") from None
    except NOT_CARRIED_OUT as no:
        return await _show(
            request, ingestion_id, number, FormNotTaken(act, typed, form_faults(no, _NAMES))
        )
    return see_other(f"/ingestions/{ingestion_id}/issues/{group.number}?done={word.value}")


async def _show(
    request: Request, ingestion_id: UUID, number: int, refused: FormNotTaken | None = None
) -> Response:
    account = somebody(request).account
    parts = resources(request)
    try:
        submission = await visible_submission(parts, account, ingestion_id)
        group = await commands.visible_group(parts, ingestion_id, number)
    except (NotFound, Refusal):
        raise PageMissing("file") from None
    async with reading(request) as connection:
        issues = await follow_up_reads.issues_of_group(connection, group, limit=ISSUES_SHOWN)
        lines = [line for one in issues for line in (one.line, *one.more_lines) if line]
        rows = await follow_up_reads.faulty_rows(connection, ingestion_id, lines)
        messages = await follow_up_reads.messages(connection, ingestion_id, number)
        people: Sequence[follow_up_reads.Responsible] = (
            await follow_up_reads.responsible_people(connection)
            if account.role is Role.ADMINISTRATOR
            else ()
        )
    done = _one_of(IssueActWord, request.query_params.get("done"))
    return render_response(
        request,
        "desks/ingestion/issue.html",
        status=refused.status if refused else 200,
        submission=submission,
        group=group,
        found=[(one, _rows_of(one, rows)) for one in issues],
        messages=messages,
        people=people,
        assignee=next((one.name for one in people if one.id == group.assigned_to), None),
        acts=_acts(account, submission, group),
        refused=refused,
        typed=refused.typed if refused else {},
        key=(refused.key if refused else "") or str(uuid4()),
        done=_DONE[done.act] if done and not refused else None,
    )


def _rows_of(
    issue: Issue, rows: Mapping[tuple[str | None, int], follow_up_reads.FaultyRowView]
) -> list[follow_up_reads.FaultyRowView]:
    lines = (issue.line, *issue.more_lines)
    return [rows[issue.sheet, line] for line in lines if line and (issue.sheet, line) in rows]


def _acts(account: Account, submission: SubmittedFile, group: IssueGroup) -> list[IssueAct]:
    """What there is a form for; the rule itself is domain.ingestion.follow_up.groups."""
    if group.state in SETTLED:
        return []
    is_own = account.id == submission.submitted_by
    acts = [IssueAct.ANSWER] if is_own else []
    if account.role is not Role.ADMINISTRATOR:
        return acts
    acts.append(IssueAct.ASSIGN)
    if (
        group.count > 1
        and group.separated_from is None
        and group.state is not IssueGroupState.WAIVER_PROPOSED
    ):
        acts.append(IssueAct.SEPARATE)
    if is_own:
        return acts
    if group.state is IssueGroupState.WAIVER_PROPOSED:
        if group.waived_by != account.id:
            acts += [IssueAct.CONFIRM_WAIVER, IssueAct.REFUSE_WAIVER]
    elif submission.refusal is None:
        acts.append(IssueAct.WAIVE)
    return [*acts, IssueAct.ASK]


Word = TypeVar("Word", IssueRule, Severity, IssueActWord)


def _one_of(kind: type[Word], value: str | None) -> Word | None:
    try:
        return kind(value) if value else None
    except ValueError:
        return None


def _line(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdigit() and len(value) <= 12 else None  # noqa: PLR2004 -- as calls take


def _uuid(value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        return None
