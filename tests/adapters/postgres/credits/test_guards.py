"""
The rules hold against every writer, also one with a psql prompt.

Each statement below is written by hand against a small finished registry, breaks one rule, and is
refused by the database itself. The statements at the end keep the rules, and pass: guards that
refuse everything would prove nothing.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.database import PostgresDatabase
from adapters.postgres.tables import projects
from domain.accounts.roles import REGISTRY_ACCOUNT_ID
from domain.audit.log import AuditEntry
from domain.certificates.certificates import CertificateStatus, StoredCertificate
from domain.chain.records import RecordStatus
from domain.chain.transactions import ChainTransactionStatus
from domain.credits.ledger import CreditTransactionType, EntryStatus
from domain.identifiers import Serial
from domain.projects.projects import ProjectStatus
from domain.projects.verification import EventType, TimelineEvent
from tests.adapters.postgres.test_repositories import (
    ISSUANCE,
    RECORD,
    RETIREMENT,
    SIGNED,
    acting_on,
    child_of,
)
from tests.databases import Databases, changed_tables, engine_for, save_people, snapshot
from tests.factories import (
    BUYER,
    DEVELOPER,
    NOW,
    approved,
    entry,
    in_review,
    named,
    project,
    retirement,
)
from tests.issuance_guards import issuing_without_approvals

OVERLAP = "23P01"
CHECK = "23514"
NOT_NULL = "23502"
UNIQUE = "23505"
FOREIGN_KEY = "23503"
HISTORY = "23001"

ROOT = entry(1, 100, status=EntryStatus.SPLIT)
RETIRED = child_of(ROOT, 2, 1, 40, status=EntryStatus.RETIRED)
ACTIVE = child_of(ROOT, 3, 41, 100)
WHOLE = entry(1001, 1040, serial=Serial(2024, 1, 20), status=EntryStatus.RETIRED)
BUFFER = entry(
    *(2001, 2100),
    serial=Serial(2024, 1, 21),
    status=EntryStatus.BUFFER,
    owner_id=REGISTRY_ACCOUNT_ID,
)
SECOND = project(id=named("second project"), number=2)
ACCEPTED = StoredCertificate(
    retirement_id=named("second retirement"),
    status=CertificateStatus.ACCEPTED,
    document=b"{}",
    created_at=NOW,
)
SEALED = replace(
    ACCEPTED,
    retirement_id=retirement().id,
    status=CertificateStatus.SEALED,
    digest="cd" * 32,
    sealed_at=NOW,
)

COLUMNS = """(id, serial, project_id, owner_id, parent_id, units, vintage, status,
              issued_at, last_action_at)"""


@dataclass(frozen=True)
class Refused:
    sqlstate: str
    words: str


async def finish_a_registry(engine: AsyncEngine) -> None:
    """One that has issued, split, retired, sealed and logged; less than was approved."""
    async with (
        issuing_without_approvals(engine),
        PostgresDatabase(engine).transaction() as work,
    ):
        await work.projects.projects.add(project(status=ProjectStatus.VERIFIED))
        await work.projects.verifications.add(approved())
        await work.projects.projects.add(SECOND)
        await work.projects.verifications.add(
            in_review(id=named("second verification"), project_id=SECOND.id)
        )
        await work.projects.verifications.add_event(
            TimelineEvent(named("event"), approved().id, EventType.APPROVED, "Yes.", None, NOW)
        )
        for saved in (ROOT, RETIRED, ACTIVE, WHOLE, BUFFER):
            await work.credits.entries.add(saved)
        await work.credits.retirements.add(retirement(quantity_units=40))
        await work.credits.retirements.add(retirement(id=ACCEPTED.retirement_id, quantity_units=40))
        await work.credits.entries.add_transaction(
            replace(ISSUANCE, entry_id=ROOT.id, result_entry_id=ROOT.id, units=ROOT.units)
        )
        await work.credits.entries.add_transaction(
            replace(RETIREMENT, entry_id=ROOT.id, result_entry_id=RETIRED.id, units=RETIRED.units)
        )
        second = replace(RETIREMENT, retirement_id=ACCEPTED.retirement_id)
        beside = replace(ISSUANCE, verification_id=None)
        await work.credits.entries.add_transaction(acting_on(WHOLE, WHOLE, beside))
        await work.credits.entries.add_transaction(acting_on(WHOLE, WHOLE, second))
        held_back = replace(
            ISSUANCE,
            type=CreditTransactionType.BUFFER_CONTRIBUTION,
            recipient_id=REGISTRY_ACCOUNT_ID,
        )
        await work.credits.entries.add_transaction(acting_on(BUFFER, BUFFER, held_back))
        await work.certificates.add(SEALED)
        await work.certificates.add(ACCEPTED)
        await work.certificates.keep_former(replace(SEALED, digest="ce" * 32), at=NOW)
        await work.chain.records.add_transaction(SIGNED)
        await work.chain.records.queue(replace(RECORD, transaction_id=RETIREMENT.id))
        work.audit.add(
            AuditEntry(
                "credits.retired", "retired", BUYER.id, "credit_transaction", ROOT.id, {}, NOW
            )
        )


@pytest.fixture(scope="module")
async def shared_psql(databases: Databases) -> AsyncIterator[asyncpg.Connection]:
    """One prompt for all who change nothing."""
    async with databases.fresh() as url:
        engine = engine_for(url)
        await save_people(engine)
        await finish_a_registry(engine)
        connection = await asyncpg.connect(url)
        yield connection
        await connection.close()
        await engine.dispose()


@pytest.fixture
async def psql(engine: AsyncEngine, database_url: str) -> AsyncIterator[asyncpg.Connection]:
    await finish_a_registry(engine)
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


def new_entry(
    first: int,
    last: int,
    *,
    parent: str = "NULL",
    serial: str = "KRB-2024-001-000009",
    vintage: int = 2024,
    status: str = "active",
    owner: UUID = DEVELOPER.id,
) -> str:
    return f"""INSERT INTO credit_entries {COLUMNS} VALUES
        (gen_random_uuid(), '{serial}', '{project().id}', '{owner}', {parent},
         '[{first},{last + 1})', {vintage}, '{status}', now(), now())"""


def told(
    type: str,
    source: object,
    result: object,
    *,
    sender: UUID | None = None,
    recipient: UUID | None = None,
    retirement_id: UUID | None = None,
    units: str = "result.units",
) -> str:
    """A transaction between the entries under two serials, of all the units of the second."""
    sent, received, retired = (
        f"'{value}'::uuid" if value else "NULL" for value in (sender, recipient, retirement_id)
    )
    return f"""INSERT INTO credit_transactions
        (id, type, entry_id, result_entry_id, sender_id, recipient_id, units, status,
         retirement_id, created_at, completed_at)
        SELECT gen_random_uuid(), '{type}', source.id, result.id, {sent}, {received}, {units},
               'completed', {retired}, now(), now()
          FROM credit_entries source, credit_entries result
         WHERE source.serial = '{source}' AND result.serial = '{result}'"""


def new_retirement(id: UUID, quantity_units: int, holder: UUID = DEVELOPER.id) -> str:
    return f"""INSERT INTO retirements (id, account_id, quantity_units, purpose, reason, retired_at)
        VALUES ('{id}', '{holder}', {quantity_units}, 'Voluntary claim', 'Travel', now())"""


def under(parent: str) -> str:
    return f"(SELECT id FROM credit_entries WHERE serial = '{parent}')"


def set_entry(serial: Serial, change: str) -> str:
    return f"UPDATE credit_entries SET {change} WHERE serial = '{serial}'"


SPLIT_ACTIVE = set_entry(ACTIVE.serial, "status = 'split'")
PART = new_entry(41, 50, parent=under(str(ACTIVE.serial)), serial="KRB-2024-001-000010")
REST = new_entry(51, 100, parent=under(str(ACTIVE.serial)), serial="KRB-2024-001-000011")

SOLD = PART.replace(str(DEVELOPER.id), str(BUYER.id))
SALE = told(
    "transfer", ACTIVE.serial, "KRB-2024-001-000010", sender=DEVELOPER.id, recipient=BUYER.id
)

FROM_NOTHING = Refused(CHECK, "credit entry KRB-2024-001-000009 came from no transaction")
NOT_TILED = Refused(
    CHECK, "the children of credit entry KRB-2024-001-000003 do not tile it exactly"
)


def rewriting(operation: str, table: str) -> Refused:
    return Refused(
        HISTORY, f"{operation} of {table} is forbidden: the registry does not rewrite its history"
    )


LEDGER = {
    "issue units that are already active": (
        new_entry(100, 100),
        Refused(OVERLAP, "ex_credit_entries_units_once"),
    ),
    "issue units that are retired": (
        new_entry(1, 1),
        Refused(OVERLAP, "ex_credit_entries_units_once"),
    ),
    "give two entries one serial": (
        new_entry(101, 101, serial=str(ACTIVE.serial)),
        Refused(UNIQUE, "uq_credit_entries_serial"),
    ),
    "issue an empty range": (
        new_entry(101, 100),
        Refused(
            NOT_NULL,
            'null value in column "quantity_units" of relation "credit_entries"'
            " violates not-null constraint",
        ),
    ),
    "issue a range without an end": (
        new_entry(101, 200).replace("[101,201)", "[101,)"),
        Refused(
            NOT_NULL,
            'null value in column "quantity_units" of relation "credit_entries"'
            " violates not-null constraint",
        ),
    ),
    "issue a range that begins below one": (
        new_entry(0, 0),
        Refused(CHECK, "ck_credit_entries_units_bounded"),
    ),
    "let a serial name another vintage": (
        new_entry(101, 101, vintage=2023),
        Refused(CHECK, "ck_credit_entries_serial_says_vintage"),
    ),
    "invent a status": (
        new_entry(101, 101, status="frozen"),
        Refused(CHECK, "ck_credit_entries_status_known"),
    ),
    "split an entry into nothing": (SPLIT_ACTIVE, NOT_TILED),
    "split an entry and lose a part": (f"{SPLIT_ACTIVE}; {PART}", NOT_TILED),
    "split an entry and lose a unit between the parts": (
        f"{SPLIT_ACTIVE}; {PART}; " + REST.replace("[51,", "[52,"),
        NOT_TILED,
    ),
    "split an entry into as much that was never its own": (
        f"{SPLIT_ACTIVE}; {PART}; " + REST.replace("[51,101)", "[52,102)"),
        NOT_TILED,
    ),
    "split an entry into more than it held": (
        f"{SPLIT_ACTIVE}; {PART}; " + REST.replace(",101)", ",102)"),
        NOT_TILED,
    ),
    "split an entry into another vintage": (
        f"{SPLIT_ACTIVE}; {PART}; "
        + REST.replace("KRB-2024", "KRB-2023", 1).replace(" 2024,", " 2023,"),
        NOT_TILED,
    ),
    "hang a child under an entry that is still active": (
        new_entry(101, 101, parent=under(str(ACTIVE.serial))),
        FROM_NOTHING,
    ),
    "hang a child under a retired entry": (
        new_entry(101, 101, parent=under(str(RETIRED.serial))),
        FROM_NOTHING,
    ),
    "add a child to a parent that is tiled already": (
        new_entry(101, 101, parent=under(str(ROOT.serial))),
        FROM_NOTHING,
    ),
    "un-retire": (
        set_entry(RETIRED.serial, "status = 'active'"),
        Refused(HISTORY, "credit entry KRB-2024-001-000002 is retired for ever"),
    ),
    "turn a retirement into a cancellation": (
        set_entry(RETIRED.serial, "status = 'cancelled'"),
        Refused(HISTORY, "credit entry KRB-2024-001-000002 is retired for ever"),
    ),
    "join again what was split": (
        set_entry(ROOT.serial, "status = 'active'"),
        Refused(HISTORY, "credit entry KRB-2024-001-000001 is split for ever"),
    ),
    "move units from one entry to another": (
        set_entry(ACTIVE.serial, "units = '[41,200)'"),
        Refused(HISTORY, "only the status of credit entry KRB-2024-001-000003 may change"),
    ),
    "change an owner without a transfer": (
        set_entry(ACTIVE.serial, f"owner_id = '{BUYER.id}'"),
        Refused(HISTORY, "only the status of credit entry KRB-2024-001-000003 may change"),
    ),
    "delete a credit entry": (
        f"DELETE FROM credit_entries WHERE serial = '{ACTIVE.serial}'",
        rewriting("DELETE", "credit_entries"),
    ),
    "empty the ledger": (
        "TRUNCATE credit_entries CASCADE",
        rewriting("TRUNCATE", "credit_entries"),
    ),
    "edit a completed transaction": (
        f"UPDATE credit_transactions SET recipient_id = '{BUYER.id}' WHERE id = '{ISSUANCE.id}'",
        Refused(HISTORY, f"credit transaction {ISSUANCE.id} is completed for ever"),
    ),
    "let a completed transaction fail": (
        "UPDATE credit_transactions SET status = 'failed', completed_at = NULL",
        Refused(HISTORY, f"credit transaction {ISSUANCE.id} is completed for ever"),
    ),
    "delete a transaction": (
        "DELETE FROM credit_transactions",
        rewriting("DELETE", "credit_transactions"),
    ),
    "change in whose name was retired": (
        "UPDATE retirements SET beneficiary_name = 'Somebody else'",
        rewriting("UPDATE", "retirements"),
    ),
    "delete a retirement": ("DELETE FROM retirements", rewriting("DELETE", "retirements")),
}


def approve_in_review(more: str = "") -> str:
    return f"""UPDATE verification_requests SET status = 'approved', completed_at = now() {more}
        WHERE status = 'in_review'"""


PAPERS = {
    "edit a sealed certificate": (
        f"UPDATE certificates SET document = 'x' WHERE retirement_id = '{SEALED.retirement_id}'",
        Refused(HISTORY, f"certificate {SEALED.retirement_id} is sealed"),
    ),
    "unseal a certificate": (
        (
            "UPDATE certificates SET status = 'accepted', sealed_at = NULL, digest = NULL"
            f" WHERE retirement_id = '{SEALED.retirement_id}'"
        ),
        Refused(HISTORY, f"certificate {SEALED.retirement_id} is sealed"),
    ),
    "put another seal in the place of one that is not kept": (
        (
            f"UPDATE certificates SET document = 'x', digest = '{'ef' * 32}', sealed_at = now()"
            f" WHERE retirement_id = '{SEALED.retirement_id}'"
        ),
        Refused(HISTORY, f"certificate {SEALED.retirement_id} is sealed"),
    ),
    "put another seal in the place of one that is kept as something else": (
        (
            "WITH kept AS (INSERT INTO superseded_certificates"
            " SELECT digest, retirement_id, 'y', sealed_at, now() FROM certificates"
            f" WHERE retirement_id = '{SEALED.retirement_id}' RETURNING 1)"
            f" UPDATE certificates SET document = 'x', digest = '{'ef' * 32}', sealed_at = now()"
            f" WHERE retirement_id = '{SEALED.retirement_id}'"
        ),
        Refused(HISTORY, f"certificate {SEALED.retirement_id} is sealed"),
    ),
    "edit a former certificate": (
        "UPDATE superseded_certificates SET document = 'x'",
        rewriting("UPDATE", "superseded_certificates"),
    ),
    "delete a former certificate": (
        "DELETE FROM superseded_certificates",
        rewriting("DELETE", "superseded_certificates"),
    ),
    "empty the former certificates": (
        "TRUNCATE superseded_certificates",
        rewriting("TRUNCATE", "superseded_certificates"),
    ),
    "seal a certificate without its digest": (
        (
            "UPDATE certificates SET status = 'sealed', sealed_at = now()"
            f" WHERE retirement_id = '{ACCEPTED.retirement_id}'"
        ),
        Refused(CHECK, "ck_certificates_sealed_whole"),
    ),
    "delete a certificate": ("DELETE FROM certificates", rewriting("DELETE", "certificates")),
    "edit the audit log": (
        "UPDATE audit_logs SET changes = '{}'",
        rewriting("UPDATE", "audit_logs"),
    ),
    "delete from the audit log": ("DELETE FROM audit_logs", rewriting("DELETE", "audit_logs")),
    "empty the audit log": ("TRUNCATE audit_logs", rewriting("TRUNCATE", "audit_logs")),
    "edit a timeline": (
        "UPDATE verification_events SET message = 'No.'",
        rewriting("UPDATE", "verification_events"),
    ),
    "delete a verification": (
        "DELETE FROM verification_requests",
        rewriting("DELETE", "verification_requests"),
    ),
    "approve without saying what": (
        approve_in_review(),
        Refused(CHECK, "ck_verification_requests_approval_says_what"),
    ),
    "countersign one's own approval": (
        approve_in_review(
            ", decided_by = verifier_id, countersigned_by = verifier_id, vintage = 2024,"
            " verified_quantity_units = 1, sign_off_digest = repeat('0', 64)"
        ),
        Refused(CHECK, "ck_verification_requests_two_pairs_of_eyes"),
    ),
    "delete a project": ("DELETE FROM projects", rewriting("DELETE", "projects")),
}

CHAIN = {
    "change signed bytes": (
        "UPDATE chain_transactions SET cbor = '\\x00'",
        Refused(HISTORY, "signed bytes are kept as they were signed"),
    ),
    "give signed bytes another name": (
        f"UPDATE chain_transactions SET tx_hash = '{'00' * 32}'",
        Refused(HISTORY, "signed bytes are kept as they were signed"),
    ),
    "give signed bytes another end": (
        "UPDATE chain_transactions SET ttl_slot = ttl_slot + 1",
        Refused(HISTORY, "signed bytes are kept as they were signed"),
    ),
    "delete signed bytes": (
        "DELETE FROM chain_transactions",
        rewriting("DELETE", "chain_transactions"),
    ),
    "change what stands on the chain": (
        "UPDATE chain_records SET record = jsonb_set(record, '{quantity}', '\"1.00\"')",
        Refused(HISTORY, f"chain record {RECORD.id} is fixed"),
    ),
    "write a second record of one transaction": (
        (
            "INSERT INTO chain_records (id, transaction_id, kind, record, status,"
            " waiting_workflow_id, queued_at) SELECT gen_random_uuid(), transaction_id, kind, record,"
            " status, waiting_workflow_id, queued_at FROM chain_records"
        ),
        Refused(UNIQUE, "uq_chain_records_transaction_id"),
    ),
    "let an anchor name a transaction's record": (
        "UPDATE chain_records SET audit_seq = 1",
        Refused(HISTORY, f"chain record {RECORD.id} is fixed"),
    ),
    "write a record of nothing": (
        (
            "INSERT INTO chain_records (id, kind, record, status, waiting_workflow_id, queued_at)"
            " VALUES (gen_random_uuid(), 'retirement', '{}', 'queued', 'x', now())"
        ),
        Refused(CHECK, "ck_chain_records_of_a_transaction_or_the_audit_log"),
    ),
    "write a second anchor of one entry": (
        (
            "INSERT INTO chain_records"
            " (id, audit_seq, kind, record, status, waiting_workflow_id, queued_at)"
            " SELECT gen_random_uuid(), 1, 'audit', '{}', 'queued', 'x', now()"
            " FROM generate_series(1, 2)"
        ),
        Refused(UNIQUE, "uq_chain_records_audit_seq"),
    ),
    "confirm a record that is in no transaction": (
        "UPDATE chain_records SET status = 'confirmed'",
        Refused(CHECK, "ck_chain_records_sent_in_something"),
    ),
    "send a record in a transaction that is not stored": (
        f"UPDATE chain_records SET status = 'submitted', tx_hash = '{'00' * 32}'",
        Refused(FOREIGN_KEY, "fk_chain_records_tx_hash_chain_transactions"),
    ),
    "park a record without saying why": (
        "UPDATE chain_records SET status = 'parked'",
        Refused(CHECK, "ck_chain_records_parked_for_a_reason"),
    ),
    "delete a record": ("DELETE FROM chain_records", rewriting("DELETE", "chain_records")),
}

COPY = """WITH copy AS (SELECT (jsonb_populate_record(p, '{changes}')).* FROM projects p LIMIT 1)
    INSERT INTO projects ({columns}) OVERRIDING SYSTEM VALUE
    SELECT {columns} FROM copy"""


def registered(changes: str) -> str:
    """Another project like the finished one, with some columns changed."""
    columns = ", ".join(column.name for column in projects.c if not column.computed)
    return COPY.format(
        columns=columns, changes=f'{{"id": "{named("copy")}", "number": 99, {changes}}}'
    )


def approved_anew(changes: str) -> str:
    return f"UPDATE verification_requests SET {changes} WHERE status = 'approved'"


def begins(day: str) -> Refused:
    return Refused(CHECK, f"project {named('copy')} cannot begin on {day}")


VERIFICATION = approved().id
BOUNDS = {
    "begin before 1990": (registered('"start_date": "1989-12-31"'), begins("1989-12-31")),
    "begin eleven years from now": (registered('"start_date": "2037-03-01"'), begins("2037-03-01")),
    "begin never": (registered('"start_date": "infinity"'), begins("infinity")),
    "begin always": (registered('"start_date": "-infinity"'), begins("-infinity")),
    "begin earlier afterwards": (
        "UPDATE projects SET start_date = '1850-01-01'",
        Refused(HISTORY, f"project {project().number} is verified and stays as it was decided"),
    ),
    "aim for more than any project can": (
        registered('"emissions_target_units": 100000000001'),
        Refused(CHECK, f"project {named('copy')} has a target of over 1,000,000,000 t"),
    ),
    "approve a year before the project": (
        approved_anew("vintage = 2005"),
        Refused(CHECK, f"vintage 2005 of verification {VERIFICATION} is none of its project"),
    ),
    "approve a year that is still to come": (
        approved_anew("vintage = 2027"),
        Refused(CHECK, f"vintage 2027 of verification {VERIFICATION} is none of its project"),
    ),
    "approve more than any project can be": (
        approved_anew("verified_quantity_units = 100000000001"),
        Refused(CHECK, f"verification {VERIFICATION} approves over 1,000,000,000 t"),
    ),
    "number a unit beyond the last": (
        "UPDATE unit_counter SET next_unit = 9007199254740993",
        Refused(CHECK, "ck_unit_counter_next_unit_within_numbering"),
    ),
}

BREAKING = LEDGER | PAPERS | CHAIN | BOUNDS


async def attempt(psql: asyncpg.Connection, statement: str) -> None:
    """Rolled back in any case, so that a rule that is broken one day spoils no other test."""
    transaction = psql.transaction()
    await transaction.start()
    try:
        await psql.execute(statement)
        await psql.execute("SET CONSTRAINTS ALL IMMEDIATE")
    finally:
        await transaction.rollback()


@pytest.mark.parametrize("rule", BREAKING)
async def test_nobody_can(rule: str, shared_psql: asyncpg.Connection) -> None:
    statement, refused = BREAKING[rule]

    with pytest.raises(asyncpg.PostgresError) as found:
        await attempt(shared_psql, statement)

    # A partition of the audit log speaks by its own name.
    message = re.sub(r"audit_logs_\d{4}_\d\d", "audit_logs", str(found.value.message))
    named_by = found.value.constraint_name or message
    assert Refused(found.value.sqlstate, named_by) == refused


async def test_a_refused_statement_changes_nothing(
    psql: asyncpg.Connection, engine: AsyncEngine
) -> None:
    before = await snapshot(engine)

    for statement, _ in BREAKING.values():
        with pytest.raises(asyncpg.PostgresError):
            await psql.execute(statement)

    assert changed_tables(before, await snapshot(engine)) == set()


RETIRE_ACTIVE = set_entry(ACTIVE.serial, "status = 'retired'")

NUMBERED = {"ledger_changes", "ledger_head", "credit_sums"}
"""Each movement gets its number with the commit, and is added up (ADR 0082, 0096)."""

READY = {"public_fragments"}
"""What the public is told of is made anew with it (ADR 0116)."""

KEEPING = {
    "sell a part of an entry": (
        f"{SPLIT_ACTIVE}; {SOLD}; {REST}; {SALE}",
        {"credit_entries", "credit_transactions"} | NUMBERED | READY,
    ),
    "retire what is active": (
        f"{RETIRE_ACTIVE}; {new_retirement(named('third'), 60)}; "
        + told(
            "retirement",
            ACTIVE.serial,
            ACTIVE.serial,
            sender=DEVELOPER.id,
            retirement_id=named("third"),
        ),
        {"credit_entries", "credit_transactions", "retirements"} | NUMBERED | READY,
    ),
    "seal an accepted certificate": (
        (
            f"UPDATE certificates SET status = 'sealed', sealed_at = now(), digest = '{'ab' * 32}'"
            f" WHERE retirement_id = '{ACCEPTED.retirement_id}'"
        ),
        {"certificates"} | READY,
    ),
    "note that a node took signed bytes": (
        f"UPDATE chain_transactions SET status = '{ChainTransactionStatus.SUBMITTED}'",
        {"chain_transactions"},
    ),
    "send a record": (
        (
            f"UPDATE chain_records SET status = '{RecordStatus.SUBMITTED}',"
            f" tx_hash = '{SIGNED.tx_hash}'"
        ),
        {"chain_records"} | READY,
    ),
}


@pytest.mark.parametrize("step", KEEPING)
async def test_the_registry_itself_can(
    step: str, psql: asyncpg.Connection, engine: AsyncEngine
) -> None:
    statement, tables = KEEPING[step]
    before = await snapshot(engine)

    await psql.execute(statement)

    assert changed_tables(before, await snapshot(engine)) == tables
