"""
Whoever types SQL as one account sees that account's rows alone, and as nobody none that are somebody's.

Signed in as `karbonica_app`, whose identity is set for each transaction (ADR 0067). Columns that only
a function of the owner's changes are refused here too, whoever the identity says one is.
"""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from adapters.postgres.identity import SIGN_IN, SYSTEM, Identity
from domain.accounts.roles import Account
from tests.databases import Databases, engine_for, save_people
from tests.factories import ADMINISTRATOR, BUYER, DEVELOPER, VERIFIER
from tests.ledger.conftest import as_application

NO_RIGHT = "42501"
HASH = "$2b$04$" + "a" * 53

# Table: whose its rows are, and one row of {0}'s; what is not said is made up by the owner.
ROW_OF = {
    "users": ("id", ""),
    "sessions": (
        "user_id",
        (
            "(id, user_id, family_id, access_token_hash, refresh_token_hash, access_expires_at, refresh_expires_at)"
            " VALUES (gen_random_uuid(), '{0}', gen_random_uuid(), sha('a{0}'), sha('r{0}'), now(), now())"
        ),
    ),
    "api_keys": (
        "user_id",
        (
            "(id, user_id, name, key_hash, hint, scopes, expires_at) VALUES (gen_random_uuid(), '{0}',"
            " 'A pipeline', sha('{0}'), 'krb_', '{{read}}', now() + interval '1 day')"
        ),
    ),
    "account_tokens": (
        "user_id",
        (
            "(token_hash, user_id, purpose, created_at, expires_at)"
            " VALUES (sha('{0}'), '{0}', 'reset_password', now(), now() + interval '1 day')"
        ),
    ),
    "account_messages": (
        "user_id",
        "(id, user_id, kind, requested_at) VALUES (gen_random_uuid(), '{0}', 'locked', now())",
    ),
    "wallet_challenges": (
        "user_id",
        (
            "(id, user_id, purpose, address_hash, message_sha256, message_blake2b_224, message_blake2b_192,"
            " expires_at) VALUES (gen_random_uuid(), '{0}', 'sign_in', '', '', '', '', now())"
        ),
    ),
    "notifications": (
        "user_id",
        (
            "(id, user_id, kind, message, link, created_at)"
            " VALUES (gen_random_uuid(), '{0}', 'certificate_sealed', '', '/', now())"
        ),
    ),
    "idempotency_keys": (
        "account_id",
        (
            "(account_id, key, request_hash, status, body, answered_at)"
            " VALUES ('{0}', 'key', sha(''), 200, 'answer', now())"
        ),
    ),
    "drafts": ("account_id", "(id, account_id, body) VALUES (gen_random_uuid(), '{0}', '{{}}')"),
    "unfinished_forms": (
        "account_id",
        "(account_id, form, fields, saved_at) VALUES ('{0}', 'new-project', '{{}}', now())",
    ),
    "documents": (
        "uploaded_by",
        (
            "(id, project_id, verification_id, name, description, document_type, disclosure, mime_type,"
            " file_size, sha256, status, uploaded_by, created_at) VALUES (gen_random_uuid(), gen_random_uuid(),"
            " gen_random_uuid(), 'Report', '', 'other', 'public', 'text/plain', 1, sha(''), 'awaiting_upload',"
            " '{0}', now())"
        ),
    ),
    "credit_entries": (
        "owner_id",
        (
            "(id, project_id, owner_id, serial, units, vintage, status, issued_at, last_action_at) SELECT"
            " gen_random_uuid(), gen_random_uuid(), '{0}', format('KRB-2026-000001-%s', lpad(n::text, 6, '0')),"
            " int8range(n, n + 1), 2026, 'active', now(), now() FROM (SELECT count(*) + 1 AS n FROM credit_entries) t"
        ),
    ),
    "credit_transactions": (
        "recipient_id",
        (
            "(id, type, entry_id, result_entry_id, recipient_id, units, status, created_at, completed_at)"
            " SELECT gen_random_uuid(), 'issuance', id, id, '{0}', units, 'completed', now(), now()"
            " FROM credit_entries WHERE owner_id = '{0}'"
        ),
    ),
}
HIDDEN_FROM_ALL_ACCOUNTS = {
    "webhooks": "(id, url, secret, events, created_by, created_at) VALUES"
    f" (gen_random_uuid(), 'https://receiver.example/', '', '[]', '{ADMINISTRATOR.id}', now())",
    "sign_in_failures": "(login_hash, source_hash, failed, last_failed_at) VALUES (sha(''), sha(''), 1, now())",
    "account_acts": "(id, user_id, actor_id, act, role, at) VALUES"
    f" (gen_random_uuid(), '{BUYER.id}', '{ADMINISTRATOR.id}', 'locked', 'buyer', now())",
}
PEOPLE = (DEVELOPER, BUYER, VERIFIER)


