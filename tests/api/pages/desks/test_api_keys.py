"""Keys for programs on their page: shown once, listed, revoked."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest

from domain.accounts.api_keys import is_key
from tests.api.caller import Api
from tests.api.pages.browsing import browser_of, forms_on, give_password, sign_in, words_of
from tests.factories import ADMINISTRATOR, DEVELOPER

PAGE = "/account/api-keys"
WANTED = {"name": "Pipeline <of> Satyapura", "scope-read": "on", "scope-documents:write": "on"}


@pytest.fixture
async def browser(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    for person in (DEVELOPER, ADMINISTRATOR):
        await give_password(api, person)
    async with browser_of(api) as made:
        await sign_in(made, DEVELOPER)
        yield made


async def form_of(browser: httpx.AsyncClient, do: str) -> dict[str, str]:
    page = await browser.get(PAGE)
    (form,) = (form for form in forms_on(page, PAGE) if form.get("do") == do)
    return form | ({"days": "30"} if do == "make" else {})


def key_on(page: httpx.Response) -> str:
    (key,) = re.findall(r"<code>(krb_\w{20,})</code>", page.text)
    return str(key)


async def test_a_key_is_shown_once_used_and_revoked(api: Api, browser: httpx.AsyncClient) -> None:
    form = await form_of(browser, "make")
    made = await browser.post(PAGE, data=form | WANTED)
    key = key_on(made)
    again = await browser.post(PAGE, data=form | WANTED)
    headers = {"Authorization": f"Bearer {key}"}
    used = await api.client.get("/api/v1/me", headers=headers)
    listed = await browser.get(PAGE)
    revoked = await browser.post(PAGE, data=await form_of(browser, "revoke"))
    refused = await api.client.get("/api/v1/me", headers=headers)

    assert is_key(key)
    assert (made.status_code, made.headers["cache-control"]) == (200, "no-store")
    assert (again.status_code, used.status_code, refused.status_code) == (409, 200, 401)
    assert key not in listed.text + again.text
    assert "Pipeline &lt;of&gt; Satyapura" in listed.text
    assert "read, documents:write" in words_of(listed)
    assert listed.text.count('<span class="muted">never') == 0
    assert revoked.headers["location"] == f"{PAGE}?done=revoke"
    assert "Revoked" in words_of(await browser.get(PAGE))


@pytest.mark.parametrize(
    ("change", "status", "sentence"),
    [
        ({"name": " "}, 400, "Name"),
        ({"scope-read": "", "scope-documents:write": ""}, 400, "Scopes"),
        ({"days": "366"}, 400, "Good for must be one of 30, 90, 180, 365 days"),
        ({"scope-audit:read": "on"}, 403, "Your role (developer) may not"),
    ],
)
async def test_what_is_refused_says_why_and_keeps_what_was_typed(
    browser: httpx.AsyncClient, change: dict[str, str], status: int, sentence: str
) -> None:
    answer = await browser.post(PAGE, data=await form_of(browser, "make") | WANTED | change)

    assert answer.status_code == status
    assert sentence in words_of(answer)
    assert "You have no key yet." in words_of(answer)


async def test_only_what_one_may_oneself_is_offered(api: Api, browser: httpx.AsyncClient) -> None:
    async with browser_of(api) as staff:
        await sign_in(staff, ADMINISTRATOR)
        offered = [
            set(re.findall(r'name="scope-([^"]+)"', (await one.get(PAGE)).text))
            for one in (browser, staff)
        ]

    assert offered == [
        {"read", "projects:write", "documents:write", "credits:write"},
        {"read", "audit:read", "documents:write"},
    ]


async def test_staff_see_whose_programs_there_are(api: Api, browser: httpx.AsyncClient) -> None:
    await browser.post(PAGE, data=await form_of(browser, "make") | WANTED)
    async with browser_of(api) as staff:
        await sign_in(staff, ADMINISTRATOR)
        page = await staff.get("/staff/api-keys")
    headers = await api.signed_in(ADMINISTRATOR)
    (listed,) = (await api.client.get("/api/v1/api-keys", headers=headers)).json()["data"]

    assert "Pipeline &lt;of&gt; Satyapura" in page.text
    assert f'href="/staff/users/{DEVELOPER.id}"' in page.text
    assert (listed["userId"], listed["name"]) == (str(DEVELOPER.id), WANTED["name"])
    assert "key" not in listed
    assert (await browser.get("/staff/api-keys")).status_code == 403
    theirs = await api.client.get("/api/v1/api-keys", headers=await api.signed_in(DEVELOPER))
    assert theirs.status_code == 403
