"""One print of a page serves all strangers of a moment, and nobody who is known."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api.pages.parts.routing import is_shared_page
from tests.api.caller import running_api, settings_for
from tests.api.pages.browsing import browser_of, give_password, sign_in
from tests.api.registry_rows import RegistryRows
from tests.factories import ADMINISTRATOR

KEPT_SECONDS = 600


async def test_strangers_share_a_page_and_who_is_signed_in_neither_gives_nor_gets_it(
    engine: AsyncEngine, database_url: str
) -> None:
    settings = settings_for(database_url, public_cache_seconds=KEPT_SECONDS)
    async with running_api(settings, engine) as api:
        project = await RegistryRows(engine).project()
        await give_password(api, ADMINISTRATOR)
        for path in ("/", "/projects", f"/projects/{project.id}", "/conservation"):
            async with browser_of(api) as stranger, browser_of(api) as known:
                await sign_in(known, ADMINISTRATOR)
                own = await known.get(path)
                async with api.counting_queries() as first_queries:
                    first = await stranger.get(path)
                async with api.counting_queries() as later_queries:
                    second = await stranger.get(path)
                    unchanged = await stranger.get(
                        path, headers={"If-None-Match": first.headers["ETag"]}
                    )
                own_again = await known.get(path)

            assert first_queries, path
            assert later_queries == []
            assert second.content == first.content
            assert (unchanged.status_code, unchanged.content) == (304, b"")
            assert unchanged.headers["Vary"] == first.headers["Vary"]
            for alone in (own, own_again):
                assert alone.headers["Cache-Control"] == "no-store"
                assert 'action="/sign-out"' in alone.text
            assert 'action="/sign-out"' not in first.text


async def test_a_shared_page_is_sent_packed_without_being_packed_again(
    engine: AsyncEngine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_for(database_url, public_cache_seconds=KEPT_SECONDS)
    async with running_api(settings, engine) as api:
        packed = {"Accept-Encoding": "gzip"}
        async with browser_of(api) as stranger:
            first = await stranger.get("/projects", headers=packed)
            monkeypatch.setattr("zlib.compressobj", None)
            second = await stranger.get("/projects", headers=packed)

    assert [one.headers["Content-Encoding"] for one in (first, second)] == ["gzip", "gzip"]
    assert second.content == first.content


@pytest.mark.parametrize(
    "path",
    [
        *("/sign-in", "/register", "/account", "/desk", "/staff", "/verify", "/search"),
        "/projects/6ba7b810-9dad-11d1-80b4-00c04fd430c8/public-preview",
    ],
)
def test_what_is_for_one_person_or_has_a_form_is_printed_for_each(path: str) -> None:
    assert not is_shared_page(path)
