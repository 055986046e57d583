"""The platform's wallets and addresses, and the word of staff or of the registry that one signs nothing for a while."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from domain.accounts.roles import REGISTRY_ACCOUNT_ID, Account, Permission
from domain.errors import Conflict
from domain.identifiers import REGISTRY_NAMESPACE, derived_id

DEFAULT_WALLET = "platform"


@dataclass(frozen=True)
class WalletState:
    """
    A wallet that is frozen signs no new transactions; what it signed before is followed to its end.

    `address` is where it keeps its lovelace at present; keys, and so addresses, may follow one
    another.
    """

    network: str
    name: str
    address: str
    frozen_at: datetime | None = None
    frozen_reason: str | None = None
    frozen_by: UUID | None = None

    @property
    def id(self) -> UUID:
        """What the audit log calls it."""
        return derived_id(REGISTRY_NAMESPACE, f"wallet/{self.network}/{self.name}")

    @property
    def is_frozen(self) -> bool:
        return self.frozen_at is not None

    @property
    def refusal(self) -> str | None:
        """Why the registry itself has frozen it; None while nobody or a person has."""
        return self.frozen_reason if self.frozen_by == REGISTRY_ACCOUNT_ID else None


def freeze(state: WalletState, reason: str, *, actor: Account, at: datetime) -> WalletState:
    """
    Raises:
        Forbidden: the account is not staff.
        Conflict: the wallet is frozen already, and its reason stands.
    """
    actor.require(Permission.FREEZE_REGISTRY)
    if state.is_frozen:
        raise Conflict(f"The wallet is frozen already: {state.frozen_reason}")
    return replace(state, frozen_at=at, frozen_reason=reason, frozen_by=actor.id)


def stop(state: WalletState, refusal: str, *, at: datetime) -> WalletState:
    """
    Freeze it because its key has refused to sign: the same body would be refused again, and
    whoever asked for the signature, a fault or a thief, is to be found first (ADR 0026).
    """
    return replace(state, frozen_at=at, frozen_reason=refusal, frozen_by=REGISTRY_ACCOUNT_ID)


def resume(state: WalletState, *, actor: Account) -> WalletState:
    """
    Raises:
        Forbidden: the account is not staff.
        Conflict: the wallet is not frozen.
    """
    actor.require(Permission.FREEZE_REGISTRY)
    if not state.is_frozen:
        raise Conflict("The wallet is not frozen.")
    return replace(state, frozen_at=None, frozen_reason=None, frozen_by=None)


@dataclass(frozen=True)
class PlatformAddress:
    """
    An address that the registry writes from, or has written from.

    `public_key` in hex. `since` is when it first paid; `until` is None while it may pay, and
    afterwards no transaction of it stands in a later block.
    """

    address: str
    network: str
    public_key: str
    since: datetime
    until: datetime | None = None
