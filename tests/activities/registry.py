"""The registry's activities on a real database, with fakes where the outside world begins."""

from collections.abc import Awaitable, Callable, Mapping
from operator import attrgetter
from typing import Any, TypeVar
from uuid import UUID

from temporalio.testing import ActivityEnvironment

from activities.chain.reconciliation import LookupRateLimit
from activities.payloads import Payload
from activities.ports.database import Database
from activities.ports.publishing import OpenData
from activities.ports.reports.reports import ReportFiles
from adapters.chain.wallet.wallet import PlatformWallet
from adapters.settings import Settings
from adapters.signing.certificate_signer import Ed25519CertificateSigner
from adapters.webhooks.secrets import WebhookSecrets
from domain.chain.networks import CardanoNetwork
from domain.chain.wallets import DEFAULT_WALLET
from tests.factories import NOW
from tests.fakes.chain import FakeChain, SeedSigner
from tests.fakes.clock import FixedClock
from tests.fakes.mailer import FakeMailer
from tests.fakes.object_store import FakeObjectStore
from tests.fakes.open_data import NothingToExport
from tests.fakes.report_files import NothingToReport
from tests.fakes.salts import repeated_salt
from tests.fakes.webhook_sender import FakeWebhookSender
from worker import Adapters, Pacing, UseCases

Request = TypeVar("Request", bound=Payload)
Answer = TypeVar("Answer", bound=Payload)

WALLET = PlatformWallet(SeedSigner("platform"), CardanoNetwork.DEVNET)
FUNDS_LOVELACE = 5_000_000_000
SIGNER = Ed25519CertificateSigner(bytes(range(32)))
WEBHOOK_SECRETS = WebhookSecrets(bytes(range(32)))
PUBLIC_URL = "https://registry.karbonica.example"
TTL_SLOTS = 7_200
SETTINGS = Settings(
    public_url=PUBLIC_URL,
    chain_poll_seconds=0.01,
    transaction_ttl_slots=TTL_SLOTS,
    webhook_look_seconds=0.02,
)
WITHOUT_PAUSES = LookupRateLimit(pause_seconds=0, recheck_seconds=0)


def funded_chain(funds: Mapping[str, list[int]] | None = None) -> FakeChain:
    return FakeChain(funds or {WALLET.address: [FUNDS_LOVELACE]})


class Registry:
    """
    All use cases together, put together by `worker.py`.

    The clock stands still, so that two registries that do the same end up the same.
    """

    def __init__(
        self,
        database: Database,
        *,
        chain: FakeChain | None = None,
        objects: FakeObjectStore | None = None,
        open_data: OpenData | None = None,
        report_files: ReportFiles | None = None,
        wallets: Mapping[str, PlatformWallet] | None = None,
        # Tests make time jump, and a tip must not be older than the jump.
        tip_seconds: float = 0,
        charges: bool = False,
    ) -> None:
        self.database = database
        self.chain = chain or funded_chain()
        self.objects = objects or FakeObjectStore()
        self.mailer = FakeMailer()
        self.receivers = FakeWebhookSender()
        self.clock = clock = FixedClock(NOW)
        self.wallets = dict(wallets or {DEFAULT_WALLET: WALLET})
        adapters = Adapters(
            database=database,
            clock=clock,
            objects=self.objects,
            open_data=open_data or NothingToExport(),
            report_files=report_files or NothingToReport(),
            mailer=self.mailer,
            webhook_sender=self.receivers,
            webhook_secrets=WEBHOOK_SECRETS,
            certificate_signer=SIGNER,
            chain=self.chain,
            background_chain=self.chain,
            wallets=self.wallets,
            salts=repeated_salt,
        )
        # Tests make time jump, and a tip must not be older than the jump.
        pacing = Pacing(WITHOUT_PAUSES, tip_seconds=tip_seconds)
        self.use_cases = use_cases = UseCases(
            adapters, SETTINGS.replace(fees_charged=charges), pacing=pacing
        )
        self.projects = use_cases.projects.projects
        self.documents = use_cases.projects.documents
        self.rounds = use_cases.projects.rounds
        self.changes = use_cases.projects.changes
        self.buffer_shares = use_cases.projects.buffer_shares
        self.verification = use_cases.projects.verification
        self.findings = use_cases.projects.findings
        self.appeals = use_cases.projects.appeals
        self.countersignature = use_cases.projects.countersignature
        self.sign_offs = use_cases.projects.sign_offs
        self.issuance = use_cases.credits.issuance
        self.transfer = use_cases.credits.transfer
        self.retirement = use_cases.credits.retirement
        self.invoices = use_cases.payments.invoices
        self.reservations = use_cases.credits.reservations
        self.issuance_corrections = use_cases.credits.corrections
        self.cancellation = use_cases.credits.cancellation
        self.labels = use_cases.standards.labels
        self.authorisations = use_cases.standards.authorisations
        self.foreign_ranges = use_cases.standards.foreign_ranges
        self.buffer = use_cases.credits.buffer
        self.reversal = use_cases.credits.reversal
        self.missing_records = use_cases.credits.missing_records
        self.obligation = use_cases.credits.obligation
        self.freeze = use_cases.credits.freeze
        self.conservation = use_cases.credits.conservation
        self.export = use_cases.publishing.open_data
        self.reports = use_cases.reports.reports
        self.webhooks = use_cases.publishing.webhooks
        self.audit = use_cases.audit.anchor
        self.audit_months = use_cases.audit.months
        self.notifications = use_cases.accounts.notifications
        self.digests = use_cases.accounts.digests
        self.proposals = use_cases.accounts.proposals
        self.account_mails = use_cases.accounts.mails
        self.own_data = use_cases.accounts.own_data
        self.certificates = use_cases.certificates.certificates
        self.status_lists = use_cases.certificates.status_lists
        self.transparency = use_cases.transparency.log
        self.corrections = use_cases.certificates.corrections
        self.on_chain = use_cases.chain.anchoring
        self.wallet = use_cases.chain.wallets
        self.watching = use_cases.chain.watch
        self.resumption = use_cases.chain.resumption
        self.reconcile = use_cases.chain.reconciliation
        self.ingestion = use_cases.ingestion.submissions
        self.issues = use_cases.ingestion.issues
        self.folders = use_cases.ingestion.folders
        self.sweeping = use_cases.sweeping

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
