"""Every range of the special-purpose registries is known, in whatever form its addresses come."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.publishing.special_networks import AS_OF, SPECIAL_NETWORKS, is_special

PUBLIC_IPV4 = (
    "1.1.1.1",
    "93.184.215.14",
    "192.0.1.1",
    "172.32.0.1",
    "100.128.0.1",
    "223.255.255.1",
)
PUBLIC_IPV6 = ("2606:4700:4700::1111", "2001:200::1", "2a00:1450:4001::1", "2620:4f:8001::1")
FORMS = {
    "IPv4-mapped": lambda a: IPv6Address((0xFFFF << 32) | int(a)),
    "NAT64": lambda a: IPv6Address(int(IPv6Address("64:ff9b::")) | int(a)),
    "6to4": lambda a: IPv6Address((0x2002 << 112) | (int(a) << 80) | 1),
    "Teredo, as its client": lambda a: _teredo("1.1.1.1", a),
    "Teredo, as its server": lambda a: _teredo(a, "1.1.1.1"),
}
IPV4 = [network for network in SPECIAL_NETWORKS if ":" not in network]


def _teredo(server: IPv4Address | str, client: IPv4Address | str) -> IPv6Address:
    hidden = int(IPv4Address(client)) ^ 0xFFFFFFFF
    return IPv6Address((0x20010000 << 96) | (int(IPv4Address(server)) << 64) | hidden)


@pytest.mark.parametrize("network", SPECIAL_NETWORKS)
def test_the_first_the_last_and_one_between_are_special(network: str) -> None:
    found = ip_network(network)
    middle = found.network_address + found.num_addresses // 2

    assert [is_special(a) for a in (found[0], middle, found[-1])] == [True] * 3


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("network", IPV4)
def test_no_form_hides_a_special_address(network: str, form: str) -> None:
    assert is_special(FORMS[form](ip_network(network)[-1]))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("address", PUBLIC_IPV4)
def test_a_public_address_stays_public_in_every_form(address: str, form: str) -> None:
    assert not is_special(FORMS[form](IPv4Address(address)))


@pytest.mark.parametrize("address", PUBLIC_IPV4 + PUBLIC_IPV6)
def test_what_lies_just_beside_is_public(address: str) -> None:
    assert not is_special(ip_address(address))


@given(st.ip_addresses(v=6, network="::/3"))
def test_ipv6_that_nobody_was_given_is_special(address: IPv6Address) -> None:
    assume(address.ipv4_mapped is None and address not in IPv6Network("64:ff9b::/96"))

    assert is_special(address)


@given(st.ip_addresses(v=6, network="4000::/2"))
def test_ipv6_beyond_what_was_given_is_special(address: IPv6Address) -> None:
    assert is_special(address)


@given(st.ip_addresses(v=4))
def test_whatever_python_calls_private_is_special(address: IPv4Address) -> None:
    assert is_special(address) or address.is_global


def test_the_table_says_of_which_day_it_is() -> None:
    assert AS_OF.year >= 2025
