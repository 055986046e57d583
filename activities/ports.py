"""
What activities need from outside, named by what they need it for.

Adapters supply these; only `worker.py` and `api/app.py` join the two. Parts are read-only
properties, because a plain attribute in a Protocol is invariant and mypy would refuse the real class.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from domain.accounts import Account
from domain.alerts import Alert
from domain.audit import AuditEntry, AuditHead
from domain.certificates import CertifiedProject, Evidence, StoredCertificate
from domain.chain import (
    Inclusion,
    ProtocolParameters,
    SignedTransaction,
    StoredTransaction,
    Tip,
    UnspentOutput,
    WatchedTransaction,
)
from domain.chain_watch import ChainRows, ProviderState
from domain.documents import Document, StoredBytes
from domain.events import Event, EventName
from domain.export import Dataset, FileFormat, PartSum
from domain.freeze import RegistryState as FrozenOrOpen
from domain.identifiers import Serial
from domain.ledger import Conservation, CreditEntry, CreditTransaction
from domain.ledger_check import Difference, LedgerCheck
from domain.notifications import Notification, NotificationKind
from domain.platform_addresses import PlatformAddress
from domain.projects import Project
from domain.quantities import UnitRange
from domain.reconciliation import OwnRecord, Reconciliation
from domain.records import ChainRecord, RecordStatus
from domain.resumption import StoppedRecord
from domain.retirement import Retirement
from domain.reversal import Covering, RetiredShare, Reversal
from domain.verification import TimelineEvent, Verification
from domain.wallets import WalletState
from domain.webhooks import Answer, Delivery, Webhook


class ChainUnavailable(Exception):
    """Nothing is known about the outcome: no answer, a 5xx, a 429, or nonsense. Ask again later."""


class ChainMisconfigured(Exception):
    """The provider will not talk to us (402, 403, 418): stop, alarm, do not retry into a ban."""


class TransactionRefused(Exception):
    """
    The node said no to these bytes (400, 409).

    It proves nothing about the transaction's fate: the same text is given for bytes that are
    already in the mempool or already in a block. Ask for the hash (notes on "All inputs are spent").
    """


class Chain(Protocol):
    """
    A Cardano node, as seen through a Blockfrost-compatible server.

    Every call may raise ChainUnavailable or ChainMisconfigured.
    """

    async def tip(self) -> Tip: ...

    async def parameters(self) -> ProtocolParameters: ...

    async def inclusion(self, tx_hash: str) -> Inclusion | None:
        """Where the transaction is now, or None when this provider does not show it."""

    async def metadata(self, tx_hash: str) -> Mapping[str, Any]:
        """The transaction's metadata as the chain holds it, by label ("674")."""

    async def unspent_outputs(self, address: str) -> Sequence[UnspentOutput]: ...

    async def transactions_of(self, address: str) -> Sequence[str]:
        """The hashes of all transactions that pay to or from the address, oldest first, each once."""

    async def submit(self, cbor: bytes) -> None:
        """
        Send signed bytes.

        Raises:
            TransactionRefused: the node said no, which does not tell why; ask the chain.
        """


class ChainHistory(Protocol):
    """
    What checking a certificate asks of a chain's server; each may raise as `Chain` does.

    `metadata` and `payers` raise ChainUnavailable for a transaction that is not shown now.
    """

    async def inclusion(self, tx_hash: str) -> Inclusion | None: ...

    async def metadata(self, tx_hash: str) -> Mapping[str, Any]: ...

    async def payers(self, tx_hash: str) -> Sequence[str]:
        """Whose outputs the transaction spent; collateral and reference inputs left out."""


class AddressHistory(ChainHistory, Protocol):
    """What comparing a whole history with ours asks besides."""

    async def tip(self) -> Tip: ...

    async def transactions_of(self, address: str, *, since_height: int = 0) -> Sequence[str]:
        """As `Chain` has it; those in blocks below `since_height` may be left out."""


class WalletTooLow(Exception):
    """The wallet's inputs cannot pay the fee and keep the smallest change output."""


