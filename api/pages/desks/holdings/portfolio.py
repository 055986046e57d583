"""What somebody holds by project and vintage, what they offer, and the reservations on either side."""

from collections.abc import Mapping
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.credits.reads import reservations as reads_reservations
from adapters.postgres.credits.reads.entries import CreditFilter, credits_page
from adapters.postgres.credits.reads.holdings import holdings
from adapters.postgres.credits.reads.reservations import ReservationFilter
from adapters.postgres.credits.reads.retirements import RetirementFilter, retirements_page
from adapters.postgres.projects.reads.projects import project_names
from adapters.postgres.queries import PageRequest
from api.commands.credits import offers, reservations
from api.http.downloads.csv_lines import csv_lines
from api.http.resources import public_url, reading, resources
from api.http.responses import PRIVATE
from api.pages.desks.actions import (
    Forms,
    Refused,
    StaffAction,
    SubmittedAction,
    done_sentence,
    handle_action,
    staff,
)
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import page_router
from domain.accounts.roles import Account, Permission
from domain.credits.ledger import EntryStatus
from domain.errors import NotFound
from domain.quantities import format_tonnes

SHOWN = 50
_PARTS = ("active_units", "reserved_units", "suspended_units", "retired_units")

router = page_router()


async def _accept(request: Request, account: Account, action: SubmittedAction) -> None:
    await reservations.accept_reservation(
        resources(request), account, action.key, action.id("reservation")
    )


async def _refuse(request: Request, account: Account, action: SubmittedAction) -> None:
    await reservations.refuse_reservation(
        resources(request), account, action.key, action.id("reservation")
    )


async def _cancel(request: Request, account: Account, action: SubmittedAction) -> None:
    await reservations.cancel_reservation(
        resources(request), account, action.key, action.id("reservation")
    )


async def _offer(request: Request, account: Account, action: SubmittedAction) -> None:
    project, _, vintage = action.subject.partition("/")
    try:
        project_id, year = UUID(project), int(vintage)
    except ValueError:
        raise NotFound("You hold no such credits.") from None
    await offers.offer_credits(
        resources(request),
        account,
        action.key,
        project_id=project_id,
        vintage=year,
        name_shown=action.typed.get("name_shown") == "on",
    )


async def _withdraw(request: Request, account: Account, action: SubmittedAction) -> None:
    await offers.withdraw_offer(resources(request), account, action.id("offer"))


HOLDING_ACTIONS: Mapping[str, StaffAction] = {
    "accept": StaffAction(
        _accept, "The units are set aside. Hand them over before the time is up."
    ),
    "refuse": StaffAction(_refuse, "Whoever asked is told that you refused."),
    "cancel": StaffAction(_cancel, "The reservation is cancelled."),
    "offer": StaffAction(_offer, "These credits are listed for everybody now."),
    "withdraw": StaffAction(_withdraw, "These credits are listed no more."),
}
_DONE_ELSEWHERE = {
    "asked": "The holder is told. You hear from us when they answer.",
    "transferred": "The units are handed over; the record is on its way to the chain.",
}


@router.get("/desk/holdings")
async def look(request: Request) -> Response:
    staff(request, Permission.HOLD_CREDITS)
    return await _page(request)


@router.post("/desk/holdings")
async def act(request: Request) -> Response:
    return await handle_action(request, Permission.HOLD_CREDITS, HOLDING_ACTIONS, _page)


@router.get("/desk/holdings.csv")
async def as_csv(request: Request) -> Response:
    """The sums that the page shows, one line for each project and vintage."""
    account = staff(request, Permission.HOLD_CREDITS).account
    async with reading(request) as connection:
        held = await holdings(connection, account=account)
    columns = ("project_id", "project", "country", "type", "vintage", "active_tonnes")
    lines = [(*columns, "reserved_tonnes", "suspended_tonnes", "retired_tonnes", "offered")]
    body = csv_lines(
        [
            *lines,
            *(
                (
                    *(one.project_id, one.project_title, one.country, one.project_type),
                    one.vintage,
                    *(format_tonnes(getattr(one, part)) for part in _PARTS),
                    "yes" if one.offer_id else "no",
                )
                for one in held
            ),
        ]
    )
    headers = {
        "Cache-Control": PRIVATE,
        "Content-Disposition": 'attachment; filename="holdings.csv"',
    }
    return Response(body, headers=headers, media_type="text/csv; charset=utf-8")


async def _page(request: Request, refused: Refused | None = None) -> Response:
    account = staff(request, Permission.HOLD_CREDITS).account
    page = PageRequest(SHOWN)
    active = CreditFilter(status=EntryStatus.ACTIVE.value)
    async with reading(request) as connection:
        held = await holdings(connection, account=account)
        entries = await credits_page(connection, active, page, account=account)
        asked = await reads_reservations.reservations_page(
            connection, ReservationFilter(), page, account=account
        )
        retired = await retirements_page(connection, RetirementFilter(), page, account=account)
        titles = await project_names(connection, {entry.project_id for entry in entries})
    done = request.query_params.get("done", "")
    return render_response(
        request,
        "desks/holdings/portfolio.html",
        status=refused.status if refused else 200,
        held=held,
        totals={part: sum(getattr(one, part) for one in held) for part in _PARTS},
        entries=page.shown(entries),
        titles=titles,
        to_answer=[one for one in page.shown(asked) if one.is_holder],
        asked=[one for one in page.shown(asked) if not one.is_holder],
        retirements=page.shown(retired),
        registry=public_url(request),
        forms=Forms(refused),
        refused=refused,
        done=done_sentence(request, HOLDING_ACTIONS) or _DONE_ELSEWHERE.get(done),
    )
