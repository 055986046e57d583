"""Calling the pages in this process as a browser does: with cookies, and forms as they were printed."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape

import bcrypt
import httpx
from sqlalchemy import update

from adapters.postgres.tables import users
from domain.accounts.roles import Account
from tests.api.caller import PUBLIC_URL, Api

PASSWORD = "correct horse battery staple"
OURS = {"Origin": PUBLIC_URL}


def email_of(account: Account) -> str:
    return f"{account.id}@people.example"


async def give_password(api: Api, account: Account, *, cost: int = 4) -> None:
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(cost)).decode()
    async with api.engine.begin() as connection:
        await connection.execute(
            update(users).where(users.c.id == account.id).values(password_hash=hashed)
        )


@asynccontextmanager
async def browser_of(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without any cookie yet."""
    transport = httpx.ASGITransport(api.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=PUBLIC_URL, headers=OURS) as browser:
        yield browser


async def sign_in(
    browser: httpx.AsyncClient, account: Account, *, password: str = PASSWORD, next: str = ""
) -> httpx.Response:
    form = {"email": email_of(account), "password": password, "next": next}
    return await browser.post("/sign-in", data=form)


def forms_on(page: httpx.Response, action: str) -> list[dict[str, str]]:
    """What each form of the page with this action would send if its button were pressed now."""
    found = re.findall(rf'<form[^>]* action="{action}".*?</form>', page.text, re.DOTALL)
    return [
        {
            unescape(name): unescape(value)
            for name, value in re.findall(r'<input[^>]* name="([^"]+)"[^>]* value="([^"]*)"', form)
        }
        for form in found
    ]


def words_of(page: httpx.Response) -> str:
    """What a page says, without its markup."""
    main = page.text.partition("<main")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", f"<main{main}")).split())
