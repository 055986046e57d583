"""What one was told, unread on top, and how one wants to hear of it (ADR 0074)."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.accounts.notification_preferences import preferences_of
from adapters.postgres.accounts.reads import notifications_page
from adapters.postgres.queries import PageRequest
from api.commands.accounts import notification_preferences as preferences
from api.commands.accounts import profile as commands
from api.http.resources import reading, resources
from api.pages.desks.actions import (
    Forms,
    Refused,
    StaffAction,
    SubmittedAction,
    done_sentence,
    handle_action,
    somebody,
)
from api.pages.parts.forms import read_form, why_not
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import page_router, see_other
from domain.accounts.notices.kinds import NoticeChannel, NoticeTopic, kinds_told
from domain.accounts.notices.preferences import HOURS, zones
from domain.accounts.notifications import NotificationKind
from domain.accounts.roles import Account
from domain.errors import Refusal

PLACE = "/account/notifications"
PREFERENCES_PLACE = f"{PLACE}/preferences"
SHOWN = 100
TOPICS = {
    NoticeTopic.ACCOUNT: "Your account",
    NoticeTopic.VERIFICATION: "Verification",
    NoticeTopic.FINDING: "Notes and findings",
    NoticeTopic.CREDIT: "Credits",
    NoticeTopic.CHAIN: "Chain",
    NoticeTopic.INGESTION: "Measurements",
}
CHANNELS = {
    NoticeChannel.MAIL: "Mail at once",
    NoticeChannel.DIGEST: "In the daily digest",
    NoticeChannel.IN_APP: "Here only",
    NoticeChannel.NONE: "Not at all",
}

router = page_router()


async def _read(request: Request, account: Account, action: SubmittedAction) -> None:
    await commands.mark_read(resources(request), account, action.id("notification"))


async def _read_all(request: Request, account: Account, action: SubmittedAction) -> None:  # noqa: ARG001 -- as all actions
    await commands.mark_all_read(resources(request), account)


ACTIONS: Mapping[str, StaffAction] = {
    "read": StaffAction(_read, "Marked as read."),
    "read-all": StaffAction(_read_all, "Everything is marked as read."),
}


@router.get(PLACE)
async def look(request: Request) -> Response:
    somebody(request)
    return await _page(request)


@router.post(PLACE)
async def change(request: Request) -> Response:
    return await handle_action(request, None, ACTIONS, _page)


async def _page(request: Request, refused: Refused | None = None) -> Response:
    person = somebody(request)
    page = PageRequest(SHOWN)
    async with reading(request) as connection:
        unread = await notifications_page(connection, person.account.id, page, unread=True)
        read = await notifications_page(connection, person.account.id, page, unread=False)
    return render_response(
        request,
        "desks/notifications.html",
        status=refused.status if refused else 200,
        refused=refused,
        done=None if refused else done_sentence(request, ACTIONS),
        forms=Forms(refused),
        unread=unread[:SHOWN],
        read=read[:SHOWN],
        shown=SHOWN,
    )


@router.get(PREFERENCES_PLACE)
async def look_at_preferences(request: Request) -> Response:
    return await _preferences_page(request, somebody(request).account)


@router.post(PREFERENCES_PLACE)
async def choose(request: Request) -> Response:
    """What PUT /me/notification-preferences does: each kind is a field of its own name."""
    account = somebody(request).account
    form = await read_form(request, fields_max=len(NotificationKind) + 10)
    hour = form.get("digest_hour", "")
    try:
        await preferences.choose(
            resources(request),
            account,
            time_zone=form.get("time_zone", ""),
            digest_hour=int(hour) if hour.isdecimal() and len(hour) < 3 else -1,  # noqa: PLR2004 -- an hour's letters
            chosen=[
                (kind, NoticeChannel(form[kind.value]))
                for kind, notice in kinds_told(account.role).items()
                if not notice.mandatory and form.get(kind.value) in set(NoticeChannel)
            ],
        )
    except Refusal as no:
        status, sentences = why_not(no)
        return await _preferences_page(request, account, status=status, refused=sentences)
    return see_other(f"{PREFERENCES_PLACE}?done=1")


async def _preferences_page(
    request: Request, account: Account, *, status: int = 200, refused: list[str] | None = None
) -> Response:
    async with reading(request) as connection:
        chosen = await preferences_of(connection, account.id)
    told = kinds_told(account.role)
    return render_response(
        request,
        "desks/notification_preferences.html",
        status=status,
        refused=refused or [],
        done=not refused and "done" in request.query_params,
        chosen=chosen,
        topics=[
            (heading, [(kind, notice) for kind, notice in told.items() if notice.topic is topic])
            for topic, heading in TOPICS.items()
            if any(notice.topic is topic for notice in told.values())
        ],
        channels=CHANNELS,
        zones=zones(),
        hours=HOURS,
    )
