"""
The transparency log's upkeep: what was committed becomes leaves, tiles are stored, checkpoints signed.

Which leaf stands where is fixed in one transaction, and the tree never shrinks, so that there is one
tree of each size. Tiles are in object storage before a checkpoint that needs them is there (ADR 0107).
"""

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.alerts import settle
from activities.payloads import Payload
from activities.ports.certificates import CertificateSigner
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from activities.ports.object_store import ObjectStore
from activities.ports.transparency import (
    LogTree,
    Witness,
    WitnessAnswer,
    Witnesses,
    WitnessUnavailable,
)
from domain.chain.alerts import AlertCondition, AlertKind
from domain.identifiers import derived_id
from domain.transparency.checkpoints import (
    CHECKPOINT_BYTES_MAX,
    Checkpoint,
    NoteKey,
    Verify,
    signature_lines,
    witness_request,
)
from domain.transparency.leaves import Leaf, LeafKind, LeafRun
from domain.transparency.merkle import Range, consistency_ranges
from domain.transparency.tiles import (
    TilePath,
    append,
    edge_ids,
    hash_of_range,
    ids_between,
    ids_for,
    tree_root,
)

LEAVES_AT_ONCE = 2_000
"""Of each kind, in one transaction."""
TILES_AT_ONCE = 64
STORED_AT_ONCE = 8
_WATCH = UUID("6f1d0f5e-0a60-4f0c-9d43-1fd6f8a4a3b7")
"""Names the alerts that are raised here."""
OCTETS = "application/octet-stream"
NEWEST_KEY = "transparency/newest-checkpoint"
"""The newest signed note, where a restored database cannot have lost it. Not for readers: it may be a step ahead."""


def object_key(path: TilePath) -> str:
    """A tile that is not full has its width in its path, so that no object ever changes."""
    return f"transparency/tile/{path}"


class GrowLog(Payload):
    """It names nothing: whatever was committed since becomes leaves."""


class LogGrown(Payload):
    """`published` is the size of the newest checkpoint; `is_cosigned` by every witness."""

    size: int
    published: int
    is_cosigned: bool


class PublishCheckpoint(Payload):
    """It names nothing: the tree as it is now."""


class CheckpointPublished(Payload):
    size: int


class CosignCheckpoint(Payload):
    """It names nothing: the newest checkpoint."""


class CheckpointCosigned(Payload):
    """`witnesses` by name who have signed the newest checkpoint, now or before."""

    size: int
    witnesses: tuple[str, ...] = ()


