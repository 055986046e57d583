"""
What becomes of issued credits: transfers and retirements, whole and in part, as the domain moves them.

Random with a seed of its own, so that two runs make the same registry but for the times.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from domain.credits.ledger import (
    CreditEntry,
    CreditTransaction,
    CreditTransactionStatus,
    CreditTransactionType,
    EntryChange,
    EntryStatus,
    NewEntry,
    entries_opened,
    move,
)
from domain.credits.retirement import Beneficiary, Retirement
from domain.identifiers import Serial
from domain.quantities import UnitRange

MOVES_MAX = 12
_PART, _RETIREMENT, _UNDISCLOSED = 0.7, 0.45, 0.1
_FIRST = ("Nordlicht", "Alpine", "Blue Harbour", "Cedar", "Delta", "Ember", "Fjord", "Granite")
_SECOND = ("Reisen", "Logistics", "Foods", "Energy", "Textiles", "Insurance", "Software", "Steel")
_FORM = {"GmbH": "DEU", "Ltd": "GBR", "Inc.": "USA", "SA": "FRA", "AB": "SWE", "Oy": "FIN"}


@dataclass(frozen=True)
class Block:
    """
    An issuance that is about to be; `next_serial` goes on in its project and vintage.

    `pause_max` is the longest time between two of its moves.
    """

    project_id: UUID
    verification_id: UUID
    owner_id: UUID
    units: UnitRange
    issued_at: datetime
    pause_max: timedelta
    next_serial: Callable[[], Serial]


@dataclass
class History:
    """One issuance and all that came of it; parents stand before their children."""

    entries: dict[UUID, CreditEntry] = field(default_factory=dict)
    transactions: list[CreditTransaction] = field(default_factory=list)
    retirements: list[Retirement] = field(default_factory=list)


def history_of(block: Block, holders: Sequence[UUID], random: Random, *, most: int) -> History:
    """`most` bounds the entries; holders at the front of the list get more than those behind."""
    history, root = _issued(block, random)
    active = [root]
    at = block.issued_at
    for _ in range(random.randint(0, MOVES_MAX)):
        if not active:
            break
        at += block.pause_max * random.uniform(0.01, 1)
        entry = active.pop(random.randrange(len(active)))
        active += _move(history, entry, holders, random, block, most=most, at=at)
    return history


def retired_in_a_row(block: Block, retirements: int, random: Random) -> History:
    """So many retirements of one unit, `pause_max` apart, each from what the one before left over."""
    history, rest = _issued(block, random)
    for number in range(1, retirements + 1):
        _, rest = _moved(
            history,
            rest,
            1,
            block,
            random,
            becomes=EntryStatus.RETIRED,
            recipient=None,
            at=block.issued_at + block.pause_max * number,
        ).opened
    return history


def _move(
    history: History,
    entry: CreditEntry,
    holders: Sequence[UUID],
    random: Random,
    block: Block,
    *,
    most: int,
    at: datetime,
) -> list[CreditEntry]:
    """What is active afterwards of what was: nothing moves when there is no room for its entries."""
    retires = random.random() < _RETIREMENT
    becomes = EntryStatus.RETIRED if retires else EntryStatus.TRANSFERRED
    whole = entry.units.quantity_units
    quantity_units = random.randint(1, whole) if random.random() < _PART else whole
    opened = entries_opened(entry, quantity_units, becomes)
    if len(history.entries) + opened > most:
        return [entry]
    recipient = None if retires else _recipient(holders, entry.owner_id, random)
    movement = _moved(
        history, entry, quantity_units, block, random, becomes=becomes, recipient=recipient, at=at
    )
    return [opened for opened in movement.opened if opened.status is EntryStatus.ACTIVE]


def _issued(block: Block, random: Random) -> tuple[History, CreditEntry]:
    root = CreditEntry(
        id=_id(random),
        serial=block.next_serial(),
        project_id=block.project_id,
        owner_id=block.owner_id,
        units=block.units,
        status=EntryStatus.ACTIVE,
        issued_at=block.issued_at,
        last_action_at=block.issued_at,
    )
    issuance = _transaction(
        random, CreditTransactionType.ISSUANCE, root, root, None, root.owner_id, root.issued_at
    )
    approved = replace(issuance, verification_id=block.verification_id)
    return History({root.id: root}, [approved]), root


def _moved(
    history: History,
    entry: CreditEntry,
    quantity_units: int,
    block: Block,
    random: Random,
    *,
    becomes: EntryStatus,
    recipient: UUID | None,
    at: datetime,
) -> EntryChange:
    """As the domain moves it, written into the history with all that it leaves behind."""
    opened = entries_opened(entry, quantity_units, becomes)
    movement = move(
        entry,
        quantity_units,
        becomes=becomes,
        new_holder_id=recipient,
        names=[NewEntry(_id(random), block.next_serial()) for _ in range(opened)],
        at=at,
    )
    for changed in (movement.after, *movement.opened):
        history.entries[changed.id] = changed
    retires = becomes is EntryStatus.RETIRED
    kind = CreditTransactionType.RETIREMENT if retires else CreditTransactionType.TRANSFER
    retirement = _retirement(random, entry.owner_id, quantity_units, at) if retires else None
    if retirement is not None:
        history.retirements.append(retirement)
    history.transactions.append(
        _transaction(random, kind, entry, movement.moved, entry.owner_id, recipient, at, retirement)
    )
    return movement


def _recipient(holders: Sequence[UUID], sender_id: UUID, random: Random) -> UUID:
    """One holder in twenty has half of everything, as brokers do."""
    while True:
        few = max(2, len(holders) // 20)
        among = holders[:few] if random.random() < 0.5 else holders
        chosen = among[random.randrange(len(among))]
        if chosen != sender_id:
            return chosen


def _transaction(
    random: Random,
    kind: CreditTransactionType,
    entry: CreditEntry,
    result: CreditEntry,
    sender_id: UUID | None,
    recipient_id: UUID | None,
    at: datetime,
    retirement: Retirement | None = None,
) -> CreditTransaction:
    return CreditTransaction(
        id=_id(random),
        type=kind,
        entry_id=entry.id,
        result_entry_id=result.id,
        sender_id=sender_id,
        recipient_id=recipient_id,
        units=result.units,
        status=CreditTransactionStatus.COMPLETED,
        created_at=at,
        completed_at=at,
        retirement_id=retirement.id if retirement else None,
    )


def _retirement(random: Random, account_id: UUID, quantity_units: int, at: datetime) -> Retirement:
    form = random.choice(tuple(_FORM))
    name = f"{random.choice(_FIRST)} {random.choice(_SECOND)} {random.randint(1, 999)} {form}"
    undisclosed = random.random() < _UNDISCLOSED
    return Retirement(
        id=_id(random),
        account_id=account_id,
        quantity_units=quantity_units,
        beneficiary=None if undisclosed else Beneficiary(name, _FORM[form]),
        purpose="Voluntary offsetting",
        reason=f"Flights and freight of the year {at.year}",
        retired_at=at,
    )


def _id(random: Random) -> UUID:
    return UUID(int=random.getrandbits(128), version=4)
