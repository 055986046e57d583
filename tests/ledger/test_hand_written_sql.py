"""
Whoever gets hold of the application's database password still cannot rewrite the ledger.

Each statement is typed at a prompt that is signed in as `karbonica_app`, the role of the API and the
worker, against a small finished registry; the database itself refuses it. The rules that hold
against the owner too are proven in tests/adapters/test_postgres_guards.py, statement by statement;
here stands what somebody would try, and what only the missing rights prevent.
"""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.database import PostgresDatabase
from adapters.postgres.tables import metadata
from tests.adapters.test_postgres_guards import (
    ACTIVE,
    NOT_TILED,
    PART,
    REST,
    RETIRED,
    ROOT,
    SALE,
    SOLD,
    SPLIT_ACTIVE,
    finish_a_registry,
    new_entry,
    set_entry,
    under,
)
from tests.adapters.test_postgres_repositories import ISSUANCE
from tests.databases import Databases, changed_tables, engine_for, save_people, snapshot
from tests.factories import BUYER
from tests.ledger.conftest import as_application

OVERLAP = ("23P01", 'conflicting key value violates exclusion constraint "ex_credit_entries_')
HISTORY = "23001"
NO_RIGHT = "42501"

DENIED = (NO_RIGHT, "permission denied for table ")
NOT_OWNER = (NO_RIGHT, "must be owner of ")
NOT_SUPERUSER = (NO_RIGHT, "permission denied to set parameter ")
TILES = (NOT_TILED.sqlstate, NOT_TILED.words)


def may_not(relation: str) -> tuple[str, str]:
    return (NO_RIGHT, f"permission denied for table {relation}")


OVERLAPPING = {
    "issue units that are active": (new_entry(100, 100), OVERLAP),
    "issue units that are retired": (new_entry(40, 40), OVERLAP),
    "issue a range around everything": (new_entry(1, 1000), OVERLAP),
    "let the parts of a split overlap": (
        f"{SPLIT_ACTIVE}; {PART}; " + REST.replace("[51,", "[50,"),
        OVERLAP,
    ),
    "widen an entry": (set_entry(ACTIVE.serial, "units = '[1,101)'"), may_not("credit_entries")),
}
LEAVING_A_GAP = {
    "split and leave a unit out": (
        f"{SPLIT_ACTIVE}; {PART}; " + REST.replace("[51,", "[52,"),
        TILES,
    ),
    "split into nothing": (SPLIT_ACTIVE, TILES),
    "hand on into nothing": (set_entry(ACTIVE.serial, "status = 'transferred'"), TILES),
    "split before the eyes of a guard that looks at another table": (
        "CREATE TEMPORARY TABLE credit_entries (LIKE public.credit_entries INCLUDING GENERATED);"
        + new_entry(41, 100, parent=under(str(ACTIVE.serial)).replace("FROM ", "FROM public."))
        + "; UPDATE public.credit_entries SET status = 'split'"
        f" WHERE serial = '{ACTIVE.serial}'",
        TILES,
    ),
    "narrow an entry": (set_entry(ACTIVE.serial, "units = '[42,101)'"), may_not("credit_entries")),
}
UNDOING = {
    "un-retire": (
        set_entry(RETIRED.serial, "status = 'active'"),
        (HISTORY, f"credit entry {RETIRED.serial} is retired for ever"),
    ),
    "join again what was split": (
        set_entry(ROOT.serial, "status = 'active'"),
        (HISTORY, f"credit entry {ROOT.serial} is split for ever"),
    ),
    "take an entry from its owner": (
        set_entry(ACTIVE.serial, f"owner_id = '{BUYER.id}'"),
        may_not("credit_entries"),
    ),
    "retire in another name": (
        "UPDATE retirements SET beneficiary_name = 'Somebody else'",
        may_not("retirements"),
    ),
}
EDITING = {
    "edit a completed transaction": (
        f"UPDATE credit_transactions SET recipient_id = '{BUYER.id}' WHERE id = '{ISSUANCE.id}'",
        may_not("credit_transactions"),
    ),
    "edit it by inserting it again": (
        (
            f"INSERT INTO credit_transactions (id) VALUES ('{ISSUANCE.id}')"
            " ON CONFLICT (id) DO UPDATE SET status = 'failed'"
        ),
        may_not("credit_transactions"),
    ),
    "edit an audit entry": ("UPDATE audit_logs SET changes = '{}'", may_not("audit_logs")),
    "edit the audit log by MERGE": (
        (
            "MERGE INTO audit_logs kept USING (SELECT 1) one ON true"
            " WHEN MATCHED THEN UPDATE SET hash = repeat('0', 64)"
        ),
        may_not("audit_logs"),
    ),
    "edit a timeline": ("UPDATE verification_events SET message = ''", DENIED),
    "edit a sealed certificate": (
        "UPDATE certificates SET document = 'x' WHERE status = 'sealed'",
        (HISTORY, "certificate "),
    ),
    "change what stands on the chain": (
        "UPDATE chain_records SET record = '{}'",
        (HISTORY, "chain record "),
    ),
}
SWITCHING_OFF = {
    "disable the guards": ("ALTER TABLE credit_entries DISABLE TRIGGER ALL", NOT_OWNER),
    "disable one guard": (
        "ALTER TABLE credit_entries DISABLE TRIGGER credit_entry_tiling",
        NOT_OWNER,
    ),
    "drop a guard": ("DROP TRIGGER credit_entry_moves ON credit_entries", NOT_OWNER),
    "put another guard in its place": (
        (
            "CREATE OR REPLACE FUNCTION karbonica_guard_credit_entry() RETURNS trigger"
            " LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
        ),
        (NO_RIGHT, "permission denied for schema public"),
    ),
    "add a guard of one's own": (
        (
            "CREATE TRIGGER mine BEFORE UPDATE ON credit_entries"
            " FOR EACH ROW EXECUTE FUNCTION karbonica_forbid()"
        ),
        DENIED,
    ),
    "drop the exclusion constraint": (
        "ALTER TABLE credit_entries DROP CONSTRAINT ex_credit_entries_units_once",
        NOT_OWNER,
    ),
    "pretend to be a replica": ("SET session_replication_role = replica", NOT_SUPERUSER),
    "pretend so for one transaction": (
        "SET LOCAL session_replication_role = replica",
        NOT_SUPERUSER,
    ),
    "become the owner": (
        "SET ROLE postgres",
        (NO_RIGHT, 'permission denied to set role "postgres"'),
    ),
    "give oneself the right": (
        # PostgreSQL only warns of the first: no right was granted.
        "GRANT ALL ON credit_entries TO karbonica_app; DELETE FROM credit_entries",
        may_not("credit_entries"),
    ),
    "be given the owner's rights": (
        "GRANT postgres TO karbonica_app",
        (NO_RIGHT, 'permission denied to grant role "postgres"'),
    ),
    "make oneself a superuser": (
        "ALTER ROLE karbonica_app SUPERUSER",
        (NO_RIGHT, "permission denied to alter role"),
    ),
    "drop the ledger": ("DROP TABLE credit_entries CASCADE", NOT_OWNER),
    "make a table": (
        "CREATE TABLE aside AS SELECT 1",
        (NO_RIGHT, "permission denied for schema public"),
    ),
    "run a program on the server": (
        "COPY credit_entries FROM PROGRAM 'true'",
        (NO_RIGHT, "permission denied to COPY to or from an external program"),
    ),
}

