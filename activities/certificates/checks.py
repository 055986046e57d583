"""
Checking a certificate for somebody who brings its bytes, with what the chain says at this moment.

It reads no database: the checks are those of `tools/verify.py` (`domain/certificates/checks.py`),
so that a stranger who runs the command finds the same (ADR 0021).
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from activities.ports.chain.provider import ChainHistory, ChainMisconfigured, ChainUnavailable
from domain.certificates.check_results import ChainFacts, Check
from domain.certificates.checks import (
    VerifySignature,
    check_document,
    stated_blocks,
    verdict,
)
from domain.certificates.published_keys import Trusted
from domain.chain.transactions import METADATA_LABEL, BlockPoint

CHAIN_SECONDS = 20.0
"""How long somebody waits for the chain before being told that it was not asked."""

AT_ONCE_MAX = 4
"""Certificates for which the chain is asked at the same time."""

FALSE_BY_ITSELF = "it is false on its own evidence, so the chain was not asked"
NO_ANSWER = "the chain gives no answer at present; try again in a few minutes"


@dataclass(frozen=True)
class _Shown:
    """`facts` None with the reason why nobody asked."""

    facts: Mapping[str, ChainFacts] | None
    unasked: str = ""


class CertificateChecks:
    """
    `network` is the name of the network that `chain` shows.

    The chain is asked only for certificates that are true on their own evidence, signature and key
    included: those are the ones the registry itself has made, so that nobody can use up the quota
    of the provider, which the follower lives on, with inventions.
    """

    def __init__(
        self, chain: ChainHistory, verify_signature: VerifySignature, *, network: str
    ) -> None:
        self._chain = chain
        self._verify_signature = verify_signature
        self._network = network
        self._places = asyncio.Semaphore(AT_ONCE_MAX)

    async def check(self, raw: bytes, trusted: Trusted) -> Sequence[Check]:
        """The checks of the bytes; no input and no failure of the chain makes this raise."""
        alone = self._checks(raw, trusted, _Shown(None, FALSE_BY_ITSELF))
        if not verdict(alone).holds:
            return alone
        return self._checks(raw, trusted, await self._ask(stated_blocks(raw)))

    def _checks(self, raw: bytes, trusted: Trusted, answer: _Shown) -> Sequence[Check]:
        return check_document(
            raw,
            verify_signature=self._verify_signature,
            chain_facts=answer.facts,
            networks=[self._network],
            trusted_keys=trusted.keys,
            trusted_addresses=trusted.addresses,
            unasked=answer.unasked,
        )

    async def _ask(self, blocks: Mapping[str, BlockPoint]) -> _Shown:
        try:
            async with asyncio.timeout(CHAIN_SECONDS), self._places:
                facts = {one: await self._facts(one, stated) for one, stated in blocks.items()}
        except (TimeoutError, ChainUnavailable, ChainMisconfigured):
            return _Shown(None, NO_ANSWER)
        return _Shown(facts)

    async def _facts(self, tx_hash: str, stated: BlockPoint) -> ChainFacts:
        inclusion = await self._chain.inclusion(tx_hash)
        if inclusion is None:
            return ChainFacts(inclusion=None, standing=await self._chain.standing(stated))
        metadata = await self._chain.metadata(tx_hash)
        return ChainFacts(
            inclusion=inclusion,
            payload=metadata.get(str(METADATA_LABEL)),
            paid_by=tuple(await self._chain.payers(tx_hash)),
            block_time=inclusion.block_time,
        )
