"""Accounts, what they are told, and the mail that tells them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.accounts.api_keys import ApiKey
from domain.accounts.notifications import Notification, NotificationKind
from domain.accounts.roles import Account
from domain.accounts.wallet_proofs import ChallengePurpose, WalletChallenge


@dataclass(frozen=True)
class Contact:
    """Where an account's mail goes. Personal: it is read when a message is sent, and kept nowhere else."""

    email: str
    name: str


class Accounts(Protocol):
    async def get(self, account_id: UUID) -> Account | None: ...

    async def by_email(self, email: str) -> Account | None: ...

    async def contact(self, account_id: UUID) -> Contact | None: ...

    async def company(self, account_id: UUID) -> str | None:
        """The organisation an account speaks for, which is public; the person's name is not."""

    async def administrators(self) -> Sequence[UUID]: ...


class Notifications(Protocol):
    async def add(self, notification: Notification) -> None:
        """One that is there already stays as it is."""

    async def add_all(self, notifications: Sequence[Notification]) -> None:
        """Any number at once; those that were there already are passed over."""

    async def unmailed(self, notification_id: UUID) -> Notification | None: ...

    async def unmailed_of(self, kind: NotificationKind, since: datetime) -> Sequence[UUID]:
        """Notifications of one kind that were made since then and are not mailed yet, oldest first."""

    async def mark_mailed(self, notification_id: UUID, at: datetime) -> None: ...


@dataclass(frozen=True)
class LinkedWallet:
    """`address` in bech32; `verified_at` is when its key last signed a challenge."""

    address: str
    linked_at: datetime
    verified_at: datetime


class LinkedWallets(Protocol):
    async def of(self, account_id: UUID) -> LinkedWallet | None:
        """Of one account, held until the commit."""

    async def holder(self, address: str, key_hash: str) -> UUID | None:
        """The account that has linked this address, or another of the same key (hex)."""

    async def link(self, account_id: UUID, address: str, key_hash: str, at: datetime) -> None:
        """
        Raises:
            IntegrityError: another account linked it in this moment; unique keys have the last word.
        """

    async def note_proof(self, account_id: UUID, at: datetime) -> None: ...

    async def unlink(self, account_id: UUID) -> None:
        """Challenges that were made for it are gone too."""

    async def add_challenge(self, challenge: WalletChallenge, *, at: datetime) -> None:
        """Those that have expired, of whomever, are swept."""

    async def take_challenge(
        self, challenge_id: UUID, purpose: ChallengePurpose, *, asked_by: tuple[UUID, UUID] | None
    ) -> WalletChallenge | None:
        """
        Take it out, so that nobody takes it again; None when it is not there.

        `asked_by` is the account and its session, None at sign-in, where nobody has a session.
        """


class ApiKeys(Protocol):
    async def get(self, key_id: UUID) -> ApiKey | None: ...

    async def count_good(self, account_id: UUID, *, at: datetime) -> int:
        """Of one account, which is held until the commit."""

    async def add(self, key: ApiKey) -> bool:
        """Whether it was added: one that is there already stays as it is."""

    async def revoke(self, key_id: UUID, at: datetime) -> None: ...


class SignInFailures(Protocol):
    """What failed on the way to a session; the API counts it."""

    async def sweep(self, before: datetime) -> int:
        """Forget what failed last before a moment; how many rows they were."""


class Mailer(Protocol):
    async def send(
        self, contact: Contact, *, message_id: UUID, written_at: datetime, subject: str, text: str
    ) -> None:
        """
        Hand over one mail; it says by itself that a machine wrote it.

        `message_id` and `written_at` are the same each time the same thing is sent, so that readers of
        mail know a second copy. Line breaks in `subject` become spaces.
        """


class AccountRepositories(Protocol):
    """What a unit of work offers of accounts."""

    @property
    def accounts(self) -> Accounts: ...

    @property
    def notifications(self) -> Notifications: ...

    @property
    def linked_wallets(self) -> LinkedWallets: ...

    @property
    def api_keys(self) -> ApiKeys: ...

    @property
    def sign_in_failures(self) -> SignInFailures: ...
