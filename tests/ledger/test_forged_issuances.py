"""
Whoever gets hold of the application's database password still cannot issue what nobody approved.

Each forgery is one transaction of the role of the API and the worker, and is refused at its end. Of
the registry that is attacked, project 1 is issued, 2 is approved and about to be, 3 is in review, and
the approval of 4 waits for its countersignature; each of 100.00 t.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from uuid import UUID

import asyncpg
import pytest

from activities.ports.database import UnitOfWork
from adapters.postgres.database import PostgresDatabase
from domain.accounts.roles import REGISTRY_ACCOUNT_ID
from domain.projects.projects import Project, ProjectStatus
from domain.projects.verification import Verification
from tests.databases import Databases, engine_for, save_people
from tests.factories import (
    BUYER,
    DEVELOPER,
    announced,
    approved,
    document,
    in_review,
    named,
    project,
)
from tests.ledger.conftest import prompt_of_the_registry
from tests.ledger_rows import LedgerRows

APPROVED_UNITS = 10_000
CHECK, HISTORY, EXCLUDED, UNIQUE = "23514", "23001", "23P01", "23505"


def taken(units: int) -> str:
    return f"UPDATE unit_counter SET next_unit = next_unit + {units}" if units else ""


@dataclass(frozen=True)
class Rows:
    """What is written of an issuance; each field as the registry would write it for project 2."""

    number: int = 2
    verification: str = "approval of 2"
    first: int = APPROVED_UNITS + 1
    quantity: int = APPROVED_UNITS
    vintage: int = 2024
    holder: UUID = DEVELOPER.id
    taken: int | None = None
    buffer: int = 0
    running_number: int = 1
    serial_project: int | None = None
    names_vintage: bool = True

    def sql(self) -> str:
        parts = [taken(self.quantity + self.buffer if self.taken is None else self.taken)]
        parts.append(self.issue("issuance", "active", self.first, self.quantity, self.holder))
        if self.buffer:
            parts.append(self.contribution())
        return ";\n".join(filter(None, parts))

    def contribution(self) -> str:
        after = replace(self, running_number=self.running_number + 1)
        first = self.first + self.quantity
        return after.issue("buffer_contribution", "buffer", first, self.buffer, REGISTRY_ACCOUNT_ID)

    def issue(self, type: str, status: str, first: int, quantity: int, holder: UUID) -> str:
        units = f"'[{first},{first + quantity})'"
        serial = (
            f"KRB-{self.vintage}-{self.serial_project or self.number:03d}-{self.running_number:06d}"
        )
        return f"""INSERT INTO credit_entries
            (id, serial, project_id, owner_id, units, vintage, status, issued_at, last_action_at)
            SELECT gen_random_uuid(), '{serial}', id, '{holder}', {units}, {self.vintage},
                   '{status}', now(), now() FROM projects WHERE number = {self.number};
            INSERT INTO credit_transactions (id, type, entry_id, result_entry_id, recipient_id, units,
                status, created_at, completed_at, verification_id, vintage)
            SELECT gen_random_uuid(), '{type}', id, id, owner_id, units, 'completed', now(), now(),
                   {f"'{named(self.verification)}'" if self.verification else "NULL"},
                   {"vintage" if self.names_vintage else "NULL"}
              FROM credit_entries WHERE serial = '{serial}'"""


def approval(number: int, change: str) -> str:
    return (
        f"UPDATE verification_requests SET {change} WHERE id = '{named(f'approval of {number}')}'"
    )


AS_APPROVED = Rows()
_COUNT, *_ROWS = AS_APPROVED.sql().split(";")
COUNTED_LAST = [*_ROWS, _COUNT]
WITH_BUFFER = Rows(quantity=9_000, buffer=1_000)
IN_FULL = "issuance % is not what verification"
NOT_APPROVED = "issuance % rests on no approval of a verified project"
STAYS = "verification % is approved and stays as it was decided"

FORGERIES: dict[str, tuple[str, str, str]] = {
    "beyond the quantity approved, of a project that is issued": (
        Rows(number=1, running_number=2, verification="", quantity=500_000).sql(),
        CHECK,
        NOT_APPROVED,
    ),
    "the same approval once more": (
        Rows(number=1, running_number=2, verification="approval of 1").sql(),
        UNIQUE,
        'duplicate key value violates unique constraint "uq_credit_transactions_issued_once"',
    ),
    "the same approval once more, without its vintage": (
        Rows(number=1, running_number=2, verification="approval of 1", names_vintage=False).sql(),
        CHECK,
        IN_FULL,
    ),
    "a share of the buffer beside what is issued in full": (
        taken(1_000)
        + ";"
        + Rows(
            *(1, "approval of 1"),
            first=APPROVED_UNITS + 1,
            quantity=0,
            buffer=1_000,
            running_number=1,
        ).contribution(),
        CHECK,
        "buffer_contribution % is not what verification",
    ),
    "of a project that is pending": (
        Rows(number=3, verification="").sql(),
        CHECK,
        NOT_APPROVED,
    ),
    "for a verification that is still in review": (
        Rows(number=3, verification="approval of 3").sql(),
        CHECK,
        NOT_APPROVED,
    ),
    "under an approval of another project": (
        Rows(number=3).sql(),
        CHECK,
        IN_FULL,
    ),
    "before the countersignature": (
        Rows(number=4, verification="approval of 4").sql(),
        CHECK,
        NOT_APPROVED,
    ),
    "of a pending project that calls itself verified": (
        "UPDATE projects SET status = 'verified' WHERE number = 3;"
        + Rows(number=3, verification="approval of 3").sql(),
        HISTORY,
        "project % has no decision that makes it verified",
    ),
    "a unit more than was approved": (Rows(quantity=APPROVED_UNITS + 1).sql(), CHECK, IN_FULL),
    "a unit less than was approved": (Rows(quantity=APPROVED_UNITS - 1).sql(), CHECK, IN_FULL),
    "more than was approved, with the buffer's share": (
        Rows(buffer=1_000).sql(),
        CHECK,
        IN_FULL,
    ),
    "the buffer's share alone": (
        taken(APPROVED_UNITS)
        + ";"
        + Rows(quantity=0, buffer=APPROVED_UNITS, running_number=0).contribution(),
        CHECK,
        "buffer_contribution % is not what verification",
    ),
    "of another vintage": (Rows(vintage=2023).sql(), CHECK, IN_FULL),
    "to somebody else": (Rows(holder=BUYER.id).sql(), CHECK, IN_FULL),
    "the units of somebody else": (
        Rows(first=1, taken=0).sql(),
        EXCLUDED,
        'conflicting key value violates exclusion constraint "ex_credit_entries_units_once"',
    ),
    "numbers that were not taken": (Rows(taken=0).sql(), CHECK, IN_FULL),
    "numbers beyond those that were taken": (
        Rows(first=2 * APPROVED_UNITS + 1, taken=2 * APPROVED_UNITS).sql(),
        CHECK,
        "the unit numbers 10001 to 30000 were taken and not issued",
    ),
    "numbers with a gap before the buffer's": (
        Rows(quantity=9_000).sql()
        + ";"
        + replace(WITH_BUFFER, first=APPROVED_UNITS + 2, taken=0).contribution(),
        CHECK,
        IN_FULL,
    ),
    "numbers that nothing is issued under": (
        "UPDATE unit_counter SET next_unit = next_unit + 1",
        CHECK,
        "the unit numbers 10001 to 10001 were taken and not issued",
    ),
    "numbers that were given before": (
        "UPDATE unit_counter SET next_unit = 1",
        HISTORY,
        "unit numbers are never given again: the next one is 10001",
    ),
    "in two steps, so that each looks small": (
        Rows(quantity=5_000).sql()
        + ";"
        + Rows(first=15_001, running_number=2, quantity=5_000).sql(),
        UNIQUE,
        'duplicate key value violates unique constraint "uq_credit_transactions_issued_once"',
    ),
    "an entry that no transaction tells of": (
        COUNTED_LAST[0] + ";" + COUNTED_LAST[-1],
        CHECK,
        "credit entry KRB-2024-002-000001 came from no transaction",
    ),
    "an entry by a transaction that is never completed": (
        ";".join(COUNTED_LAST).replace("'completed', now(), now()", "'pending', now(), NULL"),
        CHECK,
        "credit entry KRB-2024-002-000001 came from no transaction",
    ),
    "raise what was approved": (approval(1, "verified_quantity_units = 500000"), HISTORY, STAYS),
    "raise what is about to be issued": (
        approval(2, "verified_quantity_units = 500000") + ";" + Rows(quantity=500_000).sql(),
        HISTORY,
        STAYS,
    ),
    "raise what waits for its countersignature": (
        approval(4, "verified_quantity_units = 500000"),
        HISTORY,
        STAYS,
    ),
    "do without the countersignature": (
        approval(4, "needs_countersignature = false"),
        HISTORY,
        STAYS,
    ),
    "name another who decided": (approval(2, f"decided_by = '{BUYER.id}'"), HISTORY, STAYS),
    "decide at another time": (approval(2, "completed_at = now()"), HISTORY, STAYS),
    "sign something else off": (approval(2, "sign_off_digest = repeat('0', 64)"), HISTORY, STAYS),
    "take an approval back, to give it again": (
        approval(2, "status = 'in_review', completed_at = NULL"),
        HISTORY,
        STAYS,
    ),
    "take a verification to another project": (
        approval(3, f"project_id = '{named('project 1')}'"),
        HISTORY,
        "verification % stays that of its project",
    ),
    "put another file behind a completed document": (
        "UPDATE documents SET sha256 = repeat('0', 64) WHERE status = 'completed'",
        HISTORY,
        "document % is complete and stays as it is",
    ),
    "show a document to more people": (
        "UPDATE documents SET disclosure = 'public' WHERE status = 'completed'",
        HISTORY,
        "document % is complete and stays as it is",
    ),
    "tell something else of a verified project": (
        "UPDATE projects SET emissions_target_units = 1 WHERE number = 2",
        HISTORY,
        "project 2 is verified and stays as it was decided",
    ),
    "give a verified project to somebody else": (
        f"UPDATE projects SET developer_id = '{BUYER.id}' WHERE number = 2",
        HISTORY,
        "project 2 is verified and stays as it was decided",
    ),
    "let a verified project wait again": (
        "UPDATE projects SET status = 'pending' WHERE number = 2",
        HISTORY,
        "project % has no decision that makes it pending",
    ),
}

ALLOWED = {
    "issue what was approved": AS_APPROVED.sql(),
    "issue it, a part into the buffer": WITH_BUFFER.sql(),
    "count afterwards": ";".join(COUNTED_LAST),
    "issue two approvals at once": approval(4, f"countersigned_by = '{BUYER.id}'")
    + f";{AS_APPROVED.sql()};"
    + Rows(4, "approval of 4", first=2 * APPROVED_UNITS + 1).sql(),
    "countersign": approval(4, f"countersigned_by = '{BUYER.id}', countersigned_at = now()"),
    "give it back to its verifier": approval(4, "status = 'in_review', completed_at = NULL"),
    "approve what is in review": approval(
        3,
        "status = 'approved', completed_at = now(), verified_quantity_units = 1, vintage = 2024,"
        " sign_off_digest = repeat('0', 64)",
    ),
    "complete a document": (
        "UPDATE documents SET status = 'completed', completed_at = now() WHERE status <> 'completed'"
    ),
}


@pytest.fixture(scope="module")
async def attacked(databases: Databases) -> AsyncIterator[asyncpg.Connection]:
    async with databases.fresh() as url:
        engine = engine_for(url)
        await save_people(engine)
        ledger = LedgerRows(engine)
        first = await ledger.project(id=named("project 1"))
        await ledger.issue(first, APPROVED_UNITS, verification_id=named("approval of 1"))
        async with PostgresDatabase(engine).transaction() as work:
            await add(work, 2, ProjectStatus.VERIFIED, of(2, approved()))
            await add(work, 3, ProjectStatus.PENDING, of(3, in_review()))
            await add(work, 4, ProjectStatus.VERIFIED, of(4, approved(needs_countersignature=True)))
            for kept in (document(), announced(id=named("announced"))):
                await work.projects.documents.add(
                    replace(
                        kept, project_id=named("project 3"), verification_id=named("approval of 3")
                    )
                )
        connection = await asyncpg.connect(prompt_of_the_registry(url))
        yield connection
        await connection.close()
        await engine.dispose()


def of(number: int, verification: Verification) -> Verification:
    quantity_units = APPROVED_UNITS if verification.verified_quantity_units else None
    return replace(
        verification,
        id=named(f"approval of {number}"),
        project_id=named(f"project {number}"),
        verified_quantity_units=quantity_units,
    )


async def add(
    work: UnitOfWork, number: int, status: ProjectStatus, verification: Verification
) -> Project:
    made = project(id=named(f"project {number}"), status=status, number=None)
    await work.projects.projects.add(made)
    await work.projects.verifications.add(verification)
    return made


async def commit_and_undo(connection: asyncpg.Connection, statements: str) -> None:
    """Ask the deferred guards too, as a commit does, and leave nothing behind."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(statements)
        await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    finally:
        await transaction.rollback()


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_nobody_can_issue(forgery: str, attacked: asyncpg.Connection) -> None:
    statements, sqlstate, words = FORGERIES[forgery]

    with pytest.raises(asyncpg.PostgresError) as refused:
        await commit_and_undo(attacked, statements)

    before, _, after = words.partition("%")
    message = refused.value.message
    assert refused.value.sqlstate == sqlstate, message
    assert message.startswith(before), message
    assert after in message, message


@pytest.mark.parametrize("step", ALLOWED)
async def test_what_the_registry_does_itself_is_let_through(
    step: str, attacked: asyncpg.Connection
) -> None:
    await commit_and_undo(attacked, ALLOWED[step])
