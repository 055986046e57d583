"""Lineage: the tree of an entry and the way of a unit, complete for strangers and silent about persons."""

import re
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.credits.reads import lineage as reads_lineage
from adapters.postgres.tables import users
from domain.credits.ledger import CreditEntry
from domain.identifiers import Serial
from tests.api.caller import PUBLIC_URL, Api, told
from tests.factories import ADMINISTRATOR, BUYER, DEVELOPER, OTHER_BUYER, PEOPLE
from tests.ledger_rows import LedgerRows
from tests.many_rows import retire_unit_by_unit


class Tree:
    """
    500 t were issued. The supplier sold 200 t; the buyer retired 50 t of them and handed the rest on
    whole; staff cancelled 100 t of what the supplier kept.
    """

    def __init__(self, ledger: LedgerRows) -> None:
        self.ledger = ledger

    async def grow(self) -> "Tree":
        self.root = await self.ledger.issue(await self.ledger.project(), 50_000)
        self.sold, self.kept = await self.ledger.transfer(self.root, 20_000, DEVELOPER, BUYER)
        self.retired, self.rest = await self.ledger.retire(self.sold, 5_000, BUYER)
        (self.handed_on,) = await self.ledger.transfer(self.rest, 15_000, BUYER, OTHER_BUYER)
        self.cancelled, self.left = await self.ledger.cancel(self.kept, 10_000, "Double counted.")
        return self


@pytest.fixture
async def tree(api: Api) -> Tree:
    return await Tree(LedgerRows(api.engine)).grow()


async def public_lineage(api: Api, entry: CreditEntry) -> dict[str, Any]:
    answer = await api.client.get(f"/api/v1/registry/credits/{entry.serial}/lineage")
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


async def unit(api: Api, number: int) -> dict[str, Any]:
    answer = await api.client.get(f"/api/v1/registry/units/{number}")
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


async def test_every_entry_of_a_tree_has_the_same_tree(api: Api, tree: Tree) -> None:
    every = (tree.root, tree.sold, tree.retired, tree.rest, tree.handed_on, tree.cancelled)

    found = [await public_lineage(api, entry) for entry in every]

    for data, entry in zip(found, every, strict=True):
        assert data == {**found[0], "serial": str(entry.serial)}


async def test_a_tree_shows_parents_before_children_and_siblings_by_their_units(
    api: Api, tree: Tree
) -> None:
    data = await public_lineage(api, tree.handed_on)

    shown = [
        (e["serial"], e["status"], e["quantity"], e["parentSerial"], e["childSerials"])
        for e in data["entries"]
    ]
    root, sold, kept, retired, rest, handed_on, cancelled, left = (
        str(entry.serial)
        for entry in (
            tree.root, tree.sold, tree.kept, tree.retired,
            tree.rest, tree.handed_on, tree.cancelled, tree.left,
        )
    )  # fmt: skip
    assert shown == [
        (root, "split", "500.00", None, [sold, kept]),
        (sold, "split", "200.00", root, [retired, rest]),
        (retired, "retired", "50.00", sold, []),
        (rest, "transferred", "150.00", sold, [handed_on]),
        (handed_on, "active", "150.00", rest, []),
        (kept, "split", "300.00", root, [cancelled, left]),
        (cancelled, "cancelled", "100.00", kept, []),
        (left, "active", "200.00", kept, []),
    ]
    assert (data["rootSerial"], data["truncated"]) == (root, False)


async def test_a_tree_says_which_transactions_made_it(api: Api, tree: Tree) -> None:
    data = await public_lineage(api, tree.root)

    said = [(t["type"], t["serial"], t["resultSerial"], t["reason"]) for t in data["transactions"]]
    assert said == [
        ("issuance", str(tree.root.serial), str(tree.root.serial), None),
        ("transfer", str(tree.root.serial), str(tree.sold.serial), None),
        ("retirement", str(tree.sold.serial), str(tree.retired.serial), None),
        ("transfer", str(tree.rest.serial), str(tree.handed_on.serial), None),
        ("cancellation", str(tree.kept.serial), str(tree.cancelled.serial), "Double counted."),
    ]