class Wallet(Protocol):
    """The platform wallet: it pays itself, and its transactions carry the records."""

    @property
    def address(self) -> str: ...

    @property
    def public_key(self) -> bytes:
        """Raw Ed25519, 32 bytes."""

    @property
    def network(self) -> str: ...

    async def sign(
        self,
        metadata: Mapping[str, Any],
        *,
        record_ids: Sequence[UUID],
        inputs: Sequence[UnspentOutput],
        tip_slot: int,
        ttl_slot: int,
        parameters: ProtocolParameters,
    ) -> SignedTransaction:
        """
        Build and sign one transaction: the inputs, one change output to ourselves, `metadata` under 674.

        `record_ids` are the stored records that `metadata` was made from, in its order: the signer
        reads them itself and signs nothing else (ADR 0018).

        Raises:
            UnfitMetadata: the chain would refuse the metadata, or the transaction grows too large.
            WalletTooLow: the inputs do not pay the fee and leave a change output the chain accepts.
            SigningRefused: the body breaks a rule of `domain/signing_policy.py`.
        """

    async def sweep(
        self,
        to_address: str,
        *,
        inputs: Sequence[UnspentOutput],
        tip_slot: int,
        ttl_slot: int,
        parameters: ProtocolParameters,
    ) -> SignedTransaction:
        """
        Build and sign the move of all `inputs` to another address of ours, with no metadata.

        Raises:
            WalletTooLow: the inputs do not pay the fee and leave an output the chain accepts.
            SigningRefused: `to_address` is not one of the platform's.
        """


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


class Projects(Protocol):
    async def add(self, project: Project) -> None:
        """Save a new project; the registry gives it its number."""

    async def get(self, project_id: UUID) -> Project | None: ...

    async def lock(self, project_id: UUID) -> Project | None:
        """The same, held against other writers until the transaction ends."""

    async def save(self, project: Project) -> None: ...


class Verifications(Protocol):
    async def add(self, verification: Verification) -> None: ...

    async def for_project(self, project_id: UUID) -> Verification | None: ...

    async def lock(self, verification_id: UUID) -> Verification | None: ...

    async def save(self, verification: Verification) -> None: ...

    async def add_event(self, event: TimelineEvent) -> bool:
        """Put a step on the timeline; False when that very event stands there already."""


class Documents(Protocol):
    async def add(self, document: Document) -> None: ...

    async def lock(self, document_id: UUID) -> Document | None: ...

    async def save(self, document: Document) -> None: ...

    async def completed_for(self, project_id: UUID) -> Sequence[Document]: ...


class Credits(Protocol):
    async def lock(self, serial: Serial) -> CreditEntry | None: ...

    async def get(self, entry_id: UUID) -> CreditEntry | None: ...

    async def living_descendants(self, entry_id: UUID) -> Sequence[Serial]:
        """The serials under which a superseded entry's units live on."""

    async def lock_buffer(self) -> Sequence[CreditEntry]:
        """Every entry in the buffer, held until the commit and locked in one order for all."""

    async def issued_units(self, project_id: UUID, vintage: int | None) -> int:
        """What was ever issued, the buffer's part included; `vintage` None: of all vintages."""

    async def take_units(self, quantity_units: int) -> UnitRange:
        """The next numbers of the one counter; gap-free, because a rollback returns them."""

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

    async def retired_shares(self, project_id: UUID, vintage: int | None) -> Sequence[RetiredShare]:
        """What no reversal has touched of the project's retirements, in order of retirement."""


@dataclass(frozen=True)
class CertifiedFacts:
    """What a certificate says of a project and of the evidence behind its credits."""

    project: CertifiedProject
    evidence: Evidence


class Certificates(Protocol):
    async def facts(self, project_id: UUID) -> CertifiedFacts | None:
        """None unless the project's verification was approved."""

    async def add(self, certificate: StoredCertificate) -> None: ...

    async def lock(self, retirement_id: UUID) -> StoredCertificate | None: ...

    async def save(self, certificate: StoredCertificate) -> None: ...

    async def keep_former(self, certificate: StoredCertificate, *, at: datetime) -> None:
        """Keep a sealed certificate for ever, before another seal takes its place."""


