"""`make verify-audit`: the log is recomputed, and what the chain remembers is what the log says."""

import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.audit.anchor import AnchorAuditLog
from activities.audit.months import ArchiveAuditMonth
from activities.chain.anchoring import FollowChain
from activities.chain.metadata_view import READ_ATTEMPTS
from adapters.postgres.database import PostgresDatabase
from domain.audit.log import AuditEntry
from domain.chain.confirmations import CONFIRMATIONS_REQUIRED
from domain.chain.metadata import audit_record
from tests.activities import story
from tests.activities.audit.old_months import OLD_MONTH, YOUNGER_MONTH, move_to
from tests.activities.registry import WALLET, Registry, funded_chain, run
from tests.api.caller import PUBLIC_URL, running_api, settings_for
from tests.audit_chain import chain_entry
from tests.databases import Databases, engine_for, running_databases, save_people
from tests.factories import NOW, named
from tests.foreign import address_of, seed_key, send
from tests.ledger_rows import LedgerRows
from tools.audit_sources import PublicLog, kept_log
from tools.verify_audit import (
    DOES_NOT_HOLD,
    HOLDS,
    NOT_CHECKED,
    AuditFindings,
    main,
    report,
    verify,
)

STRANGER = seed_key("stranger")
STRANGERS_ADDRESS = address_of(STRANGER)
OTHER_HASH = "ab" * 32


@pytest.fixture(scope="module")
async def databases() -> AsyncIterator[Databases]:
    async with running_databases() as made:
        yield made


@pytest.fixture
async def database_url(databases: Databases) -> AsyncIterator[str]:
    async with databases.fresh() as url:
        yield url


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    made = engine_for(database_url)
    await save_people(made)
    yield made
    await made.dispose()


@pytest.fixture
async def registry(engine: AsyncEngine) -> Registry:
    """Credits were issued and their log anchored, six blocks ago; then some were retired."""
    chain = funded_chain({WALLET.address: [5_000_000_000], STRANGERS_ADDRESS: [5_000_000_000]})
    registry = Registry(PostgresDatabase(engine), chain=chain)
    await story.credits_are_issued(registry)
    await anchored(registry)
    await run(registry.retirement.retire_units, story.RETIRE)
    return registry


async def anchored(registry: Registry, name: str = "anchor") -> int:
    request = AnchorAuditLog(anchor_id=named(name), waiting_workflow_id="audit-anchor")
    answer = await run(registry.audit.anchor_audit_log, request)
    await story.everything_is_sent(registry)
    registry.chain.mine(1 + CONFIRMATIONS_REQUIRED)
    await run(registry.on_chain.follow_chain, FollowChain())
    return answer.seq


async def by_hand(engine: AsyncEngine, *statements: str) -> None:
    await LedgerRows(engine).by_hand(*statements)


async def from_inside(
    database_url: str, registry: Registry, addresses: Sequence[str] = ()
) -> AuditFindings:
    async with kept_log(database_url) as log:
        return await verify(log, registry.chain, addresses, look_again_seconds=0)


async def from_outside(
    database_url: str, engine: AsyncEngine, registry: Registry, addresses: Sequence[str] = ()
) -> AuditFindings:
    async with running_api(settings_for(database_url), engine) as api:
        log = PublicLog(api.client, f"{PUBLIC_URL}/api/v1/registry/audit")
        return await verify(log, registry.chain, addresses, look_again_seconds=0)


def sentences(findings: AuditFindings) -> list[str]:
    return [*findings.broken, *findings.anchors_broken]


async def value(engine: AsyncEngine, sql: str) -> Any:
    async with engine.connect() as connection:
        return (await connection.execute(text(sql))).scalar_one()


