"""HEAD, OPTIONS and `Allow` on every route; what pages of other origins may read."""

import httpx
import pytest

from adapters.settings import Settings
from api.app import READ_FROM_ANYWHERE, create_app
from tests.api.caller import Api
from tests.api.registry_rows import IssuedProject
from tests.factories import BUYER

ORIGIN = {"Origin": "https://dashboard.example"}
ALLOW_ORIGIN = "access-control-allow-origin"
PUBLIC = (
    "/api/v1/registry/stats",
    "/api/v1/registry/projects",
    "/api/v1/registry/projects?limit=0",
    "/api/v1/registry/projects/none",
    "/api/v1/registry/no-such-thing",
    "/api/v1/registry/export/projects.csv",
    "/.well-known/karbonica-keys.json",
    "/api/openapi.json",
)
PRIVATE = ("/", "/projects", "/sign-in", "/api/v1/me/notifications", "/api/v1/projects", "/healthz")
# What differs from one request to the next.
OWN = {"x-request-id", "date", "set-cookie", "ratelimit"}


@pytest.mark.parametrize(
    "address", [*PUBLIC, *PRIVATE, "/api/v1/registry/export/credits.jsonl", "/readyz", "/static/no"]
)
async def test_head_answers_as_get_without_a_body(unchanging_api: Api, address: str) -> None:
    get = await unchanging_api.client.get(address)
    head = await unchanging_api.client.head(address)

    assert (head.status_code, head.content) == (get.status_code, b"")
    assert kept(head.headers) == kept(get.headers)


def kept(headers: httpx.Headers) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in OWN}


async def test_head_knows_the_validator_too(
    unchanging_api: Api, issued_project: IssuedProject
) -> None:
    address = f"/api/v1/registry/projects/{issued_project.id}"
    tag = (await unchanging_api.client.head(address)).headers["etag"]

    again = await unchanging_api.client.head(address, headers={"If-None-Match": tag} | ORIGIN)

    assert (again.status_code, again.headers[ALLOW_ORIGIN]) == (304, "*")


async def test_head_of_an_export_reads_no_row(unchanging_api: Api) -> None:
    async with unchanging_api.counting_queries() as sent:
        places = unchanging_api.app.state.resources.export_places
        with places.take("192.0.2.1"), places.take("192.0.2.2"):
            answer = await unchanging_api.client.head("/api/v1/registry/export/credits.csv")

    assert (answer.status_code, sent) == (200, [])


@pytest.mark.parametrize(
    ("address", "allow"),
    [
        ("/api/v1/projects", "GET, HEAD, OPTIONS, POST"),
        ("/api/v1/auth/login", "OPTIONS, POST"),
        ("/api/v1/registry/stats", "GET, HEAD, OPTIONS"),
        ("/sign-in", "GET, HEAD, OPTIONS, POST"),
        ("/projects", "GET, HEAD, OPTIONS"),
        ("/healthz", "GET, HEAD, OPTIONS"),
        ("/static/anything.css", "GET, HEAD, OPTIONS"),
        ("/api/openapi.json", "GET, HEAD, OPTIONS"),
    ],
)
async def test_allow_names_every_method_of_an_address(
    unchanging_api: Api, address: str, allow: str
) -> None:
    refused = await unchanging_api.client.request("DELETE", address)
    asked = await unchanging_api.client.options(address)

    assert (refused.status_code, refused.headers["allow"]) == (405, allow)
    assert (asked.status_code, asked.headers["allow"], asked.content) == (204, allow, b"")


async def test_head_where_only_post_is_answers_405(unchanging_api: Api) -> None:
    answer = await unchanging_api.client.head("/api/v1/auth/login")

    assert (answer.status_code, answer.headers["allow"]) == (405, "OPTIONS, POST")


async def test_options_of_nothing_is_404(unchanging_api: Api) -> None:
    assert (await unchanging_api.client.options("/api/v1/no-such-thing")).status_code == 404


@pytest.mark.parametrize("address", PUBLIC)
async def test_public_reads_may_be_read_from_anywhere(unchanging_api: Api, address: str) -> None:
    answer = await unchanging_api.client.get(address, headers=ORIGIN)

    assert answer.headers[ALLOW_ORIGIN] == "*"
    assert {"ETag", "Retry-After", "X-Request-Id"} <= set(
        answer.headers["access-control-expose-headers"].split(", ")
    )
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("address", PRIVATE)
async def test_nothing_else_may(unchanging_api: Api, address: str) -> None:
    account = await unchanging_api.signed_in(BUYER)

    for answer in (
        await unchanging_api.client.get(address, headers=ORIGIN | account),
        await unchanging_api.client.options(
            address, headers=ORIGIN | {"Access-Control-Request-Method": "GET"}
        ),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control-")]


async def test_a_preflight_allows_reads_alone(unchanging_api: Api) -> None:
    answers = {
        method: await unchanging_api.client.options(
            "/api/v1/registry/stats", headers=ORIGIN | {"Access-Control-Request-Method": method}
        )
        for method in ("GET", "HEAD", "POST", "DELETE")
    }

    allowed = [method for method, answer in answers.items() if ALLOW_ORIGIN in answer.headers]
    assert {answer.status_code for answer in answers.values()} == {204}
    assert allowed == ["GET", "HEAD"]


async def test_changing_calls_below_the_registry_may_not(unchanging_api: Api) -> None:
    answer = await unchanging_api.client.post("/api/v1/registry/freeze", headers=ORIGIN)

    assert answer.status_code == 401
    assert ALLOW_ORIGIN not in answer.headers


def test_what_may_be_read_from_anywhere_asks_for_no_account() -> None:
    """A new route with an account below one of these beginnings would be open to all pages."""
    document = create_app(Settings(log_level="ERROR")).openapi()
    reads = {
        path: operations["get"]
        for path, operations in document["paths"].items()
        if path.startswith(READ_FROM_ANYWHERE) and "get" in operations
    }

    assert reads
    assert [path for path, operation in reads.items() if "security" in operation] == []
