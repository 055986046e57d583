"""Where the audit log is read from: the registry's own database, or what it shows to everybody."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import httpx
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.audit import reads as reads_audit
from adapters.postgres.credits.reads import transactions as reads_transactions
from adapters.postgres.engines import limited_engine
from adapters.postgres.queries import PageRequest
from adapters.settings.database import DatabaseSettings
from domain.audit.archives import AuditArchive
from domain.audit.check import Link, NamedAnchor, kept_link, public_link
from domain.audit.issuances import LedgerIssuance
from domain.audit.log import AuditHead, DisclosedValue, PublicEntry
from domain.chain.records import ON_THE_CHAIN, RecordStatus
from domain.errors import Invalid
from domain.quantities import format_tonnes, parse_tonnes

BATCH_ENTRIES = 2_000
PAGE_ENTRIES = 100
TIMEOUT_SECONDS = 20.0
TOO_MANY_REQUESTS = 429
RETRIES_MAX = 10


class CannotRead(Exception):
    """The source is no audit log that this program knows; the sentence says why."""


@asynccontextmanager
async def kept_log(database_url: str) -> AsyncIterator["KeptLog"]:
    """One moment of the database, and nothing is written."""
    address = SecretStr(_with_driver(database_url))
    engine = limited_engine(
        DatabaseSettings(database_url=address), isolation_level="REPEATABLE READ"
    )
    try:
        async with engine.connect() as connection:
            yield KeptLog(connection)
    finally:
        await engine.dispose()


@asynccontextmanager
async def public_log(url: str) -> AsyncIterator["PublicLog"]:
    base = f"{url.rstrip('/')}/api/v1/registry/audit"
    async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as client:
        yield PublicLog(client, base)


class KeptLog:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def anchors(self) -> Sequence[NamedAnchor]:
        anchors = await reads_audit.anchors(
            self._connection, PageRequest(10_000_000, newest_first=False)
        )
        return [
            NamedAnchor(a.seq, a.hash, a.tx_hash, RecordStatus(a.status) in ON_THE_CHAIN)
            for a in anchors
        ]

    async def issued(self) -> Sequence[LedgerIssuance]:
        return await reads_transactions.issuances(self._connection)

    async def archives(self) -> Sequence[AuditArchive]:
        return await reads_audit.archives(self._connection)

    async def head(self) -> AuditHead:
        return await reads_audit.head(self._connection)

    async def links(self, head: AuditHead) -> AsyncIterator[Link]:  # noqa: ARG002 -- one moment has one end
        page = PageRequest(BATCH_ENTRIES, newest_first=False)
        while batch := await reads_audit.entries(self._connection, page):
            for chained in batch:
                yield kept_link(chained)
            page = replace(page, after=(batch[-1].seq,))


class PublicLog:
    def __init__(self, client: httpx.AsyncClient, base: str) -> None:
        self._client = client
        self._base = base

    async def anchors(self) -> Sequence[NamedAnchor]:
        return [
            NamedAnchor(
                anchor["seq"],
                anchor["hash"],
                anchor["txHash"],
                RecordStatus(anchor["status"]) in ON_THE_CHAIN,
            )
            async for anchor in self._all(f"{self._base}/anchors")
        ]

    async def issued(self) -> int:
        """The sum alone, in units; a registry shows no list of issuances."""
        found = await self._get(self._base.removesuffix("/audit") + "/conservation")
        try:
            issued: str = found["data"]["total"]["issued"]
            return 0 if issued == format_tonnes(0) else parse_tonnes(issued)
        except (KeyError, TypeError, Invalid) as error:
            raise CannotRead(
                f"This is no conservation sum: {error!r} is missing or wrong."
            ) from None

    async def archives(self) -> Sequence[AuditArchive]:
        months = (await self._get(f"{self._base}/archives"))["data"]["months"]
        return [_archive(month) for month in months]

    async def head(self) -> AuditHead:
        head = (await self._get(f"{self._base}/head"))["data"]
        return AuditHead(head["seq"], head["hash"])

    async def links(self, head: AuditHead) -> AsyncIterator[Link]:
        async for entry in self._all(self._base):
            if entry["seq"] > head.seq:
                return
            yield public_link(_public_entry(entry))

    async def _all(self, address: str) -> AsyncIterator[Mapping[str, Any]]:
        cursor = "0"
        while cursor is not None:
            page = await self._get(address, limit=PAGE_ENTRIES, cursor=cursor)
            for item in page["data"]:
                yield item
            cursor = page["meta"]["nextCursor"]

    async def _get(self, address: str, **query: Any) -> Any:
        """Wait where the registry asks for it; its limit is 1,000 requests a minute."""
        for _ in range(RETRIES_MAX):
            found = await self._client.get(address, params=query)
            if found.status_code != TOO_MANY_REQUESTS:
                break
            await asyncio.sleep(float(found.headers.get("retry-after", 1)))
        if found.status_code != httpx.codes.OK:
            raise CannotRead(f"{address} answers with {found.status_code}.")
        return found.json()


def _public_entry(entry: Mapping[str, Any]) -> PublicEntry:
    try:
        return PublicEntry(
            seq=entry["seq"],
            previous_hash=entry["previousHash"],
            hash=entry["hash"],
            hash_version=entry["hashVersion"],
            event_type=entry["eventType"],
            action=entry["action"],
            resource_type=entry["resourceType"],
            at=entry["at"],
            commitments=entry["commitments"],
            disclosed={
                name: DisclosedValue(shown["salt"], shown["value"])
                for name, shown in entry["disclosed"].items()
            },
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise CannotRead(f"This is no audit entry: {error!r} is missing or wrong.") from None


def _archive(month: Mapping[str, Any]) -> AuditArchive:
    try:
        return AuditArchive(
            month=date.fromisoformat(f"{month['month']}-01"),
            first_seq=month["firstSeq"],
            last_seq=month["lastSeq"],
            previous_hash=month["previousHash"],
            last_hash=month["lastHash"],
            anchored=month["anchored"],
            told=month["told"],
            object_key="",
            sha256=month["sha256"],
            size_bytes=month["sizeBytes"],
            archived_at=datetime.fromisoformat(month["archivedAt"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise CannotRead(f"This is no archived month: {error!r} is missing or wrong.") from None


def _with_driver(url: str) -> str:
    return url if "+asyncpg" in url else url.replace("postgresql://", "postgresql+asyncpg://", 1)
