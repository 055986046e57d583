"""A webhook leads to the public internet and nowhere else."""

from urllib.parse import urlsplit

import pytest

from domain.errors import Invalid
from domain.publishing.webhook_urls import require_public, require_url

HTTPS = urlsplit("https://hooks.example/x")
HTTP = urlsplit("http://hooks.example/x")

UNFIT_URLS = {
    "no scheme": "hooks.example/x",
    "plain http": "http://hooks.example/x",
    "a file": "file:///etc/passwd",
    "another protocol": "gopher://hooks.example",
    "no host": "https:///x",
    "a user": "https://me@hooks.example/x",
    "a user and a password": "https://me:secret@hooks.example/x",
    "an empty user": "https://@hooks.example/x",
    "a fragment": "https://hooks.example/x#here",
    "a port beyond all ports": "https://hooks.example:99999/x",
    "port zero": "https://hooks.example:0/x",
    "a port in words": "https://hooks.example:x/",
    "a blank": "https://hooks.example/a b",
    "a line break": "https://hooks.example/a\nb",
    "letters beyond ASCII": "https://hooks.exämple/",
    "a backslash": "https://hooks.example\\@evil.example/",
    "half an IPv6 address": "https://[::1/x",
    "too long": "https://hooks.example/" + "x" * 2000,
    "nothing": "",
}

PRIVATE = [
    "10.0.0.1",
    "172.16.5.4",
    "192.168.1.1",
    "127.0.0.1",
    "127.8.9.10",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "192.0.2.1",
    "198.18.0.1",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "2001:db8::1",
    # IPv4 addresses in disguise.
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
]
PUBLIC = ["93.184.215.14", "1.1.1.1", "2606:4700:4700::1111", "64:ff9b::101:101"]


@pytest.mark.parametrize("case", UNFIT_URLS)
def test_an_unfit_address_is_refused_with_a_sentence(case: str) -> None:
    with pytest.raises(Invalid) as refused:
        require_url(UNFIT_URLS[case], allow_loopback=False)

    assert refused.value.detail.startswith("Url must")
    assert [fault.pointer for fault in refused.value.faults] == ["/url"]


def test_an_https_address_is_taken_as_it_is() -> None:
    url = "https://hooks.example:8443/karbonica?tenant=7"

    assert require_url(url, allow_loopback=False).geturl() == url


def test_plain_http_is_taken_where_loopback_is_allowed() -> None:
    url = "http://127.0.0.1:9000/hook"

    assert require_url(url, allow_loopback=True).geturl() == url


@pytest.mark.parametrize("address", PRIVATE)
def test_a_name_must_not_lead_into_a_private_network(address: str) -> None:
    with pytest.raises(Invalid, match="public address"):
        require_public(HTTPS, [address], allow_loopback=False)


@pytest.mark.parametrize("address", PRIVATE)
def test_one_bad_address_among_good_ones_is_enough(address: str) -> None:
    with pytest.raises(Invalid, match="public address"):
        require_public(HTTPS, [*PUBLIC, address], allow_loopback=False)


def test_public_addresses_are_taken() -> None:
    assert require_public(HTTPS, PUBLIC, allow_loopback=False) == PUBLIC


def test_a_name_that_leads_nowhere_is_refused() -> None:
    with pytest.raises(Invalid, match="can be found"):
        require_public(HTTPS, [], allow_loopback=True)


@pytest.mark.parametrize("address", [a for a in PRIVATE if "127" not in a and a != "::1"])
def test_loopback_opens_no_other_network(address: str) -> None:
    with pytest.raises(Invalid, match="public address"):
        require_public(HTTPS, [address], allow_loopback=True)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_loopback_is_taken_where_it_is_allowed(address: str) -> None:
    assert require_public(HTTP, [address], allow_loopback=True) == [address]


def test_plain_http_never_leaves_this_machine() -> None:
    with pytest.raises(Invalid, match="this very machine"):
        require_public(HTTP, PUBLIC, allow_loopback=True)
