"""Signing in on the pages: by the API's rules, with a cookie that nobody else can use or read."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from http.cookies import Morsel, SimpleCookie

import httpx
import pytest
from sqlalchemy import select, update

from adapters.postgres.tables import sessions
from api.commands.accounts.sign_in import WRONG_LOGIN
from api.http.identity.sessions import token_hash
from api.pages.parts.routing import local_path
from api.pages.parts.session import ENDS_AFTER, IDLE_AFTER
from tests.api.caller import Api, running_api, settings_for
from tests.api.pages.browsing import (
    OURS,
    PASSWORD,
    browser_of,
    email_of,
    forms_on,
    give_password,
    sign_in,
    words_of,
)
from tests.factories import ADMINISTRATOR, BUYER

COOKIE = "__Host-session"


@pytest.fixture
async def browser(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    for person in (ADMINISTRATOR, BUYER):
        await give_password(api, person)
    async with browser_of(api) as made:
        yield made


def cookie_in(answer: httpx.Response) -> Morsel[str]:
    """The session's; a device's may stand beside it."""
    sent: SimpleCookie = SimpleCookie()
    for header in answer.headers.get_list("set-cookie"):
        sent.load(header)
    (morsel,) = (one for name, one in sent.items() if name.endswith("session"))
    return morsel


async def set_session(api: Api, **columns: object) -> None:
    async with api.engine.begin() as connection:
        await connection.execute(update(sessions).values(columns))


async def expiry(api: Api) -> datetime:
    async with api.engine.connect() as connection:
        found = await connection.execute(select(sessions.c.access_expires_at))
        moment: datetime = found.scalar_one()
    return moment


async def test_who_signs_in_goes_to_the_desk_and_is_named_on_it(
    browser: httpx.AsyncClient,
) -> None:
    signed_in = await sign_in(browser, ADMINISTRATOR)
    page = await browser.get("/staff/chain")

    assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/staff")
    assert "Signed in as <strong><bdi>A administrator</bdi>" in page.text
    assert page.headers["cache-control"] == "no-store"


async def test_the_cookie_is_for_this_host_https_and_no_script(browser: httpx.AsyncClient) -> None:
    cookie = cookie_in(await sign_in(browser, ADMINISTRATOR))

    assert cookie.key == COOKIE
    assert (cookie["httponly"], cookie["secure"], cookie["samesite"]) == (True, True, "lax")
    assert (cookie["path"], cookie["domain"], cookie["max-age"]) == ("/", "", "")


async def test_on_a_laptop_without_https_the_cookie_works_too(
    api: Api, database_url: str, browser: httpx.AsyncClient
) -> None:
    settings = settings_for(database_url, public_url="http://127.0.0.1:8000")
    async with running_api(settings, api.engine) as plain:
        answer = await plain.client.post(
            "/sign-in",
            data={"email": email_of(ADMINISTRATOR), "password": PASSWORD},
            headers={"Origin": "http://127.0.0.1:8000", "Host": "localhost:8000"},
        )

    assert (cookie_in(answer).key, cookie_in(answer)["secure"]) == ("session", "")


async def test_only_the_hash_of_the_cookie_is_stored(api: Api, browser: httpx.AsyncClient) -> None:
    token = cookie_in(await sign_in(browser, ADMINISTRATOR)).value

    async with api.engine.connect() as connection:
        (row,) = (await connection.execute(select(sessions))).mappings()
    assert row["access_token_hash"] == token_hash(token)
    assert token not in {str(value) for value in row.values()}


@pytest.mark.parametrize("password", ["wrong", "", PASSWORD + "\x00", "é" * 40])
async def test_a_wrong_password_is_told_keeps_the_address_and_signs_nobody_in(
    browser: httpx.AsyncClient, password: str
) -> None:
    refused = await sign_in(browser, ADMINISTRATOR, password=password, next="/staff/registry")

    said = WRONG_LOGIN if password else "Password must not be empty"
    assert refused.status_code == (401 if password else 400)
    assert said in words_of(refused)
    assert f'value="{email_of(ADMINISTRATOR)}"' in refused.text
    assert forms_on(refused, "/sign-in")[0]["next"] == "/staff/registry"
    assert PASSWORD not in refused.text
    assert "set-cookie" not in refused.headers


async def test_unknown_and_wrong_are_answered_alike(browser: httpx.AsyncClient) -> None:
    wrong = await sign_in(browser, ADMINISTRATOR, password="wrong")
    unknown = await browser.post(
        "/sign-in", data={"email": "x@people.example", "password": "wrong"}
    )

    assert unknown.status_code == wrong.status_code
    assert words_of(unknown) == words_of(wrong)


async def test_five_failures_on_the_page_lock_the_account_as_the_call_does(
    api: Api, browser: httpx.AsyncClient
) -> None:
    for _ in range(5):
        await sign_in(browser, ADMINISTRATOR, password="wrong")

    on_the_page = await sign_in(browser, ADMINISTRATOR)
    by_call = await api.client.post(
        "/api/v1/auth/login", json={"email": email_of(ADMINISTRATOR), "password": PASSWORD}
    )

    assert (on_the_page.status_code, by_call.status_code) == (401, 401)


async def test_the_address_is_escaped_where_it_is_shown_again(browser: httpx.AsyncClient) -> None:
    typed = '"><b>x@people.example'

    refused = await browser.post("/sign-in", data={"email": typed, "password": "wrong"})

    assert "<b>x@" not in refused.text


async def test_an_account_has_so_many_requests_a_minute_on_the_pages_too(
    api: Api, database_url: str, browser: httpx.AsyncClient
) -> None:
    settings = settings_for(database_url, rate_limit_per_user_per_minute=2)
    async with running_api(settings, api.engine) as limited, browser_of(limited) as hasty:
        await sign_in(hasty, ADMINISTRATOR)
        statuses = [(await hasty.get("/staff/chain")).status_code for _ in range(3)]

    assert statuses == [200, 200, 429]


@pytest.mark.parametrize(
    ("wanted", "leads_to"),
    [
        ("", "/staff"),
        ("/", "/"),
        ("/staff/registry", "/staff/registry"),
        ("/projects?q=a%20b", "/projects?q=a%20b"),
        ("//evil.example", "/staff"),
        ("/\\evil.example", "/staff"),
        ("/\t/evil.example", "/staff"),
        ("/\n/evil.example", "/staff"),
        ("/a\\b", "/staff"),
        ("https://evil.example/", "/staff"),
        ("https:evil.example", "/staff"),
        ("javascript:alert(1)", "/staff"),
        ("evil.example", "/staff"),
        (" /staff", "/staff"),
        ("/staff\r\nSet-Cookie: a=b", "/staff"),
        ("/é", "/staff"),
        ("/" + "a" * 500, "/staff"),
    ],
)
async def test_one_goes_on_to_an_address_of_ours_only(wanted: str, leads_to: str) -> None:
    assert local_path(wanted) == leads_to


async def test_a_foreign_address_is_no_way_on(browser: httpx.AsyncClient) -> None:
    shown = await browser.get("/sign-in", params={"next": "//evil.example"})
    sent = await sign_in(browser, ADMINISTRATOR, next="//evil.example")
    later = await browser.get("/sign-in", params={"next": "//evil.example"})

    assert "evil.example" not in shown.text
    assert (sent.headers["location"], later.headers["location"]) == ("/staff", "/staff")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", **OURS},
    ],
)
async def test_nobody_is_signed_in_by_a_form_of_somebody_else(
    browser: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    answer = await browser.post(
        "/sign-in",
        data={"email": email_of(ADMINISTRATOR), "password": PASSWORD},
        headers={"Origin": ""} | headers,
    )

    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


async def test_what_is_no_form_is_answered_with_a_page(browser: httpx.AsyncClient) -> None:
    answer = await browser.post("/sign-in", data={f"field{n}": "x" for n in range(20)})

    assert answer.status_code == 400
    assert "cannot be read as a form" in words_of(answer)


async def test_signing_out_ends_the_session_at_once(api: Api, browser: httpx.AsyncClient) -> None:
    token = cookie_in(await sign_in(browser, ADMINISTRATOR)).value
    (form,) = forms_on(await browser.get("/staff/chain"), "/sign-out")

    signed_out = await browser.post("/sign-out", data=form)
    with_the_cookie = await browser.get("/staff/chain", headers={"Cookie": f"{COOKIE}={token}"})

    assert (signed_out.status_code, signed_out.headers["location"]) == (303, "/")
    assert cookie_in(signed_out)["max-age"] == "0"
    assert with_the_cookie.headers["location"] == "/sign-in?next=/staff/chain"


async def test_nobody_is_signed_out_by_a_form_of_somebody_else(browser: httpx.AsyncClient) -> None:
    await sign_in(browser, ADMINISTRATOR)

    without_token = await browser.post("/sign-out", data={})
    from_elsewhere = await browser.post("/sign-out", headers={"Sec-Fetch-Site": "cross-site"})
    still = await browser.get("/staff/chain")

    assert (without_token.status_code, from_elsewhere.status_code) == (403, 403)
    assert still.status_code == 200


async def test_signing_in_anew_ends_the_session_before(browser: httpx.AsyncClient) -> None:
    first = cookie_in(await sign_in(browser, ADMINISTRATOR)).value
    second = cookie_in(await sign_in(browser, BUYER)).value

    with_the_first = await browser.get("/staff/chain", headers={"Cookie": f"{COOKIE}={first}"})

    assert first != second
    assert with_the_first.status_code == 303


async def test_a_session_goes_on_while_it_is_used(api: Api, browser: httpx.AsyncClient) -> None:
    await sign_in(browser, ADMINISTRATOR)
    soon = datetime.now(UTC) + timedelta(minutes=2)
    await set_session(api, access_expires_at=soon)

    await browser.get("/staff/chain")

    assert await expiry(api) - soon > IDLE_AFTER - timedelta(minutes=3)


async def test_a_session_is_not_written_at_every_click(
    api: Api, browser: httpx.AsyncClient
) -> None:
    await sign_in(browser, ADMINISTRATOR)
    before = await expiry(api)

    await browser.get("/staff/chain")

    assert await expiry(api) == before


async def test_a_session_that_was_left_alone_is_over(api: Api, browser: httpx.AsyncClient) -> None:
    await sign_in(browser, ADMINISTRATOR)
    await set_session(api, access_expires_at=datetime.now(UTC) - timedelta(seconds=1))

    answer = await browser.get("/staff/chain")

    assert answer.headers["location"] == "/sign-in?next=/staff/chain"


async def test_no_session_outlives_its_end(api: Api, browser: httpx.AsyncClient) -> None:
    await sign_in(browser, ADMINISTRATOR)
    soon = datetime.now(UTC) + timedelta(minutes=5)
    await set_session(api, access_expires_at=soon - timedelta(minutes=4), refresh_expires_at=soon)

    await browser.get("/staff/chain")

    assert await expiry(api) == soon
    assert ENDS_AFTER > IDLE_AFTER


async def test_a_token_of_the_api_opens_no_page(api: Api, browser: httpx.AsyncClient) -> None:
    """Else it could be made to last beyond its fifteen minutes."""
    token = (await api.signed_in(ADMINISTRATOR))["Authorization"].removeprefix("Bearer ")

    answer = await browser.get("/staff/chain", headers={"Cookie": f"{COOKIE}={token}"})

    assert answer.status_code == 303


async def test_a_token_of_the_cookie_is_none_of_the_api(
    api: Api, browser: httpx.AsyncClient
) -> None:
    """Else whoever reads a cookie jar could call in somebody's name, and for twelve hours."""
    token = cookie_in(await sign_in(browser, ADMINISTRATOR)).value

    answer = await api.client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 401


