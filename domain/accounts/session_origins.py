"""What a session remembers of where it was opened: enough to tell one's own devices apart, no more."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_FAMILIES = (
    # The first that is found counts: most browsers also name those they descend from.
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Opera", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("YaBrowser", "Yandex Browser"),
    ("Vivaldi", "Vivaldi"),
    ("FxiOS", "Firefox"),
    ("Firefox", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chromium", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
    ("curl", "curl"),
    ("python", "Python"),
    ("okhttp", "OkHttp"),
    ("Go-http-client", "Go"),
    ("Java", "Java"),
)
OTHER_BROWSER = "other"
IPV4_BITS_KEPT = 24
IPV6_BITS_KEPT = 48
_HOST_BITS_KEPT = 64


def shortened_address(address: str) -> str | None:
    """
    The network that an address lies in, as `203.0.113.0/24` or `2001:db8:1::/48`.

    None for what is no address. An IPv4 address inside an IPv6 one counts as itself.
    """
    found = _parsed(address)
    if found is None:
        return None
    bits = IPV4_BITS_KEPT if isinstance(found, IPv4Address) else IPV6_BITS_KEPT
    return str(ip_network((found, bits), strict=False))


def one_host(address: str) -> str:
    """
    What counts as one caller: an IPv4 address, or the /64 that one IPv6 subscriber has to themselves.

    What is no address is itself.
    """
    found = _parsed(address)
    if isinstance(found, IPv6Address):
        return str(ip_network((found, _HOST_BITS_KEPT), strict=False))
    return address if found is None else str(found)


def browser_family(user_agent: str | None) -> str | None:
    """`Firefox`, `Chrome`, …, or `other`; without versions and devices, which tell people apart."""
    if not user_agent:
        return None
    return next((name for mark, name in _FAMILIES if mark in user_agent), OTHER_BROWSER)


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found