@pytest.fixture(scope="module")
async def prompt(databases: Databases) -> AsyncIterator[asyncpg.Connection]:
    """The application's; the registry has a row of each of PEOPLE in each table."""
    async with databases.fresh() as url:
        engine = engine_for(url)
        await save_people(engine)
        await engine.dispose()
        owner = await asyncpg.connect(url)
        await owner.execute(
            "CREATE FUNCTION pg_temp.sha(of text) RETURNS text LANGUAGE sql"
            " RETURN encode(sha256(of::bytea), 'hex')"
        )
        # Rows alone are wanted here, not what leads to them.
        await owner.execute("SET session_replication_role = replica")
        for person in PEOPLE:
            for table, (_, row) in ROW_OF.items():
                if row:
                    await owner.execute(_inserting(table, row.format(person.id)))
        for table, row in HIDDEN_FROM_ALL_ACCOUNTS.items():
            await owner.execute(_inserting(table, row))
        await owner.close()
        connection = await asyncpg.connect(as_application(url))
        yield connection
        await connection.close()


def _inserting(table: str, row: str) -> str:
    return f"INSERT INTO {table} {row.replace('sha(', 'pg_temp.sha(')}"


async def seen(
    prompt: asyncpg.Connection, query: str, identity: Identity | None
) -> list[asyncpg.Record]:
    async with prompt.transaction():
        if identity is not None:
            await prompt.execute(identity.statement())
        found: list[asyncpg.Record] = await prompt.fetch(query)
    return found


@pytest.mark.parametrize("table", ROW_OF)
async def test_an_account_sees_its_own_rows_and_no_others(
    prompt: asyncpg.Connection, table: str
) -> None:
    whose, _ = ROW_OF[table]
    for person in PEOPLE:
        rows = await seen(prompt, f"SELECT {whose} AS whose FROM {table}", Identity.of(person))
        assert [row["whose"] for row in rows] == [person.id]


@pytest.mark.parametrize("table", [*ROW_OF, *HIDDEN_FROM_ALL_ACCOUNTS])
async def test_nobody_sees_nothing_and_the_registry_itself_everything(
    prompt: asyncpg.Connection, table: str
) -> None:
    query = f"SELECT FROM {table}"
    assert await seen(prompt, query, None) == []
    assert await seen(prompt, query, SYSTEM) != []
    # And no identity outlives its transaction.
    assert await seen(prompt, query, None) == []


@pytest.mark.parametrize("table", HIDDEN_FROM_ALL_ACCOUNTS)
async def test_what_is_the_registrys_is_no_accounts(prompt: asyncpg.Connection, table: str) -> None:
    for person in PEOPLE:
        assert await seen(prompt, f"SELECT FROM {table}", Identity.of(person)) == []


async def test_signing_in_opens_accounts_and_nothing_that_they_hold(
    prompt: asyncpg.Connection,
) -> None:
    opened = {table for table in ROW_OF if await seen(prompt, f"SELECT FROM {table}", SIGN_IN)}
    assert opened == {
        "users",
        "sessions",
        "api_keys",
        "account_tokens",
        "account_messages",
        "wallet_challenges",
        "notifications",
    }


@pytest.mark.parametrize("identity", [None, Identity.of(BUYER)], ids=["nobody", "buyer"])
async def test_what_is_public_of_entries_names_no_other_holder(
    prompt: asyncpg.Connection, identity: Identity | None
) -> None:
    entries = await seen(prompt, "SELECT owner_id, owner_role FROM public_credit_entries", identity)
    moves = await seen(
        prompt, "SELECT sender_id, recipient_id FROM public_credit_transactions", identity
    )

    known = {None} if identity is None else {None, BUYER.id}
    assert {row["owner_id"] for row in entries} == known
    assert {row["owner_role"] for row in entries} == {person.role.value for person in PEOPLE}
    assert {party for row in moves for party in row.values()} == known


async def test_an_account_writes_no_row_of_another(prompt: asyncpg.Connection) -> None:
    for table in ("drafts", "notifications"):
        _, row = ROW_OF[table]
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await seen(
                prompt, f"INSERT INTO {table} {row.format(BUYER.id)}", Identity.of(DEVELOPER)
            )


