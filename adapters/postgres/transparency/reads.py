"""The transparency log, read: checkpoints with their cosignatures, and proofs of leaves."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, cast, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.publishing.reads.changes import changes_of_retirement
from adapters.postgres.rows import value_of
from adapters.postgres.tables import (
    audit_logs,
    chain_records,
    log_checkpoints,
    log_cosignatures,
    log_runs,
)
from adapters.postgres.transparency.log import stored_tiles
from domain.audit.log import AuditEntry, ChainedEntry, publish
from domain.chain.records import ON_THE_CHAIN
from domain.transparency.checkpoints import Checkpoint, signature_lines
from domain.transparency.leaves import Leaf, LeafKind, LeafRun, hashed_movement, movement_hash
from domain.transparency.merkle import inclusion_ranges
from domain.transparency.proof_checks import SEAL_EVENT
from domain.transparency.proofs import ProvenLeaf, entry_source
from domain.transparency.tiles import hash_of_range, ids_for

_anchored_size = cast(chain_records.c.record["tree_size"].astext, BigInteger)


@dataclass(frozen=True)
class CheckpointView:
    """`anchored_by` is the transaction in which its size and root stand; None: in none yet."""

    checkpoint: Checkpoint
    signed_at: datetime
    anchored_by: str | None


async def newest_checkpoint(connection: AsyncConnection) -> CheckpointView | None:
    """
    With the cosignatures that there are by now; None: there is none yet.

    Seen by: everybody.
    """
    return await _checkpoint(connection, None)


async def anchored_checkpoint(
    connection: AsyncConnection, *, size_min: int
) -> CheckpointView | None:
    """
    The first one of so many leaves or more that the chain shows.

    Seen by: everybody.
    """
    found = await connection.execute(
        select(_anchored_size)
        .where(
            chain_records.c.kind == "audit",
            chain_records.c.status.in_([status.value for status in ON_THE_CHAIN]),
            _anchored_size >= size_min,
        )
        .order_by(chain_records.c.audit_seq)
        .limit(1)
    )
    size = found.scalar_one_or_none()
    return await _checkpoint(connection, size) if size is not None else None


async def certificate_leaves(
    connection: AsyncConnection, retirement_id: UUID
) -> Sequence[tuple[int, Leaf, dict[str, Any]]]:
    """
    The leaves of a certificate: its newest seal's audit entry, then the retirement's movements.

    Each with its place and with what it is of. What has no leaf yet is left out.

    Seen by: everybody.
    """
    found = await connection.execute(
        select(audit_logs)
        .where(
            audit_logs.c.resource_type == "certificate",
            audit_logs.c.resource_id == retirement_id,
            audit_logs.c.event_type == SEAL_EVENT,
        )
        .order_by(audit_logs.c.seq.desc())
        .limit(1)
    )
    wanted: list[tuple[Leaf, dict[str, Any]]] = []
    for row in found.mappings():
        entry = publish(value_of(ChainedEntry, row, entry=value_of(AuditEntry, row)))
        wanted.append((Leaf(LeafKind.AUDIT, entry.seq, entry.hash), entry_source(entry)))
    for line in await changes_of_retirement(connection, retirement_id):
        change = hashed_movement(json.loads(line))
        leaf = Leaf(LeafKind.MOVEMENT, change["seq"], movement_hash(change))
        wanted.append((leaf, change))
    return [
        (index, leaf, source)
        for leaf, source in wanted
        if (index := await _index_of(connection, leaf)) is not None
    ]


async def proven(
    connection: AsyncConnection,
    leaves: Sequence[tuple[int, Leaf, dict[str, Any]]],
    size: int,
) -> Sequence[ProvenLeaf]:
    """
    Leaves with the hashes that lead to the root of a tree of that size.

    Seen by: everybody.
    """
    ranges = {index: inclusion_ranges(index, size) for index, _, _ in leaves}
    ids = {id for of_one in ranges.values() for id in ids_for(of_one)}
    tiles = {id: tile.hashes for id, tile in (await stored_tiles(connection, ids)).items()}
    return [
        ProvenLeaf(index, leaf, [hash_of_range(tiles, one) for one in ranges[index]], source)
        for index, leaf, source in leaves
    ]


async def _index_of(connection: AsyncConnection, leaf: Leaf) -> int | None:
    found = await connection.execute(
        select(log_runs)
        .where(log_runs.c.kind == leaf.kind.value, log_runs.c.first_seq <= leaf.seq)
        .order_by(log_runs.c.first_seq.desc())
        .limit(1)
    )
    row = found.one_or_none()
    if row is None:
        return None
    return LeafRun(row.first_index, leaf.kind, row.first_seq, row.leaves).index_of(leaf.seq)


async def _checkpoint(connection: AsyncConnection, size: int | None) -> CheckpointView | None:
    query = select(log_checkpoints).order_by(log_checkpoints.c.size.desc()).limit(1)
    if size is not None:
        query = query.where(log_checkpoints.c.size == size)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    signed = Checkpoint.parse(row.note)
    lines = await connection.execute(
        select(log_cosignatures.c.line)
        .where(log_cosignatures.c.size == row.size)
        .order_by(log_cosignatures.c.witness)
    )
    cosigned = (*signed.signatures, *signature_lines("".join(lines.scalars())))
    anchor = await connection.execute(
        select(chain_records.c.tx_hash).where(
            chain_records.c.kind == "audit",
            chain_records.c.status.in_([status.value for status in ON_THE_CHAIN]),
            _anchored_size == row.size,
        )
    )
    return CheckpointView(
        Checkpoint(signed.origin, signed.size, signed.root, cosigned),
        row.signed_at,
        anchor.scalar_one_or_none(),
    )
