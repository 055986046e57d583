"""
Issuances against the audit log: each has its entry, of the same units, and what its approval's entry says.

Whoever writes an issuance past the guards would have to write the log too, whose hashes are anchored on
the chain; source of the rule: ADR 0039.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.quantities import UnitRange, format_tonnes

ISSUED_EVENTS = frozenset({"credits.issued", "buffer.contributed"})
APPROVED_EVENT = "verification.approved"


@dataclass(frozen=True)
class LedgerIssuance:
    """A completed issuance, or the buffer's share of one, as the ledger has it."""

    transaction_id: UUID
    verification_id: UUID | None
    units: UnitRange


@dataclass(frozen=True)
class AuditedIssuance:
    """The same as an audit entry tells it; `quantity` is in tonnes, `units` the first and last number."""

    transaction_id: str
    quantity: str
    units: tuple[int, ...]

    @property
    def quantity_units(self) -> int:
        """0 when the entry tells of no range."""
        return self.units[-1] - self.units[0] + 1 if len(self.units) == 2 else 0  # noqa: PLR2004


@dataclass(frozen=True)
class AuditedApproval:
    verification_id: str
    quantity_units: int


AuditedFact = AuditedIssuance | AuditedApproval


def audited_fact(event_type: str, resource_id: str, changes: Any) -> AuditedFact | None:
    """What an entry tells of issuances; None when it is about something else, or says it in no known way."""
    if not isinstance(changes, Mapping):
        return None
    if event_type in ISSUED_EVENTS:
        units = changes.get("units")
        told = tuple(units) if isinstance(units, list) else ()
        return AuditedIssuance(resource_id, str(changes.get("quantity")), told)
    after = changes.get("after")
    if event_type == APPROVED_EVENT and isinstance(after, Mapping):
        quantity_units = after.get("verifiedQuantityUnits")
        return AuditedApproval(
            resource_id, quantity_units if isinstance(quantity_units, int) else 0
        )
    return None


class IssuanceAudit:
    """Takes what the log's entries tell, in order, and compares it with the ledger at the end."""

    def __init__(self) -> None:
        self._issued: dict[str, AuditedIssuance] = {}
        self._times: Counter[str] = Counter()
        self._approved: dict[str, int] = {}

    def add(self, fact: AuditedFact | None) -> None:
        if isinstance(fact, AuditedIssuance):
            self._issued[fact.transaction_id] = fact
            self._times[fact.transaction_id] += 1
        elif isinstance(fact, AuditedApproval):
            self._approved[fact.verification_id] = fact.quantity_units

    def faults(self, ledger: Sequence[LedgerIssuance]) -> list[str]:
        """Both ways, and with what was approved by the log."""
        found = []
        for issuance in ledger:
            found += self._of_issuance(issuance)
        known = {str(issuance.transaction_id) for issuance in ledger}
        found += [
            f"The log tells of the issuance {id}, which is not in the ledger."
            for id in self._issued
            if id not in known
        ]
        return found + self._of_approvals(ledger)

    def faults_of_total(self, issued_units: int) -> list[str]:
        """
        From outside, where only the sum can be seen: no more was issued than the log tells of.

        `issued_units` is asked for before the log is read, which may go on meanwhile.
        """
        audited_units = sum(one.quantity_units for one in self._issued.values())
        if issued_units <= audited_units:
            return []
        return [
            (
                f"{format_tonnes(issued_units)} t were issued in total, and the log tells of "
                f"{format_tonnes(audited_units)} t."
            )
        ]

    def _of_issuance(self, issuance: LedgerIssuance) -> list[str]:
        id, quantity = str(issuance.transaction_id), format_tonnes(issuance.units.quantity_units)
        if self._times[id] != 1:
            return [f"The issuance {id} of {quantity} t is in {self._times[id]} audit entries."]
        told = self._issued[id]
        if (told.quantity, told.units) != (quantity, (issuance.units.first, issuance.units.last)):
            return [
                (
                    f"The issuance {id} is of {quantity} t, units {issuance.units.first} to "
                    f"{issuance.units.last}; its audit entry tells of {told.quantity} t."
                )
            ]
        return []

    def _of_approvals(self, ledger: Sequence[LedgerIssuance]) -> list[str]:
        issued: defaultdict[str, int] = defaultdict(int)
        for issuance in ledger:
            issued[str(issuance.verification_id)] += issuance.units.quantity_units
        found = []
        for id, issued_units in issued.items():
            approved_units = self._approved.get(id)
            if approved_units is None:
                found.append(
                    f"{format_tonnes(issued_units)} t were issued for the verification {id}, of whose "
                    "approval the log tells nothing."
                )
            elif approved_units != issued_units:
                found.append(
                    f"{format_tonnes(issued_units)} t were issued for the verification {id}, which "
                    f"approved {format_tonnes(approved_units)} t by the log."
                )
        return found