async def test_no_public_lineage_names_a_person(api: Api, tree: Tree) -> None:
    async with api.engine.connect() as connection:
        people = (await connection.execute(select(users))).all()
    personal = {str(v) for person in people for v in (person.id, person.name, person.email)}
    assert str(BUYER.id) in personal

    addresses = [f"credits/{tree.handed_on.serial}/lineage", *(f"units/{n}" for n in (1, 6_000))]
    answers = [await api.client.get(f"/api/v1/registry/{address}") for address in addresses]

    assert {answer.status_code for answer in answers} == {200}
    assert not [value for value in personal for answer in answers if value in answer.text]


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: str(person.id)[:8])
async def test_a_lineage_is_for_the_entrys_holder_and_staff(
    api: Api, tree: Tree, person: Any
) -> None:
    answer = await api.client.get(
        f"/api/v1/credits/{tree.handed_on.serial}/lineage", headers=await api.signed_in(person)
    )

    may = person is OTHER_BUYER or person.role is ADMINISTRATOR.role
    assert answer.status_code == (200 if may else 404)


async def test_a_holder_knows_itself_in_a_tree_and_staff_know_everybody(
    api: Api, tree: Tree
) -> None:
    address = f"/api/v1/credits/{tree.handed_on.serial}/lineage"
    holder, staff = [
        (await api.client.get(address, headers=await api.signed_in(person))).json()["data"]
        for person in (OTHER_BUYER, ADMINISTRATOR)
    ]

    parties = [(t["senderId"], t["recipientId"]) for t in holder["transactions"]]
    assert [e["ownerId"] for e in holder["entries"]].count(str(OTHER_BUYER.id)) == 1
    assert {e["ownerId"] for e in holder["entries"]} == {None, str(OTHER_BUYER.id)}
    assert parties[3] == (None, str(OTHER_BUYER.id))
    assert [e["ownerId"] for e in staff["entries"]] == [
        str(person.id)
        for person in (
            DEVELOPER, BUYER, BUYER, BUYER, OTHER_BUYER, DEVELOPER, DEVELOPER, DEVELOPER,
        )
    ]  # fmt: skip


async def test_a_large_tree_asks_no_more_queries_than_a_small_one(api: Api, tree: Tree) -> None:
    sprout = await tree.ledger.issue(await tree.ledger.project(), 100)

    counts = []
    for entry in (sprout, tree.handed_on):
        async with api.counting_queries() as sent:
            await public_lineage(api, entry)
        counts.append(len(sent))

    assert counts == [2, 2]


async def test_a_huge_tree_is_shown_around_the_entry_and_says_that_there_is_more(
    api: Api,
) -> None:
    ledger = LedgerRows(api.engine)
    root = await ledger.issue(await ledger.project(), 1_000)
    entries, rest = [root], root
    for _ in range(20):
        part, rest = (
            await ledger.transfer(rest, 10, DEVELOPER, BUYER)
            if rest is root
            else (await ledger.cancel(rest, 10, "Thinned out."))
        )
        entries += [part, rest]

    async with api.engine.connect() as connection:
        whole = await reads_lineage.lineage(connection, rest.serial, limit=41)
        cut = await reads_lineage.lineage(connection, rest.serial, limit=5)

    assert whole is not None
    assert cut is not None
    assert ({node.serial for node in whole.entries}, whole.truncated) == (
        {str(entry.serial) for entry in entries},
        False,
    )
    nearest = [str(entry.serial) for entry in (entries[-1], entries[-3], entries[-5])]
    assert cut.truncated
    assert cut.entries[0].serial == str(root.serial)
    assert set(nearest) < {node.serial for node in cut.entries}
    assert len(cut.entries) <= 3 * 5 + 1


async def test_a_units_way_leads_from_its_issuance_to_its_retirement(api: Api, tree: Tree) -> None:
    first = tree.root.units.first

    data = await unit(api, first)

    steps = [(s["serial"], s["cameBy"]["type"], s["endedBy"]) for s in data["path"]]
    assert steps == [
        (str(tree.root.serial), "issuance", None),
        (str(tree.sold.serial), "transfer", None),
        (str(tree.retired.serial), "retirement", None),
    ]
    retirement = data["retirement"]
    assert (data["number"], data["status"], data["heldBy"]) == (first, "retired", None)
    assert (retirement["beneficiary"], retirement["country"]) == ("Société Générale", "FRA")
    assert retirement["certificateUrl"] == f"{PUBLIC_URL}/retirements/{retirement['id']}"


