"""A folder is opened, looked at and closed on its pages, and a file is taken back on its own."""

import hashlib
from pathlib import PurePosixPath

import httpx

from activities.ingestion.folders import LookAtFolders
from adapters.postgres.database import PostgresDatabase
from domain.accounts.roles import Account
from tests.activities.ingestion.test_submissions import GOOD, ended, sent, table
from tests.activities.registry import Registry, run
from tests.api.caller import Api
from tests.api.pages.browsing import browser_of, forms_on, give_password, sign_in, words_of
from tests.factories import ADMINISTRATOR, BUYER, DEVELOPER, OTHER_DEVELOPER


async def as_somebody(api: Api, browser: httpx.AsyncClient, who: Account) -> None:
    browser.cookies.clear()
    await give_password(api, who)
    assert (await sign_in(browser, who)).status_code == 303


async def send(browser: httpx.AsyncClient, page: str, address: str, **typed: str) -> httpx.Response:
    form = dict(forms_on(await browser.get(page), address)[0])
    return await browser.post(address, data=form | typed)


async def test_a_folder_says_where_to_write_and_what_became_of_it(api: Api) -> None:
    registry = Registry(PostgresDatabase(api.engine))
    async with browser_of(api) as browser:
        await as_somebody(api, browser, DEVELOPER)
        wrong = await send(browser, "/folders", "/folders", name=" ", format="shoes")
        opened = await send(
            browser, "/folders", "/folders", name="<b>Loggers</b>", format="issuances"
        )
        here = opened.headers["location"]
        prefix = f"folders/{PurePosixPath(here).name}/in/"
        assert prefix in (await browser.get(here)).text
        registry.objects.objects |= {f"{prefix}<i>a.csv": table(GOOD), f"{prefix}b.csv": b""}
        await run(registry.folders.look_at_folders, LookAtFolders())
        shown = words_of(await browser.get(here))
        closed = await send(browser, here, f"{here}/close")
        after = await browser.get(here)
        seen = {}
        for who in (OTHER_DEVELOPER, BUYER, ADMINISTRATOR):
            await as_somebody(api, browser, who)
            listed = await browser.get("/folders")
            seen[who.id] = ((await browser.get(here)).status_code, here in listed.text)

    assert wrong.status_code == 400
    assert "There is no such format" in wrong.text
    assert "<i>a.csv" in shown
    assert "The file is empty." in shown
    assert (closed.status_code, f'action="{here}/close"' in after.text) == (303, False)
    assert seen == {
        OTHER_DEVELOPER.id: (404, False),
        BUYER.id: (404, False),
        ADMINISTRATOR.id: (200, True),
    }


async def test_a_file_is_withdrawn_with_a_reason(api: Api) -> None:
    registry = Registry(PostgresDatabase(api.engine))
    await give_password(api, DEVELOPER)
    content = table(GOOD)
    file = await ended(registry, api.engine, await sent(registry, content))
    here = f"/ingestions/{file.id}"
    async with browser_of(api) as browser:
        await as_somebody(api, browser, DEVELOPER)
        without = await send(browser, here, f"{here}/withdraw", reason=" ")
        taken = await send(browser, here, f"{here}/withdraw", reason="Not <b>ours</b>.")
        after = await browser.get(here)

    assert (without.status_code, taken.status_code) == (400, 303)
    assert "Say why" in without.text
    assert "Not &lt;b&gt;ours&lt;/b&gt;." in after.text
    assert f'action="{here}/withdraw"' not in after.text
    assert hashlib.sha256(content).hexdigest() in after.text