async def test_a_log_as_the_registry_wrote_it_holds_from_inside_and_from_outside(
    registry: Registry,
    engine: AsyncEngine,
    database_url: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    entries = await value(engine, "SELECT count(*) FROM audit_logs")
    seq = await value(engine, "SELECT max(audit_seq) FROM chain_records")
    everything = [WALLET.address]

    codes = [
        report(findings, seconds=1.25)
        for findings in (
            await from_inside(database_url, registry),
            await from_outside(database_url, engine, registry),
            await from_outside(database_url, engine, registry, everything),
        )
    ]

    said = [
        f"{entries} entries and 1 anchors read in 1.2 s",
        "✓ every entry follows the one before, and has the hash of its content",
        "✓ what was issued is what the log tells of issuances and approvals",
        "✓ the chain shows every anchor that the registry names",
        f"  anchored up to entry {seq}; anchors on their way: 0",
        "The audit log holds.",
    ]
    assert codes == [HOLDS, HOLDS, HOLDS]
    assert capsys.readouterr().out.splitlines() == said * 3


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        pytest.param(
            ["UPDATE audit_logs SET user_id = gen_random_uuid() WHERE seq = 3"],
            ["Entry 3 was changed"],
            id="somebody else did it",
        ),
        pytest.param(
            ["UPDATE audit_logs SET changes = '{}' WHERE seq = 3"],
            ["Entry 3 was changed"],
            id="something else was changed",
        ),
        pytest.param(
            ["UPDATE audit_logs SET at = at + interval '1 microsecond' WHERE seq = 3"],
            ["Entry 3 was changed"],
            id="at another time",
        ),
        pytest.param(
            ["DELETE FROM audit_logs WHERE seq = 3"], ["Entry 3 is missing"], id="a row is gone"
        ),
        pytest.param(
            [
                "UPDATE audit_logs SET seq = -3 WHERE seq = 3",
                "UPDATE audit_logs SET seq = 3 WHERE seq = 4",
                "UPDATE audit_logs SET seq = 4 WHERE seq = -3",
            ],
            [
                "Entry 3 follows an entry",
                "Entry 3 was changed",
                "Entry 4 follows an entry",
                "Entry 4 was changed",
                "Entry 5 follows an entry",
            ],
            id="two change places",
        ),
        pytest.param(
            ["UPDATE audit_head SET seq = seq + 1"],
            ["The head says that entry"],
            id="the head runs ahead",
        ),
        pytest.param(
            [
                "DELETE FROM audit_logs WHERE seq > 3",
                "UPDATE audit_head SET seq = 3, hash = (SELECT hash FROM audit_logs WHERE seq = 3)",
            ],
            ["Entry * is anchored in transaction"],
            id="the tail is cut off and the head mended",
        ),
        pytest.param(
            [
                (
                    "UPDATE chain_records SET record ="
                    f""" jsonb_set(record, '{{hash}}', '"{OTHER_HASH}"') WHERE kind = 'audit'"""
                )
            ],
            ["Transaction * is said to anchor entry"],
            id="an anchor with another hash",
        ),
        pytest.param(
            [
                (
                    "INSERT INTO chain_transactions SELECT (jsonb_populate_record(t, jsonb_build_object("
                    f"'tx_hash', '{OTHER_HASH}'))).* FROM chain_transactions t LIMIT 1"
                ),
                f"UPDATE chain_records SET tx_hash = '{OTHER_HASH}' WHERE kind = 'audit'",
            ],
            ["The anchor of entry * is said to stand in transaction"],
            id="an anchor that is nowhere",
        ),
    ],
)
async def test_whoever_writes_past_the_guards_is_found_out(
    registry: Registry,
    engine: AsyncEngine,
    database_url: str,
    statements: list[str],
    said: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    await by_hand(engine, *statements)

    inside = await from_inside(database_url, registry)
    outside = await from_outside(database_url, engine, registry)

    assert begun(inside, said) == begun(outside, said) == said
    assert [report(found, 0) for found in (inside, outside)] == [DOES_NOT_HOLD] * 2
    assert "The audit log does NOT hold." in capsys.readouterr().out


FORGED = (
    """INSERT INTO credit_entries (id, serial, project_id, owner_id, units, vintage, status,
              issued_at, last_action_at)
       SELECT gen_random_uuid(), 'KRB-2024-001-000099', project_id, owner_id, '[900000,1300000)',
              vintage, 'active', now(), now() FROM credit_entries WHERE parent_id IS NULL""",
    """INSERT INTO credit_transactions (id, type, entry_id, result_entry_id, recipient_id, units,
              status, created_at, completed_at)
       SELECT gen_random_uuid(), 'issuance', id, id, owner_id, units, 'completed', now(), now()
         FROM credit_entries WHERE serial = 'KRB-2024-001-000099'""",
)


@pytest.mark.parametrize(
    ("statements", "inside", "outside"),
    [
        pytest.param(
            FORGED,
            [
                "The issuance * of 4000.00 t is in 0 audit entries",
                "4000.00 t were issued for the verification None, of whose approval the log tells nothing",
            ],
            ["5000.00 t were issued in total, and the log tells of 1000.00 t"],
            id="an issuance that nobody noted",
        ),
        pytest.param(
            [
                "UPDATE credit_transactions SET units = '[1,100000)' WHERE type = 'issuance'",
            ],
            [
                "The issuance * is of 999.99 t, units 1 to 99999; its audit entry tells of 1000.00 t",
                "999.99 t were issued for the verification * which approved 1000.00 t by the log",
            ],
            [],
            id="an issuance that was rewritten",
        ),
        pytest.param(
            ["DELETE FROM credit_transactions WHERE type = 'issuance'"],
            ["The log tells of the issuance * which is not in the ledger"],
            [],
            id="an issuance that is gone",
        ),
    ],
)
async def test_issuances_are_what_the_log_tells(
    registry: Registry,
    engine: AsyncEngine,
    database_url: str,
    statements: Sequence[str],
    inside: list[str],
    outside: list[str],
) -> None:
    await by_hand(engine, *statements)

    found = await from_inside(database_url, registry)
    seen = await from_outside(database_url, engine, registry)

    assert [_cut(sentence, inside) for sentence in found.issuances_broken] == inside
    assert [_cut(sentence, outside) for sentence in seen.issuances_broken] == outside
    assert report(found, 0) == DOES_NOT_HOLD


async def test_a_log_written_anew_as_a_whole_disagrees_with_its_anchor(
    registry: Registry, engine: AsyncEngine, database_url: str
) -> None:
    async with engine.connect() as connection:
        rows = (await connection.execute(text("SELECT * FROM audit_logs ORDER BY seq"))).mappings()
        names = AuditEntry.__dataclass_fields__
        entries = [AuditEntry(**{name: row[name] for name in names}) for row in rows]
    statements, previous = [], "0" * 64
    for seq, entry in enumerate(entries, start=1):
        chained = chain_entry(seq, previous, entry, b"f" * 32)
        statements.append(
            f"UPDATE audit_logs SET previous_hash = '{previous}', hash = '{chained.hash}',"
            rf" salt = '\x{'66' * 32}' WHERE seq = {seq}"
        )
        previous = chained.hash
    await by_hand(engine, *statements, f"UPDATE audit_head SET hash = '{previous}'")

    (sentence,) = sentences(await from_outside(database_url, engine, registry))

    assert "is anchored with hash" in sentence


async def test_an_anchor_that_the_registry_hides_is_found_at_its_address(
    registry: Registry, engine: AsyncEngine, database_url: str
) -> None:
    await by_hand(
        engine,
        "DELETE FROM chain_records WHERE kind = 'audit'",
        "DELETE FROM audit_logs WHERE seq > 3",
        "UPDATE audit_head SET seq = 3, hash = (SELECT hash FROM audit_logs WHERE seq = 3)",
    )

    unaware = await from_outside(database_url, engine, registry)
    (sentence,) = sentences(await from_outside(database_url, engine, registry, [WALLET.address]))

    assert sentences(unaware) == []
    assert "is anchored in transaction" in sentence


async def test_what_a_stranger_writes_beside_a_payment_to_us_is_no_anchor(
    registry: Registry, engine: AsyncEngine, database_url: str
) -> None:
    lie = audit_record(seq=2, hash=OTHER_HASH, at=NOW)
    await send(registry.chain, STRANGER, lie, to=WALLET.address)
    registry.chain.mine()

    findings = await from_inside(database_url, registry, [WALLET.address])
    as_if_ours = await from_inside(database_url, registry, [STRANGERS_ADDRESS])

    assert sentences(findings) == []
    assert len(sentences(as_if_ours)) == 1


async def test_entries_from_before_commitments_are_checked_by_their_own_rule(
    registry: Registry, engine: AsyncEngine, database_url: str
) -> None:
    await written_by_the_first_rule(engine)

    holds = [
        await from_inside(database_url, registry),
        await from_outside(database_url, engine, registry),
    ]
    await by_hand(engine, "UPDATE audit_logs SET user_id = gen_random_uuid() WHERE seq = 2")
    (changed,) = sentences(await from_inside(database_url, registry))

    assert [sentences(found) for found in holds] == [[], []]
    assert [found.not_recomputed for found in holds] == [0, holds[1].entries]
    assert changed.startswith("Entry 2 was changed")


async def written_by_the_first_rule(engine: AsyncEngine) -> None:
    """The log as it was before revision 0013, and no anchor of it."""
    from domain.audit.log import entry_hash

    async with engine.connect() as connection:
        rows = (await connection.execute(text("SELECT * FROM audit_logs ORDER BY seq"))).mappings()
        names = AuditEntry.__dataclass_fields__
        entries = [AuditEntry(**{name: row[name] for name in names}) for row in rows]
    statements, previous = ["DELETE FROM chain_records WHERE kind = 'audit'"], "0" * 64
    for seq, entry in enumerate(entries, start=1):
        digest = entry_hash(seq, previous, entry, None)
        statements.append(
            f"UPDATE audit_logs SET previous_hash = '{previous}', hash = '{digest}', salt = NULL,"
            f" hash_version = 1 WHERE seq = {seq}"
        )
        previous = digest
    await by_hand(engine, *statements, f"UPDATE audit_head SET hash = '{previous}'")


async def test_an_anchor_in_history_that_the_provider_does_not_keep_is_no_broken_one(
    registry: Registry, database_url: str
) -> None:
    registry.chain.keep_history(2)

    findings = await from_inside(database_url, registry)

    assert sentences(findings) == []
    assert report(findings, seconds=0) == NOT_CHECKED


async def test_an_anchor_that_may_be_ours_is_not_taken_for_a_strangers(
    registry: Registry, engine: AsyncEngine, database_url: str
) -> None:
    await by_hand(engine, "DELETE FROM chain_records WHERE kind = 'audit'")
    for seq in (1, 2):
        said = audit_record(seq=seq, hash=OTHER_HASH, at=NOW)
        await send(registry.chain, STRANGER, said, to=WALLET.address)
        registry.chain.mine(3)
    # Of the second payment the provider no longer shows what it spent.
    registry.chain.keep_history(4)

    findings = await from_inside(database_url, registry, [WALLET.address])

    assert "does not show who paid" in str(findings.anchors_unread)
    assert report(findings, seconds=0) == NOT_CHECKED


async def test_it_holds_over_months_that_were_archived_and_says_when_they_were_changed(
    registry: Registry, engine: AsyncEngine, database_url: str
) -> None:
    anchored_seq = await value(engine, "SELECT max(audit_seq) FROM chain_records")
    await move_to(engine, OLD_MONTH, up_to=anchored_seq)
    for _ in range(2):
        archived = await run(registry.audit_months.archive_audit_month, ArchiveAuditMonth())
        assert archived.month in {OLD_MONTH, YOUNGER_MONTH}

    inside = await from_inside(database_url, registry)
    outside = await from_outside(database_url, engine, registry)

    assert [report(findings, seconds=0) for findings in (inside, outside)] == [HOLDS, HOLDS]
    assert (inside.archived, outside.archived) == (anchored_seq, anchored_seq)
    assert await value(engine, "SELECT min(seq) FROM audit_logs") == anchored_seq + 1
    await by_hand(
        engine,
        f"UPDATE audit_archives SET last_hash = repeat('1', 64),"
        f" anchored = jsonb_build_object('{anchored_seq}', repeat('1', 64)), told = '[]'"
        f" WHERE month = '{OLD_MONTH}'",
    )
    changed = await from_inside(database_url, registry)
    assert begun(
        changed, [f"Entry {anchored_seq} is anchored", f"Entry {anchored_seq + 1} follows"]
    )
    assert any("is in 0 audit entries" in fault for fault in changed.issuances_broken)
    assert report(changed, seconds=0) == DOES_NOT_HOLD


async def test_without_the_chain_nothing_is_promised(
    registry: Registry, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from activities.ports.chain.provider import ChainUnavailable

    registry.chain.fail(ChainUnavailable("GET /txs: HTTP 503"), 2 * READ_ATTEMPTS)

    code = report(await from_inside(database_url, registry), 0)

    assert code == NOT_CHECKED
    assert "- the anchors could not be read: GET /txs: HTTP 503" in capsys.readouterr().out


def test_a_database_that_is_away_is_no_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--database-url", "postgresql://nobody@127.0.0.1:1/none"]) == NOT_CHECKED
    assert main(["--url", "http://127.0.0.1:1"]) == NOT_CHECKED

    assert capsys.readouterr().err.count("The audit log cannot be read") == 2


def begun(findings: AuditFindings, expected: Sequence[str]) -> list[str]:
    """Each sentence cut to what is expected of it, with a star for what differs from run to run."""
    return [_cut(sentence, expected) for sentence in sentences(findings)]


def _cut(sentence: str, expected: Sequence[str]) -> str:
    words = sentence.replace(":", "").removesuffix(".").split()
    for beginning in expected:
        wanted = beginning.split()
        if all(a in {b, "*"} for a, b in zip(wanted, words, strict=False)):
            return beginning
    return json.dumps(sentence)
