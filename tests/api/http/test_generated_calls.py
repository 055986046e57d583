"""
Calls that a generator makes up from the API's own document, right ones and wrong ones.

Every answer has a status that the document names, and none says that the server broke. Temporal and
storage are away, so what needs them may say so (503). Schemathesis makes the calls, the same in each run.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import cycle
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
from schemathesis.core.result import Ok

from tests.api.caller import PUBLIC_URL, Api
from tests.factories import ADMINISTRATOR, DEVELOPER

DOCUMENT = yaml.load(
    (Path(__file__).parents[3] / "docs" / "openapi.yaml").read_text(), Loader=yaml.CSafeLoader
)
AWAY = 503
CHANGING = ("POST", "PUT", "PATCH", "DELETE")


Call = Case[Any]
RIGHT, WRONG = GenerationMode.POSITIVE, GenerationMode.NEGATIVE


def made_up(modes: Sequence[GenerationMode], *, each: int) -> Iterator[Call]:
    """Calls of each operation; the modes take turns, so that two operations cost as much as one."""
    found = schemathesis.openapi.from_dict(DOCUMENT).get_all_operations()
    for operation, mode in zip(found, cycle(modes), strict=False):
        assert isinstance(operation, Ok)
        yield from drawn(operation.ok().as_strategy(generation_mode=mode), each=each)


def drawn(calls: SearchStrategy[Call], *, each: int) -> list[Call]:
    cases: list[Call] = []

    @given(case=calls)
    @settings(
        max_examples=each,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    def draw(case: Call) -> None:
        cases.append(case)

    # What takes nothing can be asked in no wrong way.
    with suppress(Unsatisfiable):
        draw()
    return cases


async def answer(api: Api, case: Call, headers: dict[str, str]) -> httpx.Response:
    sent: dict[str, Any] = case.as_transport_kwargs(base_url=PUBLIC_URL)
    named = {name: str(value) for name, value in (sent.pop("headers", None) or {}).items()}
    if isinstance(sent.get("data"), str | bytes):
        sent["content"] = sent.pop("data")
    sent.pop("cookies", None)
    sent.pop("allow_redirects", None)
    return await api.client.request(headers={**named, **headers}, **sent)


async def test_every_answer_is_one_that_the_document_names(api: Api) -> None:
    assert await surprises(api, made_up([RIGHT, WRONG], each=1), calls_min=70) == []


@pytest.mark.proof
@pytest.mark.parametrize("mode", GenerationMode)
async def test_so_it_is_for_many_calls_of_each_operation(api: Api, mode: GenerationMode) -> None:
    assert await surprises(api, made_up([mode], each=20), calls_min=1_000) == []


async def surprises(api: Api, cases: Iterator[Call], *, calls_min: int) -> list[str]:
    """Which operations answered what they should not have."""
    headers = {one: await api.signed_in(one) for one in (ADMINISTRATOR, DEVELOPER)}
    found: set[str] = set()
    calls = 0
    for case in cases:
        # Whoever signs out or locks accounts would leave nobody to call the rest.
        if case.operation.path.endswith(("/auth/logout", "/users/{user_id}")):
            continue
        person = ADMINISTRATOR if calls % 2 else DEVELOPER
        answered = await answer(api, case, headers[person])
        calls += 1
        named = case.operation.definition.raw["responses"]
        status = answered.status_code
        if (status >= 500 and status != AWAY) or str(status) not in named:
            found.add(f"{case.operation.label}: {status} {answered.text[:200]}")

    assert calls > calls_min
    return sorted(found)
