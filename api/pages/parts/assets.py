"""
Static files under addresses that name their content, so that browsers may keep them for ever.

They are few and small: all are read once, at the first request, and served from memory.
"""

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

_FOLDER = Path(__file__).parents[2] / "static"
_HASH_LENGTH = 12
_KEEP = "public, max-age=31536000, immutable"
_MEDIA_TYPES = {
    ".woff2": "font/woff2",
    ".svg": "image/svg+xml",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
}
"""In this order, because style sheets name fonts, and so need their addresses first."""


@dataclass(frozen=True)
class Asset:
    """`address` is below the host; `gzipped` is None where packing gains nothing."""

    address: str
    body: bytes
    gzipped: bytes | None
    media_type: str


@lru_cache(maxsize=1)
def assets() -> dict[str, Asset]:
    """Every static file by its name: `registry.css` is at `/static/registry.3f2a….css`."""
    found: dict[str, Asset] = {}
    for suffix in _MEDIA_TYPES:
        for file in sorted(_FOLDER.rglob(f"*{suffix}")):
            name = file.relative_to(_FOLDER).as_posix()
            found[name] = _asset(name, _with_addresses(file, found))
    return found


def asset_address(name: str) -> str:
    """
    Raises:
        KeyError: there is no such file, which is a mistake in a template.
    """
    return assets()[name].address


def _with_addresses(file: Path, known: dict[str, Asset]) -> bytes:
    body = file.read_bytes()
    if file.suffix != ".css":
        return body
    return re.sub(
        rb'url\("([^"]+)"\)',
        lambda found: f'url("{known[found[1].decode()].address}")'.encode(),
        body,
    )


def _asset(name: str, body: bytes) -> Asset:
    stem, dot, suffix = name.rpartition(".")
    digest = hashlib.sha256(body).hexdigest()[:_HASH_LENGTH]
    packed = None if suffix == "woff2" else gzip.compress(body, mtime=0)
    return Asset(f"/static/{stem}.{digest}.{suffix}", body, packed, _MEDIA_TYPES[dot + suffix])


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
