"""The way to the chain, for everybody: the newest records, what waits, and what was rolled back."""

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.chain import reads as reads_chain
from adapters.postgres.chain.watch import read_provider_state
from api.http.resources import reading
from api.pages.parts.formats import age
from api.pages.parts.rendering import render
from api.pages.parts.routing import page_router

RECORDS_SHOWN = 50
ROLLBACKS_SHOWN = 20

router = page_router()


@router.get("/chain")
async def chain(request: Request) -> Response:
    now = datetime.now(UTC)
    async with reading(request) as connection:
        provider = await read_provider_state(connection)
        unconfirmed = await reads_chain.unconfirmed_records(connection)
        records = await reads_chain.newest_records(connection, limit=RECORDS_SHOWN)
        rollbacks = await reads_chain.rollbacks(connection, limit=ROLLBACKS_SHOWN)
    return render(
        request,
        "public/chain.html",
        provider=provider,
        provider_word=_word(provider.asked_at is not None, provider.answers),
        tip_age=age(now - provider.tip_seen_at) if provider.tip_seen_at else None,
        silent_for=age(now - provider.silent_since) if provider.silent_since else None,
        unconfirmed=unconfirmed,
        oldest_age=age(now - unconfirmed.since) if unconfirmed.since else None,
        records=records,
        rollbacks=rollbacks,
    )


def _word(asked: bool, answers: bool) -> str:
    if not asked:
        return "waiting"
    return "answers" if answers else "does_not_answer"
