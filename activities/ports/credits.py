"""The credit ledger, and whether it is open."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from domain.accounts.roles import Account
from domain.certificates.certificates import CertifiedFacts, OpenLoss
from domain.credits.checks.invariants import Difference
from domain.credits.freeze import RegistryState
from domain.credits.issuance_correction import IssuanceCorrection, IssuedVintage
from domain.credits.ledger import Conservation, CreditEntry, CreditTransaction, EntryStatus
from domain.credits.ledger_check import LedgerCheck
from domain.credits.obligation import Obligation
from domain.credits.reservation import Offer, Reservation
from domain.credits.retirement import Retirement
from domain.credits.reversal import Covering, RetiredShare, Reversal
from domain.identifiers import Serial
from domain.projects.projects import Project
from domain.quantities import NumberingRoom, UnitRange


class NumberingUsedUp(Exception):
    """An approval of before ADR 0041 that the unit numbers left cannot hold; others go on."""


@dataclass(frozen=True)
class MovementAsked:
    """
    What a movement of units is opened with.

    `lines` are serials, in the order in which they are locked, each with what is to be moved of it; `becomes`
    is what that becomes. `certified` asks for what a certificate states. `request_id` is of the stored
    request, None where there is none.
    """

    account_ids: Sequence[UUID]
    lines: Sequence[tuple[Serial, int]]
    becomes: EntryStatus
    request_id: UUID | None = None
    certified: bool = False


@dataclass(frozen=True)
class OpenedLine:
    """A locked entry, and as many serials as `domain.credits.ledger.entries_opened` says of what is moved."""

    entry: CreditEntry
    serials: tuple[Serial, ...]
    facts: CertifiedFacts | None = None
    losses: tuple[OpenLoss, ...] = ()


@dataclass(frozen=True)
class OpenedMovement:
    """
    All that a movement needs to know before its first row; nothing but `state` where that is frozen.

    `holders` are those of the accounts under which an organisation holds, `told` is for each account who is
    told of what it, or its organisation, receives. A line is None where there is no such serial.
    """

    state: RegistryState
    body: Mapping[str, Any] | None
    accounts: Mapping[UUID, Account]
    holders: frozenset[UUID]
    told: Mapping[UUID, tuple[UUID, ...]]
    lines: tuple[OpenedLine | None, ...]

    def recipient(self, account_id: UUID) -> Account | None:
        """As `Accounts.recipient`."""
        account = self.accounts.get(account_id)
        if account is None or account_id not in self.holders:
            return account
        return replace(account, holding_id=None if account.acts_for == account_id else account_id)


class Movements(Protocol):
    async def open(self, effect: str, asked: MovementAsked) -> OpenedMovement | Mapping[str, Any]:
        """
        Claim `effect` (as `ActivityResults.claim`) and read and lock what a movement needs, in one round trip.

        The stored result where it was brought about before. Serials are taken also of what is refused
        afterwards: a refusal undoes the transaction.
        """


class CreditEntries(Protocol):
    async def lock(self, serial: Serial) -> CreditEntry | None: ...

    async def get(self, entry_id: UUID) -> CreditEntry | None: ...

    async def living_on(self, entry: CreditEntry, limit: int) -> tuple[Sequence[Serial], bool]:
        """
        The serials under which a superseded entry's units live on, in their order.

        At most so many, those with the highest units, and whether there are more.
        """

    async def lock_buffer(self) -> Sequence[CreditEntry]:
        """Every entry in the buffer, held until the commit and locked in one order for all."""

    async def lock_unspent(self, project_id: UUID, vintage: int | None) -> Sequence[CreditEntry]:
        """Every active and every reserved entry of a project (and vintage), whoever holds it; likewise."""

    async def lock_living(self, entry: CreditEntry) -> Sequence[CreditEntry]:
        """The active entries in which units of an entry live on with its holder; likewise."""

    async def lock_suspended(self, reversal_id: UUID) -> Sequence[CreditEntry]:
        """Every entry that is suspended for a loss; likewise."""

    async def issued_units(self, project_id: UUID, vintage: int | None) -> int:
        """What was ever issued, the buffer's part included; `vintage` None: of all vintages."""

    async def take_units(self, quantity_units: int) -> UnitRange:
        """
        The next numbers of the one counter; gap-free, because a rollback returns them.

        Raises:
            NumberingUsedUp: fewer are left; none is taken.
        """

    async def numbering(self) -> NumberingRoom:
        """
        What is left of the unit numbers, and what approvals that are not issued yet take of it.

        An approval that could never be issued takes nothing: it must not stop others.
        """

    async def lock_numbering(self) -> NumberingRoom:
        """The same, held until the commit against issuances and other decisions."""

    async def take_serials(
        self, project: Project, vintage: int, count: int
    ) -> Sequence[Serial]: ...

    async def take_serials_beside(self, entry: CreditEntry, count: int) -> Sequence[Serial]:
        """Of the entry's own project and vintage."""

    async def add(self, *entries: CreditEntry) -> None:
        """All in one statement."""

    async def save(self, entry: CreditEntry) -> None: ...

    async def transaction(self, transaction_id: UUID) -> CreditTransaction | None: ...

    async def add_transaction(self, transaction: CreditTransaction) -> None: ...

    async def without_record(self, limit: int) -> Sequence[CreditTransaction]:
        """The oldest credit transactions that have no chain record, in order."""


