"""Sessions remember a network and a browser's family."""

import pytest

from domain.accounts.session_origins import browser_family, one_host, shortened_address

ADDRESSES = {
    "203.0.113.77": ("203.0.113.0/24", "203.0.113.77"),
    "2001:db8:1:2:3::4": ("2001:db8:1::/48", "2001:db8:1:2::/64"),
    "::ffff:203.0.113.77": ("203.0.113.0/24", "203.0.113.77"),
    "fe80::1%eth0": ("fe80::/48", "fe80::/64"),
    "unknown": (None, "unknown"),
    "": (None, ""),
}
FAMILIES = {
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0": "Firefox",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36": "Chrome",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0": "Edge",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/19.0 Mobile/15E148 Safari/604.1": "Safari",
    "curl/8.14.1": "curl",
    "python-httpx/0.28.1": "Python",
    "the tractor of Sam Supplier": "other",
    "": None,
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_is_shortened(address: str) -> None:
    assert (shortened_address(address), one_host(address)) == ADDRESSES[address]


@pytest.mark.parametrize("user_agent", FAMILIES)
def test_of_a_browser_its_family_is_kept(user_agent: str) -> None:
    assert browser_family(user_agent) == FAMILIES[user_agent]


def test_no_browser_is_none() -> None:
    assert browser_family(None) is None
