"""What routes and commands reach the outside with; `app.py` puts it together."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

import httpx
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from starlette.requests import Request
from temporalio.client import Client

from activities.certificates.checks import CertificateChecks
from activities.ports.clock import Clock
from activities.ports.database import Database
from adapters.clock import SystemClock
from adapters.documents.printing import CertificatePrinter
from adapters.postgres.identity import acting
from adapters.postgres.replication.replica import ReadWish, Replica, wishing
from adapters.redis.shared_answers import RegistryVersion, registry_version
from adapters.settings import Settings
from adapters.storage.presigned_urls import PresignedUrls
from adapters.webhooks.secrets import WebhookSecrets
from api.http.downloads.export_places import ExportPlaces
from api.http.identity.password_checks import SignInGuard
from api.http.identity.password_hasher import PasswordHasher
from api.http.middleware.later import LaterTasks
from api.http.middleware.rate_limits import RateLimit
from api.http.outages import Breakers


@dataclass(frozen=True)
class Reading:
    """The pool that reads: all that the public pages need of `Resources`."""

    reading_engine: AsyncEngine
    """Each of its statements is a transaction of its own."""
    replica: Replica | None = field(default=None, kw_only=True)
    """Asked in its place by requests that change nothing (ADR 0105)."""
    clock: Clock = field(default_factory=SystemClock, kw_only=True)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """
        A connection to read with, for one JSON route, one page or one command.

        Each query sees its own moment. As nobody, as public reads are, each is a transaction of its
        own, which saves two round trips; an identity holds for a transaction and needs one around.
        """
        if self.replica is None:
            async with self.reading_primary() as connection:
                yield connection
            return
        async with self.replica.lent(self.reading_engine.connect) as connection:
            await _as_whoever_acts(connection)
            yield connection

    @asynccontextmanager
    async def reading_primary(self) -> AsyncIterator[AsyncConnection]:
        """Likewise, of what is true this moment: whether somebody is still signed in."""
        async with self.reading_engine.connect() as connection:
            await _as_whoever_acts(connection)
            yield connection

    async def version(self) -> RegistryVersion:
        """Of whom public answers are read from."""
        with wishing(ReadWish(from_replica=True)):
            async with self.reading() as connection:
                return await registry_version(connection)

    @asynccontextmanager
    async def writing_once(self) -> AsyncIterator[AsyncConnection]:
        """A connection for one statement that writes; as nobody it is its own transaction, in one round trip."""
        async with self.reading_primary() as connection:
            yield connection
            if acting() is not None:
                await connection.commit()


async def _as_whoever_acts(connection: AsyncConnection) -> None:
    if acting() is not None:
        await connection.execution_options(isolation_level="READ COMMITTED")


@dataclass(frozen=True)
class Resources(Reading):
    settings: Settings
    engine: AsyncEngine
    """For writing more than one statement in a transaction."""
    database: Database
    temporal: Client
    breakers: Breakers
    """What ends a wait for a server that hangs."""
    object_store: PresignedUrls
    printer: CertificatePrinter
    http: httpx.AsyncClient
    webhook_secrets: WebhookSecrets
    account_limit: RateLimit
    check_limit: RateLimit
    """For checking certificates, by address: a check may ask the chain's server."""
    comment_limit: RateLimit
    """For the public's comments on projects, by address."""
    account_requests: RateLimit
    """For what is asked of accounts without one, by address: registering, confirming, resetting."""
    passwords: PasswordHasher
    later: LaterTasks
    sign_ins: SignInGuard
    announcement_limit: RateLimit
    """For documents, by account: each is a promise of bytes."""
    certificate_checks: CertificateChecks
    export_places: ExportPlaces


def resources(request: Request) -> Resources:
    found: Resources = request.app.state.resources
    return found


def public_url(request: Request) -> str:
    """Where the registry stands, without a slash at its end."""
    return resources(request).settings.registry.public_url.rstrip("/")


def reading(request: Request) -> AbstractAsyncContextManager[AsyncConnection]:
    """`Reading.reading` for one JSON route or one page."""
    pool: Reading = request.app.state.resources
    return pool.reading()