class TransparencyActivities:
    """`key` is the log's name and the public half of `signer`."""

    def __init__(
        self,
        database: Database,
        objects: ObjectStore,
        signer: CertificateSigner,
        witness_client: Witnesses,
        clock: Clock,
        *,
        origin: str,
        witnesses: Sequence[Witness],
        verify_signature: Verify,
    ) -> None:
        self._database = database
        self._objects = objects
        self._signer = signer
        self._client = witness_client
        self._clock = clock
        self._key = NoteKey(origin, signer.public_key)
        self._witnesses = witnesses
        self._verify = verify_signature

    @activity.defn
    async def grow_log(self, request: GrowLog) -> LogGrown:  # noqa: ARG002 -- it names nothing
        """
        Make leaves of what was committed, until nothing is left.

        An attempt that comes late finds others' leaves there, and goes on after them.
        """
        while True:
            activity.heartbeat()
            async with self._database.transaction() as work:
                tree = await work.transparency.lock()
                leaves = await work.transparency.new_leaves(tree, limit=LEAVES_AT_ONCE)
                if not leaves:
                    return await self._grown(work, tree)
                await _grow(work, tree, leaves)

    @activity.defn
    async def publish_checkpoint(
        self,
        request: PublishCheckpoint,  # noqa: ARG002 -- it names nothing
    ) -> CheckpointPublished:
        """
        Store the tiles that are new or longer since the last checkpoint, then sign the next one.

        Raises:
            ApplicationError: for ever: storage has a note of a larger tree, or of another one. Staff are told.
        """
        async with self._database.transaction() as work:
            tree = await work.transparency.tree()
            published = await work.transparency.newest_checkpoint()
        old_size = published.size if published else 0
        if tree.size == old_size:
            return CheckpointPublished(size=old_size)
        with TemporaryDirectory(prefix="tiles-") as folder:
            # Before a tile is stored: under the same path it would take the place of the signed tree's.
            await self._require_same_tree(tree.size, Path(folder))
            await self._store_tiles(old_size, tree.size, Path(folder))
            async with self._database.transaction() as work:
                root = await _root(work, tree.size)
            checkpoint = Checkpoint(self._key.name, tree.size, root).signed(
                self._key, self._signer.sign
            )
            # Before anybody reads it: what was told and then lost must still be known here.
            await self._store_file(NEWEST_KEY, checkpoint.note.encode(), Path(folder))
        async with self._database.transaction() as work:
            await work.transparency.add_checkpoint(checkpoint, at=self._clock.now())
        return CheckpointPublished(size=tree.size)

    @activity.defn
    async def cosign_checkpoint(
        self,
        request: CosignCheckpoint,  # noqa: ARG002 -- it names nothing
    ) -> CheckpointCosigned:
        """Show the newest checkpoint to every witness; one that is away is asked again by the next run."""
        async with self._database.transaction() as work:
            checkpoint = await work.transparency.newest_checkpoint()
        if checkpoint is None:
            return CheckpointCosigned(size=0)
        signed = [
            witness.key.name
            for witness in self._witnesses
            if await self._is_cosigned(checkpoint, witness)
        ]
        return CheckpointCosigned(size=checkpoint.size, witnesses=tuple(signed))

    async def _grown(self, work: UnitOfWork, tree: LogTree) -> LogGrown:
        published = await work.transparency.newest_checkpoint()
        size = published.size if published else 0
        signed = [
            await work.transparency.cosigned_size(witness.key.name) for witness in self._witnesses
        ]
        return LogGrown(
            size=tree.size, published=size, is_cosigned=all(one >= size for one in signed)
        )

    async def _require_same_tree(self, size: int, folder: Path) -> None:
        """
        Whether the tree goes on from the newest note in storage; where there is none, nothing is known.

        Raises:
            ApplicationError: it does not, as after a restore that lost the newest checkpoints.
        """
        sentence = await self._broken_off(size, folder)
        found = [] if sentence is None else [_condition(sentence)]
        at = self._clock.now()
        # Mails of alerts are sent by the chain's watch, whoever raised them.
        async with self._database.transaction() as work:
            await settle(
                work,
                found,
                watched=(AlertKind.LOG_BROKEN_OFF,),
                watch_id=derived_id(_WATCH, at.isoformat()),
                at=at,
            )
        if sentence is not None:
            raise ApplicationError(sentence, type="LogBrokenOff", non_retryable=True)

    async def _broken_off(self, size: int, folder: Path) -> str | None:
        described = await self._objects.described_bytes(NEWEST_KEY)
        if described is None:
            return None
        if described.file_size > CHECKPOINT_BYTES_MAX:
            return "The newest checkpoint in object storage cannot be read; nothing is signed."
        file = folder / "newest-checkpoint"
        await self._objects.fetch(NEWEST_KEY, file)
        try:
            told = Checkpoint.parse(file.read_text(encoding="utf-8"))
        except ValueError:
            return "The newest checkpoint in object storage cannot be read; nothing is signed."
        if told.size > size:
            return (
                f"A checkpoint of {told.size} leaves was signed before, and the database has {size}:"
                " it lost some. Nothing is signed."
            )
        async with self._database.transaction() as work:
            is_same = await _root(work, told.size) == told.root
        if not is_same:
            return f"Another tree of {told.size} leaves was signed before. Nothing is signed."
        return None

    async def _store_tiles(self, old_size: int, size: int, folder: Path) -> None:
        ids = ids_between(old_size, size)
        for at in range(0, len(ids), TILES_AT_ONCE):
            activity.heartbeat()
            async with self._database.transaction() as work:
                found = await work.transparency.tiles(ids[at : at + TILES_AT_ONCE])
            # It may have grown meanwhile.
            files = [file for tile in found.values() for file in tile.at_size(size).files()]
            for first in range(0, len(files), STORED_AT_ONCE):
                activity.heartbeat()
                some = files[first : first + STORED_AT_ONCE]
                await asyncio.gather(*(self._store(*one, folder) for one in some))

    async def _store(self, path: TilePath, content: bytes, folder: Path) -> None:
        await self._store_file(object_key(path), content, folder)

    async def _store_file(self, key: str, content: bytes, folder: Path) -> None:
        file = folder / key.replace("/", "-")
        file.write_bytes(content)
        await self._objects.store(key, file, media_type=OCTETS)
        file.unlink()

    async def _is_cosigned(self, checkpoint: Checkpoint, witness: Witness) -> bool:
        async with self._database.transaction() as work:
            old_size = await work.transparency.cosigned_size(witness.key.name)
        if old_size >= checkpoint.size:
            return True
        try:
            answer = await self._ask(checkpoint, witness, old_size)
            if answer.status == 409:  # noqa: PLR2004 -- the size that it has stands in the answer
                answer = await self._ask(checkpoint, witness, _size_in(answer, checkpoint))
            return await self._keep(checkpoint, witness, answer)
        except (WitnessUnavailable, ValueError) as trouble:
            activity.logger.warning("Witness %s: %s", witness.key.name, trouble)
            return False

    async def _ask(self, checkpoint: Checkpoint, witness: Witness, old_size: int) -> WitnessAnswer:
        ranges: list[Range] = consistency_ranges(old_size, checkpoint.size) if old_size else []
        async with self._database.transaction() as work:
            tiles = await work.transparency.tiles(ids_for(ranges))
        hashes = {id: tile.hashes for id, tile in tiles.items()}
        proof = [hash_of_range(hashes, leaves) for leaves in ranges]
        return await self._client.add_checkpoint(
            witness, witness_request(old_size, proof, checkpoint)
        )

    async def _keep(self, checkpoint: Checkpoint, witness: Witness, answer: WitnessAnswer) -> bool:
        """
        Raises:
            ValueError: it did not sign, or nothing that its key signed.
        """
        if answer.status != 200:  # noqa: PLR2004 -- it refuses
            raise ValueError(f"answered {answer.status}")
        for line in signature_lines(answer.text):
            signed_at = checkpoint.signed_at(witness.key, line, self._verify)
            if signed_at is not None:
                async with self._database.transaction() as work:
                    await work.transparency.add_cosignature(
                        checkpoint.size, witness.key.name, line.line, signed_at=signed_at
                    )
                return True
        raise ValueError("its answer has no signature of its key")


