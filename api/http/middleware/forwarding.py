"""
What a client says of itself, believed only as far as it goes through proxies of ours (ADR 0050).

`ForwardedClient` finds the address a request really comes from, `AllowedHosts` refuses requests for
somebody else's host. Neither trusts anything unless the settings say so.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from adapters.settings.web import ForwardedHeader, Network, is_loopback
from api.http.errors.error_mapping import UnfitRequest, error_response

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
NEVER_CHECKED = ("/healthz", "/readyz", "/metrics")
"""Asked by machines of ours at whatever address a process has."""

_HOST = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::\d{1,5})?")
_FOR = re.compile(r"(?:^|;)\s*for=(?:\"([^\"]*)\"|([^;\s]*))", re.IGNORECASE)
_OF_PROXIES = (b"x-forwarded-for", b"x-forwarded-proto", b"forwarded")


class ForwardedClient:
    """
    ASGI middleware: puts the address that a trusted proxy forwards for in the place of the proxy's.

    Uvicorn's own middleware reads the chain, from the right and only through trusted networks; this
    one gives it the one header that our proxies write, in either form, and nothing else. The scheme
    is never read: the public address says what it is.
    """

    def __init__(
        self, app: ASGIApp, *, trusted: Sequence[Network], header: ForwardedHeader
    ) -> None:
        self._header = header.value.encode()
        self._chain = ProxyHeadersMiddleware(
            # The same protocol, written down twice.
            app,  # type: ignore[arg-type]
            [str(network) for network in trusted],
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope = dict(scope) | {"headers": self._headers(scope), "client": _client(scope)}
        await self._chain(scope, receive, send)  # type: ignore[arg-type]

    def _headers(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        sent = [value for name, value in scope["headers"] if name == self._header]
        kept = [pair for pair in scope["headers"] if pair[0] not in _OF_PROXIES]
        if not sent:
            return kept
        chain = b", ".join(sent)
        if self._header == ForwardedHeader.FORWARDED.value.encode():
            chain = ", ".join(forwarded_for(chain.decode("latin-1"))).encode("latin-1")
        return [*kept, (b"x-forwarded-for", chain)]


def forwarded_for(value: str) -> Iterable[str]:
    """The `for` of each element of a `Forwarded` header (RFC 7239), as they stand; `unknown` without."""
    for element in value.split(","):
        found = _FOR.search(element)
        yield (found[1] or found[2] or "unknown").strip() if found else "unknown"


class AllowedHosts:
    """
    ASGI middleware: answers 400 to requests that name another host than the registry's.

    Whatever makes an address out of a request makes it out of the public one: it stands in the
    request from here on. The host that was asked for is kept as `asked_host` in its state.
    """

    def __init__(self, app: ASGIApp, *, public_url: str, others: Iterable[str] = ()) -> None:
        self.app = app
        public = urlsplit(public_url)
        self._netloc = public.netloc.encode()
        self._scheme = public.scheme
        self._hosts = {_without_port(public.netloc.lower()), *(host.lower() for host in others)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        sent = [value for name, value in scope["headers"] if name == b"host"]
        asked = sent[0].decode("latin-1").lower() if len(sent) == 1 else ""
        if not (scope["path"] in NEVER_CHECKED or self._is_allowed(asked)):
            refused = UnfitRequest(
                "header", "Host", "Host must be an address of this registry (ALLOWED_HOSTS)"
            )
            await error_response(Request(scope), refused)(scope, receive, send)
            return
        scope.setdefault("state", {})["asked_host"] = asked
        others = [pair for pair in scope["headers"] if pair[0] != b"host"]
        public = {"headers": [(b"host", self._netloc), *others], "scheme": self._scheme}
        await self.app(dict(scope) | public, receive, send)

    def _is_allowed(self, asked: str) -> bool:
        host = _without_port(asked)
        if not host:
            return False
        return any(
            pattern in {"*", host} or (pattern.startswith("*.") and host.endswith(pattern[1:]))
            for pattern in self._hosts
        )


def also_allowed(allowed_hosts: Sequence[str], *, public_url: str, api_host: str) -> list[str]:
    """The hosts beside the public one: on a laptop all names of loopback, which is one machine."""
    at_home = is_loopback(api_host) or is_loopback(urlsplit(public_url).hostname or "")
    return [*allowed_hosts, *(LOOPBACK_NAMES if at_home else ())]


@lru_cache(maxsize=1024)
def _without_port(host: str) -> str:
    found = _HOST.fullmatch(host)
    return found[1] if found else ""


def _client(scope: Scope) -> tuple[str, int] | None:
    """A socket that speaks both shows IPv4 addresses as IPv6 ones."""
    if not scope.get("client"):
        return None
    host, port = scope["client"]
    return _as_ipv4(host), port


@lru_cache(maxsize=4096)
def _as_ipv4(host: str) -> str:
    try:
        mapped = getattr(ip_address(host), "ipv4_mapped", None)
    except ValueError:
        mapped = None
    return str(mapped) if mapped else host
