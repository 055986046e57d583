"""
Whoever gets hold of the application's database password still cannot rewrite the ledger.

Each statement is typed at a prompt that is signed in as `karbonica_app`, the role of the API and the
worker, against a small finished registry; the database itself refuses it. The rules that hold
against the owner too are proven in tests/adapters/postgres/credits/test_guards.py, statement by statement;
here stands what somebody would try, and what only the missing rights prevent.
"""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.tables import metadata
from domain.accounts.roles import REGISTRY_ACCOUNT_ID
from tests.adapters.postgres.credits.test_guards import (
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
    new_retirement,
    set_entry,
    told,
    under,
)
from tests.adapters.postgres.test_repositories import ISSUANCE, RETIREMENT
from tests.databases import Databases, changed_tables, engine_for, save_people, snapshot
from tests.factories import BUYER, DEVELOPER, OTHER_BUYER, VERIFIER, named
from tests.ledger.conftest import prompt_of_the_registry

OVERLAP = ("23P01", 'conflicting key value violates exclusion constraint "ex_credit_entries_')
HISTORY = "23001"
NO_RIGHT = "42501"

DENIED = (NO_RIGHT, "permission denied for table ")
NOT_OWNER = (NO_RIGHT, "must be owner of ")
NOT_SUPERUSER = (NO_RIGHT, "permission denied to set parameter ")
TILES = (NOT_TILED.sqlstate, NOT_TILED.words)


def may_not(relation: str) -> tuple[str, str]:
    return (NO_RIGHT, f"permission denied for table {relation}")


NEW_KEY = (
    "INSERT INTO api_keys (id, user_id, name, key_hash, hint, scopes, expires_at) SELECT gen_random_uuid(),"
    f" '{BUYER.id}', 'A pipeline', 'hash', 'krb_', '{{read}}', now() + interval '30 days'"
)

