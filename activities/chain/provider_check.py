"""Asking a chain's provider which network it shows, and how far back its history reaches."""

from dataclasses import dataclass
from datetime import datetime

from activities.ports.chain.provider import Chain
from domain.chain.networks import CardanoNetwork, other_network
from domain.chain.provider_check import ProviderFitness, oldest_needed_height
from domain.chain.transactions import Tip


@dataclass(frozen=True)
class ProviderNeeds:
    """What a provider must show; `slot_zero_at` is the network's, which for a devnet is a setting."""

    network: CardanoNetwork
    slot_zero_at: datetime
    finality_blocks: int

    @classmethod
    def usual(cls, network: CardanoNetwork) -> "ProviderNeeds":
        """The network's own numbers."""
        facts = network.facts
        return cls(network, facts.slot_zero_at, facts.security_parameter_blocks)


async def provider_fitness(chain: Chain, tip: Tip, needs: ProviderNeeds) -> ProviderFitness:
    """
    Two questions.

    Raises:
        ChainUnavailable, ChainMisconfigured: as in activities/ports/chain/provider.py.
    """
    other = other_network(await chain.network(), needs.network, slot_zero_at=needs.slot_zero_at)
    height = oldest_needed_height(tip.height, needs.finality_blocks)
    shown = await chain.shows_height(height)
    return ProviderFitness(other, missing_height=None if shown else height)