class Records(Protocol):
    """The queue of chain records, and the transactions that carry them."""

    async def queue(self, record: ChainRecord) -> None: ...

    async def for_transaction(self, transaction_id: UUID) -> ChainRecord | None: ...

    async def lock_queued(self, limit: int) -> Sequence[ChainRecord]:
        """The oldest queued records, in order, skipping those another transaction holds."""

    async def attach(self, records: Sequence[ChainRecord], tx_hash: str) -> None:
        """The records are submitted with this transaction from now on."""

    async def carried_by(self, tx_hash: str) -> Sequence[ChainRecord]: ...

    async def set_status(self, tx_hash: str, status: RecordStatus) -> None: ...

    async def requeue(self, tx_hash: str, *, failed: bool) -> None:
        """
        Its records wait again, where they stood in the queue. `failed` counts an attempt; a record
        that has failed too often is parked instead (domain.records.ATTEMPTS_MAX).
        """

    async def count_queued(self) -> int: ...

    async def park(self, records: Sequence[ChainRecord], reason: str) -> None: ...

    async def add_transaction(self, transaction: StoredTransaction) -> None: ...

    async def transaction(self, tx_hash: str) -> StoredTransaction | None: ...

    async def lock_transaction(self, tx_hash: str) -> StoredTransaction | None: ...

    async def save_transaction(self, transaction: StoredTransaction) -> None: ...

    async def confirmed_unannounced(self, limit: int) -> Sequence[ChainRecord]:
        """Confirmed records whose waiting workflows have not been told yet, in order."""

    async def mark_announced(self, record_ids: Sequence[UUID], at: datetime) -> None: ...

    async def take_back_announcement(self, tx_hash: str) -> None:
        """What was told of its records no longer holds as it was told: tell it again when it does."""

    async def in_flight(self) -> Sequence[StoredTransaction]:
        """Signed, submitted and confirmed transactions, oldest first."""

    async def watched(self) -> Sequence[WatchedTransaction]:
        """The same without their bytes, parents before their children: what the follower watches."""

    async def count_in_flight(self) -> int: ...

    async def count_pending(self, address: str) -> int:
        """Transactions of one wallet that no block holds, as far as we have seen."""

    async def deepen(self, block_hash: str, tip_height: int, at: datetime) -> None:
        """The block was seen with this tip: count the confirmations of all it holds anew."""


class WalletOutputs(Protocol):
    """The wallet's UTxOs as the registry knows them; the provider is asked only when there are none."""

    async def lock_unspent(self, address: str) -> Sequence[UnspentOutput]: ...

    async def add(self, address: str, outputs: Sequence[UnspentOutput]) -> None: ...

    async def spend(self, outputs: Sequence[UnspentOutput], tx_hash: str) -> None: ...

    async def release(self, tx_hash: str) -> None:
        """Give back what a transaction that can no longer land had spent, and drop its change."""

    async def spenders(self, tx_hash: str) -> Sequence[str]:
        """Our transactions that spend an output of this one."""

    async def drop_absent(self, address: str, shown: Sequence[UnspentOutput]) -> int:
        """
        Forget unspent outputs that are not among those `shown` by the chain, and count them.

        The change of a transaction that is not confirmed is kept: the chain cannot show it yet.
        """


class Wallets(Protocol):
    async def lock(self, network: str, name: str, address: str) -> WalletState:
        """Held until the commit; a wallet that was never seen, or at another address, is noted first."""

    async def save(self, state: WalletState) -> None: ...


class AuditLog(Protocol):
    """What was appended so far; entries themselves go through `UnitOfWork.audit`."""

    async def head(self) -> AuditHead: ...

    async def anchored_seq(self) -> int:
        """The newest entry that an anchor names, on the chain or on its way; 0 when there is none."""


class PlatformAddresses(Protocol):
    """The registry's own addresses, with their times, for everybody to see."""

    async def add(self, address: PlatformAddress) -> None:
        """It is ours; one that is known stays as it is."""

    async def pays(self, address: PlatformAddress) -> None:
        """It is ours and in use: one that was closed is open again."""

    async def get(self, address: str) -> PlatformAddress | None: ...

    async def close(self, address: str, until: datetime) -> None: ...

    async def unsettled_transactions(self, address: str) -> int:
        """How many of its transactions are neither final nor expired."""


class Reconciliations(Protocol):
    """What is compared with the chain, a part at a time, and what came of it."""

    async def addresses(self) -> Sequence[str]:
        """Every address that a transaction of ours was ever signed for."""

    async def due(
        self, after: str, *, since_height: int | None, again: Sequence[str], limit: int
    ) -> Sequence[str]:
        """
        Hashes after `after`, in order: of transactions with a record that we call confirmed.

        `since_height` leaves out those in lower blocks, but never those in none, nor `again`.
        """

    async def records_in(self, tx_hash: str) -> Sequence[OwnRecord]: ...

    async def unexplained(self, tx_hashes: Sequence[str]) -> Sequence[str]:
        """Which of these are no transaction of ours, or one that was given up as expired."""

    async def saying(self, record: Mapping[str, Any]) -> OwnRecord | None:
        """Our record that says the very same."""

    async def add(self, reconciliation: Reconciliation) -> None: ...

    async def last(self) -> Reconciliation | None: ...


