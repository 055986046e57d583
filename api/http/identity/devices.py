"""
The cookie by which a device that has signed in before is known again (ADR 0050).

It opens nothing: it only keeps wrong passwords that come from elsewhere from holding up its owner.
"""

from starlette.requests import Request
from starlette.responses import Response

from adapters.settings import Settings
from domain.accounts.sign_in import DEVICE_KNOWN_FOR

_LENGTH_MAX = 100


def device_token(request: Request) -> str | None:
    """What the browser or client sent, which may be anything."""
    settings: Settings = request.app.state.settings
    token = request.cookies.get(_cookie(settings)[0], "")
    return token if 0 < len(token) <= _LENGTH_MAX and token.isascii() else None


def remember_device(settings: Settings, answer: Response, token: str) -> None:
    """Have the device keep its token; no script reads it and no other site has it sent."""
    name, over_https = _cookie(settings)
    answer.set_cookie(
        name,
        token,
        max_age=int(DEVICE_KNOWN_FOR.total_seconds()),
        path="/",
        secure=over_https,
        httponly=True,
        samesite="strict",
    )


def _cookie(settings: Settings) -> tuple[str, bool]:
    """Its name, and whether it is for https alone; the prefix makes browsers enforce that."""
    over_https = settings.registry.public_url.startswith("https://")
    return ("__Host-device" if over_https else "device"), over_https
