"""The fake chain for those who follow it: it counts what it is asked, and loses more."""

from collections.abc import Mapping, Sequence
from hashlib import sha256

from domain.chain.transactions import Inclusion, UnspentOutput
from tests.fakes.chain import FakeChain, Sent


class CountingChain(FakeChain):
    """
    `calls` counts questions and submissions. Transactions in `never_shows` are not shown, whatever
    blocks hold. `unspent_fails` is raised once.
    """

    def __init__(self, funded: Mapping[str, Sequence[int]] | None = None) -> None:
        super().__init__(funded)
        self.calls = 0
        self.never_shows: set[str] = set()
        self.unspent_fails: Exception | None = None

    async def inclusion(self, tx_hash: str) -> Inclusion | None:
        seen = await super().inclusion(tx_hash)
        return None if tx_hash in self.never_shows else seen

    async def unspent_outputs(self, address: str) -> Sequence[UnspentOutput]:
        failure, self.unspent_fails = self.unspent_fails, None
        if failure is not None:
            raise failure
        return await super().unspent_outputs(address)

    def forget_mempool(self) -> None:
        """As a node that was started anew."""
        self._mempool = []

    def is_robbed_of(self, address: str, lovelace: int) -> None:
        """Somebody else with the address's key spends an output of this amount, in the next block."""
        spent = next(
            place
            for place, output in self._unspent(self._on_chain()).items()
            if output == (address, lovelace)
        )
        thief = Sent(
            tx_hash=sha256(repr(spent).encode()).hexdigest(),
            inputs=(spent,),
            outputs=(("addr_test_thief", lovelace),),
            ttl_slot=self._slot + 10_000_000,
            metadata={},
        )
        self._mempool = [thief]

    def _fail_if_asked_to(self) -> None:
        self.calls += 1
        super()._fail_if_asked_to()
