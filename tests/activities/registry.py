"""The registry's activities on a real database, with fakes where the outside world begins."""

from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from operator import attrgetter
from typing import Any, TypeVar
from uuid import UUID

from temporalio.testing import ActivityEnvironment

from activities.accounts.notifications import NotificationActivities
from activities.audit.anchor import AuditActivities
from activities.certificates.certificates import CertificateActivities, CertificateWriter
from activities.chain.anchoring import ChainActivities
from activities.chain.confirmation_tracker import ChainRules
from activities.chain.reconciliation import LookupRateLimit, ReconcileActivities
from activities.chain.resumption import ResumptionActivities
from activities.chain.wallets import WalletActivities
from activities.chain.watch import ChainWatchActivities
from activities.credits.buffer import BufferActivities
from activities.credits.cancellation import CancellationActivities
from activities.credits.freeze import FreezeActivities
from activities.credits.issuance import IssuanceActivities
from activities.credits.ledger_check import ConservationActivities
from activities.credits.retirement import RetirementActivities
from activities.credits.reversal import ReversalActivities
from activities.credits.transfer import TransferActivities
from activities.payloads import Payload
from activities.ports.database import Database
from activities.ports.publishing import OpenData
from activities.projects.documents import DocumentActivities
from activities.projects.projects import ProjectActivities
from activities.projects.verification import VerificationActivities
from activities.publishing.open_data import ExportActivities
from activities.publishing.webhooks import WebhookActivities
from adapters.chain.wallet.wallet import PlatformWallet
from adapters.settings import CardanoNetwork
from adapters.signing.certificate_signer import Ed25519CertificateSigner
from adapters.webhooks.secrets import WebhookSecrets
from domain.certificates.certificates import IssuingRegistry
from domain.chain.confirmations import CONFIRMATIONS_REQUIRED
from domain.chain.wallets import DEFAULT_WALLET
from domain.projects.projects import ProjectType
from tests.factories import NOW
from tests.fakes.chain import FakeChain, SeedSigner
from tests.fakes.clock import FixedClock
from tests.fakes.mailer import FakeMailer
from tests.fakes.object_store import FakeObjectStore
from tests.fakes.open_data import NothingToExport
from tests.fakes.webhook_sender import FakeWebhookSender

Request = TypeVar("Request", bound=Payload)
Answer = TypeVar("Answer", bound=Payload)

WALLET = PlatformWallet(SeedSigner("platform"), CardanoNetwork.DEVNET)
FUNDS_LOVELACE = 5_000_000_000
SIGNER = Ed25519CertificateSigner(bytes(range(32)))
WEBHOOK_SECRETS = WebhookSecrets(bytes(range(32)))
PUBLIC_URL = "https://registry.karbonica.example"
TTL_SLOTS = 7_200


def funded_chain(funds: Mapping[str, list[int]] | None = None) -> FakeChain:
    return FakeChain(funds or {WALLET.address: [FUNDS_LOVELACE]})


class Registry:
    """
    All use cases together, as `worker.py` puts them together.

    The clock stands still, so that two registries that do the same end up the same.
    """

    def __init__(
        self,
        database: Database,
        *,
        chain: FakeChain | None = None,
        objects: FakeObjectStore | None = None,
        open_data: OpenData | None = None,
        buffer_percentages: Mapping[ProjectType, Decimal] | None = None,
        wallets: Mapping[str, PlatformWallet] | None = None,
        # Tests make time jump, and a tip must not be older than the jump.
        tip_seconds: float = 0,
    ) -> None:
        self.database = database
        self.chain = chain or funded_chain()
        self.objects = objects or FakeObjectStore()
        self.mailer = FakeMailer()
        self.receivers = FakeWebhookSender()
        self.clock = clock = FixedClock(NOW)
        writer = CertificateWriter(IssuingRegistry("Karbonica Registry", PUBLIC_URL))
        self.projects = ProjectActivities(database, clock)
        self.documents = DocumentActivities(database, self.objects, clock)
        self.verification = VerificationActivities(database, clock)
        self.issuance = IssuanceActivities(database, clock, buffer_percentages)
        self.transfer = TransferActivities(database, clock)
        self.retirement = RetirementActivities(database, clock, writer)
        self.cancellation = CancellationActivities(database, clock)
        self.buffer = BufferActivities(database, clock)
        self.reversal = ReversalActivities(database, clock)
        self.freeze = FreezeActivities(database, clock)
        self.export = ExportActivities(
            database, open_data or NothingToExport(), self.objects, clock
        )
        self.conservation = ConservationActivities(database, clock)
        self.audit = AuditActivities(database, clock)
        self.watching = ChainWatchActivities(
            database, self.chain, clock, network="devnet", addresses=[WALLET.address]
        )
        self.resumption = ResumptionActivities(database, clock)
        self.notifications = NotificationActivities(
            database, self.mailer, clock, public_url=PUBLIC_URL
        )
        self.webhooks = WebhookActivities(
            database, self.receivers, WEBHOOK_SECRETS, clock, poll_seconds=0.02
        )
        self.certificates = CertificateActivities(
            database,
            self.chain,
            SIGNER,
            clock,
            writer,
            network="devnet",
            confirmations_required=CONFIRMATIONS_REQUIRED,
        )
        self.wallets = dict(wallets or {DEFAULT_WALLET: WALLET})
        self.on_chain = ChainActivities(
            database,
            self.chain,
            self.wallets,
            clock,
            ChainRules(
                confirmations_required=CONFIRMATIONS_REQUIRED,
                finality_blocks=432,
                ttl_slots=TTL_SLOTS,
                poll_seconds=0.01,
                tip_seconds=tip_seconds,
            ),
            network="devnet",
        )
        self.wallet = WalletActivities(database, self.wallets, clock, network="devnet")

        self.reconcile = ReconcileActivities(
            database,
            self.chain,
            clock,
            LookupRateLimit(pause_seconds=0, recheck_seconds=0),
            addresses=[WALLET.address],
            finality_blocks=432,
        )

    def activity(self, name: str) -> Callable[[Any], Awaitable[Any]]:
        """By its place, as "issuance.issue_credits": a name travels to another process."""
        found: Callable[[Any], Awaitable[Any]] = attrgetter(name)(self)
        return found


async def run(activity: Callable[[Request], Awaitable[Answer]], request: Request) -> Answer:
    """One attempt at an activity, inside Temporal's own test environment."""
    return await ActivityEnvironment().run(activity, request)


async def run_until_shutdown(
    activity: Callable[[Request], Awaitable[Answer]], request: Request
) -> Answer:
    """One attempt on a worker that is shutting down: a follower makes one visit and ends."""
    environment = ActivityEnvironment()
    environment.worker_shutdown()
    return await environment.run(activity, request)


async def keep_draft(registry: Registry, draft_id: UUID, account_id: UUID, body: Payload) -> None:
    """What the API does before a workflow is told the draft's id."""
    async with registry.database.transaction() as work:
        await work.requests.stored_requests.add(draft_id, account_id, body.model_dump(mode="json"))
