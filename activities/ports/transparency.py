"""The transparency log's rows, and the witnesses that cosign its checkpoints."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.audit.log import AuditHead
from domain.transparency.checkpoints import Checkpoint, NoteKey
from domain.transparency.leaves import Leaf, LeafRun
from domain.transparency.tiles import Tile, TileId


@dataclass(frozen=True)
class LogTree:
    """`size` in leaves; the numbers of the last movement and the last audit entry among them."""

    size: int
    movement_seq: int
    audit_seq: int


@dataclass(frozen=True)
class Witness:
    """`url` is the prefix of its `add-checkpoint`; `key` verifies what it signs."""

    url: str
    key: NoteKey


@dataclass(frozen=True)
class WitnessAnswer:
    """`text` is bounded; of status 409 it is the size that the witness has."""

    status: int
    text: str


class WitnessUnavailable(Exception):
    """It did not answer, or answered too much."""


class TransparencyLog(Protocol):
    async def lock(self) -> LogTree:
        """How far the tree has come; whoever else makes it grow waits until the commit."""

    async def tree(self) -> LogTree:
        """How far it has come, without waiting."""

    async def new_leaves(self, tree: LogTree, *, limit: int) -> Sequence[Leaf]:
        """What was committed since: movements first, each kind by its numbers; at most `limit` of each."""

    async def grow(self, tree: LogTree, runs: Iterable[LeafRun], tiles: Iterable[Tile]) -> None:
        """Set the tree to `tree`, with what was added to it; after `lock`."""

    async def tiles(self, ids: Iterable[TileId]) -> Mapping[TileId, Tile]:
        """Those of them that there are."""

    async def newest_checkpoint(self) -> Checkpoint | None:
        """As the log signed it, without cosignatures."""

    async def add_checkpoint(self, checkpoint: Checkpoint, *, at: datetime) -> None:
        """Publish it; nothing where there is one of that size."""

    async def covered_head(self, size: int) -> AuditHead | None:
        """The last audit entry in a tree of that size; None: there is none in the database."""

    async def add_cosignature(
        self, size: int, witness: str, line: str, *, signed_at: datetime
    ) -> None:
        """For ever; nothing where there is one already."""

    async def cosigned_size(self, witness: str) -> int:
        """The largest checkpoint that a witness has signed; 0: none."""


class Witnesses(Protocol):
    async def add_checkpoint(self, witness: Witness, body: bytes) -> WitnessAnswer:
        """
        Raises:
            WitnessUnavailable: as it says.
        """
