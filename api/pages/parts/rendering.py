"""Templates to answers: one environment for all pages, with validators that let browsers ask cheaply."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from adapters.settings import Settings
from api.http.explorer_links import explorer_address
from api.http.fields import noun
from api.pages.parts import formats, labels
from api.pages.parts.assets import asset_address
from api.pages.parts.freeze_banner import frozen_state
from api.pages.parts.session import person_of
from domain.quantities import format_tonnes
from domain.visible_text import isolated

_TEMPLATES = Path(__file__).parents[2] / "templates"
NAVIGATION = (
    ("/projects", "Projects"),
    ("/credits", "Credits"),
    ("/retirements", "Retirements"),
    ("/verify", "Check"),
    ("/conservation", "Conservation"),
    ("/open-data", "Open data"),
)


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Escapes everything; a name that a page forgot to give is an error, not an empty place."""
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals.update(asset=asset_address, navigation=NAVIGATION)
    made.filters.update(
        word=labels.word,
        tone=labels.tone,
        holder=labels.holder,
        country=labels.country_name,
        tonnes=format_tonnes,
        grouped=formats.grouped,
        grouped_tonnes=formats.grouped_tonnes,
        rfc3339=formats.rfc3339,
        moment=formats.moment,
        day=formats.day,
        iso_day=formats.iso_day,
        file_size=formats.file_size,
        ada=formats.ada,
        paragraphs=formats.paragraphs,
        typed=formats.typed,
        sentence=formats.sentence,
        isolated=isolated,
        explorer=_explorer_address,
        fact_name=noun,
        step=labels.step,
    )
    return made


def render(request: Request, template: str, *, max_age_seconds: int = 5, **values: Any) -> Response:
    """
    Print a page that anybody may read and caches may keep for a few seconds.

    A browser that has the same page already is answered with 304 and no body. Who is signed in sees
    it with their name, and so alone; `Vary` keeps caches from giving them the page of everybody.
    """
    if person_of(request):
        return render_response(request, template, **values)
    body = _print(request, template, values)
    tag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {
        "ETag": tag,
        "Cache-Control": f"public, max-age={max_age_seconds}",
        "Vary": "Cookie",
    }
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return HTMLResponse(body, headers=headers)


def render_response(
    request: Request, template: str, *, status: int = 200, **values: Any
) -> Response:
    """Print what is for one person; nobody else is to be shown it."""
    headers = {"Cache-Control": "no-store", "Vary": "Cookie"}
    return HTMLResponse(_print(request, template, values), status_code=status, headers=headers)


def render_error(
    request: Request,
    status: int,
    heading: str,
    sentence: str,
    *,
    retry_after_seconds: int | None = None,
) -> Response:
    """An error as a page; nobody keeps it, because what is missing now may be there in a second."""
    headers = {"Cache-Control": "no-store"}
    if retry_after_seconds is not None:
        headers["Retry-After"] = str(retry_after_seconds)
    request_id = getattr(request.state, "request_id", None)
    values = {"status": status, "heading": heading, "sentence": sentence, "request_id": request_id}
    return HTMLResponse(
        _print(request, "parts/error.html", values), status_code=status, headers=headers
    )


def _print(request: Request, template: str, values: dict[str, Any]) -> bytes:
    settings: Settings = request.app.state.settings
    shared = {
        "path": request.url.path,
        "registry_name": settings.registry.registry_name,
        "public_url": settings.registry.public_url.rstrip("/"),
        "network": settings.chain.cardano_network.value,
        "freeze": frozen_state(request),
        "person": person_of(request),
        "explorer_transaction_url": settings.chain.explorer_transaction_url,
    }
    return environment().get_template(template).render(**shared, **values).encode()


@pass_context
def _explorer_address(context: Context, tx_hash: str) -> str | None:
    """The transaction's address in the configured explorer."""
    pattern: str | None = context["explorer_transaction_url"]
    return explorer_address(pattern, tx_hash)
