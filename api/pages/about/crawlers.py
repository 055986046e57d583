"""
What crawlers and security researchers look for at fixed addresses.

Sources: RFC 9309 (robots.txt), sitemaps.org 0.9 (at most 50,000 addresses a file), RFC 9116
(security.txt).
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from html import escape

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from adapters.postgres.publishing.reads import sitemap as reads_sitemap
from adapters.settings import Settings
from api.http.resources import reading
from api.pages.parts.assets import asset_address
from api.pages.parts.routing import PageMissing, page_router

ADDRESSES_MAX = 50_000
_EXPIRES = timedelta(days=180)
_KEEP = {"Cache-Control": "public, max-age=3600"}
_FIXED = (
    "/",
    "/projects",
    "/credits",
    "/retirements",
    "/conservation",
    "/open-data",
    "/verify",
    "/ledger",
    "/audit",
    "/chain",
    "/keys",
    "/about",
    "/terms",
    "/privacy",
    "/contact",
    "/status",
)

router = page_router()


@router.get("/robots.txt")
async def robots(request: Request) -> Response:
    """Everything public may be read; desks and forms hold nothing for a crawler."""
    closed = ("/staff", "/account", "/sign-in", "/register", "/search", "/api/v1/")
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed)]
    lines += ["", f"Sitemap: {_here(request)}/sitemap.xml", ""]
    return PlainTextResponse("\n".join(lines), headers=_KEEP)


@router.get("/favicon.ico")
async def favicon() -> Response:
    """Browsers take an SVG as well; pages name it themselves."""
    return RedirectResponse(asset_address("mark.svg"), status_code=301, headers=_KEEP)


@router.get("/.well-known/security.txt")
async def security(request: Request) -> Response:
    """Where to report a hole. It expires, as the RFC demands, and is written anew on each request."""
    settings: Settings = request.app.state.settings
    expires = (datetime.now(UTC) + _EXPIRES).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = (
        f"Contact: mailto:{settings.registry.contact_email}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: en",
        f"Canonical: {_here(request)}/.well-known/security.txt",
        f"Policy: {_here(request)}/contact",
        "",
    )
    return PlainTextResponse("\n".join(lines), headers=_KEEP)


@router.get("/sitemap.xml")
async def sitemap_index(request: Request) -> Response:
    """One file for the fixed pages, one for projects, and one for each month of retirements."""
    async with reading(request) as connection:
        months = await reads_sitemap.months_of_retirements(connection)
    files = ["pages", "projects"]
    for month in months:
        parts = -(-month.retirements // ADDRESSES_MAX)
        files += [f"retirements-{month.month:%Y-%m}-{part}" for part in range(1, parts + 1)]
    entries = (
        f"<sitemap><loc>{escape(_here(request))}/sitemaps/{file}.xml</loc></sitemap>"
        for file in files
    )
    return _xml("sitemapindex", entries)


@router.get("/sitemaps/pages.xml")
async def fixed_pages(request: Request) -> Response:
    return _addresses(request, _FIXED)


@router.get("/sitemaps/projects.xml")
async def projects(request: Request) -> Response:
    async with reading(request) as connection:
        found = await reads_sitemap.newest_projects(connection, limit=ADDRESSES_MAX)
    return _addresses(request, (f"/projects/{id}" for id in found))


@router.get("/sitemaps/retirements-{year}-{month}-{part}.xml")
async def retirements(request: Request, year: str, month: str, part: str) -> Response:
    """`part` counts from 1, each of up to 50,000 retirements of the month, oldest first."""
    try:
        first = datetime(int(year), int(month), 1, tzinfo=UTC)
        offset = (int(part) - 1) * ADDRESSES_MAX
    except (ValueError, OverflowError) as error:
        raise PageMissing("page") from error
    if not 0 <= offset < ADDRESSES_MAX**2:
        raise PageMissing("page")
    async with reading(request) as connection:
        found = await reads_sitemap.retirements_of_month(
            connection, first, offset=offset, limit=ADDRESSES_MAX
        )
    if not found:
        raise PageMissing("page")
    return _addresses(request, (f"/retirements/{id}" for id in found))


def _here(request: Request) -> str:
    settings: Settings = request.app.state.settings
    return settings.registry.public_url.rstrip("/")


def _addresses(request: Request, paths: Iterable[str]) -> Response:
    here = escape(_here(request))
    return _xml("urlset", (f"<url><loc>{here}{path}</loc></url>" for path in paths))


def _xml(root: str, entries: Iterable[str]) -> Response:
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        + "".join(f"{entry}\n" for entry in entries)
        + f"</{root}>\n"
    )
    return Response(body, media_type="application/xml", headers=_KEEP)
