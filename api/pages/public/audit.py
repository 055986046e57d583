"""The audit log as a page: its head, its anchors on the chain, its newest entries, and how to check them."""

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.audit import reads as reads_audit
from adapters.postgres.chain.reconciliation import PostgresReconciliations
from adapters.postgres.queries import PageRequest
from adapters.postgres.transparency import reads as reads_log
from adapters.settings import Settings
from api.http.resources import reading
from api.pages.parts.rendering import render
from api.pages.parts.routing import page_router
from domain.audit.log import publish

ENTRIES_SHOWN = 25
ANCHORS_SHOWN = 10
SEQ_DIGITS_MAX = 18

router = page_router()


@router.get("/audit")
async def audit_log(request: Request, before: str = "") -> Response:
    """`before` goes back through the entries; what is no number begins with the newest."""
    settings: Settings = request.app.state.settings
    is_number = before.isascii() and before.isdigit() and len(before) <= SEQ_DIGITS_MAX
    page = PageRequest(ENTRIES_SHOWN, after=(int(before),) if is_number else None)
    newest = PageRequest(ANCHORS_SHOWN)
    async with reading(request) as connection:
        head = await reads_audit.head(connection)
        anchors = await reads_audit.anchors(connection, newest)
        checkpoint = await reads_log.newest_checkpoint(connection)
        found = await reads_audit.entries(connection, page)
        reconciliation = await PostgresReconciliations(connection).last()
    shown = [(publish(chained), chained.entry.at) for chained in page.shown(found)]
    last = page.last_shown(found)
    return render(
        request,
        "public/audit.html",
        head=head,
        anchors=newest.shown(anchors),
        checkpoint=checkpoint,
        reconciliation=reconciliation,
        entries=shown,
        next_link=f"/audit?before={last.seq}#entries" if last else None,
        first_link="/audit#entries" if page.after is not None else None,
        registry=settings.registry.public_url.rstrip("/"),
        chain_url=settings.chain.blockfrost_url,
        platform_address=settings.published.platform_address,
    )
