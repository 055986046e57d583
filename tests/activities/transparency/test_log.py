"""The transparency log grows, its tiles and checkpoints are published, witnesses sign, certificates are proven."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError

from activities.audit.anchor import AnchorAuditLog
from activities.certificates.certificates import SealCertificate
from activities.chain.anchoring import FollowChain
from activities.ports.transparency import Witness
from activities.transparency.log import (
    NEWEST_KEY,
    CheckpointCosigned,
    CosignCheckpoint,
    GrowLog,
    LogGrown,
    PublishCheckpoint,
    TransparencyActivities,
    object_key,
)
from adapters.postgres.tables import alerts as chain_alerts
from adapters.postgres.tables import audit_head, ledger_head, log_checkpoints, log_tree
from adapters.postgres.transparency import reads
from adapters.postgres.transparency.log import PostgresTransparencyLog
from adapters.signing.certificate_signature import verify_signature
from adapters.witnesses import HttpWitnesses
from domain.certificates.certificates import canonical_bytes
from domain.certificates.check_results import TrustedKey
from domain.chain.alerts import AlertKind
from domain.chain.confirmations import CONFIRMATIONS_REQUIRED
from domain.chain.transactions import METADATA_LABEL
from domain.transparency.checkpoints import Checkpoint, NoteKey, origin_of
from domain.transparency.proof_checks import check_proof, read_proof
from domain.transparency.proofs import CheckpointAnchor, proof_document
from domain.transparency.tiles import TilePath, entries_of, tree_root
from tests.activities import story
from tests.activities.registry import PUBLIC_URL, SIGNER, Registry, run
from tests.factories import named
from tests.fakes.witness import NAME, RunningWitness, running_witness

ORIGIN = origin_of(PUBLIC_URL)
KEY = NoteKey(ORIGIN, SIGNER.public_key)
OURS = [TrustedKey(SIGNER.public_key.hex())]


async def publish(registry: Registry) -> int:
    await run(registry.transparency.grow_log, GrowLog())
    return (await run(registry.transparency.publish_checkpoint, PublishCheckpoint())).size


async def a_certificate_is_sealed(registry: Registry) -> None:
    await story.the_retirement_is_confirmed(registry)
    await run(
        registry.certificates.seal_certificate,
        SealCertificate(retirement_id=story.RETIREMENT_ID),
    )


async def the_checkpoint_is_anchored(registry: Registry) -> None:
    request = AnchorAuditLog(anchor_id=named("anchor"), waiting_workflow_id="audit-anchor")
    await run(registry.audit.anchor_audit_log, request)
    await story.everything_is_sent(registry)
    registry.chain.mine(1 + CONFIRMATIONS_REQUIRED)
    await run(registry.on_chain.follow_chain, FollowChain())


async def proof_of_the_certificate(engine: AsyncEngine) -> tuple[dict[str, Any], Checkpoint]:
    async with engine.connect() as connection:
        leaves = await reads.certificate_leaves(connection, story.RETIREMENT_ID)
        size_min = max(index for index, _, _ in leaves) + 1
        found = await reads.anchored_checkpoint(connection, size_min=size_min)
        found = found or await reads.newest_checkpoint(connection)
        assert found is not None
        proven = await reads.proven(connection, leaves, found.checkpoint.size)
    anchor = CheckpointAnchor("devnet", found.anchored_by) if found.anchored_by else None
    document = proof_document(str(story.RETIREMENT_ID), found.checkpoint, anchor, proven)
    return json.loads(canonical_bytes(document)), found.checkpoint


async def certificate_of(registry: Registry) -> dict[str, Any]:
    async with registry.database.transaction() as work:
        stored = await work.certificates.lock(story.RETIREMENT_ID)
    assert stored is not None
    document: dict[str, Any] = json.loads(stored.document)
    return document


async def test_every_movement_and_entry_is_a_leaf_once(
    registry: Registry, engine: AsyncEngine
) -> None:
    assert await run(registry.transparency.grow_log, GrowLog()) == LogGrown(
        size=0, published=0, is_cosigned=True
    )
    await story.credits_are_issued(registry)
    first = await publish(registry)
    await run(registry.retirement.retire_units, story.RETIRE)

    size = await publish(registry)

    assert await publish(registry) == size > first
    async with engine.connect() as connection:
        movements = (await connection.execute(select(ledger_head.c.seq))).scalar_one()
        entries = (await connection.execute(select(audit_head.c.seq))).scalar_one()
    assert size == movements + entries
    bundle = registry.objects.objects[object_key(TilePath(None, 0, size))]
    leaves = [json.loads(leaf) for leaf in entries_of(bundle)]
    assert sorted((leaf["kind"], leaf["seq"]) for leaf in leaves) == [
        *(("audit", seq) for seq in range(1, entries + 1)),
        *(("movement", seq) for seq in range(1, movements + 1)),
    ]
    assert all(set(leaf) == {"kind", "seq", "hash"} for leaf in leaves)


async def test_the_tiles_in_storage_lead_to_the_signed_root(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.credits_are_issued(registry)
    size = await publish(registry)

    async with engine.connect() as connection:
        found = await reads.newest_checkpoint(connection)
    assert found is not None
    tile = registry.objects.objects[object_key(TilePath(0, 0, size))]
    assert found.checkpoint.is_signed_by(KEY, verify_signature)
    assert (found.checkpoint.size, found.checkpoint.root) == (size, tree_root({(0, 0): tile}, size))


class Dies(Exception):
    pass


async def test_no_checkpoint_is_there_before_its_tiles(
    registry: Registry, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await story.credits_are_issued(registry)
    await run(registry.transparency.grow_log, GrowLog())
    with monkeypatch.context() as away:
        away.setattr(registry.objects, "store", _raise)
        with pytest.raises(Dies):
            await run(registry.transparency.publish_checkpoint, PublishCheckpoint())

    async with engine.connect() as connection:
        assert await reads.newest_checkpoint(connection) is None
    size = await publish(registry)
    async with engine.connect() as connection:
        count = (
            await connection.execute(select(func.count()).select_from(log_checkpoints))
        ).scalar_one()
        assert count == 1
        assert (await connection.execute(select(log_tree.c.size))).scalar_one() == size


async def _raise(*_: object, **__: object) -> None:
    raise Dies


@pytest.mark.parametrize(
    ("told_before", "sentence"),
    [
        (lambda newest: Checkpoint(ORIGIN, newest.size + 40, newest.root), "the database has"),
        (lambda newest: Checkpoint(ORIGIN, newest.size, bytes(32)), "Another tree of"),
        (lambda newest: Checkpoint(ORIGIN, newest.size - 1, bytes(32)), "Another tree of"),
        (lambda newest: None, "cannot be read"),
    ],
    ids=["more leaves", "other leaves", "other leaves, which grew since", "no note"],
)
async def test_after_a_restore_that_lost_a_checkpoint_nothing_is_signed(
    registry: Registry,
    engine: AsyncEngine,
    told_before: Callable[[Checkpoint], Checkpoint | None],
    sentence: str,
) -> None:
    await story.credits_are_issued(registry)
    await publish(registry)
    newest = registry.objects.objects[NEWEST_KEY]
    told = told_before(Checkpoint.parse(newest.decode()))
    note = told.signed(KEY, SIGNER.sign).note.encode() if told else b"\xff"
    registry.objects.objects[NEWEST_KEY] = note
    stored = dict(registry.objects.objects)
    await run(registry.retirement.retire_units, story.RETIRE)

    for _ in range(2):
        with pytest.raises(ApplicationError, match=sentence) as refused:
            await publish(registry)
        assert refused.value.non_retryable

    assert registry.objects.objects == stored, "no tile has taken another's place"
    alerts = select(chain_alerts.c.kind, chain_alerts.c.cleared_at)
    async with engine.connect() as connection:
        assert (await connection.execute(alerts)).all() == [(AlertKind.LOG_BROKEN_OFF, None)]
    registry.objects.objects[NEWEST_KEY] = newest
    size = await publish(registry)
    assert Checkpoint.parse(registry.objects.objects[NEWEST_KEY].decode()).size == size
    async with engine.connect() as connection:
        assert (await connection.execute(alerts)).one().cleared_at == registry.clock.now()


async def test_a_checkpoint_that_was_stored_and_not_told_is_told_by_the_next_run(
    registry: Registry, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await story.credits_are_issued(registry)
    with monkeypatch.context() as away:
        away.setattr(PostgresTransparencyLog, "add_checkpoint", _raise)
        with pytest.raises(Dies):
            await publish(registry)
    told = registry.objects.objects[NEWEST_KEY]

    await publish(registry)

    async with engine.connect() as connection:
        found = await reads.newest_checkpoint(connection)
    assert found is not None
    assert found.checkpoint.note.encode() == told


@pytest.mark.parametrize(
    ("statement", "refusal"),
    {
        "shrink the tree": ("UPDATE log_tree SET size = size - 1", "only grows"),
        "rewrite a tile": ("UPDATE log_tiles SET hashes = sha256(hashes)", "only grows"),
        "cut a tile": ("UPDATE log_tiles SET hashes = substring(hashes FOR 32)", "only grows"),
        "sign another root": ("UPDATE log_checkpoints SET root = sha256(root)", "forbidden"),
        "forget a checkpoint": ("DELETE FROM log_checkpoints", "forbidden"),
        "sign a size twice": (
            "INSERT INTO log_checkpoints SELECT size, sha256(root), note, now() FROM log_checkpoints",
            "pk_log_checkpoints",
        ),
        "move leaves": ("UPDATE log_runs SET first_index = first_index + 1", "forbidden"),
    }.values(),
    ids=lambda value: value[:30],
)
async def test_the_database_lets_nobody_rewrite_it(
    registry: Registry, engine: AsyncEngine, statement: str, refusal: str
) -> None:
    await story.credits_are_issued(registry)
    await publish(registry)

    with pytest.raises(DBAPIError, match=refusal):
        async with engine.begin() as connection:
            await connection.execute(text(statement))


async def test_a_certificate_is_proven_by_its_bytes_and_one_look_at_the_chain(
    registry: Registry, engine: AsyncEngine
) -> None:
    await a_certificate_is_sealed(registry)
    await publish(registry)
    certificate = await certificate_of(registry)
    before, _ = await proof_of_the_certificate(engine)
    await the_checkpoint_is_anchored(registry)
    await publish(registry)

    proof, checkpoint = await proof_of_the_certificate(engine)

    assert before["anchor"] is None
    assert proof["checkpoint"] == before["checkpoint"], "what was proven once is proven so for ever"
    shown = await registry.chain.metadata(proof["anchor"]["txHash"])
    anchored = shown[str(METADATA_LABEL)]
    checks = check_proof(
        read_proof(canonical_bytes(proof)),
        certificate,
        verify_signature=verify_signature,
        trusted_keys=OURS,
        anchored=anchored,
    )
    assert {check.name: check.state for check in checks} == {
        "checkpoint": "passed",
        "inclusion": "passed",
        "seal in the log": "passed",
        "movements in the log": "passed",
        "checkpoint on the chain": "passed",
    }
    changes = _changes(proof, certificate)
    assert len(changes) == 8
    for what, (changed, failing) in changes.items():
        found = check_proof(
            changed[0],
            changed[1],
            verify_signature=verify_signature,
            trusted_keys=OURS,
            anchored=anchored,
        )
        assert [check.name for check in found if check.passed is False] == failing, what
    assert checkpoint.size == read_size(proof)


def read_size(proof: dict[str, Any]) -> int:
    return int(proof["checkpoint"].split("\n")[1])


def _changes(
    proof: dict[str, Any], certificate: dict[str, Any]
) -> dict[str, tuple[tuple[dict[str, Any], dict[str, Any]], list[str]]]:
    """What somebody could change, and the checks that then fail."""

    def with_leaf(place: int, **changed: Any) -> dict[str, Any]:
        leaves = [dict(leaf) for leaf in proof["leaves"]]
        leaves[place] |= changed
        return {**proof, "leaves": leaves}

    movement = proof["leaves"][1]
    size = read_size(proof)
    other_size = proof["checkpoint"].replace(f"\n{size}\n", f"\n{size + 1}\n")
    wrong_digest = {**certificate, "proof": {**certificate["proof"], "digest": "00" * 32}}
    return {
        "another certificate": ((proof, wrong_digest), ["seal in the log"]),
        "another quantity": (
            (
                with_leaf(1, source={**movement["source"], "quantity": "1.00"}),
                certificate,
            ),
            ["inclusion"],
        ),
        "a hash of the proof": (
            (with_leaf(0, proof=["00" * 32, *proof["leaves"][0]["proof"][1:]]), certificate),
            ["inclusion"],
        ),
        "another place": (
            (with_leaf(0, index=proof["leaves"][0]["index"] - 1), certificate),
            ["inclusion"],
        ),
        "no place in the log": ((with_leaf(0, index=10**9), certificate), ["inclusion"]),
        "no movement": (
            ({**proof, "leaves": proof["leaves"][:1]}, certificate),
            ["movements in the log"],
        ),
        "another size": (
            ({**proof, "checkpoint": other_size}, certificate),
            ["checkpoint", "inclusion", "checkpoint on the chain"],
        ),
        "rubbish": (
            ({**proof, "leaves": [7, None]}, certificate),
            ["inclusion", "seal in the log", "movements in the log"],
        ),
    }


@pytest.fixture
def witness() -> Iterator[RunningWitness]:
    with running_witness(ORIGIN, SIGNER.public_key) as running:
        yield running


def watched(registry: Registry, *witnesses: Witness) -> TransparencyActivities:
    return TransparencyActivities(
        registry.database,
        registry.objects,
        SIGNER,
        HttpWitnesses(),
        registry.clock,
        origin=ORIGIN,
        witnesses=witnesses,
        verify_signature=verify_signature,
    )


async def test_witnesses_cosign_what_they_saw_grow(
    registry: Registry, engine: AsyncEngine, witness: RunningWitness
) -> None:
    known = Witness(witness.url, NoteKey.parse(witness.verifier_key))
    away = Witness("http://127.0.0.1:9", NoteKey("away.example", bytes(32), is_witness=True))
    log = watched(registry, known, away)
    await story.credits_are_issued(registry)
    await publish(registry)
    first = await run(log.cosign_checkpoint, CosignCheckpoint())
    await run(registry.retirement.retire_units, story.RETIRE)
    assert (await run(log.grow_log, GrowLog())).is_cosigned is False
    size = await publish(registry)

    second = await run(log.cosign_checkpoint, CosignCheckpoint())
    again = await run(log.cosign_checkpoint, CosignCheckpoint())

    assert first.witnesses == (NAME,)
    assert second == again == CheckpointCosigned(size=size, witnesses=(NAME,))
    assert witness.answers == [200, 200], "nobody is asked twice"
    async with engine.connect() as connection:
        found = await reads.newest_checkpoint(connection)
    assert found is not None
    assert found.checkpoint.is_signed_by(known.key, verify_signature)
    assert Checkpoint.parse(found.checkpoint.note) == found.checkpoint


async def test_a_witness_that_saw_more_than_we_know_of_is_proven_from_there(
    registry: Registry, engine: AsyncEngine, witness: RunningWitness
) -> None:
    """As after a restore of the database, which lost the cosignature."""
    known = Witness(witness.url, NoteKey.parse(witness.verifier_key))
    await story.credits_are_issued(registry)
    await publish(registry)
    async with engine.connect() as connection:
        found = await reads.newest_checkpoint(connection)
    assert found is not None
    witness.seen = found.checkpoint.size, found.checkpoint.root
    await run(registry.retirement.retire_units, story.RETIRE)
    await publish(registry)

    cosigned = await run(watched(registry, known).cosign_checkpoint, CosignCheckpoint())

    assert cosigned.witnesses == (NAME,)
    assert witness.answers == [409, 200]


@pytest.mark.parametrize("seen", [(10**6, bytes(32)), (1, bytes(32))], ids=["larger", "another"])
async def test_a_witness_that_saw_another_tree_does_not_sign(
    registry: Registry, witness: RunningWitness, seen: tuple[int, bytes]
) -> None:
    known = Witness(witness.url, NoteKey.parse(witness.verifier_key))
    await story.credits_are_issued(registry)
    await publish(registry)
    witness.seen = seen

    cosigned = await run(watched(registry, known).cosign_checkpoint, CosignCheckpoint())

    assert cosigned.witnesses == ()