class Notifications(Protocol):
    async def add(self, notification: Notification) -> bool:
        """False when it was there already."""

    async def unmailed(self, notification_id: UUID) -> Notification | None: ...

    async def unmailed_of(self, kind: NotificationKind, since: datetime) -> Sequence[UUID]:
        """Notifications of one kind that were made since then and are not mailed yet, oldest first."""

    async def mark_mailed(self, notification_id: UUID, at: datetime) -> None: ...


class RegistryState(Protocol):
    async def require_open(self) -> None:
        """
        Held (shared) until the commit, so that a freeze waits for the writes before it.

        Call it before the first row is locked: a write that waits here must hold nobody up.

        Raises:
            RegistryFrozen: staff have stopped ledger writes; the sentence says why.
        """

    async def lock(self) -> FrozenOrOpen:
        """Wait for the writes under way, and hold up later ones until the commit."""

    async def save(self, state: FrozenOrOpen) -> None: ...


class Outbox(Protocol):
    async def add(self, event: Event) -> None:
        """Publish with this transaction; the same event again changes nothing."""

    async def get(self, event_id: UUID) -> Event | None: ...

    async def lock_undispatched(self, limit: int) -> Sequence[Event]:
        """Events whose deliveries are not planned yet, in order; what others hold is passed over."""

    async def mark_dispatched(self, event_ids: Sequence[UUID], at: datetime) -> None: ...

    async def occurred_between(
        self, since: datetime, until: datetime, names: Sequence[EventName], limit: int
    ) -> Sequence[Event]: ...


class Webhooks(Protocol):
    async def add(self, webhook: Webhook) -> None:
        """The same id again changes nothing."""

    async def get(self, webhook_id: UUID) -> Webhook | None: ...

    async def lock(self, webhook_id: UUID) -> Webhook | None: ...

    async def active(self) -> Sequence[Webhook]: ...

    async def save(self, webhook: Webhook) -> None: ...


class Deliveries(Protocol):
    async def add(self, deliveries: Sequence[Delivery]) -> None:
        """An event goes to a webhook by one delivery; the same again changes nothing."""

    async def get(self, delivery_id: UUID) -> Delivery | None: ...

    async def lock(self, delivery_id: UUID) -> Delivery | None: ...

    async def save(self, delivery: Delivery) -> None: ...

    async def untaken(self, limit: int) -> Sequence[Delivery]:
        """Pending ones that no workflow has taken on, in the order of their events."""


class LedgerChecks(Protocol):
    async def recompute(self) -> tuple[Conservation, Sequence[Difference]]:
        """The sum and all differences of one moment, counted from the rows of the whole ledger."""

    async def add(self, check: LedgerCheck) -> None: ...

    async def last_sentences(self) -> Sequence[str]:
        """What the newest check found."""


class Alerts(Protocol):
    async def add(self, alert: Alert) -> None:
        """The same id again, or a second open one of a kind and subject, changes nothing."""

    async def save(self, alert: Alert) -> None: ...

    async def lock_recent(self, cleared_since: datetime) -> Sequence[Alert]:
        """The open ones, and those cleared since then."""


class StoppedRecords(Protocol):
    """Chain records as staff see them who send a parked one on."""

    async def lock(self, record_id: UUID) -> StoppedRecord | None: ...

    async def save(self, record: StoppedRecord) -> None: ...


class ChainWatch(Protocol):
    """How the way to the chain is: our own rows, and what is known of the provider."""

    async def provider(self) -> ProviderState: ...

    async def lock_provider(self) -> ProviderState: ...

    async def save_provider(self, state: ProviderState) -> None: ...

    async def rows(self, addresses: Sequence[str], since: datetime) -> ChainRows:
        """All of one moment; what is counted as lately began at `since`."""


class Exports(Protocol):
    async def add(
        self, export_id: UUID, generated_at: datetime, *, manifest: bytes, sha256: str
    ) -> None:
        """Say publicly that an export is there; `manifest` is what will be served, byte for byte."""


class Drafts(Protocol):
    """What was asked for, kept by the API before a workflow is told its id."""

    async def add(self, draft_id: UUID, account_id: UUID, body: Mapping[str, Any]) -> None:
        """Keep a request's body; the same id keeps what it had."""

    async def body(self, draft_id: UUID) -> Mapping[str, Any] | None: ...


