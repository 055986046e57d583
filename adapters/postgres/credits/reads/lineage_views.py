"""Trees of entries as they are seen: their nodes, the transactions between them, and their order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.accounts.roles import Role
from domain.credits.ledger import CreditTransactionType, EntryStatus

_MAKES_ROOTS = {CreditTransactionType.ISSUANCE, CreditTransactionType.BUFFER_CONTRIBUTION}
_HOLDERS = {Role.DEVELOPER: "supplier", Role.BUYER: "buyer", Role.ADMINISTRATOR: "registry"}
_HELD = {
    EntryStatus.ACTIVE,
    EntryStatus.RESERVED,
    EntryStatus.SUSPENDED,
    EntryStatus.BUFFER,
}


@dataclass(frozen=True)
class LineageNodeView:
    """An entry in its tree; `child_serials` are all its children, also those that were not read."""

    id: UUID
    parent_id: UUID | None
    serial: str
    parent_serial: str | None
    child_serials: Sequence[str]
    project_id: UUID
    vintage: int
    owner_id: UUID
    owner_role: str
    status: str
    first_unit: int
    last_unit: int
    quantity_units: int
    issued_at: datetime
    last_action_at: datetime

    @property
    def held_by(self) -> str | None:
        """The holder's role as everybody may know it; None when the entry is nobody's any more."""
        return _HOLDERS.get(Role(self.owner_role)) if self.status in _HELD else None


@dataclass(frozen=True)
class LineageStepView:
    """A completed transaction; `chain_status` None means that no record is queued yet."""

    id: UUID
    type: str
    entry_id: UUID
    result_entry_id: UUID
    serial: str
    result_serial: str
    sender_id: UUID | None
    recipient_id: UUID | None
    first_unit: int
    last_unit: int
    quantity_units: int
    completed_at: datetime
    retirement_id: UUID | None
    reason: str | None
    chain_status: str | None
    tx_hash: str | None


class LineageStory:
    """Which transaction brought units into an entry, and which ended them there."""

    def __init__(self, steps: Sequence[LineageStepView]) -> None:
        self._made = {step.entry_id: step for step in steps if step.type in _MAKES_ROOTS}
        self._moved = {s.entry_id: s for s in steps if s.entry_id != s.result_entry_id}
        self._ended = {
            step.entry_id: step
            for step in steps
            if step.entry_id == step.result_entry_id and step.type not in _MAKES_ROOTS
        }

    def came_by(self, node: LineageNodeView) -> LineageStepView | None:
        """The issuance of a root; of any other entry the transaction that opened it."""
        if node.parent_id is None:
            return self._made.get(node.id)
        return self._moved.get(node.parent_id)

    def ended_by(self, node: LineageNodeView) -> LineageStepView | None:
        """The retirement or cancellation of the whole entry, under its own serial."""
        return self._ended.get(node.id)


@dataclass(frozen=True)
class LineageView:
    """Parents stand before their children, siblings by their units. `truncated`: there are more."""

    entries: Sequence[LineageNodeView]
    steps: Sequence[LineageStepView]
    truncated: bool


@dataclass(frozen=True)
class UnitPathView:
    """`entries` lead from the root to the leaf that holds the unit now."""

    entries: Sequence[LineageNodeView]
    steps: Sequence[LineageStepView]
    retirement_id: UUID | None
    beneficiary_name: str | None
    beneficiary_country: str | None
    retired_at: datetime | None
    truncated: bool

    @property
    def leaf(self) -> LineageNodeView:
        return self.entries[-1]


def in_tree_order(nodes: Sequence[LineageNodeView]) -> Sequence[LineageNodeView]:
    """Parents before children, siblings by their units; a part without its parent comes later."""
    children: dict[UUID | None, list[LineageNodeView]] = {}
    known = {node.id for node in nodes}
    for node in sorted(nodes, key=lambda node: (node.first_unit, -node.last_unit), reverse=True):
        parent_id = node.parent_id if node.parent_id in known else None
        children.setdefault(parent_id, []).append(node)
    waiting = sorted(children.get(None, []), key=lambda node: node.parent_id is None)
    ordered: list[LineageNodeView] = []
    while waiting:
        node = waiting.pop()
        ordered.append(node)
        waiting += children.get(node.id, [])
    return ordered
