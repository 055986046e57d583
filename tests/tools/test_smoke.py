"""`make smoke`: what it asks is there for everybody, and whatever is not well is said."""

import httpx
import pytest

from tests.api.caller import running_api, settings_for
from tests.databases import engine_for
from tools.smoke import NOT_WELL, PAGES, faults, main, wait_until_ready


def registry(*, away: str = "", holds: bool = True, ready: bool = True) -> httpx.Client:
    """One that answers everything, but for what is `away`."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/readyz":
            return httpx.Response(200 if ready else 503, text="temporal: away")
        if request.url.path == away:
            return httpx.Response(503)
        return httpx.Response(200, json={"data": {"lastCheck": {"holds": holds}}})

    return httpx.Client(base_url="http://registry.test", transport=httpx.MockTransport(answer))


async def test_what_it_asks_for_is_given_to_everybody(database_url: str) -> None:
    engine = engine_for(database_url)
    async with running_api(settings_for(database_url), engine) as api:
        answers = {page: await api.client.get(page) for page in PAGES}
    await engine.dispose()

    assert {page: answer.status_code for page, answer in answers.items()} == dict.fromkeys(
        PAGES, 200
    )
    # No check was made yet, which is no fault.
    assert answers["/api/v1/registry/conservation"].json()["data"]["lastCheck"] is None


def test_a_registry_that_is_well_has_no_faults() -> None:
    with registry() as client:
        assert wait_until_ready(client, 0) == ""
        assert faults(client) == []


def test_whatever_is_not_well_is_said() -> None:
    with registry(away="/projects") as client:
        assert faults(client) == ["/projects is answered 503."]
    with registry(holds=False) as client:
        assert len(faults(client)) == 1
    with registry(ready=False) as client:
        assert wait_until_ready(client, 0) == "/readyz is answered 503: temporal: away"


def test_a_registry_that_is_not_there_is_not_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["http://127.0.0.1:1", "--patience-seconds", "0"]) == NOT_WELL
    assert "/readyz is not answered" in capsys.readouterr().err