async def test_a_remainder_came_by_what_took_the_other_part(api: Api, tree: Tree) -> None:
    data = await unit(api, tree.left.units.last)

    assert (data["serial"], data["heldBy"]) == (str(tree.left.serial), "supplier")
    assert [(s["cameBy"]["type"], s["cameBy"]["resultSerial"]) for s in data["path"]] == [
        ("issuance", str(tree.root.serial)),
        ("transfer", str(tree.sold.serial)),
        ("cancellation", str(tree.cancelled.serial)),
    ]


async def test_a_whole_retirement_ends_an_entry_under_its_own_serial(api: Api, tree: Tree) -> None:
    await tree.ledger.retire(tree.handed_on, 15_000, OTHER_BUYER)

    data = await unit(api, tree.handed_on.units.first)

    last = data["path"][-1]
    assert (last["serial"], last["cameBy"]["type"]) == (str(tree.handed_on.serial), "transfer")
    assert last["endedBy"]["type"] == "retirement"


async def test_a_unit_in_the_buffer_is_held_by_the_registry(api: Api) -> None:
    ledger = LedgerRows(api.engine)
    buffer = await ledger.contribute(await ledger.project(), 500)

    data = await unit(api, buffer.units.last)

    assert (data["status"], data["heldBy"]) == ("buffer", "registry")
    assert [s["cameBy"]["type"] for s in data["path"]] == ["buffer_contribution"]


@pytest.mark.parametrize(
    ("path", "code", "sentence"),
    [
        ("units/50001", "NOT_FOUND", "No unit with this number was ever issued."),
        ("units/9223372036854775807", "NOT_FOUND", "No unit with this number was ever issued."),
        ("credits/KRB-2024-999-000001/lineage", "NOT_FOUND", "There is no such credit entry."),
    ],
)
async def test_what_was_never_issued_is_404(
    api: Api, tree: Tree, path: str, code: str, sentence: str
) -> None:
    answer = await api.client.get(f"/api/v1/registry/{path}")

    assert (answer.status_code, told(answer)) == (404, [(code, None, sentence)])


@pytest.mark.parametrize("number", ["0", "-1", "one", "1.5", "9223372036854775808", "1e3"])
async def test_what_is_no_unit_number_is_400(unchanging_api: Api, number: str) -> None:
    answer = await unchanging_api.client.get(f"/api/v1/registry/units/{number}")

    assert answer.status_code == 400
    assert [code for code, *_ in told(answer)] == ["VALIDATION_ERROR"]


async def test_a_unit_is_found_by_the_index_of_units(api: Api) -> None:
    """Among 10,000 entries, without reading the others."""
    ledger = LedgerRows(api.engine)
    root = await ledger.issue(await ledger.project(), 1_000_000)
    await ledger.by_hand(
        f"""
        INSERT INTO credit_entries (id, serial, project_id, owner_id, units, vintage, status,
                                    issued_at, last_action_at)
        SELECT gen_random_uuid(), 'KRB-2024-001-' || lpad(n::text, 6, '0'), '{root.project_id}',
               '{root.owner_id}', int8range(1000000 + n * 100, 1000100 + n * 100), 2024, 'active',
               now(), now()
          FROM generate_series(2, 10001) n
        """,
        "ANALYZE credit_entries",
    )

    async with api.engine.connect() as connection:
        plan = await connection.execute(
            text("EXPLAIN " + reads_lineage.LEAF_OF_UNIT), {"unit": 1_500_050}
        )
        lines = [line for (line,) in plan]

    assert any("ex_credit_entries_units_once" in line for line in lines), lines
    assert not any("Seq Scan on credit_entries" in line for line in lines), lines