class Effects(Protocol):
    """What activities have brought about, so that running one again changes nothing."""

    async def claim(self, key: str) -> bool:
        """
        True for the first to come, who must `finish` in the same transaction.

        A second one waits here until the first has committed or failed.
        """

    async def finish(self, key: str, result: Mapping[str, Any]) -> None: ...

    async def result(self, key: str) -> Mapping[str, Any]: ...


class Answers(Protocol):
    """What was answered to requests with an idempotency key (ADR 0003)."""

    async def forget(self, before: datetime, *, limit: int) -> int:
        """Drop the bytes of the oldest answers given before a moment; how many they were."""


class UnitOfWork(Protocol):
    """One transaction. It commits when the block ends, and is undone by any exception."""

    @property
    def accounts(self) -> Accounts: ...

    @property
    def projects(self) -> Projects: ...

    @property
    def verifications(self) -> Verifications: ...

    @property
    def documents(self) -> Documents: ...

    @property
    def credits(self) -> Credits: ...

    @property
    def retirements(self) -> Retirements: ...

    @property
    def reversals(self) -> Reversals: ...

    @property
    def certificates(self) -> Certificates: ...

    @property
    def records(self) -> Records: ...

    @property
    def wallet_outputs(self) -> WalletOutputs: ...

    @property
    def audit_log(self) -> AuditLog: ...

    @property
    def platform_addresses(self) -> PlatformAddresses: ...

    @property
    def wallets(self) -> Wallets: ...

    @property
    def reconciliations(self) -> Reconciliations: ...

    @property
    def notifications(self) -> Notifications: ...

    @property
    def registry_state(self) -> RegistryState: ...

    @property
    def outbox(self) -> Outbox: ...

    @property
    def webhooks(self) -> Webhooks: ...

    @property
    def deliveries(self) -> Deliveries: ...

    @property
    def ledger_checks(self) -> LedgerChecks: ...

    @property
    def alerts(self) -> Alerts: ...

    @property
    def chain_watch(self) -> ChainWatch: ...

    @property
    def stopped_records(self) -> StoppedRecords: ...

    @property
    def exports(self) -> Exports: ...

    @property
    def drafts(self) -> Drafts: ...

    @property
    def effects(self) -> Effects: ...

    @property
    def answers(self) -> Answers: ...

    def audit(self, entry: AuditEntry) -> None:
        """Note a change; the entries are chained and written last, so that the chain's lock is short."""


class Database(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[UnitOfWork]: ...


@dataclass(frozen=True)
class ExportChunk:
    """Some whole lines of a file, and how many rows they are; a CSV's header is none."""

    content: bytes
    rows: int


class ExportSnapshot(Protocol):
    """The registry at one moment, however long it is read."""

    async def sums(self) -> Sequence[PartSum]: ...

    def chunks(self, dataset: Dataset, format: FileFormat) -> AsyncIterator[ExportChunk]:
        """A file of the open data, in order, a small part at a time."""


class OpenData(Protocol):
    def snapshot(self) -> AbstractAsyncContextManager[ExportSnapshot]: ...


class ObjectStore(Protocol):
    async def stored_bytes(self, key: str) -> StoredBytes | None:
        """Size and SHA-256 of what really is there, read through to the last byte."""

    async def keep(self, upload_key: str, kept_key: str) -> None:
        """Copy an upload to where its upload address cannot reach it any more; safe to repeat."""

    async def store(self, key: str, file: Path, *, media_type: str) -> None:
        """Store a file of any size; safe to repeat."""


class Mailer(Protocol):
    async def send(self, contact: Contact, *, subject: str, text: str) -> None: ...


class WebhookSender(Protocol):
    async def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """
        POST once, to an address that was checked at this very moment, following no redirects.

        Never raises for what the receiver or the network does: that is an answer too.
        """


class CertificateSigner(Protocol):
    """The registry's own key, which seals certificates."""

    @property
    def public_key(self) -> bytes:
        """Raw Ed25519, 32 bytes."""

    def sign(self, message: bytes) -> bytes:
        """Ed25519 signature, 64 bytes."""


class Bell(Protocol):
    """Tells the platform wallet that records wait; many rings may be heard as one, and few be lost."""

    def ring(self) -> None: ...


class Clock(Protocol):
    def now(self) -> datetime:
        """The present moment, in UTC."""
