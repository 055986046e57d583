"""
Static files under addresses that name their content, so that browsers may keep them for ever.

They are few and small: all are read once, at the first request, and served from memory. Style sheets
are written in many files and sent in few: a page waits for each before it is painted.
"""

import gzip
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

_FOLDER = Path(__file__).parents[2] / "static"
_HASH_LENGTH = 12
SHEETS = {
    "site.css": (
        "tokens",
        "base",
        "frame",
        "parts/controls",
        "parts/account",
        "parts/words",
        "parts/notices",
        "parts/tables",
        "parts/sums",
        "parts/drawings",
        "parts/progress",
        "public/home",
        "public/certificate",
        "public/verify",
        "public/lineage",
        "accounts",
        "print",
    ),
    "desks.css": ("desks",),
}
"""
What each style sheet that a page may link is made of: files of `static/css`, in the cascade's order.

`site.css` is for every page. A desk links its own after it, so what stands there overrules.
"""
_KEEP = "public, max-age=31536000, immutable"
_MEDIA_TYPES = {
    ".woff2": "font/woff2",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".js": "text/javascript; charset=utf-8",
}
_STYLES = "text/css; charset=utf-8"


@dataclass(frozen=True)
class Asset:
    """`address` is below the host; `gzipped` is None where packing gains nothing."""

    address: str
    body: bytes
    gzipped: bytes | None
    media_type: str


@lru_cache(maxsize=1)
def assets() -> dict[str, Asset]:
    """Every file to be served by its name: `site.css` is at `/static/site.3f2a….css`."""
    found: dict[str, Asset] = {}
    for file in sorted(_FOLDER.rglob("*")):
        if media_type := _MEDIA_TYPES.get(file.suffix):
            name = file.relative_to(_FOLDER).as_posix()
            found[name] = _asset(name, file.read_bytes(), media_type)
    # A style sheet of somebody else's is served as it came.
    for file in sorted(_FOLDER.glob("swagger-ui/*.css")):
        name = file.relative_to(_FOLDER).as_posix()
        found[name] = _asset(name, file.read_bytes(), _STYLES)
    # Last, because they name fonts, and so need their addresses.
    sheets = {name: _with_addresses(_joined(parts), found) for name, parts in SHEETS.items()}
    return found | {name: _asset(name, body, _STYLES) for name, body in sheets.items()}


def asset_address(name: str) -> str:
    """
    Raises:
        KeyError: there is no such file, which is a mistake in a template.
    """
    return assets()[name].address


def _joined(parts: Iterable[str]) -> bytes:
    return b"\n".join((_FOLDER / "css" / f"{part}.css").read_bytes() for part in parts)


def _with_addresses(sheet: bytes, known: Mapping[str, Asset]) -> bytes:
    """`url("…")` names a file of `static`, wherever the sheet's own files stand."""
    return re.sub(
        rb'url\("([^"]+)"\)',
        lambda found: f'url("{known[found[1].decode()].address}")'.encode(),
        sheet,
    )


def _asset(name: str, body: bytes, media_type: str) -> Asset:
    stem, _, suffix = name.rpartition(".")
    digest = hashlib.sha256(body).hexdigest()[:_HASH_LENGTH]
    packed = None if suffix in ("woff2", "png") else gzip.compress(body, mtime=0)
    return Asset(f"/static/{stem}.{digest}.{suffix}", body, packed, media_type)


@lru_cache(maxsize=1)
def _by_address() -> dict[str, Asset]:
    return {asset.address: asset for asset in assets().values()}


async def _serve(request: Request) -> Response:
    asset = _by_address().get(request.url.path)
    if asset is None:
        return PlainTextResponse("There is no such file.\n", status_code=404)
    headers = {"Cache-Control": _KEEP, "Vary": "Accept-Encoding"}
    body = asset.body
    if asset.gzipped and "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        body = asset.gzipped
    return Response(body, media_type=asset.media_type, headers=headers)


route = Route("/static/{name:path}", _serve, methods=["GET", "HEAD"], name="static")