async def _root(work: UnitOfWork, size: int) -> bytes:
    """Of the tree as it was when it had that size."""
    tiles = await work.transparency.tiles(ids_for([(0, size)]))
    return tree_root({id: tile.hashes for id, tile in tiles.items()}, size)


def _condition(sentence: str) -> AlertCondition:
    return AlertCondition(AlertKind.LOG_BROKEN_OFF, "transparency log", sentence)


async def _grow(work: UnitOfWork, tree: LogTree, leaves: Sequence[Leaf]) -> None:
    edge = await work.transparency.tiles(edge_ids(tree.size))
    tiles = append(edge.values(), tree.size, [leaf.content for leaf in leaves])
    last = {leaf.kind: leaf.seq for leaf in leaves}
    await work.transparency.grow(
        LogTree(
            tree.size + len(leaves),
            last.get(LeafKind.MOVEMENT, tree.movement_seq),
            last.get(LeafKind.AUDIT, tree.audit_seq),
        ),
        list(_runs(tree.size, leaves)),
        tiles,
    )


def _runs(size: int, leaves: Sequence[Leaf]) -> Iterable[LeafRun]:
    for kind in LeafKind:
        of_kind = [(place, leaf) for place, leaf in enumerate(leaves, size) if leaf.kind is kind]
        if of_kind:
            place, first = of_kind[0]
            if of_kind[-1][1].seq - first.seq + 1 != len(of_kind):
                raise RuntimeError(f"numbers of {kind.value} leaves have a gap after {first.seq}")
            yield LeafRun(place, kind, first.seq, len(of_kind))


def _size_in(answer: WitnessAnswer, checkpoint: Checkpoint) -> int:
    """
    Raises:
        ValueError: it says no size, or has seen a larger tree than there ever was.
    """
    text = answer.text.strip()
    if not text.isascii() or not text.isdigit() or len(text) > 19:  # noqa: PLR2004 -- as a size
        raise ValueError("it names no size")
    if int(text) > checkpoint.size:
        raise ValueError(f"it has signed a tree of {int(text)}, and there is none so large")
    return int(text)
