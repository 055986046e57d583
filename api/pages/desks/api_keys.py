"""One's keys for programs: made and shown once, listed, revoked (ADR 0063)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.accounts.api_keys import keys_page
from adapters.postgres.queries import PageRequest
from api.commands.accounts import api_keys as commands
from api.commands.accounts.api_keys import NewApiKey
from api.http.cursors import read_cursor, write_cursor
from api.http.fields import Text, refuse
from api.http.resources import reading, resources
from api.http.schema import RequestSchema
from api.pages.desks.actions import (
    Forms,
    Refused,
    StaffAction,
    SubmittedAction,
    done_sentence,
    handle_action,
    somebody,
)
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import page_router
from domain.accounts.api_keys import LIFETIME_MAX, NEEDED, Scope
from domain.accounts.roles import Account

ADDRESS = "/account/api-keys"
SHOWN = 50
DAYS = (30, 90, 180, LIFETIME_MAX.days)
MEANINGS: Mapping[Scope, str] = {
    Scope.READ: "read what you may read",
    Scope.AUDIT_READ: "read what staff see behind it: workflows, chain, buffer, alerts, events, audit entries",
    Scope.PROJECTS_WRITE: "register projects, and add notes to their verifications",
    Scope.DOCUMENTS_WRITE: "upload documents",
    Scope.CREDITS_WRITE: "transfer and retire credits",
}

router = page_router()


def _days(value: Any) -> int:
    if value not in map(str, DAYS):
        raise refuse(f"Good for must be one of {', '.join(map(str, DAYS))} days")
    return int(value)


class KeyForm(RequestSchema):
    name: Annotated[str, Text(100)]
    scopes: Annotated[list[Scope], Field(min_length=1)]
    days: Annotated[int, BeforeValidator(_days)]


def offered(account: Account) -> dict[Scope, str]:
    """What the account may give away, and what it means."""
    return {
        scope: meaning
        for scope, meaning in MEANINGS.items()
        if scope not in NEEDED or account.may(NEEDED[scope])
    }


async def _make(request: Request, account: Account, action: SubmittedAction) -> None:
    typed = action.typed
    form = KeyForm.model_validate(
        {
            "name": typed.get("name", ""),
            "scopes": [one.value for one in Scope if typed.get(f"scope-{one}") == "on"],
            "days": typed.get("days", ""),
        }
    )
    parts = resources(request)
    request.state.made = await commands.make_api_key(
        parts,
        account,
        action.key,
        form.name,
        form.scopes,
        parts.clock.now() + timedelta(days=form.days),
    )


async def _revoke(request: Request, account: Account, action: SubmittedAction) -> None:
    await commands.revoke_api_key(resources(request), account, action.id("key"))


ACTIONS: Mapping[str, StaffAction] = {
    "make": StaffAction(_make, "The key is made; it was shown once."),
    "revoke": StaffAction(_revoke, "The key is revoked: it is refused from now on."),
}


@router.get(ADDRESS)
async def look(request: Request) -> Response:
    somebody(request)
    return await _page(request)


@router.post(ADDRESS)
async def change(request: Request) -> Response:
    """What the API does for POST and DELETE /me/api-keys; the answer to the first holds the key."""
    answer = await handle_action(request, None, ACTIONS, _page)
    made: NewApiKey | None = getattr(request.state, "made", None)
    return answer if made is None else await _page(request, made=made)


async def _page(
    request: Request, refused: Refused | None = None, *, made: NewApiKey | None = None
) -> Response:
    person, now = somebody(request), resources(request).clock.now()
    page = PageRequest(SHOWN, after=read_cursor(request.query_params.get("cursor", "")))
    async with reading(request) as connection:
        rows = await keys_page(connection, person.account.id, page)
    last = page.last_shown(rows)
    return render_response(
        request,
        "desks/api_keys.html",
        status=refused.status if refused else 200,
        refused=refused,
        done=None if refused or made else done_sentence(request, ACTIONS),
        forms=Forms(refused),
        keys=page.shown(rows),
        good={key.id for key in rows if key.is_good(at=now)},
        made=made,
        scopes=offered(person.account),
        days=DAYS,
        next_link=f"{ADDRESS}?cursor={write_cursor((last.created_at, last.id))}" if last else None,
        first_link=ADDRESS if page.after else None,
    )
