"""What a note in the audit log costs a read, and an entry a write: the same with it and without it."""

import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg
import httpx
from pydantic import SecretStr

from activities.audit_and_notify import audit
from adapters.postgres.database import PostgresDatabase, open_engine
from adapters.settings.database import DatabaseSettings
from bench.bench_stack import BenchStack
from bench.measurement import Measurement, Section
from devstack.caller import Caller
from devstack.seed import ACCOUNTS
from domain.accounts.roles import Role
from domain.projects.documents import Disclosure, Document, DocumentStatus, DocumentType

CALLS = 400
"""By turns, one without and one with, so that both meet the same machine."""

READ_RATIO_MAX, WRITE_RATIO_MAX = 1.15, 1.25
_TWO_DOCUMENTS = """
    UPDATE documents SET disclosure = CASE WHEN documents.id = first.id THEN 'public' ELSE 'confidential' END
      FROM (SELECT min(id::text)::uuid AS id, project_id, verification_id FROM documents
             WHERE status = 'completed' GROUP BY project_id, verification_id
            HAVING count(*) > 1 LIMIT 1) first
     WHERE documents.verification_id = first.verification_id AND documents.status = 'completed'
    RETURNING documents.id, disclosure, documents.project_id, documents.verification_id, uploaded_by
"""

Call = Callable[[], Awaitable[None]]


async def measure(bench: BenchStack) -> Section:
    stack = await bench.stack()
    await bench.population()
    connection = await asyncpg.connect(stack.database_url)
    async with connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        rows = await connection.fetch(_TWO_DOCUMENTS)
    await connection.close()
    read = await _reads(stack.api_url, {row["disclosure"]: row["id"] for row in rows})
    write = await _writes(stack.environment["DATABASE_URL"], rows[0])
    rows_shown = [
        _row("read: `GET /documents/{id}/content`", *read, READ_RATIO_MAX),
        _row("write: announcing a document", *write, WRITE_RATIO_MAX),
    ]
    return Section(
        title="The audit log",
        method=f"{CALLS} calls each, one without and one with it by turns; medians. The read without is of a "
        "public document, which is not noted; the write without is the same transaction less its entry.",
        columns=("what", "without, ms", "with, ms", "ratio", "at most"),
        rows=rows_shown,
        figures={"read": read, "write": write},
    )


async def _reads(api_url: str, documents: dict[str, UUID]) -> tuple[float, float]:
    email = next(email for email, _, _, role in ACCOUNTS if role == Role.ADMINISTRATOR)
    async with httpx.AsyncClient(base_url=api_url) as http:
        caller = await Caller.sign_in(http, email)

        def reading(disclosure: Disclosure) -> Call:
            path = f"/api/v1/documents/{documents[disclosure]}/content"

            async def call() -> None:
                answer = await http.get(path, headers=caller.headers)
                if answer.status_code != httpx.codes.FOUND:
                    raise RuntimeError(f"{path} answers with {answer.status_code}")

            return call

        return await _by_turns(reading(Disclosure.PUBLIC), reading(Disclosure.CONFIDENTIAL))


async def _writes(database_url: str, row: asyncpg.Record) -> tuple[float, float]:
    engine = open_engine(DatabaseSettings(database_url=SecretStr(database_url)))
    database = PostgresDatabase(engine)
    document = Document(
        id=uuid4(),
        project_id=row["project_id"],
        verification_id=row["verification_id"],
        name="A report.csv",
        description="",
        document_type=DocumentType.OTHER,
        disclosure=Disclosure.INTERNAL,
        mime_type="text/csv",
        file_size=12,
        sha256="ab" * 32,
        status=DocumentStatus.AWAITING_UPLOAD,
        uploaded_by=row["uploaded_by"],
        created_at=datetime.now(UTC),
    )

    def announcing(*, audited: bool) -> Call:
        async def call() -> None:
            new = replace(document, id=uuid4())
            async with database.transaction() as work:
                documents = work.projects.documents
                await documents.lock_quotas(new.uploaded_by, new.project_id)
                await documents.lock(new.id)
                await documents.open_of_account(new.uploaded_by)
                await documents.of_project(new.project_id)
                await documents.add(new)
                if audited:
                    audit(
                        work,
                        "document.announced",
                        ("document", new.id),
                        actor_id=new.uploaded_by,
                        before=None,
                        after={"status": new.status.value, "sha256": new.sha256},
                        at=new.created_at,
                    )

        return call

    try:
        return await _by_turns(announcing(audited=False), announcing(audited=True))
    finally:
        await engine.dispose()


async def _by_turns(without: Call, with_it: Call) -> tuple[float, float]:
    """Medians in milliseconds."""
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(CALLS):
        for call, seconds in zip((without, with_it), taken, strict=True):
            began = time.perf_counter()
            await call()
            seconds.append(time.perf_counter() - began)
    return statistics.median(taken[0]) * 1000, statistics.median(taken[1]) * 1000


def _row(what: str, without: float, with_it: float, most: float) -> list[str]:
    return [what, f"{without:.2f}", f"{with_it:.2f}", f"{with_it / without:.2f}", f"{most:.2f}"]


MEASUREMENT = Measurement("audit", measure)
