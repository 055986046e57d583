"""The freeze: staff stop every ledger write for a while, and say publicly why. Reads go on."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.accounts.roles import Account, Permission
from domain.errors import Conflict, RegistryFrozen


@dataclass(frozen=True)
class RegistryState:
    """
    Whether ledger writes are taken, since when, and what staff said of it; all of it is public.

    An open registry has a reason only when staff gave one as they opened it again; before the first
    freeze nobody has changed anything.
    """

    frozen: bool
    reason: str | None = None
    changed_by: UUID | None = None
    changed_at: datetime | None = None


def require_open(state: RegistryState) -> None:
    """
    Raises:
        RegistryFrozen: staff have frozen ledger writes; the sentence says why.
    """
    if state.frozen:
        raise RegistryFrozen(f"The registry is frozen: {state.reason}")


def freeze(state: RegistryState, reason: str, *, actor: Account, at: datetime) -> RegistryState:
    """
    Raises:
        Forbidden: the account is not staff.
        Conflict: the registry is frozen already, and its reason stands.
    """
    actor.require(Permission.FREEZE_REGISTRY)
    if state.frozen:
        raise Conflict(f"The registry is frozen already: {state.reason}")
    return RegistryState(True, reason, actor.id, at)


def unfreeze(
    state: RegistryState, reason: str | None, *, actor: Account, at: datetime
) -> RegistryState:
    """
    Raises:
        Forbidden: the account is not staff.
        Conflict: the registry is open.
    """
    actor.require(Permission.FREEZE_REGISTRY)
    if not state.frozen:
        raise Conflict("The registry is not frozen.")
    return RegistryState(False, reason, actor.id, at)