NEW_PROPOSAL = (
    "INSERT INTO proposals (id, kind, subject, quantity_units, reason, terms_sha256, status, proposed_by,"
    " proposed_at, expires_at) SELECT gen_random_uuid(), 'cancellation', 'KRB-2024-001-000001', 1, 'Twice.',"
    f" repeat('a', 64), 'waiting', '{BUYER.id}', now(), now() + interval '3 days'"
)

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
    "renumber a movement": ("UPDATE ledger_changes SET seq = seq + 100", may_not("ledger_changes")),
    "number a movement of one's own": (
        "INSERT INTO ledger_changes SELECT 99, id FROM credit_transactions LIMIT 1",
        may_not("ledger_changes"),
    ),
    "change a kept sum": ("UPDATE credit_sums SET quantity_units = 0", may_not("credit_sums")),
    "note a change of a kept sum": (
        "INSERT INTO credit_sum_changes (part) SELECT part FROM credit_sums",
        may_not("credit_sum_changes"),
    ),
    "leave a change uncounted": (
        "UPDATE public_revisions SET changes = 0",
        may_not("public_revisions"),
    ),
    "tell the public otherwise": (
        "UPDATE public_fragments SET body = '{}'",
        may_not("public_fragments"),
    ),
    "have nothing told anew": (
        "INSERT INTO public_fragment_changes (kind, ids) VALUES ('credit', '{}')",
        may_not("public_fragment_changes"),
    ),
    "turn the numbers back": ("UPDATE ledger_head SET seq = 0", may_not("ledger_head")),
    "edit a note before it is chained": ("UPDATE audit_queue SET event_type = 'x'", DENIED),
    "edit an archive's hash": ("UPDATE audit_archives SET sha256 = 'x'", DENIED),
    "edit a timeline": ("UPDATE verification_events SET message = ''", DENIED),
    "edit a sealed certificate": (
        "UPDATE certificates SET document = 'x' WHERE status = 'sealed'",
        (HISTORY, "certificate "),
    ),
    "change what stands on the chain": (
        "UPDATE chain_records SET record = '{}'",
        (HISTORY, "chain record "),
    ),
    "change whose account a record commits to": (
        f"UPDATE chain_record_openings SET account_id = '{BUYER.id}'",
        may_not("chain_record_openings"),
    ),
    "edit a reading": ("UPDATE readings SET value = 0", may_not("readings")),
    "redraw a boundary": (
        "UPDATE project_boundaries SET geometry = '{}'",
        may_not("project_boundaries"),
    ),
    "edit what tonnes were worked out of": (
        "UPDATE quantification_inputs SET content = 'x'",
        may_not("quantification_inputs"),
    ),
    "work out more tonnes": (
        "UPDATE quantifications SET result = '{}'",
        may_not("quantifications"),
    ),
    "edit a checkpoint of the transparency log": (
        "UPDATE log_checkpoints SET size = 0",
        may_not("log_checkpoints"),
    ),
    "begin the transparency log again": (
        "INSERT INTO log_tree (size, movement_seq, audit_seq) VALUES (0, 0, 0)",
        may_not("log_tree"),
    ),
    "sign another report": (
        "UPDATE reports SET manifest = 'x'",
        may_not("reports"),
    ),
    "keep an access from ending": (
        "UPDATE report_accesses SET expires_at = '2099-01-01'",
        may_not("report_accesses"),
    ),
    "hide that a report was read": (
        "UPDATE report_readings SET file = 'x'",
        may_not("report_readings"),
    ),
    "take a status from a credential": (
        "UPDATE status_lists SET document = 'x'",
        may_not("status_lists"),
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

CHECK = "23514"
UNIQUE = "23505"
NINTH, TENTH = "KRB-2024-001-000009", "KRB-2024-001-000010"
HELD_BACK = "KRB-2024-001-000021"
PARTIES = (CHECK, 'new row for relation "credit_transactions" violates check constraint "ck_credit')
ISSUED_TWICE = (UNIQUE, 'duplicate key value violates unique constraint "uq_credit_transactions_is')
ISSUED_AGAIN = ("23P01", 'conflicting key value violates exclusion constraint "ex_credit_transac')
SPLIT_BUFFER = f"UPDATE credit_entries SET status = 'split' WHERE serial = '{HELD_BACK}'"
THIRD = named("third retirement")


def without_transaction(serial: object, status: str = "") -> tuple[str, str]:
    said = f"is {status} by no transaction" if status else "came from no transaction"
    return (CHECK, f"credit entry {serial} {said}")


def untrue(type: str) -> tuple[str, str]:
    return (CHECK, f"the entries of {type} ")


WITHOUT_A_TRANSACTION = {
    "retire what nobody asked to retire": (
        set_entry(ACTIVE.serial, "status = 'retired'"),
        without_transaction(ACTIVE.serial, "retired"),
    ),
    "cancel what nobody cancelled": (
        set_entry(ACTIVE.serial, "status = 'cancelled'"),
        without_transaction(ACTIVE.serial, "cancelled"),
    ),
    "issue out of thin air": (new_entry(101, 200), without_transaction(NINTH)),
    "take credits by a split of one's own": (
        f"{SPLIT_ACTIVE}; {SOLD}; {REST}",
        without_transaction(ACTIVE.serial, "split"),
    ),
    "take credits whole": (
        set_entry(ACTIVE.serial, "status = 'transferred'")
        + "; "
        + new_entry(41, 100, parent=under(str(ACTIVE.serial)), owner=BUYER.id),
        without_transaction(ACTIVE.serial, "transferred"),
    ),
    "split for the sake of splitting": (
        f"{SPLIT_ACTIVE}; {PART}; {REST}",
        without_transaction(ACTIVE.serial, "split"),
    ),
    "make what was held back active": (
        f"{SPLIT_BUFFER}; "
        + new_entry(2001, 2010, parent=under(HELD_BACK), owner=DEVELOPER.id)
        + "; "
        + new_entry(2011, 2100, parent=under(HELD_BACK), serial=TENTH, owner=DEVELOPER.id),
        without_transaction(HELD_BACK, "split"),
    ),
    "let the registry hold active credits": (
        new_entry(101, 200, owner=REGISTRY_ACCOUNT_ID),
        (CHECK, 'new row for relation "credit_entries" violates check constraint "ck_credit'),
    ),
}
BY_A_FALSE_TRANSACTION = {
    "issue the same units twice": (
        told("issuance", ROOT.serial, ROOT.serial, recipient=DEVELOPER.id),
        ISSUED_TWICE,
    ),
    "issue what is a child": (
        told("issuance", ACTIVE.serial, ACTIVE.serial, recipient=DEVELOPER.id),
        ISSUED_AGAIN,
    ),
    "issue to somebody else than who holds it": (
        new_entry(101, 200) + "; " + told("issuance", NINTH, NINTH, recipient=BUYER.id),
        untrue("issuance"),
    ),
    "issue more than the entry holds": (
        new_entry(101, 200)
        + "; "
        + told("issuance", NINTH, NINTH, recipient=DEVELOPER.id, units="int8range(101, 301)"),
        untrue("issuance"),
    ),
    "issue under another project's number": (
        new_entry(101, 200, serial="KRB-2024-002-000001")
        + "; "
        + told("issuance", "KRB-2024-002-000001", "KRB-2024-002-000001", recipient=DEVELOPER.id),
        (CHECK, "credit entry KRB-2024-002-000001 is of another project than its serial says"),
    ),
    "sell the same entry twice": (
        told("transfer", ROOT.serial, ACTIVE.serial, sender=DEVELOPER.id, recipient=BUYER.id),
        ISSUED_TWICE,
    ),
    "sell in somebody else's name": (
        f"{SPLIT_ACTIVE}; {SOLD}; {REST}; " + SALE.replace(str(DEVELOPER.id), str(VERIFIER.id)),
        untrue("transfer"),
    ),
    "sell to one and give to another": (
        f"{SPLIT_ACTIVE}; {PART}; {REST}; {SALE}",
        untrue("transfer"),
    ),
    "take what is left of a sale": (
        f"{SPLIT_ACTIVE}; {SOLD}; " + REST.replace(str(DEVELOPER.id), str(BUYER.id)) + f"; {SALE}",
        without_transaction("KRB-2024-001-000011"),
    ),
    "sell less than changes hands": (
        f"{SPLIT_ACTIVE}; {SOLD}; {REST}; " + SALE.replace("result.units", "int8range(41, 42)"),
        without_transaction("KRB-2024-001-000011"),
    ),
    "sell the highest numbers": (
        f"{SPLIT_ACTIVE}; {PART}; "
        + REST.replace(str(DEVELOPER.id), str(BUYER.id))
        + "; "
        + SALE.replace(TENTH, "KRB-2024-001-000011"),
        without_transaction(TENTH),
    ),
    "sell to oneself": (
        SALE.replace(str(BUYER.id), str(DEVELOPER.id)).replace(TENTH, str(RETIRED.serial)),
        PARTIES,
    ),
    "say that what is active was cancelled": (
        told("cancellation", ACTIVE.serial, ACTIVE.serial, sender=DEVELOPER.id),
        untrue("cancellation"),
    ),
    "cancel what was retired": (
        told("cancellation", RETIRED.serial, RETIRED.serial, sender=DEVELOPER.id),
        (UNIQUE, 'duplicate key value violates unique constraint "uq_credit_transactions_ma'),
    ),
    "release the buffer to one and give it to another": (
        f"{SPLIT_BUFFER}; "
        + new_entry(2001, 2010, parent=under(HELD_BACK), owner=BUYER.id)
        + "; "
        + new_entry(
            *(2011, 2100),
            parent=under(HELD_BACK),
            serial=TENTH,
            status="buffer",
            owner=REGISTRY_ACCOUNT_ID,
        )
        + "; "
        + told(
            *("buffer_release", HELD_BACK, NINTH),
            sender=REGISTRY_ACCOUNT_ID,
            recipient=DEVELOPER.id,
        ),
        untrue("buffer_release"),
    ),
    "sell what was held back": (
        told(
            *("transfer", HELD_BACK, ACTIVE.serial),
            sender=REGISTRY_ACCOUNT_ID,
            recipient=BUYER.id,
        ),
        PARTIES,
    ),
}
LINES = (CHECK, "the lines of retirement ")
REDUNDANT_VALUES = {
    "state a retirement of nothing": (new_retirement(THIRD, 60), LINES),
    "retire less than the statement says": (
        set_entry(ACTIVE.serial, "status = 'retired'")
        + f"; {new_retirement(THIRD, 61)}; "
        + told(
            *("retirement", ACTIVE.serial, ACTIVE.serial), sender=DEVELOPER.id, retirement_id=THIRD
        ),
        LINES,
    ),
    "retire in the name of another account": (
        set_entry(ACTIVE.serial, "status = 'retired'")
        + f"; {new_retirement(THIRD, 60, BUYER.id)}; "
        + told(
            *("retirement", ACTIVE.serial, ACTIVE.serial), sender=DEVELOPER.id, retirement_id=THIRD
        ),
        LINES,
    ),
    "add a line to a statement that was made": (
        set_entry(ACTIVE.serial, "status = 'retired'")
        + "; "
        + told(
            *("retirement", ACTIVE.serial, ACTIVE.serial),
            sender=DEVELOPER.id,
            retirement_id=RETIREMENT.retirement_id,
        ),
        LINES,
    ),
    "cover more than stands for it": (
        (
            "WITH lost AS (INSERT INTO reversals (id, project_id, quantity_units, cause, avoidable,"
            " recorded_by, recorded_at) SELECT gen_random_uuid(), project_id, 9, 'A fire.', false,"
            " owner_id, now() FROM credit_entries LIMIT 1 RETURNING id)"
            " INSERT INTO reversal_coverings (id, reversal_id, retirement_id, touched_units, units)"
            f" SELECT gen_random_uuid(), id, '{RETIREMENT.retirement_id}', 9, int8range(2001, 2009)"
            " FROM lost"
        ),
        (CHECK, 'new row for relation "reversal_coverings" violates check constraint "ck_reversal'),
    ),
    "delete a completed document": (
        (
            "INSERT INTO documents (id, project_id, verification_id, name, description,"
            " document_type, disclosure, mime_type, file_size, sha256, status, uploaded_by,"
            " created_at, completed_at)"
            " SELECT gen_random_uuid(), project_id, id, 'Report', '', 'other', 'public', 'text/plain',"
            " 1, repeat('a', 64), 'completed', developer_id, now(), now() FROM verification_requests;"
            " DELETE FROM documents"
        ),
        (HISTORY, "document "),
    ),
    "rewrite what a supplier changed": ("UPDATE project_changes SET changes = '{}'", DENIED),
    "withdraw what was approved": (
        "UPDATE verification_requests SET status = 'withdrawn' WHERE status = 'approved'",
        (HISTORY, "verification "),
    ),
    "withdraw a project whose round goes on": (
        f"UPDATE projects SET status = 'withdrawn' WHERE id = '{named('second project')}'",
        (HISTORY, "project "),
    ),
    "let evidence count no more": (
        (
            "INSERT INTO documents (id, project_id, verification_id, name, description,"
            " document_type, disclosure, mime_type, file_size, sha256, status, uploaded_by, created_at)"
            " SELECT gen_random_uuid(), project_id, id, 'Report', '', 'other', 'public', 'text/plain',"
            " 1, repeat('a', 64), 'awaiting_upload', developer_id, now() FROM verification_requests;"
            " UPDATE documents SET superseded_by = id, superseded_at = now()"
        ),
        (HISTORY, "document "),
    ),
    "hold what another organisation has": (
        f"UPDATE organisations SET holding_account_id = '{BUYER.id}'",
        DENIED,
    ),
    "make a supplier a verification body": (
        "UPDATE organisations SET kind = 'verification_body'",
        DENIED,
    ),
    "act for an organisation again that one left": (
        (
            f"UPDATE organisation_members SET left_at = now() WHERE user_id = '{BUYER.id}';"
            f" UPDATE organisation_members SET left_at = NULL WHERE user_id = '{BUYER.id}'"
        ),
        (HISTORY, "membership "),
    ),
    "take back a declared conflict of interest": (
        "UPDATE conflict_declarations SET declared = 'none'",
        DENIED,
    ),
    "countersign another sum than was proposed": (
        f"{NEW_PROPOSAL}; UPDATE proposals SET quantity_units = 5",
        (HISTORY, "proposal "),
    ),
    "take back a refused countersignature of a proposal": (
        (
            f"{NEW_PROPOSAL}; UPDATE proposals SET status = 'expired', settled_at = now();"
            " UPDATE proposals SET status = 'waiting', settled_at = NULL"
        ),
        (HISTORY, "proposal "),
    ),
    "countersign one's own proposal": (
        (
            f"{NEW_PROPOSAL}; UPDATE proposals SET status = 'countersigned', settled_by = proposed_by,"
            " settled_at = now()"
        ),
        (
            "23514",
            'new row for relation "proposals" violates check constraint "ck_proposals_two_pairs_of_eyes',
        ),
    ),
    "say that units are set aside which are not": (
        (
            "INSERT INTO reservations (id, entry_id, requester_id, requested_by, holder_id, quantity_units,"
            " note, until, status, reserved_entry_id, requested_at, decided_at)"
            f" SELECT gen_random_uuid(), id, '{OTHER_BUYER.id}', '{OTHER_BUYER.id}', owner_id, 1, '',"
            " now() + interval '1 day', 'accepted', id, now(), now()"
            " FROM credit_entries WHERE status = 'active' LIMIT 1"
        ),
        (CHECK, "reservation "),
    ),
    "widen what an API key may do": (
        f"{NEW_KEY}; UPDATE api_keys SET scopes = '{{read,credits:write}}'",
        (HISTORY, "API key "),
    ),
    "let a revoked API key be good again": (
        f"{NEW_KEY}; UPDATE api_keys SET revoked_at = now(); UPDATE api_keys SET revoked_at = NULL",
        (HISTORY, "API key "),
    ),
    "make an API key that ends in ten years": (
        NEW_KEY.replace("30 days", "3650 days"),
        (
            "23514",
            'new row for relation "api_keys" violates check constraint "ck_api_keys_expiry_bounded',
        ),
    ),
    "write another message under a challenge": (
        "UPDATE wallet_challenges SET message_sha256 = ''",
        DENIED,
    ),
    "write another challenge for a passkey": (
        "UPDATE passkey_challenges SET challenge = ''",
        DENIED,
    ),
    **{
        f"exchange a passkey's {column}": (f"UPDATE passkeys SET {column} = {column}", DENIED)
        for column in ("public_key", "credential_id", "user_id")
    },
    "give a project another number": (
        "UPDATE projects SET number = number + 1000",
        (HISTORY, "project 1 keeps its number"),
    ),
}

SWEPT = {
    *("drafts", "wallet_outputs", "documents", "sign_in_failures"),
    *("account_messages", "account_tokens", "wallet_challenges"),
    *("passkeys", "passkey_challenges"),
    *("ingested_ranges", "ingested_records", "ingestion_issues", "notification_preferences"),
    *("sampling_points", "boundary_overlaps"),
    *("unfinished_forms", "ingestion_format_drafts"),
}
KEPT_FOR_GOOD = sorted(metadata.tables.keys() - SWEPT)
DELETING = {f"delete from {table}": (f"DELETE FROM {table}", DENIED) for table in KEPT_FOR_GOOD}
EMPTYING = {
    f"empty {table}": (f"TRUNCATE {table} CASCADE", DENIED) for table in sorted(metadata.tables)
}

ATTEMPTS = (
    OVERLAPPING
    | LEAVING_A_GAP
    | WITHOUT_A_TRANSACTION
    | BY_A_FALSE_TRANSACTION
    | REDUNDANT_VALUES
    | UNDOING
    | EDITING
    | SWITCHING_OFF
    | DELETING
    | EMPTYING
)


@pytest.fixture(scope="module")
async def finished(databases: Databases) -> AsyncIterator[str]:
    """The owner's address of a registry that has issued, split, retired, sealed and logged."""
    async with databases.fresh() as url:
        engine = engine_for(url)
        await save_people(engine)
        await finish_a_registry(engine)
        await engine.dispose()
        yield url


@pytest.fixture(scope="module")
async def prompt(finished: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(prompt_of_the_registry(finished))
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
    await finish_a_registry(owner)
    before = await snapshot(owner)
    prompt = await asyncpg.connect(prompt_of_the_registry(database_url))

    await commit(prompt, f"{SPLIT_ACTIVE}; {SOLD}; {REST}; {SALE}")

    await prompt.close()
    assert changed_tables(before, await snapshot(owner)) == {
        "credit_entries",
        "credit_sums",
        "credit_transactions",
        "ledger_changes",
        "ledger_head",
        "public_fragments",
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
