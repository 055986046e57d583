"""Accounts, what they are told, and the mail that tells them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from activities.ports.own_data import DataKeys, OwnData
from domain.accounts.api_keys import ApiKey
from domain.accounts.membership import AccountAct, AccountToken, Member, TokenPurpose
from domain.accounts.messages import AccountMessage, AccountMessageKind
from domain.accounts.notices.kinds import NoticeChannel
from domain.accounts.notices.letters import Letter
from domain.accounts.notices.preferences import NotificationPreferences
from domain.accounts.notifications import Notification, NotificationKind
from domain.accounts.passkeys import Passkey, PasskeyChallenge, PasskeyPurpose
from domain.accounts.proposals import Proposal
from domain.accounts.roles import Account, Role
from domain.accounts.wallet_proofs import ChallengePurpose, WalletChallenge


@dataclass(frozen=True)
class Contact:
    """Where an account's mail goes. Personal: it is read when a message is sent, and kept nowhere else."""

    email: str
    name: str


class Accounts(Protocol):
    async def get(self, account_id: UUID) -> Account | None: ...

    async def by_email(self, email: str) -> Account | None: ...

    async def recipient(self, account_id: UUID) -> Account | None:
        """
        Who receives what is sent to this account: the organisation that holds under it.

        Where none does, the organisation that its person acts for.
        """

    async def contact(self, account_id: UUID) -> Contact | None: ...

    async def company(self, account_id: UUID) -> str | None:
        """The legal name of the organisation an account acts for, which is public; a person's is not."""

    async def administrators(self) -> Sequence[UUID]:
        """Those who can sign in; the registry itself is none of them."""


class Notifications(Protocol):
    async def add(self, notification: Notification) -> None:
        """One that is there already stays as it is."""

    async def add_all(self, notifications: Sequence[Notification]) -> None:
        """Any number at once; those that were there already are passed over."""

    async def unmailed(self, notification_id: UUID) -> Notification | None:
        """None when it was mailed, waits for a digest or is in one, or was never made."""

    async def unmailed_of(self, kind: NotificationKind, since: datetime) -> Sequence[UUID]:
        """Notifications of one kind that were made since then and are not mailed yet, oldest first."""

    async def mark_mailed(self, notification_id: UUID, at: datetime) -> None: ...

    async def mark_read(self, notification_id: UUID, user_id: UUID, at: datetime) -> bool:
        """False when the account was told no such thing; who has read it before keeps that moment."""

    async def mark_all_read(self, user_id: UUID, at: datetime) -> None: ...


@dataclass(frozen=True)
class Digest:
    """What one person is told at once, for one day of their own zone; which notifications, is settled."""

    id: UUID
    user_id: UUID
    day: date
    planned_at: datetime


class NotificationPreferenceStore(Protocol):
    """How each person hears of each kind, what waits for their digest, and the digests."""

    async def of(self, user_id: UUID) -> NotificationPreferences: ...

    async def unsubscribe_key(self, user_id: UUID) -> bytes:
        """The account's own, made when it is first asked for."""

    async def choose(self, user_id: UUID, chosen: NotificationPreferences) -> None:
        """In place of whatever was chosen; what waits for a digest and is not wanted any more is dropped."""

    async def set_channel(
        self, user_id: UUID, kinds: Sequence[NotificationKind], channel: NoticeChannel
    ) -> None:
        """Of these kinds alone."""

    async def keep_for_digest(self, notification_id: UUID, at: datetime) -> None: ...

    async def waiting_for_digest(
        self, *, limit: int
    ) -> Sequence[tuple[UUID, NotificationPreferences, date | None]]:
        """Accounts that have something waiting, whoever waits longest first, with the day of their last digest."""

    async def plan_digest(self, digest: Digest) -> bool:
        """Put all that waits into this digest; False when the account has one of this day."""

    async def unmailed_digests(self, since: datetime) -> Sequence[UUID]: ...

    async def unmailed_digest(
        self, digest_id: UUID
    ) -> tuple[Digest, Sequence[Notification]] | None:
        """With what it tells of, oldest first; None when it was mailed or never planned."""

    async def mark_digest_mailed(self, digest_id: UUID, at: datetime) -> None: ...


@dataclass(frozen=True)
class NewMember:
    """An account that nobody has confirmed yet; `invited_at` is None where the person registered."""

    id: UUID
    email: str
    password_hash: str
    name: str
    company: str | None
    role: Role
    invited_at: datetime | None
    created_at: datetime


@dataclass(frozen=True)
class RecordedAct:
    """What somebody of staff did to an account; `role` is the account's from then on."""

    id: UUID
    user_id: UUID
    actor_id: UUID
    act: AccountAct
    role: Role
    reason: str | None
    at: datetime


