"""Who runs the registry, on what terms, how to reach them, and whether every part answers."""

from starlette.requests import Request
from starlette.responses import Response

from adapters.settings import Settings
from api.http.health import readiness
from api.pages.parts.rendering import render, render_response
from api.pages.parts.routing import page_router

_MAX_AGE_SECONDS = 3600

router = page_router()


@router.get("/about")
async def about(request: Request) -> Response:
    return _words(request, "public/about.html")


@router.get("/terms")
async def terms(request: Request) -> Response:
    return _words(request, "public/terms.html")


@router.get("/privacy")
async def privacy(request: Request) -> Response:
    return _words(request, "public/privacy.html")


@router.get("/contact")
async def contact(request: Request) -> Response:
    return _words(request, "public/contact.html")


@router.get("/status")
async def status(request: Request) -> Response:
    """What /readyz tells machines, in words; 200 however things stand, since the page itself answers."""
    found, checks = await readiness(request)
    return render_response(request, "public/status.html", readiness=found, checks=checks)


def _words(request: Request, template: str) -> Response:
    """A page that only changes with a release or a setting."""
    settings: Settings = request.app.state.settings
    return render(
        request,
        template,
        max_age_seconds=_MAX_AGE_SECONDS,
        operator=settings.registry.operator_name,
        contact=settings.registry.contact_email,
        terms_version=settings.rules.terms_version,
    )
