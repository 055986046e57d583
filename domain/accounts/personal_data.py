"""
What people may ask of their own data: a copy, and to be erased after a time to think (ADR 0073).

Sources: GDPR articles 7 (consent), 15 and 20 (copy), 17 (erasure). What the registry must keep, it keeps
under a pseudonym: the ledger, the audit log, decisions and certificates (article 17, 3b and 3e).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.errors import Conflict

EXPORT_KEPT_FOR = timedelta(days=7)
EXPORT_LINK_GOOD_FOR = timedelta(minutes=5)
REMINDED_BEFORE = timedelta(days=2)
"""How long before the erasure the person is reminded, where the time to think is that long."""

ERASED_NAME = "Erased person"
ERASED_DOMAIN = "erased.invalid"
"""Never delivered to (RFC 2606)."""


class ConsentKind(StrEnum):
    """What somebody may consent to."""

    TERMS = "terms"
    MARKETING_MAILS = "marketing_mails"


@dataclass(frozen=True)
class Consent:
    """`version` is that of the text that was shown; `given` is False where it was taken back."""

    id: UUID
    user_id: UUID
    kind: ConsentKind
    version: str
    given: bool
    at: datetime


@dataclass(frozen=True)
class Erasure:
    """A wish to be erased; it ends withdrawn, done, or refused because something stood against it."""

    id: UUID
    user_id: UUID
    requested_at: datetime
    erase_at: datetime
    reminded_at: datetime | None = None
    withdrawn_at: datetime | None = None
    erased_at: datetime | None = None
    refused_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.withdrawn_at is None and self.erased_at is None and self.refused_at is None

    @property
    def remind_at(self) -> datetime:
        """Two days before, or halfway where there are fewer."""
        return max(
            self.erase_at - REMINDED_BEFORE,
            self.requested_at + (self.erase_at - self.requested_at) / 2,
        )


@dataclass(frozen=True)
class DataExport:
    """A file with all of an account's data; `ready_at` is None while it is made."""

    id: UUID
    user_id: UUID
    requested_at: datetime
    ready_at: datetime | None = None
    size_bytes: int | None = None
    removed_at: datetime | None = None

    @property
    def key(self) -> str:
        """Where the object storage has it."""
        return f"{EXPORTS_OF_PEOPLE}{self.id}.zip"


EXPORTS_OF_PEOPLE = "personal-exports/"


@dataclass(frozen=True)
class ErasureFacts:
    """What may stand against erasing somebody. `units_held` in hundredths of a tonne."""

    units_held: int
    open_verifications: int
    is_last_administrator: bool


def require_erasable(facts: ErasureFacts) -> None:
    """
    Raises:
        Conflict: credits, an open verification or the registry would be left without anybody; all
            that stands against it is told at once.
    """
    sentences = [
        sentence
        for stands_against, sentence in (
            (
                facts.units_held > 0,
                "You hold credits: transfer or retire them first, as nobody could any more.",
            ),
            (
                facts.open_verifications > 0,
                "A verification of yours is not decided: wait, or ask staff to assign another.",
            ),
            (
                facts.is_last_administrator,
                "You are the last administrator: make somebody else one first.",
            ),
        )
        if stands_against
    ]
    if sentences:
        raise Conflict(" ".join(sentences))


def pseudonym(account_id: UUID) -> tuple[str, str]:
    """The name and the e-mail that stand in an erased account; they tell of the account alone."""
    return f"{ERASED_NAME} {str(account_id)[:8]}", f"{account_id}@{ERASED_DOMAIN}"