class Members(Protocol):
    """Accounts as they are opened, confirmed, locked and changed."""

    async def register(self, member: NewMember) -> None:
        """
        One account for each e-mail, also when two register at once.

        One that nobody has confirmed gets what was registered last, and the links in earlier mails
        are void; any other stays as it is.
        """

    async def invite(self, member: NewMember) -> bool:
        """False, and nothing is changed, when the e-mail or the identifier is taken."""

    async def get(self, account_id: UUID) -> Member | None: ...

    async def lock(self, account_id: UUID) -> Member | None:
        """Held until the commit."""

    async def lock_administrators(self) -> Sequence[Member]:
        """All of them, held until the commit, so that two changes at once leave one of them."""

    async def email(self, account_id: UUID) -> str | None: ...

    async def confirm_email(self, account_id: UUID, at: datetime) -> None: ...

    async def pending_email(self, account_id: UUID) -> str | None:
        """The address that the account is to have once it is confirmed."""

    async def set_pending_email(self, account_id: UUID, email: str | None, at: datetime) -> None:
        """In place of another that waits; None: the account keeps the one that it has."""

    async def take_pending_email(self, account_id: UUID, at: datetime) -> bool:
        """It is the account's from now on. False, and nothing is changed: it is another account's."""

    async def set_password(self, account_id: UUID, password_hash: str, at: datetime) -> None:
        """Ends a lock for failed log-ins too: whoever sets a password has shown who they are."""

    async def set_locked(
        self, account_id: UUID, locked_at: datetime | None, at: datetime
    ) -> None: ...

    async def set_role(self, account_id: UUID, role: Role, at: datetime) -> None: ...

    async def set_invited(self, account_id: UUID, at: datetime) -> None: ...

    async def change_profile(self, account_id: UUID, at: datetime, **columns: object) -> None:
        """Of `name`, `company` and `mails_notifications` those that are named."""

    async def add_act(self, act: RecordedAct) -> None: ...

    async def end_sessions(
        self, account_id: UUID, at: datetime, *, but_family: UUID | None = None
    ) -> None:
        """All of an account's sessions, but those of one log-in."""

    async def end_family(self, account_id: UUID, family_id: UUID, at: datetime) -> bool:
        """All sessions of one log-in of the account; False when there is none that is open."""


class AccountMessages(Protocol):
    async def ask(self, message: AccountMessage, *, email: str | None = None) -> None:
        """
        Ask for a mail: to `message.user_id`, or to whoever has this e-mail address.

        The same one statement whether or not anybody has it.
        """

    async def waiting(self, message_id: UUID) -> AccountMessage | None:
        """None when it was handled, or was never asked for."""

    async def waiting_between(
        self, since: datetime, before: datetime, *, limit: int
    ) -> Sequence[UUID]:
        """Those that were asked for between these moments and are not handled yet, oldest first."""

    async def mailed_since(
        self, user_id: UUID, kind: AccountMessageKind, since: datetime
    ) -> int: ...

    async def mark_handled(self, message_id: UUID, at: datetime, *, mailed: bool) -> None: ...

    async def forget(self, before: datetime) -> int:
        """Delete what was asked for before then, and tokens as old; answers how many mails."""


class AccountTokens(Protocol):
    async def add(self, token: AccountToken) -> None: ...

    async def get(self, token_hash: str) -> AccountToken | None: ...

    async def lock(self, token_hash: str) -> AccountToken | None:
        """Held until the commit, so that it is used once."""

    async def use_up(self, user_id: UUID, purposes: Sequence[TokenPurpose], at: datetime) -> None:
        """All of an account's tokens for these purposes are good no more."""


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


class Passkeys(Protocol):
    async def of(self, account_id: UUID) -> Sequence[Passkey]:
        """Of one account, which is held until the commit; oldest first."""

    async def add(self, passkey: Passkey) -> None:
        """
        Raises:
            IntegrityError: its credential is somebody's already; unique keys have the last word.
        """

    async def rename(self, passkey_id: UUID, name: str) -> None: ...

    async def note_use(self, passkey_id: UUID, sign_count: int, at: datetime) -> None:
        """The stored count never goes back."""

    async def remove(self, passkey_id: UUID) -> None: ...

    async def add_challenge(self, challenge: PasskeyChallenge, *, at: datetime) -> None:
        """Those that have expired, of whomever, are swept."""

    async def take_challenge(
        self, challenge_id: UUID, purpose: PasskeyPurpose, *, asked_by: tuple[UUID, UUID] | None
    ) -> PasskeyChallenge | None:
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


class Proposals(Protocol):
    async def add(self, proposal: Proposal) -> None: ...

    async def lock(self, proposal_id: UUID) -> Proposal | None: ...

    async def save(self, proposal: Proposal) -> None: ...


class SignInFailures(Protocol):
    """What failed on the way to a session; the API counts it."""

    async def sweep(self, before: datetime) -> int:
        """Forget what failed last before a moment; how many rows they were."""


class Mailer(Protocol):
    async def send(
        self, contact: Contact, *, message_id: UUID, written_at: datetime, letter: Letter
    ) -> None:
        """
        Hand over one mail, as text and as HTML; it says by itself that a machine wrote it.

        `message_id` and `written_at` are the same each time the same thing is sent, so that readers of
        mail know a second copy. Line breaks in the subject become spaces.
        """


class AccountRepositories(Protocol):
    """What a unit of work offers of accounts."""

    @property
    def accounts(self) -> Accounts: ...

    @property
    def notifications(self) -> Notifications: ...

    @property
    def preferences(self) -> NotificationPreferenceStore: ...

    @property
    def own_data(self) -> OwnData: ...

    @property
    def data_keys(self) -> DataKeys: ...

    @property
    def members(self) -> Members: ...

    @property
    def messages(self) -> AccountMessages: ...

    @property
    def tokens(self) -> AccountTokens: ...

    @property
    def linked_wallets(self) -> LinkedWallets: ...

    @property
    def passkeys(self) -> Passkeys: ...

    @property
    def api_keys(self) -> ApiKeys: ...

    @property
    def proposals(self) -> Proposals: ...

    @property
    def sign_in_failures(self) -> SignInFailures: ...
