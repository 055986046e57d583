"""
Calls that a generator makes up from the API's own document, right ones and wrong ones.

Every answer has a status that the document names, and none says that the server broke. Temporal and
storage are away, so what needs them may say so (503). Schemathesis makes the calls, the same in each run.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy
from schemathesis import Case, GenerationMode

from tests.api.caller import PUBLIC_URL, Api
from tests.factories import ADMINISTRATOR, DEVELOPER

DOCUMENT = yaml.load(
    (Path(__file__).parents[3] / "docs" / "openapi.yaml").read_text(), Loader=yaml.CSafeLoader
)
CALLS_EACH = 1
AWAY = 503
CHANGING = ("POST", "PUT", "PATCH", "DELETE")


def made_up(mode: GenerationMode) -> Iterator[Case]:
    """A few calls of each operation."""
    for found in schemathesis.openapi.from_dict(DOCUMENT).get_all_operations():
        yield from drawn(found.ok().as_strategy(generation_mode=mode))


def drawn(calls: SearchStrategy[Case]) -> list[Case]:
    cases: list[Case] = []

    @given(case=calls)
    @settings(
        max_examples=CALLS_EACH,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    def draw(case: Case) -> None:
        cases.append(case)

    # What takes nothing can be asked in no wrong way.
    with suppress(Unsatisfiable):
        draw()
    return cases


async def answer(api: Api, case: Case, headers: dict[str, str]) -> httpx.Response:
    sent: dict[str, Any] = case.as_transport_kwargs(base_url=PUBLIC_URL)
    named = {name: str(value) for name, value in (sent.pop("headers", None) or {}).items()}
    if isinstance(sent.get("data"), str | bytes):
        sent["content"] = sent.pop("data")
    sent.pop("cookies", None)
    sent.pop("allow_redirects", None)
    return await api.client.request(headers={**named, **headers}, **sent)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
async def test_every_answer_is_one_that_the_document_names(api: Api, mode: GenerationMode) -> None:
    headers = {one: await api.signed_in(one) for one in (ADMINISTRATOR, DEVELOPER)}
    surprises: list[str] = []
    calls = 0
    for case in made_up(mode):
        # Whoever signs out or locks accounts would leave nobody to call the rest.
        if case.operation.path.endswith(("/auth/logout", "/users/{user_id}")):
            continue
        person = ADMINISTRATOR if calls % 2 else DEVELOPER
        answered = await answer(api, case, headers[person])
        calls += 1
        named = case.operation.definition.raw["responses"]
        status = answered.status_code
        if (status >= 500 and status != AWAY) or str(status) not in named:
            surprises.append(f"{case.operation.label}: {status} {answered.text[:200]}")

    assert calls > 70
    assert sorted(set(surprises)) == []
