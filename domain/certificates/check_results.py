"""What the checks of a certificate start from, and what each of them finds."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from domain.chain.transactions import BlockStanding, Inclusion

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Check:
    """
    `passed` None means that nobody looked; the sentence then says why.

    `pointer` is the RFC 6901 pointer to the part of the certificate that the check is about.
    """

    name: str
    passed: bool | None
    sentence: str
    pointer: str = ""

    @property
    def state(self) -> str:
        return {True: "passed", False: "failed", None: "skipped"}[self.passed]

    def below(self, pointer: str) -> "Check":
        return replace(self, pointer=pointer + self.pointer)


@dataclass(frozen=True)
class Verdict:
    """`complete` is False when something was not checked; the sentence names it."""

    holds: bool
    complete: bool
    sentence: str


@dataclass(frozen=True)
class ChainFacts:
    """
    What a server says of the certificate's transaction.

    `inclusion` None means that the server does not know the transaction; `standing` is then what it
    shows of the block stated. `payload` is the content of label 674, None when there is none. `paid_by`
    are the addresses of the spent inputs, collateral and reference inputs left out; an empty text is
    one that the server does not know, and none at all means that it knows none of them.
    """

    inclusion: Inclusion | None
    payload: Any = None
    paid_by: tuple[str, ...] = ()
    block_time: datetime | None = None
    standing: BlockStanding = BlockStanding.REPLACED

    @property
    def is_beyond_history(self) -> bool:
        """It may be on the chain: the server shows no block at all where it is said to stand."""
        return self.inclusion is None and self.standing is BlockStanding.NOT_SHOWN

    @property
    def knows_all_payers(self) -> bool:
        return bool(self.paid_by) and all(self.paid_by)


Facts = ChainFacts | Mapping[str, ChainFacts]
"""What was found of the one transaction, or of each of several by its hash."""


def facts_of(chain: Document, facts: Facts | None) -> ChainFacts | None:
    if isinstance(facts, Mapping):
        return facts.get(chain["txHash"], ChainFacts(inclusion=None))
    return facts


@dataclass(frozen=True)
class TrustedKey:
    """A key the registry publishes, in hex, and the time in which it seals; None means no end."""

    public_key: str
    valid_until: datetime | None = None
    valid_from: datetime | None = None

    def seals_at(self, moment: datetime, *, heed_start: bool) -> bool:
        begun = not heed_start or self.valid_from is None or self.valid_from <= moment
        return begun and (self.valid_until is None or moment <= self.valid_until)


@dataclass(frozen=True)
class TrustedAddress:
    """
    A platform wallet the registry publishes; `network` None means that it names none.

    `only_by_database`: a row says so, which whoever can write rows could add; it settles nothing.
    """

    address: str
    network: str | None = None
    valid_until: datetime | None = None
    only_by_database: bool = False