async def test_a_root_retired_in_ten_thousand_parts_costs_no_question_more_than_it_shows(
    api: Api,
) -> None:
    """Each partial retirement makes the way up a step longer; what is read for it has an end."""
    ledger = LedgerRows(api.engine)
    root = await ledger.issue(await ledger.project(), 10_001)
    await retire_unit_by_unit(api.engine, root, 10_000)
    last_unit = root.units.last

    async with api.engine.connect() as connection:
        # As autovacuum does; without it a few accounts are taken for many.
        await connection.execute(text("ANALYZE users"))
        leaf = await reads_lineage.unit_path(connection, last_unit)
        assert leaf is not None
        tree = await reads_lineage.lineage(connection, Serial.parse(leaf.leaf.serial))
        rows = [
            await rows_read(connection, statement, values)
            for statement, values in (
                (reads_lineage.WAY_OF_UNIT, {"entry_id": leaf.leaf.id, "limit": 400}),
                (reads_lineage.TREE_OF_ENTRY, {"serial": leaf.leaf.serial, "limit": 400}),
            )
        ]

    assert (leaf.truncated, leaf.entries[0].serial) == (True, str(root.serial))
    assert len(leaf.entries) == 401
    assert tree is not None
    assert tree.truncated
    assert tree.entries[0].serial == str(root.serial)
    assert max(rows) < 25_000


async def test_a_far_root_is_not_looked_for_among_other_projects_issuances(api: Api) -> None:
    """A registry that grows makes the question for an entry far from its root no longer."""
    ledger = LedgerRows(api.engine)
    root = await ledger.issue(await ledger.project(), 1_102)
    other = await ledger.project()
    await ledger.by_hand(
        f"""
        INSERT INTO credit_entries (id, serial, project_id, owner_id, units, vintage, status,
                                    issued_at, last_action_at)
        SELECT gen_random_uuid(), 'KRB-2024-{other.number:03d}-' || lpad(n::text, 6, '0'),
               '{other.id}', '{root.owner_id}', int8range(1000000 + n, 1000001 + n), 2024,
               'active', now(), now()
          FROM generate_series(1, 20000) n
        """
    )
    await retire_unit_by_unit(api.engine, root, 1_101)

    async with api.engine.connect() as connection:
        leaf = await reads_lineage.unit_path(connection, root.units.last)
        assert leaf is not None
        looked_at = [
            (node["Node Type"], node["Actual Rows"])
            for node in await nodes_of(
                connection,
                reads_lineage.TREE_OF_ENTRY,
                {"serial": leaf.leaf.serial, "limit": 400},
            )
            # In a view the table has not the name that the question gives it.
            if node.get("Relation Name") == "credit_entries"
            and "(parent_id IS NULL)" in node.get("Filter", "")
        ]

    assert leaf.entries[0].serial == str(root.serial)
    ((kind, rows),) = looked_at
    assert kind != "Seq Scan"
    assert rows == 1


async def rows_read(connection: AsyncConnection, statement: str, values: dict[str, Any]) -> int:
    """How many rows the parts of a query hand on, all together."""
    nodes = await nodes_of(connection, statement, values)
    return int(sum(node["Actual Rows"] * node["Actual Loops"] for node in nodes))


async def nodes_of(
    connection: AsyncConnection, statement: str, values: dict[str, Any]
) -> list[dict[str, Any]]:
    """All parts of a query's plan, with what became of each when it ran."""
    plan = await connection.execute(
        text(f"EXPLAIN (ANALYZE, FORMAT JSON, TIMING OFF) {statement}"), values
    )
    nodes = [plan.scalar_one()[0]["Plan"]]
    for node in nodes:
        nodes += node.get("Plans", [])
    return nodes


async def test_a_refusal_names_the_newest_twenty_of_ten_thousand_serials(api: Api) -> None:
    ledger = LedgerRows(api.engine)
    root = await ledger.issue(await ledger.project(), 10_001)
    await retire_unit_by_unit(api.engine, root, 10_000)

    answer = await api.client.post(
        f"/api/v1/credits/{root.serial}/transfer",
        json={"quantity": "0.01", "recipientId": str(BUYER.id)},
        headers=await api.signed_in(DEVELOPER),
    )

    assert answer.status_code == 409
    detail = answer.json()["errors"][0]["detail"]
    numbers = [int(number) for number in re.findall(r"KRB-2024-\d{3}-(\d{6})", detail)]
    assert numbers[1:] == [*range(19_964, 20_001, 2), 20_001]
    assert detail.endswith(", and more: see its lineage.")
