"""The ledger's rules as a page: the statuses of an entry and what may become of it, from the code."""

from starlette.requests import Request
from starlette.responses import Response

from api.pages.parts.rendering import render
from api.pages.parts.routing import page_router
from domain.credits.ledger import ENTRY_MEANING, ENTRY_MOVES

router = page_router()

RULES = [
    (status.value, ENTRY_MEANING[status], sorted(move.value for move in moves))
    for status, moves in ENTRY_MOVES.items()
]


@router.get("/ledger")
async def ledger_rules(request: Request) -> Response:
    """The one table that the registry's code and its database keep to."""
    return render(request, "public/ledger_rules.html", max_age_seconds=3600, rules=RULES)