KEPT_FOR_GOOD = sorted(metadata.tables.keys() - {"drafts", "wallet_outputs"})
DELETING = {f"delete from {table}": (f"DELETE FROM {table}", DENIED) for table in KEPT_FOR_GOOD}
EMPTYING = {
    f"empty {table}": (f"TRUNCATE {table} CASCADE", DENIED) for table in sorted(metadata.tables)
}

ATTEMPTS = OVERLAPPING | LEAVING_A_GAP | UNDOING | EDITING | SWITCHING_OFF | DELETING | EMPTYING


@pytest.fixture(scope="module")
async def finished(databases: Databases) -> AsyncIterator[str]:
    """The owner's address of a registry that has issued, split, retired, sealed and logged."""
    async with databases.fresh() as url:
        engine = engine_for(url)
        await save_people(engine)
        await finish_a_registry(PostgresDatabase(engine))
        await engine.dispose()
        yield url


@pytest.fixture(scope="module")
async def prompt(finished: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(as_application(finished))
    yield connection
    await connection.close()


@pytest.fixture
async def engine(finished: str) -> AsyncIterator[AsyncEngine]:
    engine = engine_for(finished)
    yield engine
    await engine.dispose()


async def commit(prompt: asyncpg.Connection, statements: str) -> None:
    """All of them in one transaction, to its end, so that deferred guards speak too."""
    async with prompt.transaction():
        await prompt.execute(statements)


@pytest.mark.parametrize("attempt", ATTEMPTS)
async def test_the_applications_role_cannot(attempt: str, prompt: asyncpg.Connection) -> None:
    statements, (sqlstate, words) = ATTEMPTS[attempt]

    with pytest.raises(asyncpg.PostgresError) as refused:
        await commit(prompt, statements)

    assert (refused.value.sqlstate, refused.value.message[: len(words)]) == (sqlstate, words)


async def test_all_these_attempts_together_change_nothing(
    prompt: asyncpg.Connection, engine: AsyncEngine
) -> None:
    before = await snapshot(engine)

    for statements, _ in ATTEMPTS.values():
        with pytest.raises(asyncpg.PostgresError):
            await commit(prompt, statements)

    assert changed_tables(before, await snapshot(engine)) == set()


async def test_the_role_can_do_what_the_registry_does(database_url: str) -> None:
    """Rights that refuse everything would prove nothing."""
    owner = engine_for(database_url)
    await save_people(owner)
    await finish_a_registry(PostgresDatabase(owner))
    before = await snapshot(owner)
    prompt = await asyncpg.connect(as_application(database_url))

    await commit(prompt, f"{SPLIT_ACTIVE}; {SOLD}; {REST}; {SALE}")

    await prompt.close()
    assert changed_tables(before, await snapshot(owner)) == {
        "credit_entries",
        "credit_transactions",
    }
    await owner.dispose()


async def test_the_role_is_nobody_special(prompt: asyncpg.Connection) -> None:
    role = await prompt.fetchrow(
        "SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls"
        " FROM pg_roles WHERE rolname = current_user"
    )
    owned = await prompt.fetchval(
        "SELECT count(*) FROM pg_class JOIN pg_roles ON pg_roles.oid = relowner"
        " WHERE rolname = current_user AND relkind = 'r'"
    )

    assert role is not None
    assert (set(role.values()), owned) == ({False}, 0)
