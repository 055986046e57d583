"""The audit log for everybody: the whole chain of hashes, recomputed, and nobody's name in it."""

import hashlib
import re
from typing import Any
from uuid import uuid4

import pytest
import rfc8785
from sqlalchemy import insert

from adapters.postgres.database import PostgresDatabase
from adapters.postgres.tables import chain_records
from domain.audit.log import GENESIS_HASH, AuditEntry
from domain.chain.reconciliation import ChainDifference, ChainDifferenceKind, Reconciliation
from tests.api.caller import Api, told
from tests.factories import DEVELOPER, NOW, named

AUDIT = "/api/v1/registry/audit"
SENTENCE = "Keine Rücksicht: 東京"


async def append(api: Api, count: int, **changes: Any) -> None:
    async with PostgresDatabase(api.engine).transaction() as work:
        for number in range(count):
            fields: dict[str, Any] = {
                "event_type": "registry.frozen",
                "action": "frozen",
                "user_id": DEVELOPER.id,
                "resource_type": "registry",
                "resource_id": named(f"resource {number}"),
                "changes": {"before": None, "after": {"reason": SENTENCE, "number": number}},
                "at": NOW,
            }
            work.audit.add(AuditEntry(**fields | changes))


async def anchor(api: Api, seq: int) -> None:
    async with api.engine.begin() as connection:
        await connection.execute(
            insert(chain_records).values(
                id=uuid4(),
                kind="audit",
                audit_seq=seq,
                record={"seq": seq, "hash": "ab" * 32},
                status="queued",
                waiting_workflow_id="audit-anchor",
                queued_at=NOW,
            )
        )


async def read(api: Api, address: str) -> Any:
    answer = await api.client.get(address)
    assert answer.status_code == 200, answer.text
    return answer.json()


def recomputed(entry: dict[str, Any]) -> str:
    """As docs/audit-log.md says it, with nothing of this registry's own code."""
    covered = {k: v for k, v in entry.items() if k not in ("hash", "disclosed")}
    return hashlib.sha256(rfc8785.dumps(covered)).hexdigest()


async def test_an_empty_log_begins_where_chains_begin(api: Api) -> None:
    head = await read(api, f"{AUDIT}/head")

    assert head["data"] == {"seq": 0, "hash": GENESIS_HASH, "newestAnchor": None}
    assert (await read(api, AUDIT))["data"] == []


async def test_everybody_can_recompute_the_chain(api: Api) -> None:
    await append(api, 3)
    await append(api, 2, resource_type="project")

    entries = (await read(api, AUDIT))["data"]

    hashes = [GENESIS_HASH, *(entry["hash"] for entry in entries)]
    assert [entry["previousHash"] for entry in entries] == hashes[:-1]
    assert [recomputed(entry) for entry in entries] == hashes[1:]
    assert (await read(api, f"{AUDIT}/head"))["data"]["hash"] == hashes[-1]
    assert (await read(api, f"{AUDIT}/4"))["data"] == entries[3]


async def test_what_is_disclosed_is_what_was_committed_to_and_persons_are_not(api: Api) -> None:
    await append(api, 1)
    await append(api, 1, resource_type="project")

    public, private = (await read(api, AUDIT))["data"]

    assert {
        name: hashlib.sha256(rfc8785.dumps([shown["salt"], shown["value"]])).hexdigest()
        for name, shown in public["disclosed"].items()
    } == {name: public["commitments"][name] for name in ("resourceId", "changes")}
    assert public["disclosed"]["changes"]["value"]["after"]["reason"] == SENTENCE
    assert private["disclosed"] == {}
    assert str(DEVELOPER.id) not in str([public, private])
    assert SENTENCE not in str(private)


async def test_the_list_goes_on_by_its_cursor_and_begins_after_a_number(api: Api) -> None:
    await append(api, 7)
    found, address = [], f"{AUDIT}?limit=3&after=1"
    while address:
        part = await read(api, address)
        found.append([entry["seq"] for entry in part["data"]])
        address = part["links"]["next"]

    assert found == [[2, 3, 4], [5, 6, 7]]


async def test_the_newest_anchor_stands_beside_the_head_and_all_are_listed(api: Api) -> None:
    await append(api, 3)
    await anchor(api, 1)
    await anchor(api, 3)

    head = (await read(api, f"{AUDIT}/head"))["data"]
    anchors = (await read(api, f"{AUDIT}/anchors"))["data"]

    assert [shown["seq"] for shown in anchors] == [1, 3]
    assert head["newestAnchor"] == anchors[1]
    assert anchors[1] | {"queuedAt": None} == {
        "seq": 3,
        "hash": "ab" * 32,
        "status": "queued",
        "txHash": None,
        "blockHeight": None,
        "confirmations": 0,
        "queuedAt": None,
    }


async def test_what_is_not_there_is_not_found(api: Api) -> None:
    answer = await api.client.get(f"{AUDIT}/1")

    assert (answer.status_code, told(answer)) == (
        404,
        [("NOT_FOUND", None, "There is no such audit entry.")],
    )


@pytest.mark.parametrize("query", ["cursor=x", f"cursor={'9' * 5000}", "after=-1", "limit=101"])
async def test_a_list_is_requested_for_sensibly_or_not_at_all(api: Api, query: str) -> None:
    answer = await api.client.get(f"{AUDIT}?{query}")

    assert answer.status_code == 400
    assert told(answer)[0][1] == query.partition("=")[0]


@pytest.mark.parametrize("seq", ["0", "x", "9" * 30])
async def test_a_number_that_is_none_is_refused(api: Api, seq: str) -> None:
    assert (await api.client.get(f"{AUDIT}/{seq}")).status_code == 400


async def test_the_page_shows_head_anchors_and_entries_and_how_to_check_them(api: Api) -> None:
    await append(api, 30)
    await anchor(api, 30)

    page = (await api.client.get("/audit")).text
    older = (await api.client.get("/audit?before=6")).text

    entries = re.findall(r'href="/api/v1/registry/audit/(\d+)">', page)
    assert entries == ["30", *(str(seq) for seq in range(30, 5, -1))]
    assert re.findall(r'href="/api/v1/registry/audit/(\d+)">', older)[1:] == list("54321")
    assert "make verify-audit" in page
    assert str(DEVELOPER.id) not in page


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([], "12 records in 3 transactions were compared, and no difference was found"),
        (
            [ChainDifference(ChainDifferenceKind.FOREIGN, "ab" * 32)],
            "which holds a record that is not ours",
        ),
    ],
)
async def test_the_page_says_what_the_last_comparison_with_the_chain_found(
    api: Api, found: list[ChainDifference], said: str
) -> None:
    async with PostgresDatabase(api.engine).transaction() as work:
        await work.chain.reconciliations.add(
            Reconciliation(uuid4(), NOW, None, 100, transactions=3, records=12, differences=found)
        )

    assert said in (await api.client.get("/audit")).text


@pytest.mark.parametrize("before", ["", "x", "9" * 40])
async def test_an_empty_log_has_a_page_too(api: Api, before: str) -> None:
    answer = await api.client.get("/audit", params={"before": before})

    assert answer.status_code == 200
    assert "Nothing has happened yet." in answer.text
