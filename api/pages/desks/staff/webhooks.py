"""The desk of staff for webhooks: what could not be delivered, and sending it once more."""

from collections.abc import Mapping
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.publishing.reads import webhooks as reads_webhooks
from api.commands.publishing.webhook_deliveries import replay_delivery
from api.http.resources import reading, resources
from api.pages.desks.actions import (
    Refused,
    StaffAction,
    SubmittedAction,
    after_action,
    desk_page,
)
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import page_router
from domain.accounts.roles import Account, Permission
from domain.errors import NotFound

FAILED_SHOWN = 50
LOG_SHOWN = 25
WEBHOOKS_SHOWN = 50

router = page_router()


async def _replay(request: Request, account: Account, action: SubmittedAction) -> None:
    try:
        webhook_id = UUID(action.typed.get("webhook", ""))
    except ValueError:
        raise NotFound("There is no such webhook.") from None
    delivery_id = action.id("delivery")
    await replay_delivery(resources(request), account, action.key, webhook_id, delivery_id)


STAFF_ACTIONS: Mapping[str, StaffAction] = {
    "replay": StaffAction(
        _replay, "It is on its way once more; the log below shows what comes of it."
    )
}


async def _page(request: Request, refused: Refused | None = None) -> Response:
    async with reading(request) as connection:
        webhooks = await reads_webhooks.webhook_summaries(connection, limit=WEBHOOKS_SHOWN)
        failed = await reads_webhooks.newest_deliveries(
            connection, failed_only=True, limit=FAILED_SHOWN
        )
        newest = await reads_webhooks.newest_deliveries(
            connection, failed_only=False, limit=LOG_SHOWN
        )
    return render_response(
        request,
        "desks/staff/webhooks.html",
        **after_action(request, STAFF_ACTIONS, refused),
        webhooks=webhooks,
        failed=failed,
        newest=newest,
        failed_in_all=sum(webhook.failed for webhook in webhooks),
    )


desk_page(router, "/staff/webhooks", Permission.MANAGE_WEBHOOKS, STAFF_ACTIONS, _page)