async def test_the_api_takes_no_cookie(browser: httpx.AsyncClient) -> None:
    """So no form of somebody else's can make a browser call it in somebody's name."""
    await sign_in(browser, ADMINISTRATOR)

    assert (await browser.get("/api/v1/me")).status_code == 401
    assert (await browser.post("/api/v1/registry/freeze", json={"reason": "x"})).status_code == 401


async def test_what_everybody_reads_shows_nobodys_name(browser: httpx.AsyncClient) -> None:
    """A cache keeps what is public, and tells a browser with a cookie from one without."""
    addresses = ("/", "/projects", "/chain", "/keys")
    await sign_in(browser, ADMINISTRATOR)
    of_staff = [await browser.get(address) for address in addresses]
    browser.cookies.clear()
    of_everybody = [await browser.get(address) for address in addresses]

    for page in of_staff:
        assert "A administrator" in page.text
        assert page.headers["cache-control"] == "no-store"
        assert "etag" not in page.headers
    for page in of_everybody:
        assert "Signed in" not in page.text
        assert page.headers["cache-control"].startswith("public")
        assert "Cookie" in page.headers["vary"]


async def test_who_has_the_public_page_is_not_told_that_it_is_the_same(
    browser: httpx.AsyncClient,
) -> None:
    tag = (await browser.get("/keys")).headers["etag"]
    await sign_in(browser, ADMINISTRATOR)

    page = await browser.get("/keys", headers={"If-None-Match": tag})

    assert page.status_code == 200
    assert "A administrator" in page.text


async def test_the_log_holds_neither_password_nor_person_nor_token(
    api: Api,
    database_url: str,
    browser: httpx.AsyncClient,
    capfd: pytest.CaptureFixture[str],
) -> None:
    settings = settings_for(database_url, log_level="INFO")
    async with running_api(settings, api.engine) as talking, browser_of(talking) as one:
        await sign_in(one, ADMINISTRATOR, password="a wrong password")
        token = cookie_in(await sign_in(one, ADMINISTRATOR)).value
        page = await one.get("/staff/chain")
        await one.post("/sign-out", data=forms_on(page, "/sign-out")[0])

    logged = "".join(capfd.readouterr())
    assert '"path": "/sign-in"' in logged
    (form,) = forms_on(page, "/sign-out")
    for secret in ("a wrong password", PASSWORD, email_of(ADMINISTRATOR), token, *form.values()):
        assert secret not in logged


async def test_a_stranger_costs_no_look_at_the_sessions(api: Api) -> None:
    async with browser_of(api) as stranger, api.counting_queries() as sent:
        await stranger.get("/projects")

    assert any("projects" in statement for statement in sent)
    assert not any("sessions" in statement for statement in sent)