REFUSED = {
    "users.role": "UPDATE users SET role = 'administrator'",
    "users.password_hash": f"UPDATE users SET password_hash = '{HASH}'",
    "users.email_verified": "UPDATE users SET email_verified = false",
    "sessions.user_id": f"UPDATE sessions SET user_id = '{BUYER.id}'",
    "sessions.refresh_expires_at": "UPDATE sessions SET refresh_expires_at = 'infinity'",
    "webhooks.url": "UPDATE webhooks SET url = 'https://elsewhere.example/'",
    "audit_head.hash": "UPDATE audit_head SET hash = repeat('0', 64), seq = seq + 1",
    "audit_head.seq": "UPDATE audit_head SET seq = seq + 5",
    "unit_counter.next_unit": "UPDATE unit_counter SET next_unit = next_unit + 100",
    "unit_counter.next_unit, back": "UPDATE unit_counter SET next_unit = 1",
    "idempotency_keys.body": "UPDATE idempotency_keys SET body = 'another answer'",
    "idempotency_keys.status": "UPDATE idempotency_keys SET status = 500",
    "drafts.body": "UPDATE drafts SET body = '[]'",
    "account_tokens.user_id": f"UPDATE account_tokens SET user_id = '{BUYER.id}'",
    "a role by the owner's function, of oneself": (
        f"SELECT karbonica_set_role('{ADMINISTRATOR.id}', 'administrator', now())"
    ),
    "another's password by the owner's function": (
        f"SELECT karbonica_set_password('{DEVELOPER.id}', '{HASH}', now())"
    ),
}


@pytest.mark.parametrize("statement", REFUSED.values(), ids=REFUSED.keys())
async def test_no_identity_writes_these(prompt: asyncpg.Connection, statement: str) -> None:
    """An administrator's, who sees every account; what they may not see they cannot change either."""
    identity = Identity.of(ADMINISTRATOR)
    if "idempotency_keys" in statement:
        identity = Identity.of(BUYER)

    with pytest.raises(asyncpg.PostgresError) as refused:
        await seen(prompt, statement, identity)

    assert refused.value.sqlstate in {NO_RIGHT, "23001", "23514"}


ROLE_SET = f"SELECT karbonica_set_role('{VERIFIER.id}', 'buyer', now())"
PASSWORD_SET = f"SELECT karbonica_set_password('{BUYER.id}', '{HASH}', now())"
WEBHOOK_MOVED = "SELECT karbonica_set_webhook_url(id, 'https://moved.example/') FROM webhooks"
BY_A_LINK = f"UPDATE account_tokens SET used_at = now() WHERE user_id = '{BUYER.id}'"


@pytest.mark.parametrize(
    ("statement", "may", "may_not"),
    [
        (ROLE_SET, Identity.of(ADMINISTRATOR), Identity.of(BUYER)),
        (ROLE_SET, Identity.of(ADMINISTRATOR), SIGN_IN),
        (ROLE_SET, Identity.of(ADMINISTRATOR), SYSTEM),
        # A role that is only claimed is none.
        (ROLE_SET, Identity.of(ADMINISTRATOR), Identity("administrator", BUYER.id)),
        (PASSWORD_SET, Identity.of(BUYER), Identity.of(ADMINISTRATOR)),
        (PASSWORD_SET, Identity.of(BUYER), SYSTEM),
        (WEBHOOK_MOVED, Identity.of(ADMINISTRATOR), Identity("administrator", BUYER.id)),
    ],
    ids=[
        "role",
        "role before signing in",
        "role by the registry",
        "claimed role",
        "password",
        "password by the registry",
        "webhook",
    ],
)
async def test_the_owners_functions_hold_the_rule(
    prompt: asyncpg.Connection, statement: str, may: Identity, may_not: Identity
) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await seen(prompt, statement, may_not)

    await seen(prompt, statement, may)


async def test_the_registry_sets_a_role_that_an_administrator_has_given(
    prompt: asyncpg.Connection,
) -> None:
    acted = (
        "INSERT INTO account_acts (id, user_id, actor_id, act, role, at) VALUES"
        f" (gen_random_uuid(), '{VERIFIER.id}', '{ADMINISTRATOR.id}', 'role_changed', 'buyer', now())"
    )
    transaction = prompt.transaction()
    await transaction.start()
    await prompt.execute(f"{SYSTEM.statement()}; {acted}; {ROLE_SET}")
    await transaction.rollback()


async def test_a_link_sets_a_password_in_the_transaction_that_uses_it_up(
    prompt: asyncpg.Connection,
) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await seen(prompt, PASSWORD_SET, SIGN_IN)

    transaction = prompt.transaction()
    await transaction.start()
    await prompt.execute(f"{SIGN_IN.statement()}; {BY_A_LINK}; {PASSWORD_SET}")
    await transaction.rollback()


def test_an_identity_has_a_role_that_the_database_knows() -> None:
    with pytest.raises(ValueError, match="no role"):
        Identity("owner' --", Account(BUYER.id, BUYER.role, email_verified=True).id)
