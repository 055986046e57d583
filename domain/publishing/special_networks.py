"""
Networks that no receiver of webhooks is in: IANA's special-purpose registries up to one day.

Python's `is_global` follows these registries too, but differently in each of its patch releases; what
the registry sends to must not depend on that. Sources, with entries up to
RFC 9780 of May 2025:
https://www.iana.org/assignments/iana-ipv4-special-registry
https://www.iana.org/assignments/iana-ipv6-special-registry

All that is listed is refused, also what the registries call globally reachable: anycast addresses of
relays and name servers lead to whatever is nearest, which may be our own gateway. Beside them stand
multicast, and of IPv6 everything outside 2000::/3, which nobody has been given.
"""

from collections.abc import Iterator
from datetime import date
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

AS_OF = date(2025, 5, 31)
"""Look at the registries again when this is some years ago; they grow by an entry a year."""

SPECIAL_NETWORKS: dict[str, str] = {
    "0.0.0.0/8": "this network (RFC 791)",
    "10.0.0.0/8": "private use (RFC 1918)",
    "100.64.0.0/10": "shared address space of providers (RFC 6598)",
    "127.0.0.0/8": "loopback (RFC 1122)",
    "169.254.0.0/16": "link-local, where clouds keep their secrets (RFC 3927)",
    "172.16.0.0/12": "private use (RFC 1918)",
    "192.0.0.0/24": "protocol assignments, with PCP and TURN anycast and NAT64 discovery (RFC 6890)",
    "192.0.2.0/24": "documentation (RFC 5737)",
    "192.31.196.0/24": "AS112-v4 (RFC 7535)",
    "192.52.193.0/24": "AMT (RFC 7450)",
    "192.88.99.0/24": "former 6to4 relay anycast (RFC 7526)",
    "192.168.0.0/16": "private use (RFC 1918)",
    "192.175.48.0/24": "direct delegation AS112 (RFC 7534)",
    "198.18.0.0/15": "benchmarking (RFC 2544)",
    "198.51.100.0/24": "documentation (RFC 5737)",
    "203.0.113.0/24": "documentation (RFC 5737)",
    "224.0.0.0/4": "multicast (RFC 5771)",
    "240.0.0.0/4": "reserved (RFC 1112)",
    "255.255.255.255/32": "limited broadcast (RFC 8190)",
    "::/128": "unspecified (RFC 4291)",
    "::1/128": "loopback (RFC 4291)",
    "::/96": "former IPv4-compatible addresses (RFC 4291)",
    "64:ff9b:1::/48": "local-use NAT64 (RFC 8215)",
    "100::/64": "discard only (RFC 6666)",
    "100:0:0:1::/64": "dummy prefix (RFC 9780)",
    "2001::/23": "protocol assignments, with ORCHID, AMT, AS112-v6 and DRIP (RFC 2928)",
    "2001:db8::/32": "documentation (RFC 3849)",
    "2620:4f:8000::/48": "direct delegation AS112 (RFC 7534)",
    "3fff::/20": "documentation (RFC 9637)",
    "5f00::/16": "segment routing (RFC 9602)",
    "fc00::/7": "unique-local (RFC 4193)",
    "fe80::/10": "link-local (RFC 4291)",
    "fec0::/10": "former site-local (RFC 3879)",
    "ff00::/8": "multicast (RFC 4291)",
}
"""Each network, and what it is for."""

_SPECIAL: tuple[Network, ...] = tuple(ip_network(network) for network in SPECIAL_NETWORKS)
_ASSIGNED_IPV6 = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_TEREDO = IPv6Network("2001::/32")
_6TO4 = IPv6Network("2002::/16")


def is_special(address: Address) -> bool:
    """
    Whether an address is none of the public internet's hosts.

    An IPv6 address that only carries IPv4 ones, which a gateway would take us to, is judged by those.
    """
    return any(_is_special(one) for one in carried(address))


def carried(address: Address) -> Iterator[Address]:
    """
    The addresses that packets to this one may end at: the IPv4 ones inside an IPv4-mapped, NAT64
    (RFC 6052), 6to4 (RFC 3056) or Teredo (RFC 4380: server and client) address, else itself.
    """
    if isinstance(address, IPv4Address):
        yield address
    elif address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    elif address in _NAT64:
        yield IPv4Address(int(address) & 0xFFFFFFFF)
    elif address in _6TO4:
        yield IPv4Address(int(address) >> 80 & 0xFFFFFFFF)
    elif address in _TEREDO:
        yield IPv4Address(int(address) >> 64 & 0xFFFFFFFF)
        yield IPv4Address(~int(address) & 0xFFFFFFFF)
    else:
        yield address


def _is_special(address: Address) -> bool:
    if isinstance(address, IPv6Address) and address not in _ASSIGNED_IPV6:
        return True
    return any(address in network for network in _SPECIAL)
