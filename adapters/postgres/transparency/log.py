"""The transparency log, written: what is new, the tiles it adds to, checkpoints and cosignatures."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.ports.transparency import LogTree
from adapters.postgres.publishing.reads.changes import change_lines
from adapters.postgres.rows import value_of
from adapters.postgres.tables import (
    audit_logs,
    log_checkpoints,
    log_cosignatures,
    log_runs,
    log_tiles,
    log_tree,
)
from domain.audit.log import AuditHead
from domain.transparency.checkpoints import Checkpoint
from domain.transparency.leaves import Leaf, LeafKind, LeafRun, hashed_movement, movement_hash
from domain.transparency.tiles import Tile, TileId

_TREE = select(log_tree.c.size, log_tree.c.movement_seq, log_tree.c.audit_seq)


class PostgresTransparencyLog:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lock(self) -> LogTree:
        row = (await self._connection.execute(_TREE.with_for_update())).one()
        return LogTree(*row)

    async def tree(self) -> LogTree:
        return LogTree(*(await self._connection.execute(_TREE)).one())

    async def new_leaves(self, tree: LogTree, *, limit: int) -> Sequence[Leaf]:
        movements = await change_lines(self._connection, since=tree.movement_seq, limit=limit)
        found = await self._connection.execute(
            select(audit_logs.c.seq, audit_logs.c.hash)
            .where(audit_logs.c.seq > tree.audit_seq)
            .order_by(audit_logs.c.seq)
            .limit(limit)
        )
        return [
            *(
                Leaf(LeafKind.MOVEMENT, change["seq"], movement_hash(hashed_movement(change)))
                for change in map(json.loads, movements.lines)
            ),
            *(Leaf(LeafKind.AUDIT, row.seq, row.hash) for row in found),
        ]

    async def grow(self, tree: LogTree, runs: Iterable[LeafRun], tiles: Iterable[Tile]) -> None:
        await self._connection.execute(
            insert(log_runs),
            [
                {
                    "first_index": run.first_index,
                    "kind": run.kind.value,
                    "first_seq": run.first_seq,
                    "leaves": run.leaves,
                }
                for run in runs
            ],
        )
        written = insert(log_tiles)
        await self._connection.execute(
            written.on_conflict_do_update(
                index_elements=[log_tiles.c.level, log_tiles.c.index],
                set_={"hashes": written.excluded.hashes, "entries": written.excluded.entries},
            ),
            [
                {
                    "level": tile.level,
                    "index": tile.index,
                    "hashes": tile.hashes,
                    "entries": tile.entries,
                }
                for tile in tiles
            ],
        )
        await self._connection.execute(
            update(log_tree).values(
                size=tree.size, movement_seq=tree.movement_seq, audit_seq=tree.audit_seq
            )
        )

    async def tiles(self, ids: Iterable[TileId]) -> Mapping[TileId, Tile]:
        return await stored_tiles(self._connection, ids)

    async def newest_checkpoint(self) -> Checkpoint | None:
        found = await self._connection.execute(
            select(log_checkpoints.c.note).order_by(log_checkpoints.c.size.desc()).limit(1)
        )
        note = found.scalar_one_or_none()
        return Checkpoint.parse(note) if note is not None else None

    async def add_checkpoint(self, checkpoint: Checkpoint, *, at: datetime) -> None:
        await self._connection.execute(
            insert(log_checkpoints)
            .values(size=checkpoint.size, root=checkpoint.root, note=checkpoint.note, signed_at=at)
            .on_conflict_do_nothing()
        )

    async def covered_head(self, size: int) -> AuditHead | None:
        last = (
            select(log_runs.c.first_seq + log_runs.c.leaves - 1)
            .where(log_runs.c.kind == LeafKind.AUDIT.value, log_runs.c.first_index < size)
            .order_by(log_runs.c.first_index.desc())
            .limit(1)
            .scalar_subquery()
        )
        found = await self._connection.execute(
            select(audit_logs.c.seq, audit_logs.c.hash).where(audit_logs.c.seq == last)
        )
        row = found.one_or_none()
        return AuditHead(row.seq, row.hash) if row else None

    async def add_cosignature(
        self, size: int, witness: str, line: str, *, signed_at: datetime
    ) -> None:
        await self._connection.execute(
            insert(log_cosignatures)
            .values(size=size, witness=witness, line=line, signed_at=signed_at)
            .on_conflict_do_nothing()
        )

    async def cosigned_size(self, witness: str) -> int:
        found = await self._connection.execute(
            select(func.max(log_cosignatures.c.size)).where(log_cosignatures.c.witness == witness)
        )
        return found.scalar_one() or 0


async def stored_tiles(connection: AsyncConnection, ids: Iterable[TileId]) -> Mapping[TileId, Tile]:
    """
    Those of the tiles that there are, by their ids.

    Seen by: everybody.
    """
    wanted = list(ids)
    if not wanted:
        return {}
    place: ColumnElement[tuple[int, int]] = tuple_(log_tiles.c.level, log_tiles.c.index)
    found = await connection.execute(select(log_tiles).where(place.in_(wanted)))
    tiles = [value_of(Tile, row) for row in found.mappings()]
    return {tile.id: tile for tile in tiles}
