"""Where a webhook may lead: to the public internet, never into the registry's own network (SSRF)."""

from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from domain.errors import Fault, Invalid
from domain.publishing.special_networks import carried, is_special

URL_LENGTH_MAX = 2000


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
        Invalid: one is private, link-local or otherwise special (domain.publishing.special_networks),
            or plain http leads away from this machine.
    """
    found = [ip_address(address.partition("%")[0]) for address in addresses]
    if not found:
        raise unfit("Url must lead to a host that can be found")
    for address in found:
        if allow_loopback and all(one.is_loopback for one in carried(address)):
            continue
        if is_special(address):
            raise unfit("Url must lead to a public address, not into a private network")
        if url.scheme != "https":
            raise unfit("Url must begin with https:// unless it leads to this very machine")
    return addresses


def unfit(detail: str) -> Invalid:
    return Invalid(detail, Fault("/url", detail))