class Retirements(Protocol):
    async def add(self, retirement: Retirement) -> None: ...

    async def get(self, retirement_id: UUID) -> Retirement | None: ...

    async def transactions(self, retirement_id: UUID) -> Sequence[CreditTransaction]: ...


class Reversals(Protocol):
    async def lock(self) -> None:
        """Wait for the reversal under way, if there is one, and hold up later ones."""

    async def add(self, reversal: Reversal) -> None: ...

    async def add_cancellation(self, reversal_id: UUID, transaction_id: UUID) -> None: ...

    async def add_coverings(self, reversal_id: UUID, coverings: Sequence[Covering]) -> None: ...

    async def reversed_units(self, project_id: UUID, vintage: int | None) -> int:
        """What was reported lost before; `vintage` None: of all vintages."""

    async def told_about(self, reversal_id: UUID, *, first: int, count: int) -> Sequence[UUID]:
        """
        What its notices are about: each retirement it touches, then each account it suspends units of.

        So many of them, from `first` on in one order for ever.
        """

    async def retired_shares(self, project_id: UUID, vintage: int | None) -> Sequence[RetiredShare]:
        """What no reversal has touched of the project's retirements, in order of retirement."""


class Obligations(Protocol):
    async def add(self, obligation: Obligation) -> None: ...

    async def lock(self, reversal_id: UUID) -> tuple[Obligation, Reversal] | None:
        """With the loss that left it, held until the commit; None where there is none."""

    async def add_cancellation(self, reversal_id: UUID, transaction_id: UUID) -> None:
        """Say that a cancellation makes good a part of it."""

    async def save(self, obligation: Obligation) -> None:
        """Its status, and when it was settled."""


class IssuanceCorrections(Protocol):
    async def issued(self, verification_id: UUID, vintage: int) -> IssuedVintage | None:
        """What an approval's vintage became; None: it was not issued."""

    async def corrected_units(self, verification_id: UUID, vintage: int) -> int:
        """What of it was corrected before."""

    async def add(self, correction: IssuanceCorrection) -> None: ...

    async def lock(self, correction_id: UUID) -> tuple[IssuanceCorrection, int] | None:
        """With the units handed in for it so far, held until the commit; None where there is none."""

    async def add_cancellation(
        self, correction_id: UUID, transaction_id: UUID, *, replaces: bool
    ) -> None:
        """Say that a cancellation is of units issued in error, or (`replaces`) of some handed in for those."""

    async def recorded(
        self, correction_id: UUID | None = None
    ) -> Sequence[tuple[IssuanceCorrection, int]]:
        """All of them (or the one), oldest first, each with all that was in error of its issuance by then."""

    async def save(self, correction: IssuanceCorrection) -> None:
        """Its status, and when it was settled."""

    async def retirements_of(
        self, issued: IssuedVintage, after: UUID, *, limit: int
    ) -> Sequence[tuple[UUID, UUID]]:
        """Retirements that hold units of an issuance, by identifier, each with who holds it."""


class Reservations(Protocol):
    async def add(self, reservation: Reservation) -> None: ...

    async def get(self, reservation_id: UUID) -> Reservation | None: ...

    async def lock(self, reservation_id: UUID) -> Reservation | None:
        """Held until the commit; entries are locked before it."""

    async def lock_of_entries(self, entry_ids: Collection[UUID]) -> Sequence[Reservation]:
        """Those that these entries were set aside for; likewise, in one order."""

    async def save(self, reservation: Reservation) -> None:
        """Its status, what was set aside, and when."""


class Offers(Protocol):
    async def put(self, offer: Offer) -> Offer:
        """What is offered already stays, and shows its holder's name as this one says."""

    async def end(self, offer_id: UUID, at: datetime) -> Offer | None:
        """None: there is none that stands."""


class RegistryStates(Protocol):
    async def require_open(self) -> None:
        """
        Held (shared) until the commit, so that a freeze waits for the writes before it.

        Call it before the first row is locked: a write that waits here must hold nobody up.

        Raises:
            RegistryFrozen: staff have stopped ledger writes; the sentence says why.
        """

    async def lock(self) -> RegistryState:
        """Wait for the writes under way, and hold up later ones until the commit."""

    async def save(self, state: RegistryState) -> None: ...


class LedgerChecks(Protocol):
    async def recompute(self) -> tuple[Conservation, Sequence[Difference]]:
        """The sum and all differences of one moment, counted from the rows of the whole ledger."""

    async def add(self, check: LedgerCheck) -> None: ...

    async def last_sentences(self) -> Sequence[str]:
        """What the newest check found."""


class CreditRepositories(Protocol):
    """What a unit of work offers of the ledger."""

    @property
    def entries(self) -> CreditEntries: ...

    @property
    def movements(self) -> Movements: ...

    @property
    def retirements(self) -> Retirements: ...

    @property
    def reversals(self) -> Reversals: ...

    @property
    def obligations(self) -> Obligations: ...

    @property
    def issuance_corrections(self) -> IssuanceCorrections: ...

    @property
    def reservations(self) -> Reservations: ...

    @property
    def offers(self) -> Offers: ...

    @property
    def registry_state(self) -> RegistryStates: ...

    @property
    def ledger_checks(self) -> LedgerChecks: ...
