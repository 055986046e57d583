"""Where a webhook may lead: to the public internet, never into the registry's own network (SSRF)."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

from domain.errors import Fault, Invalid

URL_LENGTH_MAX = 2000
NAT64 = IPv6Network("64:ff9b::/96")
"""An IPv4 address in disguise (RFC 6052), which a gateway would take us to."""

Address = IPv4Address | IPv6Address


def require_url(text: str, *, allow_loopback: bool) -> SplitResult:
    """
    Read a webhook's address.

    Raises:
        Invalid: it is not an https address that a stranger could reach; the sentence says why.
    """
    if not (text.isascii() and text.isprintable()) or len(text) > URL_LENGTH_MAX or " " in text:
        raise unfit(f"Url must be at most {URL_LENGTH_MAX} ASCII characters, without blanks")
    try:
        url = urlsplit(text)
        host, port = url.hostname, url.port
    except ValueError:
        raise unfit("Url must be an address such as https://example.com/hook") from None
    if url.scheme != "https" and not (url.scheme == "http" and allow_loopback):
        raise unfit("Url must begin with https://")
    if not host or port == 0 or "\\" in text:
        raise unfit("Url must be an address such as https://example.com/hook")
    if url.username is not None or url.password is not None:
        raise unfit("Url must not hold a user name or password; deliveries are signed instead")
    if url.fragment:
        raise unfit("Url must not hold a fragment, which no server would see")
    return url


def require_public(
    url: SplitResult, addresses: Sequence[str], *, allow_loopback: bool
) -> Sequence[str]:
    """
    The addresses that a URL's host leads to, once none of them leads anywhere it should not.

    All must be fit, because a host that answers with a public and a private address is either
    broken or an attack.

    Raises:
        Invalid: one is private, link-local (where clouds keep their secrets) or otherwise special;
            or plain http leads away from this machine.
    """
    found = [_plain(ip_address(address.partition("%")[0])) for address in addresses]
    if not found:
        raise unfit("Url must lead to a host that can be found")
    for address in found:
        if address.is_loopback and allow_loopback:
            continue
        if address.is_loopback or address.is_multicast or not address.is_global:
            raise unfit("Url must lead to a public address, not into a private network")
        if url.scheme != "https":
            raise unfit("Url must begin with https:// unless it leads to this very machine")
    return addresses


def unfit(detail: str) -> Invalid:
    return Invalid(detail, Fault("/url", detail))


def _plain(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one, where there is one."""
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo[1] if address.teredo else None
    return address.ipv4_mapped or address.sixtofour or teredo or address
