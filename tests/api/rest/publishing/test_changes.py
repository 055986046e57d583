"""The movements of the ledger over HTTP, followed by the mirror."""

import json

from api.rest.publishing.schemas.changes import ChangeList
from tests.adapters.postgres.publishing.test_changes import some_movements
from tests.api.caller import Api, told
from tests.ledger_rows import LedgerRows

CHANGES = "/api/v1/registry/changes"


async def test_an_empty_registry_has_none(api: Api) -> None:
    answer = await api.client.get(CHANGES)
    lines = await api.client.get(f"{CHANGES}.jsonl")

    assert answer.json() == {
        "data": [],
        "meta": {"limit": 1000, "seq": 0, "lastSeq": 0},
        "links": {"next": None},
    }
    assert (lines.status_code, lines.content) == (200, b"")


async def test_pages_lead_from_the_first_to_the_last_and_both_forms_say_the_same(api: Api) -> None:
    await some_movements(LedgerRows(api.engine))
    whole = (await api.client.get(CHANGES)).json()["data"]
    items, lines, next_page, next_lines = [], [], f"{CHANGES}?limit=3", f"{CHANGES}.jsonl?limit=3"
    while next_page:
        page = await api.client.get(next_page)
        ChangeList.model_validate_json(page.content)
        items += page.json()["data"]
        answer = await api.client.get(next_lines)
        lines += [json.loads(line) for line in answer.text.split("\n") if line]
        next_page = page.json()["links"]["next"]
        next_lines = answer.links["next"]["url"] if next_page else ""

    assert [one["seq"] for one in whole] == list(range(1, 9))
    assert items == whole == lines
    assert "next" not in answer.links


REFUSED = {
    "since=-1": "must be",
    "since=1e3": "Value must be a whole number",
    "since=9007199254740992": "must be",
    "since=1": "Since is beyond the newest movement, which is 0.",
    "limit=0": "must be",
    "limit=5001": "must be",
}


async def test_what_is_no_number_of_a_movement_is_refused(api: Api) -> None:
    answers = {query: await api.client.get(f"{CHANGES}?{query}") for query in REFUSED}
    of_lines = [await api.client.get(f"{CHANGES}.jsonl?{query}") for query in REFUSED]

    assert {answer.status_code for answer in [*answers.values(), *of_lines]} == {400}
    said = {query: told(answer)[0][2] for query, answer in answers.items()}
    assert [query for query in REFUSED if REFUSED[query] not in said[query]] == [], said
