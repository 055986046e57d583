"""One HTTP POST to a receiver, at an address that is fit for strangers (domain.publishing.webhook_urls)."""

import asyncio
import socket
from collections.abc import Mapping, Sequence
from urllib.parse import SplitResult

import httpx

from domain.errors import Invalid
from domain.publishing.webhook_urls import require_public, require_url
from domain.publishing.webhooks import ReceiverResponse

SEND_SECONDS = 10
RESOLVE_SECONDS = 5
_PORTS = {"https": 443, "http": 80}


class HttpWebhookSender:
    """
    Connects to the address it has checked, so that a name cannot lead elsewhere a moment later.

    Proxies from the environment are not used: they would look the name up again.
    """

    def __init__(self, *, allow_loopback: bool) -> None:
        self._allow_loopback = allow_loopback
        self._http = httpx.AsyncClient(
            timeout=SEND_SECONDS,
            follow_redirects=False,
            trust_env=False,
            # A connection is found again by address, whatever name its certificate was checked for.
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    async def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> ReceiverResponse:
        try:
            async with asyncio.timeout(SEND_SECONDS):
                addresses = await checked_addresses(url, allow_loopback=self._allow_loopback)
                return await self._send_to_first(addresses, httpx.URL(url), body, headers)
        except Invalid as unfit:
            return ReceiverResponse(error=unfit.detail)
        except (TimeoutError, httpx.TimeoutException):
            return ReceiverResponse(error=f"There was no answer within {SEND_SECONDS} seconds.")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as trouble:
            # The error's own words may quote the address, whose path can hold a token.
            return ReceiverResponse(
                error=f"The receiver could not be reached ({type(trouble).__name__})."
            )

    async def close(self) -> None:
        await self._http.aclose()

    async def _send_to_first(
        self, addresses: Sequence[str], url: httpx.URL, body: bytes, headers: Mapping[str, str]
    ) -> ReceiverResponse:
        """Try address by address until one takes the connection: a machine may lack IPv6."""
        for last, address in ((address == addresses[-1], address) for address in addresses):
            try:
                return await self._post(address, url, body, headers)
            except httpx.ConnectError:
                if last:
                    raise
        raise OSError("a host has at least one address (require_public)")

    async def _post(
        self, address: str, url: httpx.URL, body: bytes, headers: Mapping[str, str]
    ) -> ReceiverResponse:
        async with self._http.stream(
            "POST",
            url.copy_with(host=address),
            content=body,
            headers={**headers, "Host": url.netloc.decode("ascii")},
            extensions={"sni_hostname": url.raw_host.decode("ascii")},
        ) as response:
            # What the receiver says beside its status is not read: it may be endless.
            status = response.status_code
        error = None if response.is_success else f"The receiver answered {status}."
        return ReceiverResponse(status_code=status, error=error)


async def checked_addresses(url: str, *, allow_loopback: bool) -> Sequence[str]:
    """
    Look a webhook's host up, once.

    Raises:
        Invalid: the URL or an address it leads to is unfit (domain.publishing.webhook_urls).
    """
    parts = require_url(url, allow_loopback=allow_loopback)
    return require_public(parts, await _look_up(parts), allow_loopback=allow_loopback)


async def _look_up(url: SplitResult) -> list[str]:
    port = url.port or _PORTS[url.scheme]
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(RESOLVE_SECONDS):
            found = await loop.getaddrinfo(url.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, TimeoutError):
        return []
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
