"""
The page that checks certificates by itself: one HTML file to save, which asks nobody but whom its reader names.

It is made of `api/static/offline/*.mjs`, the site's styles without their fonts, and one template. It is
the same, byte for byte, at every registry of this version, so that its SHA-256 can be compared. ADR 0088.
"""

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from api.http.responses import public_response
from api.pages.parts.rendering import environment
from api.pages.parts.routing import page_router

ADDRESS = "/verify/offline.html"
_FILENAME = "check-a-certificate.html"
_STATIC = Path(__file__).parents[2] / "static"
_MODULES = (
    "json",
    "canonical",
    "schema",
    "results",
    "chain_checks",
    "issuance_checks",
    "checks",
    "chain",
    "page",
)
"""Each after those that it imports: a browser imports nothing into a page that was opened from a disk."""
_STYLES = (
    "tokens",
    "base",
    "frame",
    "parts/controls",
    "parts/words",
    "parts/notices",
    "public/verify",
)
_IMPORT = re.compile(r'^import \{[^}]*\} from "[^"]+";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export ", re.MULTILINE)
_FONT_FACE = re.compile(r"@font-face \{[^}]*\}\n*")

router = page_router()


@dataclass(frozen=True)
class OfflinePage:
    body: bytes
    policy: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.body).hexdigest()


@lru_cache(maxsize=1)
def offline_page() -> OfflinePage:
    script = "".join(
        _EXPORT.sub("", _IMPORT.sub("", (_STATIC / "offline" / f"{name}.mjs").read_text()))
        for name in _MODULES
    )
    style = "".join((_STATIC / "css" / f"{name}.css").read_text() for name in _STYLES)
    style = _FONT_FACE.sub("", style)
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; "
        "connect-src http: https:; base-uri 'none'; form-action 'none'"
    )
    page = environment().get_template("public/verify_offline.html")
    # Both are files of ours, with nothing of anybody's in them, and end at no tag of their own.
    body = page.render(script=Markup(script), style=Markup(style), policy=policy)  # noqa: S704  # nosec B704
    return OfflinePage(body.encode(), policy)


@router.get(ADDRESS)
async def download(request: Request) -> Response:
    """A file to save; opened at once, it may run what stands in it and nothing else."""
    page = offline_page()
    response = public_response(request, page.body, media_type="text/html; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{_FILENAME}"'
    response.headers["Content-Security-Policy"] = f"{page.policy}; frame-ancestors 'none'"
    return response


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
