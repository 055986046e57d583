"""Nobody decides about what is their own, or their organisation's (ADR 0066)."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from domain.errors import Forbidden


@dataclass(frozen=True)
class Party:
    """An account and the organisation that it acts for, where it belongs to one."""

    account_id: UUID
    organisation_id: UUID | None = None

    def is_close_to(self, other: "Party") -> bool:
        """The same account, or two of one organisation."""
        if self.account_id == other.account_id:
            return True
        return self.organisation_id is not None and self.organisation_id == other.organisation_id


def require_no_interest(decider: Party, interested: Collection[Party]) -> None:
    """
    `interested` are those whom the decision is about: the supplier, the holders of what is moved.

    Raises:
        Forbidden: the decider, or somebody of the same organisation, is one of them.
    """
    if any(decider.account_id == party.account_id for party in interested):
        raise Forbidden("Nobody decides about what is their own.")
    if any(decider.is_close_to(party) for party in interested):
        raise Forbidden("Nobody decides about what is their organisation's.")
