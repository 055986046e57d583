"""The mapping assistant, from a sample to a reviewed format that files may be sent in by."""

import httpx

from tests.api.caller import Api
from tests.api.pages.browsing import browser_of, forms_on, give_password, sign_in, words_of
from tests.factories import BUYER, DEVELOPER, VERIFIER

SAMPLE = "Tank 7\nDate;Temp (°C);Note\n03/04/2024;8,1;=1+1\n03/04/2024;8,2;\n"


async def begun(browser: httpx.AsyncClient) -> str:
    """The address of a draft."""
    token = forms_on(await browser.get("/formats"), "/formats")[0]["form_token"]
    answer = await browser.post(
        "/formats",
        data={"form_token": token, "kind": "observation"},
        files={"file": ("tank.csv", SAMPLE.encode())},
    )
    assert answer.status_code == 303
    return str(answer.headers["location"])


async def chosen(browser: httpx.AsyncClient, draft: str, **more: str) -> httpx.Response:
    form = dict(forms_on(await browser.get(draft), draft)[0])
    form |= {
        "form_token": form["form_token"],
        "field-0": "time",
        "dates-0": "%d/%m/%Y",
        "zone-0": "UTC",
        "field-1": "value",
        "unit-1": "degC",
        "quantity-1": "temperature",
        "numbers-1": "1.234,5",
        "constant-series": "Tank 7",
        "title": "Tank 7",
        "name": "tank-7",
    }
    return await browser.post(draft, data=form | more)


async def test_a_format_is_made_reviewed_and_listed_for_everybody(api: Api) -> None:
    for person in (DEVELOPER, VERIFIER, BUYER):
        await give_password(api, person)
    async with browser_of(api) as browser:
        await sign_in(browser, DEVELOPER)
        draft = await begun(browser)
        first = words_of(await browser.get(draft))
        assert "All values fit" in first
        assert "The format needs a title." in first

        await chosen(browser, draft)
        looked = words_of(await browser.get(draft))
        saved = await chosen(browser, draft, do="save", published_rows="1")

        assert "2 records of 2 rows, 0 faults." in looked
        assert saved.headers["location"] == "/formats/tank-7/1"
        assert (await browser.get(draft)).status_code == 404
        form = words_of(await browser.get("/ingestions"))
        assert "Tank 7" in form
    public = "/api/v1/ingestion-formats/tank-7"
    assert (await api.client.get(public)).status_code == 404

    async with browser_of(api) as verifier:
        await sign_in(verifier, VERIFIER)
        version = await verifier.get("/formats/tank-7/1")
        address = "/formats/tank-7/1/review"
        token = forms_on(version, address)[0]["form_token"]
        refused = await verifier.post(address, data={"form_token": token, "verdict": "refuse"})
        assert (refused.status_code, "Say why it is refused." in words_of(refused)) == (400, True)
        accepted = await verifier.post(address, data={"form_token": token, "verdict": "accept"})
        assert accepted.status_code == 303

    assert (await api.client.get(public)).json()["data"]["sampleUrl"].endswith("/sample.csv")
    sample = await api.client.get(f"{public}/sample.csv")
    assert sample.text.splitlines() == ["Date,Temp (°C),Note", '03/04/2024,"8,1",\'=1+1']
    async with browser_of(api) as buyer:
        await sign_in(buyer, BUYER)
        assert "Make one from a sample" not in words_of(await buyer.get("/formats"))
