"""
The API: joins adapters to routes. With `worker.py` the only assembler.

`python -m api` runs it.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
from fastapi import APIRouter, FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from temporalio.client import Client

from activities.certificates.checks import CertificateChecks
from adapters.chain.providers import open_chain
from adapters.chain.watched_history import WatchedChainHistory
from adapters.clock import SystemClock
from adapters.documents.printing import CertificatePrinter
from adapters.logging import configure_logging
from adapters.personal_data.opening import open_personal_data
from adapters.postgres.database import PostgresDatabase, open_engine
from adapters.postgres.engines import open_reading_engine, open_replica_engine
from adapters.postgres.publishing.fragment_pool import FragmentPool
from adapters.postgres.replication.replica import Replica
from adapters.private_files import read_private
from adapters.redis.redis_link import RedisLink
from adapters.redis.shared_answers import SharedAnswers
from adapters.request_counters import RequestCounters
from adapters.settings import Settings, load_settings
from adapters.signing.certificate_signature import verify_signature
from adapters.storage.presigned_urls import PresignedUrls
from adapters.telemetry.tracing import open_error_reports, open_tracing
from adapters.temporal.payload_codec import data_converter_of
from adapters.webhooks.secrets import WebhookSecrets, open_webhook_secrets
from api.commands.addresses import BASE_PATH
from api.http import health
from api.http.claims.answer_keeper import AnswerKeeper
from api.http.documentation import openapi
from api.http.downloads.export_places import ExportPlaces
from api.http.errors.error_mapping import error_response
from api.http.health import CHECK_SECONDS
from api.http.identity.password_checks import SignInGuard
from api.http.identity.password_hasher import PasswordHasher
from api.http.middleware.body_limit import BodyLimit
from api.http.middleware.cross_origin import CrossOrigin
from api.http.middleware.forwarding import AllowedHosts, ForwardedClient, also_allowed
from api.http.middleware.kept_answers import KeptAnswers, Revisions
from api.http.middleware.later import LaterTasks
from api.http.middleware.methods import Methods
from api.http.middleware.noted_route import NotedRoute
from api.http.middleware.rate_limits import AddressLimit, RateLimit
from api.http.middleware.read_routing import ReadRouting
from api.http.middleware.ready_answers import ReadyAnswers
from api.http.middleware.request_context import RequestContext
from api.http.middleware.response_cache import PublicCache
from api.http.middleware.shared_answers import AnswersOfAllProcesses
from api.http.outages import Breakers
from api.http.resources import Resources
from api.http.single_flight import counted_in
from api.pages.mount import mount_pages
from api.pages.parts.routing import is_page, is_shared_page, too_large_page
from api.rest.accounts import (
    accounts,
    api_keys,
    linked_wallets,
    notification_preferences,
    notifications,
    own_data,
    passkeys,
    proposals,
    registration,
    users,
)
from api.rest.accounts import profile as my_account
from api.rest.audit import disclosed as audit_disclosed
from api.rest.audit import log as audit
from api.rest.audit import payload_decoding
from api.rest.audit import staff_log as audit_staff_log
from api.rest.certificates import certificates, credential_documents, published_keys, status_lists
from api.rest.certificates import checks as certificate_checks
from api.rest.chain import alerts, openings, provider, wallet
from api.rest.chain import records as chain
from api.rest.credits import (
    buffer,
    cancellation,
    freeze,
    issuance_corrections,
    lineage,
    obligations,
    public_credits,
    public_retirements,
    retirement,
    retirement_workflow,
    reversals,
    totals,
    transfer,
)
from api.rest.credits import credits as ledger
from api.rest.credits.market import offers, reservations
from api.rest.ingestion import drafts as format_drafts
from api.rest.ingestion import folders as ingestion_folders
from api.rest.ingestion import format_versions
from api.rest.ingestion import formats as ingestion_formats
from api.rest.ingestion import issues as ingestion_issues
from api.rest.ingestion import submissions as ingestions
from api.rest.monitoring import boundaries, quantifications, readings
from api.rest.organisations import bodies, organisations
from api.rest.payments import fees, invoices, provider_webhook
from api.rest.projects import (
    board,
    buffer_share,
    consultations,
    documents,
    findings,
    methodologies,
    monitoring_periods,
    projects,
    public_projects,
    statements,
    verification,
    verification_workflow,
)
from api.rest.projects import changes as project_changes
from api.rest.projects.assurance import risk_assessment, validation
from api.rest.projects.programme import appeals
from api.rest.publishing import changes, descriptions, open_data, webhook_deliveries, webhooks
from api.rest.reports import reports
from api.rest.standards import public_standards
from api.rest.standards import records as standard_records
from api.rest.transparency import log as transparency_log

if TYPE_CHECKING:
    from adapters.telemetry.api_metrics import ApiMetrics
    from adapters.telemetry.errors import ErrorReports
    from adapters.telemetry.traces import Tracing

EXPORTS_AT_ONCE_MAX = 2
GZIP_BYTES_MIN = 1024
GZIP_LEVEL = 5
"""Beyond this level the bytes hardly shrink, but the time doubles."""

READ_FROM_ANYWHERE = (f"{BASE_PATH}/registry/", "/.well-known/", "/api/openapi.json")
"""Beginnings of addresses whose reads are public and know no account."""

ROUTERS = (
    # Routes are tried in order; the public ones are asked for most.
    public_projects.router,
    public_credits.router,
    public_retirements.router,
    offers.public_router,
    public_standards.router,
    totals.router,
    methodologies.public_router,
    statements.public_router,
    certificates.router,
    certificate_checks.router,
    status_lists.router,
    transparency_log.router,
    accounts.router,
    registration.router,
    my_account.router,
    own_data.router,
    notifications.router,
    notification_preferences.router,
    users.router,
    organisations.router,
    bodies.router,
    bodies.declarations_router,
    proposals.router,
    linked_wallets.sign_in_router,
    linked_wallets.router,
    passkeys.sign_in_router,
    passkeys.router,
    api_keys.router,
    projects.router,
    public_projects.preview_router,
    project_changes.router,
    monitoring_periods.router,
    buffer_share.router,
    documents.router,
    verification.router,
    consultations.router,
    consultations.public_router,
    appeals.router,
    appeals.public_router,
    validation.router,
    risk_assessment.router,
    risk_assessment.public_router,
    findings.router,
    statements.router,
    methodologies.router,
    verification_workflow.router,
    retirement_workflow.router,
    ledger.router,
    lineage.router,
    transfer.router,
    retirement.router,
    reservations.router,
    fees.router,
    invoices.router,
    provider_webhook.provider_router,
    offers.router,
    cancellation.router,
    buffer.router,
    reversals.router,
    obligations.router,
    issuance_corrections.router,
    standard_records.router,
    webhooks.router,
    webhook_deliveries.router,
    format_drafts.router,
    format_versions.router,
    ingestion_formats.router,
    ingestion_folders.plain_router,
    ingestion_folders.router,
    ingestions.router,
    ingestion_issues.router,
    readings.router,
    boundaries.router,
    boundaries.public_router,
    quantifications.router,
    quantifications.public_router,
    freeze.router,
    wallet.router,
    descriptions.router,
    open_data.router,
    changes.router,
    reports.router,
    reports.code_router,
    audit.router,
    audit_staff_log.router,
    audit_disclosed.router,
    chain.router,
    alerts.router,
    board.router,
    openings.router,
    provider.router,
)


def create_app(settings: Settings | None = None, *, tracing: "Tracing | None" = None) -> FastAPI:
    """Put the application together; connections are opened when it starts."""
    settings = settings or load_settings()
    tracing = tracing or open_tracing(settings.telemetry, service="karbonica-api")
    metrics = _metrics(settings)
    errors = open_error_reports(settings.telemetry, service="karbonica-api")
    configure_logging(
        settings.registry.log_level,
        *([tracing.log_ids] if tracing else []),
        *([errors.note] if errors else []),
    )
    # Uvicorn would log query strings; api/http/middleware/request_context.py writes an access log without them.
    logging.getLogger("uvicorn.access").disabled = True
    app = FastAPI(
        title=settings.registry.registry_name,
        version=_version(),
        lifespan=_lifespan(settings, tracing, metrics, errors),
        openapi_url="/api/openapi.json",
        # A page of ours, with assets of ours (api/pages/about/api_docs.py).
        docs_url=None,
        redoc_url=None,
        routes=_routes(),
    )
    # FastAPI's own way to make the document one's own.
    app.openapi = lambda: openapi.describe(app, settings.registry.public_url)  # type: ignore[method-assign]
    app.state.is_draining = False
    app.add_exception_handler(HTTPException, error_response)
    if settings.database.database_read_url is None:
        # With a replica it is asked, in the usual way, as far as it has come (ADR 0105).
        app.add_middleware(
            ReadyAnswers, prefix=f"{BASE_PATH}/registry", public_url=settings.registry.public_url
        )
    mount_pages(app, settings)
    add_middleware(app, settings, tracing=tracing, metrics=metrics)
    return app


def add_middleware(
    app: FastAPI,
    settings: Settings,
    *,
    tracing: "Tracing | None" = None,
    metrics: "ApiMetrics | None" = None,
) -> None:
    """What every request goes through beside the headers of the pages; bench/middleware.py measures each."""
    # The last one added is the first to see a request.
    app.add_middleware(NotedRoute, prefix=BASE_PATH)
    if settings.database.database_read_url is not None:
        app.add_middleware(ReadRouting)
    app.add_middleware(GZipMiddleware, minimum_size=GZIP_BYTES_MIN, compresslevel=GZIP_LEVEL)
    has_replica = settings.database.database_read_url is not None
    if not has_replica:
        # Its number is the primary's, and would be kept with what a replica that lags behind says.
        app.add_middleware(KeptAnswers, prefix=f"{BASE_PATH}/registry")
    answers = _shared_answers(settings)
    app.state.answers = answers
    if settings.web.public_cache_seconds and (settings.web.redis_url or has_replica):
        seconds = settings.web.public_cache_seconds
        app.add_middleware(AnswersOfAllProcesses, answers=answers, seconds=seconds)
    app.add_middleware(
        PublicCache,
        prefix=f"{BASE_PATH}/registry/",
        seconds=settings.web.public_cache_seconds,
        is_page=is_shared_page,
    )
    app.add_middleware(BodyLimit, refuse=_refuse_large)
    counters = _counters(settings)
    app.state.counters = counters
    address_limit = RateLimit("address", settings.web.rate_limit_per_address_per_minute, counters)
    app.add_middleware(AddressLimit, limit=address_limit)
    app.add_middleware(
        AllowedHosts,
        public_url=settings.registry.public_url,
        others=also_allowed(
            settings.web.allowed_hosts,
            public_url=settings.registry.public_url,
            api_host=settings.web.api_host,
        ),
    )
    app.add_middleware(
        ForwardedClient,
        trusted=settings.web.trusted_proxies,
        header=settings.web.forwarded_header,
    )
    app.add_middleware(Methods)
    app.add_middleware(RequestContext, tracing=tracing, metrics=metrics)
    temporal_ui = urlsplit(settings.temporal.temporal_ui_url)
    app.add_middleware(
        CrossOrigin,
        prefixes=READ_FROM_ANYWHERE,
        pages={payload_decoding.ADDRESS: f"{temporal_ui.scheme}://{temporal_ui.netloc}"},
    )


def _metrics(settings: Settings) -> "ApiMetrics | None":
    if settings.telemetry.api_metrics_port is None:
        return None
    from adapters.telemetry.api_metrics import ApiMetrics  # noqa: PLC0415 -- who measures nothing loads nothing

    return ApiMetrics()


def _counters(settings: Settings) -> RequestCounters:
    url = settings.web.redis_url
    return RequestCounters(url.get_secret_value() if url else None)


def _shared_answers(settings: Settings) -> SharedAnswers:
    url = settings.web.redis_url
    return SharedAnswers(RedisLink(url.get_secret_value()) if url else None)


def _refuse_large(request: Request, error: HTTPException) -> Response:
    return too_large_page(request) if is_page(request) else error_response(request, error)


class _SettledRouter(APIRouter):
    """Whose routes are all there before the first request, so that no request looks whether there are more."""

    def _get_routes_version(self, seen: set[int] | None = None) -> int:  # noqa: ARG002 -- FastAPI's own signature
        return self._routes_version


@cache
def _routes() -> list[BaseRoute]:
    """The same for every application: FastAPI takes a quarter of a second to work them out."""
    api = _SettledRouter(prefix=BASE_PATH)
    for router in ROUTERS:
        api.include_router(router)
    whole = APIRouter()
    whole.include_router(api)
    whole.include_router(health.router)
    whole.include_router(payload_decoding.router)
    whole.include_router(published_keys.router)
    whole.include_router(credential_documents.router)
    return whole.routes


def _open_keys(settings: Settings) -> WebhookSecrets:
    """Refused now rather than at the first page that is printed, or the first person who signs in."""
    if settings.pdf.pdf_signing_file is not None:
        read_private(settings.pdf.pdf_signing_file, "key that signs PDFs")
    open_personal_data(settings.database)
    return open_webhook_secrets(settings.webhooks)


def _end_sending(tracing: "Tracing | None", errors: "ErrorReports | None") -> None:
    if tracing:
        tracing.close()
    if errors:
        errors.close()


def _lifespan(
    settings: Settings,
    tracing: "Tracing | None",
    metrics: "ApiMetrics | None",
    errors: "ErrorReports | None",
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        webhook_secrets = _open_keys(settings)
        # Lazy: reading goes on while Temporal is away, and the first call that needs it connects.
        temporal = await Client.connect(
            settings.temporal.temporal_address,
            namespace=settings.temporal.temporal_namespace,
            data_converter=data_converter_of(settings.temporal),
            interceptors=[tracing.interceptor] if tracing else [],
            lazy=True,
        )
        chain = open_chain(
            settings.chain, requests_per_second=settings.chain.check_requests_per_second
        )
        counters: RequestCounters = app.state.counters
        sign_ins = SignInGuard(settings.web, counters)
        object_store = PresignedUrls(settings.storage)
        passwords = PasswordHasher(
            cost=settings.web.bcrypt_cost, waiting_max=settings.web.new_passwords_waiting_max
        )
        later = LaterTasks()
        async with httpx.AsyncClient(timeout=CHECK_SECONDS) as http:
            breakers = Breakers.opened(settings, temporal, object_store, http)
            breaker, use_seconds = breakers.database, settings.database.database_use_seconds
            engine = open_engine(
                settings.database, breaker=breaker, use_seconds=use_seconds, as_system=False
            )
            reading_engine = open_reading_engine(
                settings.database, breaker=breaker, use_seconds=use_seconds
            )
            replica_engine = open_replica_engine(settings.database, use_seconds=use_seconds)
            replica = None
            if replica_engine:
                lag_seconds = settings.database.database_read_lag_seconds
                replica = Replica(replica_engine, reading_engine, lag_seconds=lag_seconds)
            if tracing:
                tracing.watch(engine, reading_engine, *filter(None, [replica_engine]))
            if metrics:
                metrics.watch_pools(writing=engine, reading=reading_engine)
                metrics.watch_states(breakers=breakers.by_part(), counters=counters)
                metrics.watch_answers(app.state.answers)
                if replica:
                    metrics.watch_replica(replica)
                app.state.metrics_port = metrics.serve(settings.telemetry)
            app.state.settings = settings
            app.state.counted = counted_in(reading_engine)
            app.state.revisions = Revisions(reading_engine)
            app.state.resources = Resources(
                settings=settings,
                engine=engine,
                reading_engine=reading_engine,
                replica=replica,
                database=PostgresDatabase(engine),
                temporal=temporal,
                breakers=breakers,
                object_store=object_store,
                printer=CertificatePrinter(settings.pdf),
                http=http,
                webhook_secrets=webhook_secrets,
                clock=SystemClock(),
                account_limit=RateLimit(
                    "account", settings.web.rate_limit_per_user_per_minute, counters
                ),
                check_limit=RateLimit(
                    "certificate-checks", settings.web.rate_limit_checks_per_minute, counters
                ),
                comment_limit=RateLimit(
                    "comments", settings.web.rate_limit_comments_per_minute, counters
                ),
                account_requests=RateLimit(
                    "account-requests",
                    settings.web.rate_limit_account_requests_per_minute,
                    counters,
                ),
                announcement_limit=RateLimit(
                    "announcements", settings.storage.rate_limit_announcements_per_minute, counters
                ),
                passwords=passwords,
                later=later,
                sign_ins=sign_ins,
                certificate_checks=CertificateChecks(
                    WatchedChainHistory(chain, breakers.chain),
                    verify_signature,
                    network=settings.chain.cardano_network.value,
                ),
                export_places=ExportPlaces(EXPORTS_AT_ONCE_MAX),
            )
            fragments = FragmentPool(settings.database, breaker, use_seconds=use_seconds)
            async with (
                _watched(replica),
                AnswerKeeper(app.state.resources) as app.state.answer_keeper,
                aclosing(fragments) as app.state.fragments,
            ):
                yield
            if metrics:
                await metrics.close()
            await later.close()
            passwords.close()
            await sign_ins.close()
            await counters.close()
            await app.state.answers.close()
            await breakers.close()
            await chain.close()
            await engine.dispose()
            await reading_engine.dispose()
            if replica_engine:
                await replica_engine.dispose()
            _end_sending(tracing, errors)

    return lifespan


@asynccontextmanager
async def _watched(replica: Replica | None) -> AsyncIterator[None]:
    if replica is None:
        yield
        return
    # So that the first request knows already whether there is one.
    await replica.look()
    watching = asyncio.create_task(replica.watch())
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


def _version() -> str:
    try:
        return version("karbonica-registry")
    except PackageNotFoundError:
        return "0"
