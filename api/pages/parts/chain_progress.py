"""How far a chain record has come, as steps and a sentence that a person understands."""

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.postgres.chain_states import ChainStateView
from domain.chain.records import RecordStatus

_STEPS = ("Accepted", "Queued", "Submitted", "In a block", "Confirmed", "Final")
_ACCEPTED, _QUEUED, _SUBMITTED, _IN_A_BLOCK, _CONFIRMED, _FINAL = range(6)


@dataclass(frozen=True)
class ProgressStep:
    """`state` is done, current, trouble or ahead."""

    name: str
    state: str
    note: str = ""


@dataclass(frozen=True)
class ChainProgress:
    """`is_moving` is true as long as looking again soon may show something new."""

    steps: Sequence[ProgressStep]
    sentence: str
    record: ChainStateView | None
    is_moving: bool


def chain_progress(
    chain_record: ChainStateView | None, *, required: int, finality: int
) -> ChainProgress:
    """
    `required` and `finality` are the confirmations that make a record confirmed and final.

    None is a retirement that was accepted and whose record is about to be queued.
    """
    reached = _reached(chain_record)
    parked = chain_record is not None and chain_record.status == RecordStatus.PARKED
    notes = {
        _IN_A_BLOCK: _depth(chain_record, required),
        _FINAL: _finality_note(chain_record, finality),
    }
    steps = [
        ProgressStep(name, _state(index, reached, parked=parked), notes.get(index, ""))
        for index, name in enumerate(_STEPS)
    ]
    return ChainProgress(
        steps, _sentence(chain_record, required, finality), chain_record, reached < _CONFIRMED
    )


def _reached(chain_record: ChainStateView | None) -> int:
    """The last step that is done."""
    if chain_record is None:
        return _ACCEPTED
    if chain_record.status == RecordStatus.FINAL:
        return _FINAL
    if chain_record.status == RecordStatus.CONFIRMED:
        return _CONFIRMED
    if chain_record.status == RecordStatus.SUBMITTED:
        return _IN_A_BLOCK if chain_record.block_hash else _SUBMITTED
    return _QUEUED


def _state(index: int, reached: int, *, parked: bool) -> str:
    if index == reached + 1:
        return "trouble" if parked else "current"
    return "done" if index <= reached else "ahead"


def _depth(chain_record: ChainStateView | None, required: int) -> str:
    if chain_record is None or chain_record.block_hash is None:
        return ""
    return f"{min(chain_record.confirmations, required)} of {required} confirmations"


def _finality_note(chain_record: ChainStateView | None, finality: int) -> str:
    if chain_record is None or chain_record.status != RecordStatus.CONFIRMED:
        return ""
    return f"{chain_record.confirmations} of {finality} blocks"


def _sentence(chain_record: ChainStateView | None, required: int, finality: int) -> str:
    if chain_record is None:
        return "It is accepted and for ever. Its record is about to enter the queue for the chain."
    if chain_record.status == RecordStatus.QUEUED:
        return _queued(chain_record)
    if chain_record.status == RecordStatus.SUBMITTED:
        return _submitted(chain_record, required)
    if chain_record.status == RecordStatus.CONFIRMED:
        return (
            f"{required} blocks or more stand on top of its transaction: it is confirmed."
            f" After {finality:,} blocks no node takes it back any more, and it is final."
        )
    if chain_record.status == RecordStatus.FINAL:
        return (
            f"{finality:,} blocks or more stand on top of its transaction: no node takes it back."
        )
    return (
        "Its way to the chain has stopped, and a person looks after it."
        " The ledger is not touched by this: what happened there stays."
    )


def _queued(chain_record: ChainStateView) -> str:
    valid = "The ledger does not wait for the chain: it is valid now."
    if not chain_record.queued_before:
        return f"It is next in the queue for the chain. {valid}"
    ahead = (
        "one record is"
        if chain_record.queued_before == 1
        else f"{chain_record.queued_before:,} records are"
    )
    return f"It waits for its transaction; {ahead} ahead of it. {valid}"


def _submitted(chain_record: ChainStateView, required: int) -> str:
    if chain_record.block_hash:
        return (
            f"Its transaction is in block {chain_record.block_height or 0:,}, with"
            f" {chain_record.confirmations} of {required} blocks on top."
            " Each further block makes it harder to undo."
        )
    if chain_record.rollbacks:
        return (
            "The chain took back the block that held its transaction, as chains now and then do."
            " The same signed bytes were sent again; nothing is lost."
        )
    return "Its transaction is signed, stored and sent, and waits for a block."
