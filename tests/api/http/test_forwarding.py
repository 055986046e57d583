"""A client is believed only what proxies of ours say of it, and only our own host is answered for."""

from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from adapters.settings import Settings
from api.http.middleware.forwarding import (
    AllowedHosts,
    ForwardedClient,
    also_allowed,
    forwarded_for,
)
from tests.api.caller import PUBLIC_URL, Api, errors

PROXY, CLIENT, INVENTED = "10.0.0.1", "203.0.113.5", "198.51.100.9"
TRUSTED = "10.0.0.0/8, fd00::/8"


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    request = Request(scope)
    seen = {"client": scope["client"][0], "url": str(request.url), "scheme": scope["scheme"]}
    await JSONResponse(seen)(scope, receive, send)


async def client_seen(
    peer: str, headers: list[tuple[str, str]], *, trusted: str = TRUSTED, header: str
) -> Any:
    web = Settings(trusted_proxies=trusted, forwarded_header=header).web
    app = ForwardedClient(echo, trusted=web.trusted_proxies, header=web.forwarded_header)
    transport = httpx.ASGITransport(app, client=(peer, 1234))
    async with httpx.AsyncClient(transport=transport, base_url=PUBLIC_URL) as http:
        return (await http.get("/", headers=headers)).json()["client"]


CHAINS = {
    "no proxy": (CLIENT, [], CLIENT),
    "a client that invents a chain": (CLIENT, [INVENTED], CLIENT),
    "one proxy": (PROXY, [CLIENT], CLIENT),
    "a client that invents one behind a proxy": (PROXY, [INVENTED, CLIENT], CLIENT),
    "two proxies": (PROXY, [CLIENT, "10.9.9.9"], CLIENT),
    "an invention behind two proxies": (PROXY, [INVENTED, CLIENT, "10.9.9.9"], CLIENT),
    "a client inside": (PROXY, ["10.1.1.1"], "10.1.1.1"),
    "a proxy on a socket of both kinds": (f"::ffff:{PROXY}", [CLIENT], CLIENT),
    "a proxy over IPv6": ("fd00::1", ["2001:db8::7"], "2001:db8::7"),
}


@pytest.mark.parametrize("name", CHAINS)
@pytest.mark.parametrize("lines", ["one", "many"])
async def test_x_forwarded_for_is_read_from_the_right(name: str, lines: str) -> None:
    peer, chain, seen = CHAINS[name]
    values = chain if lines == "many" else [", ".join(chain)] * bool(chain)
    headers = [("X-Forwarded-For", value) for value in values]

    assert await client_seen(peer, headers, header="x-forwarded-for") == seen


@pytest.mark.parametrize("name", CHAINS)
async def test_forwarded_is_read_alike(name: str) -> None:
    peer, chain, seen = CHAINS[name]
    value = ", ".join(
        f'proto=https;for="[{address}]:47011"' if ":" in address else f"for={address};by=10.0.0.1"
        for address in chain
    )

    assert await client_seen(peer, [("Forwarded", value)] * bool(chain), header="forwarded") == seen


@pytest.mark.parametrize(
    ("header", "other"), [("forwarded", "X-Forwarded-For"), ("x-forwarded-for", "Forwarded")]
)
async def test_the_header_that_our_proxies_do_not_write_is_not_read(
    header: str, other: str
) -> None:
    sent = INVENTED if other == "X-Forwarded-For" else f"for={INVENTED}"

    assert await client_seen(PROXY, [(other, sent)], header=header) == PROXY


async def test_by_default_nobody_is_trusted() -> None:
    headers = [("X-Forwarded-For", INVENTED)]

    seen = await client_seen("127.0.0.1", headers, trusted="", header="x-forwarded-for")

    assert seen == "127.0.0.1"


def test_an_element_without_for_is_unknown() -> None:
    assert list(forwarded_for("by=10.0.0.1, for=_hidden , for=;proto=http")) == [
        "unknown",
        "_hidden",
        "unknown",
    ]


HOSTS = {
    "registry.example": 200,
    "REGISTRY.example:443": 200,
    "other.example": 200,
    "a.inner.example:8000": 200,
    "inner.example": 400,
    "registry.example.evil.example": 400,
    "evil.example": 400,
    "registry.example@evil.example": 400,
    "registry.example:80:80": 400,
    "127.0.0.1": 400,
    "localhost": 400,
    "": 400,
}


@pytest.mark.parametrize("host", HOSTS)
async def test_only_hosts_of_the_registry_are_answered_for(host: str) -> None:
    app = AllowedHosts(echo, public_url=PUBLIC_URL, others=["other.example", "*.inner.example"])
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as http:
        answer = await http.get("/projects/", headers={"Host": host})

    assert answer.status_code == HOSTS[host]
    # Whatever is made out of the request names the public address.
    assert answer.json().get("url", f"{PUBLIC_URL}/projects/") == f"{PUBLIC_URL}/projects/"


@pytest.mark.parametrize(
    ("public_url", "api_host", "names"),
    [
        ("https://registry.example", "0.0.0.0", 0),
        ("https://registry.example", "127.0.0.1", 3),
        ("http://localhost:8000", "0.0.0.0", 3),
    ],
)
def test_a_laptop_has_many_names(public_url: str, api_host: str, names: int) -> None:
    assert len(also_allowed([], public_url=public_url, api_host=api_host)) == names


async def test_another_host_is_refused_in_the_form_of_the_contract(unchanging_api: Api) -> None:
    answers = [
        await unchanging_api.client.get(path, headers={"Host": "evil.example"})
        for path in ("/api/v1/registry/stats", "/projects", "/static/none.css")
    ]

    assert [answer.status_code for answer in answers] == [400] * 3
    for answer in answers:
        (error,) = errors(answer)
        assert (error["code"], error["source"]) == ("VALIDATION_ERROR", {"header": "Host"})
        assert answer.json()["meta"]["requestId"] == answer.headers["X-Request-Id"]


async def test_probes_may_name_any_host(unchanging_api: Api) -> None:
    answer = await unchanging_api.client.get("/healthz", headers={"Host": "10.1.2.3:8000"})

    assert answer.status_code == 200


async def test_a_redirect_leads_to_the_public_address(unchanging_api: Api) -> None:
    answer = await unchanging_api.client.get("/projects/", headers={"Host": "localhost:1234"})

    assert answer.headers["location"] == f"{PUBLIC_URL}/projects"
