"""The board: every round by stage, whom it waits for, and who may be given it (ADR 0093)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.organisations.candidates import CandidateView
from adapters.postgres.projects.reads.desks.board import BoardFilter, BoardRoundView, board_page
from adapters.postgres.projects.reads.projects import projects_found
from adapters.postgres.queries import PageRequest, Position
from api.commands import board as commands
from api.commands.board import VerifierChoice
from api.commands.projects.verification import assign_verifier
from api.http.cursors import read_cursor, write_cursor
from api.http.fields import MOMENT_MAX, MOMENT_MIN
from api.http.resources import reading, resources
from api.pages.desks.actions import (
    Refused,
    StaffAction,
    SubmittedAction,
    after_action,
    handle_action,
    somebody,
    staff,
)
from api.pages.parts.formats import age
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import page_router, plain, see_other
from domain.accounts.roles import Account, Permission
from domain.errors import NotFound
from domain.projects.board import RoundStage

SHOWN = 50
OFFERED = 12
"""Of the verifiers that may be given a round, on the board; its own page shows all of them."""
PROJECTS_LOOKED_AT = 200
FILTERS = ("stage", "verifier", "project", "overdue")
STAGES: Mapping[RoundStage, str] = {
    RoundStage.ASSIGNMENT: "Waiting for a verifier",
    RoundStage.REVIEW: "In review",
    RoundStage.COUNTERSIGNATURE: "Waiting for a second approval",
    RoundStage.DECIDED: "Decided",
}
_ASSIGN = Permission.ASSIGN_VERIFIER

router = page_router()


@dataclass(frozen=True)
class BoardLine:
    """A round as the board shows it; `late` and `left` are spans in words, one of them or none is there."""

    round: BoardRoundView
    waiting_for: str
    age: str
    late: str | None
    left: str | None
    offered: Sequence[VerifierChoice]


async def assign(request: Request, account: Account, action: SubmittedAction) -> None:
    try:
        verifier_id = UUID(action.typed.get("verifier", ""))
    except ValueError:
        raise NotFound("Choose the verifier that it is given to.") from None
    verification_id = action.id("verification")
    await assign_verifier(resources(request), account, action.key, verification_id, verifier_id)


BOARD_ACTIONS: Mapping[str, StaffAction] = {
    "assign": StaffAction(assign, "The verifier has it, and is told by mail."),
}


@router.get("/staff")
async def look(request: Request) -> Response:
    """Where signing in leads to; who keeps nothing of the registry has a desk of their own."""
    if not somebody(request).account.may(_ASSIGN):
        return see_other("/desk")
    return await _page(request)


@router.post("/staff")
async def change(request: Request) -> Response:
    return await handle_action(request, _ASSIGN, BOARD_ACTIONS, _page)


async def _page(request: Request, refused: Refused | None = None) -> Response:
    parts, account = resources(request), staff(request, _ASSIGN).account
    asked = {name: plain(request.query_params.get(name, ""))[:200] for name in FILTERS}
    filters = {name: value for name, value in asked.items() if value}
    deadlines, now = commands.stage_deadlines(parts), parts.clock.now()
    page = PageRequest(SHOWN, newest_first=False, after=_after(request))
    async with reading(request) as connection:
        overview = await commands.read_overview(parts, connection, account)
        candidates = await commands.candidates_for(parts, connection)
        chosen = await _filter(connection, asked, now)
        rows = await board_page(connection, chosen, page, deadlines)
        shown = page.shown(rows)
        choices = commands.verifier_choices(parts, shown, candidates)
    last = page.last_shown(rows)
    older = {**filters, "cursor": write_cursor(_position(last))} if last else None
    return render_response(
        request,
        "desks/staff/board.html",
        **after_action(request, BOARD_ACTIONS, refused),
        overview=overview,
        lines=[line_of(one, account, choices.get(one.verification.id, ()), now) for one in shown],
        stages=STAGES,
        asked=asked,
        verifiers=_named(candidates),
        address=f"/staff?{urlencode(filters)}".rstrip("?"),
        next_link=f"/staff?{urlencode(older)}" if older else None,
        first_link=f"/staff?{urlencode(filters)}".rstrip("?") if page.after else None,
    )


def line_of(
    one: BoardRoundView, account: Account, choices: Sequence[VerifierChoice], now: datetime
) -> BoardLine:
    due_at = one.standing.due_at
    is_late = one.standing.is_overdue(at=now)
    return BoardLine(
        one,
        waiting_for(one, account),
        age(now - one.standing.since),
        age(now - due_at) if due_at and is_late else None,
        age(due_at - now) if due_at and not is_late else None,
        [choice for choice in choices if choice.why_not is None],
    )


def waiting_for(one: BoardRoundView, account: Account) -> str:
    """Whom a round waits for, as a page says it after the stage; names of people are beside it."""
    match one.standing.stage:
        case RoundStage.ASSIGNMENT:
            return "staff"
        case RoundStage.REVIEW:
            return "the verifier"
        case RoundStage.COUNTERSIGNATURE:
            is_first = one.verification.decided_by == account.id
            return "another administrator than you" if is_first else "you or another administrator"
        case RoundStage.DECIDED:
            return "nobody"


async def _filter(
    connection: AsyncConnection, asked: Mapping[str, str], now: datetime
) -> BoardFilter:
    """What is no stage or no account's id filters nothing; words that fit no project leave nothing."""
    project_ids = None
    if words := asked["project"]:
        found = await projects_found(connection, words, limit=PROJECTS_LOOKED_AT)
        project_ids = [one.project.id for one in found]
        if project_id := _id_of(words):
            project_ids = [project_id]
    return BoardFilter(
        stage=RoundStage(asked["stage"]) if asked["stage"] in list(RoundStage) else None,
        verifier_id=_id_of(asked["verifier"]),
        project_ids=project_ids,
        overdue_at=now if asked["overdue"] else None,
    )


def _id_of(typed: str) -> UUID | None:
    try:
        return UUID(typed)
    except ValueError:
        return None


def _after(request: Request) -> Position | None:
    after = read_cursor(request.query_params.get("cursor", ""))
    return after if after and MOMENT_MIN <= after[0] <= MOMENT_MAX else None


def _position(last: BoardRoundView) -> Position:
    return last.standing.due_at or last.standing.since, last.verification.id


def _named(candidates: Sequence[CandidateView]) -> Sequence[tuple[str, str]]:
    return sorted(
        ((str(one.user_id), one.name) for one in candidates), key=lambda it: it[1].casefold()
    )
