"""
A tree of entries as something to look at: rows of a nested list, and blocks of a drawing.

In both, left and right are unit numbers: a block stands where its units stand among those that were
issued together. The drawing has a line of blocks for each generation, as wide as their units.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from adapters.postgres.credits.reads.lineage_views import (
    LineageNodeView,
    LineageStepView,
    LineageStory,
    LineageView,
)
from domain.credits.ledger import CreditTransactionType

WIDTH = 1000
_ROW_HEIGHT, _BLOCK_HEIGHT = 44, 36
_WIDTH_MIN = 2.0
"""So that 0.01 t among a million are still seen."""
_LABEL_WIDTH_MIN = 130
GENERATIONS_DRAWN = 10

_MADE = {
    CreditTransactionType.ISSUANCE: "Issued",
    CreditTransactionType.BUFFER_CONTRIBUTION: "Held back for the buffer when issued",
    CreditTransactionType.TRANSFER: "Handed over",
    CreditTransactionType.RETIREMENT: "Retired",
    CreditTransactionType.CANCELLATION: "Cancelled",
    CreditTransactionType.BUFFER_RELEASE: "Released from the buffer",
    CreditTransactionType.SUSPENSION: "Suspended for a loss",
    CreditTransactionType.REINSTATEMENT: "Reinstated: the loss is made good",
    CreditTransactionType.RESERVATION: "Set aside for somebody",
    CreditTransactionType.RESERVATION_RELEASE: "Given back: nobody took what was set aside",
}
_LEFT = {
    CreditTransactionType.TRANSFER: "What was left when a part was handed over",
    CreditTransactionType.RETIREMENT: "What was left when a part was retired",
    CreditTransactionType.CANCELLATION: "What was left when a part was cancelled",
    CreditTransactionType.BUFFER_RELEASE: "What was left when a part was released from the buffer",
    CreditTransactionType.SUSPENSION: "What was left when a part was suspended for a loss",
    CreditTransactionType.REINSTATEMENT: "What stayed suspended when a part was reinstated",
    CreditTransactionType.RESERVATION: "What was left when a part was set aside",
}


@dataclass(frozen=True)
class LineagePart:
    """Where a block's units stand among others, on a line `WIDTH` long."""

    x: float
    width: float


@dataclass(frozen=True)
class LineageEvent:
    """What happened to units, when, and where the chain says so."""

    said: str
    step: LineageStepView


@dataclass(frozen=True)
class LineageRow:
    """
    One entry in the nested list.

    `has_gap`: its parent is not shown. `opens`: its children follow, one level deeper. `closes`:
    how many levels end after it.
    """

    node: LineageNodeView
    events: Sequence[LineageEvent]
    part: LineagePart
    generation: int
    is_requested: bool
    has_gap: bool
    opens: bool
    closes: int

    @property
    def unshown(self) -> int:
        """How many children it has that are not shown."""
        return 0 if self.opens else len(self.node.child_serials)


@dataclass(frozen=True)
class LineageBlock:
    """One entry in the drawing; `label` is empty where there is no room for it."""

    node: LineageNodeView
    part: LineagePart
    y: int
    height: int
    label: str
    is_requested: bool


@dataclass(frozen=True)
class Drawing:
    blocks: Sequence[LineageBlock]
    height: int
    width: int = WIDTH


def events_of(node: LineageNodeView, story: LineageStory) -> Sequence[LineageEvent]:
    """How units came into an entry, and how they ended there, oldest first."""
    came_by, ended_by = story.came_by(node), story.ended_by(node)
    happened = []
    if came_by:
        words = _MADE if node.id == came_by.result_entry_id else _LEFT
        happened.append(LineageEvent(words[CreditTransactionType(came_by.type)], came_by))
    if ended_by:
        happened.append(
            LineageEvent(_MADE[CreditTransactionType(ended_by.type)] + " whole", ended_by)
        )
    return happened


def part_of(node: LineageNodeView, whole: LineageNodeView) -> LineagePart:
    """Where an entry stands within another that holds all its units."""
    scale = WIDTH / whole.quantity_units
    width = max(node.quantity_units * scale, _WIDTH_MIN)
    x = min((node.first_unit - whole.first_unit) * scale, WIDTH - width)
    return LineagePart(round(x, 2), round(width, 2))


def rows_of(found: LineageView, requested_serial: str) -> Sequence[LineageRow]:
    """The list's rows, parents before children."""
    story, generations = LineageStory(found.steps), _generations(found.entries)
    known = {node.id for node in found.entries}
    following = [*generations[1:], 0]
    return [
        LineageRow(
            node=node,
            events=events_of(node, story),
            part=part_of(node, found.entries[0]),
            generation=generation,
            is_requested=node.serial == requested_serial,
            has_gap=node.parent_id is not None and node.parent_id not in known,
            opens=after > generation,
            closes=max(generation - after, 0),
        )
        for node, generation, after in zip(found.entries, generations, following, strict=True)
    ]


def drawing_of(found: LineageView, requested_serial: str) -> Drawing:
    """
    A line of blocks for each generation, but at most `GENERATIONS_DRAWN`.

    Of a taller tree: the root, and the generations around the asked entry.
    """
    generations = _generations(found.entries)
    here = next(
        g for n, g in zip(found.entries, generations, strict=True) if n.serial == requested_serial
    )
    every = sorted(set(generations))
    first = max(min(every.index(here) - 4, len(every) - GENERATIONS_DRAWN + 1), 1)
    lines = {g: line for line, g in enumerate([0, *every[first:]][:GENERATIONS_DRAWN])}
    missing = _below_a_gap(found.entries, requested_serial)
    blocks = [
        _block(
            node, found.entries[0], lines[generation], is_requested=node.serial == requested_serial
        )
        for node, generation in zip(found.entries, generations, strict=True)
        if generation in lines and node.id not in missing
    ]
    return Drawing(blocks, len(lines) * _ROW_HEIGHT - (_ROW_HEIGHT - _BLOCK_HEIGHT) + 4)


def _block(
    node: LineageNodeView, root: LineageNodeView, line: int, *, is_requested: bool
) -> LineageBlock:
    part = part_of(node, root)
    label = node.serial.rpartition("-")[2] if part.width >= _LABEL_WIDTH_MIN else ""
    return LineageBlock(node, part, 2 + line * _ROW_HEIGHT, _BLOCK_HEIGHT, label, is_requested)


def _below_a_gap(entries: Sequence[LineageNodeView], requested_serial: str) -> set[UUID]:
    """What must not be drawn: of a tree in pieces, all but the root and the asked entry's piece."""
    tops: dict[UUID, UUID] = {}
    for node in entries:
        tops[node.id] = tops.get(node.parent_id, node.id) if node.parent_id else node.id
    here = next(tops[node.id] for node in entries if node.serial == requested_serial)
    return {id for id, top in tops.items() if top != here and id != entries[0].id}


def _generations(entries: Sequence[LineageNodeView]) -> Sequence[int]:
    """How far each entry is from the root; where a part is missing, its rest follows the root."""
    far = {entries[0].id: 0}
    for node in entries[1:]:
        parent = far.get(node.parent_id, 0) if node.parent_id else 0
        far[node.id] = parent + 1
    return [far[node.id] for node in entries]
