"""
Whether a chain's provider is fit for its work: it shows our network, and history enough.

A block may be rolled back until as many stand on top as the network's security parameter says. A
provider that keeps fewer cannot tell what became of a record until then (ADR 0047).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.chain.alerts import AlertCondition, AlertKind


@dataclass(frozen=True)
class ProviderFitness:
    """
    What was found out at the last question; None: nothing could be.

    `other_network` says in words which network is shown instead of ours; `missing_height` is where no
    block is shown, although what stands there is not final yet.
    """

    other_network: str | None = None
    missing_height: int | None = None


def oldest_needed_height(tip_height: int, finality_blocks: int) -> int:
    """The lowest block that can still be rolled back."""
    return max(1, tip_height - finality_blocks)


def unfit(
    fitness: ProviderFitness | None, *, network: str, finality_blocks: int, not_shown: int = 0
) -> Sequence[AlertCondition]:
    """What is wrong; `not_shown` counts transactions in history that the provider does not keep."""
    found = []
    if fitness is not None and fitness.other_network is not None:
        sentence = (
            f"CARDANO_NETWORK is {network}, but the chain's provider shows {fitness.other_network}."
            " Nothing can be written until one of the two is changed; retirements go on, and their"
            " records wait."
        )
        found.append(AlertCondition(AlertKind.CHAIN_MISCONFIGURED, network, sentence))
    missing_height = fitness.missing_height if fitness is not None else None
    if missing_height is not None or not_shown:
        found.append(
            AlertCondition(
                AlertKind.CHAIN_HISTORY_SHORT,
                network,
                _history_sentence(missing_height, not_shown, finality_blocks),
            )
        )
    return found


def _history_sentence(missing_height: int | None, not_shown: int, finality_blocks: int) -> str:
    parts = []
    if missing_height is not None:
        parts.append(
            f"The chain's provider shows no block at height {missing_height}: it keeps fewer than the"
            f" {finality_blocks} blocks that can still be rolled back."
        )
    if not_shown:
        which = "transaction of ours stands" if not_shown == 1 else "transactions of ours stand"
        parts.append(
            f"{not_shown} {which} in blocks that the chain's provider no longer keeps and cannot be"
            " looked up; nothing was taken back, each stays what it was, and no other record waits"
            " for it."
        )
    return " ".join([*parts, "Take a provider, or a setting of it, that keeps more."])
