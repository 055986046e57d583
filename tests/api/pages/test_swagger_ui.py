"""What `/api/docs` is made of is what its makers published, and it is served from here under a strict policy."""

import hashlib
import re

import httpx

from api.pages.about.api_docs import POLICY
from api.pages.parts.assets import asset_address
from tests.api.caller import Api
from tools.swagger_ui import FILES, FOLDER, INTEGRITY, VERSION

SOURCES = FOLDER.parent / "SOURCES.md"


def test_the_files_are_those_that_are_listed() -> None:
    listed = dict(
        re.findall(r"\| `swagger-ui/([^`*]+)` \| `([0-9a-f]{64})` \|", SOURCES.read_text())
    )

    assert set(listed) == {file.name for file in FOLDER.iterdir()} == set(FILES)
    assert listed == {
        name: hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() for name in FILES
    }
    assert f"`swagger-ui-dist` {VERSION}" in SOURCES.read_text()
    assert INTEGRITY.startswith("sha512-")


def test_what_hashes_uploads_is_as_its_makers_published_it() -> None:
    listed = dict(re.findall(r"\| `js-sha256/([^`]+)` \| `([0-9a-f]{64})` \|", SOURCES.read_text()))

    found = (FOLDER.parent / "js-sha256").iterdir()
    assert listed == {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in found}


async def test_the_page_takes_nothing_from_elsewhere(unchanging_api: Api) -> None:
    page: httpx.Response = await unchanging_api.client.get("/api/docs")
    taken = re.findall(r'(?:src|href|data-document)="([^"]+)"', page.text)
    answers = [await unchanging_api.client.get(address) for address in taken]

    assert page.headers["content-security-policy"] == POLICY
    assert "unsafe" not in POLICY
    assert asset_address("swagger-ui/swagger-ui-bundle.js") in taken
    assert [one for one in taken if not one.startswith("/")] == []
    assert {answer.status_code for answer in answers} == {200}
