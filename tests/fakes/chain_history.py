"""
A chain that says exactly what it is told of a few transactions, and counts who asks.

Told what another chain shows, it answers as that one (tests/adapters/chain/test_chain_contract.py).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from activities.ports.chain.provider import ChainUnavailable
from domain.certificates.check_results import ChainFacts
from domain.chain.transactions import METADATA_LABEL, BlockPoint, BlockStanding, Inclusion


class ToldChain:
    """Implements `activities.ports.chain.provider.ChainHistory`; `failure` is raised instead of any answer."""

    def __init__(self, facts: Mapping[str, ChainFacts]) -> None:
        self.facts = dict(facts)
        self.failure: Exception | None = None
        self.asked: Counter[str] = Counter()

    async def inclusion(self, tx_hash: str) -> Inclusion | None:
        found = self._facts(tx_hash)
        if found is None or found.inclusion is None:
            return None
        return replace(found.inclusion, block_time=found.block_time)

    async def standing(self, block: BlockPoint) -> BlockStanding:
        told = [one.standing for one in self.facts.values()]
        return told[0] if told else BlockStanding.REPLACED

    async def metadata(self, tx_hash: str) -> Mapping[str, Any]:
        found = self._facts(tx_hash)
        if found is None:
            raise ChainUnavailable(f"{tx_hash} is not shown")
        return {} if found.payload is None else {str(METADATA_LABEL): found.payload}

    async def payers(self, tx_hash: str) -> Sequence[str]:
        found = self._facts(tx_hash)
        if found is None:
            raise ChainUnavailable(f"{tx_hash} is not shown")
        return found.paid_by

    def _facts(self, tx_hash: str) -> ChainFacts | None:
        self.asked[tx_hash] += 1
        if self.failure is not None:
            raise self.failure
        return self.facts.get(tx_hash)
