"""A regulator's access to a report: given by staff, told once, revoked; and each reading by it noted."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from activities.audit_and_notify import audit
from adapters.postgres.identity import SYSTEM, done_as
from adapters.postgres.reports.reads import (
    AccessView,
    accesses_of,
    report_of_access,
)
from api.commands.reports.reports import address_of, visible_report
from api.http.resources import Resources
from domain.accounts.roles import Account, Permission
from domain.errors import Conflict, NotFound
from domain.identifiers import operation_id
from domain.reports.accesses import (
    SECRET_BYTES,
    ReportAccess,
    code_hash,
    code_text,
    require_good,
    require_lifetime,
)
from domain.reports.reports import Report

ACCESSES_SHOWN_MAX = 100


@dataclass(frozen=True)
class GrantedAccess:
    """`code` is told once."""

    access: ReportAccess
    code: str


async def grant_access(
    parts: Resources,
    account: Account,
    key: str,
    report_id: UUID,
    *,
    authority: str,
    purpose: str,
    expires_at: datetime,
) -> GrantedAccess:
    """
    Open a report to an authority, for ninety days at most.

    Raises:
        Forbidden: only staff do.
        NotFound: there is no such report.
        Invalid: as `require_lifetime`.
        Conflict: this very request gave an access before, whose code is told once.
    """
    account.require(Permission.MAKE_REPORTS)
    now = parts.clock.now()
    require_lifetime(expires_at, at=now)
    report = await visible_report(parts, account, report_id)
    code = code_text(secrets.token_urlsafe(SECRET_BYTES))
    access = ReportAccess(
        id=operation_id(account.id, "report-access", key),
        report_id=report.id,
        authority=authority,
        purpose=purpose,
        code_hash=code_hash(code),
        granted_by=account.id,
        granted_at=now,
        expires_at=expires_at,
    )
    async with parts.database.transaction() as work:
        if not await work.reports.add_access(access):
            raise Conflict(
                "This request gave an access before, and a code is told once. Revoke it if its answer did"
                " not reach you, and give another with a new Idempotency-Key."
            )
        audit(
            work,
            "report_access.granted",
            ("report_access", access.id),
            actor_id=account.id,
            before=None,
            after={"reportId": str(report.id), "expiresAt": expires_at.isoformat()},
            at=now,
        )
    return GrantedAccess(access, code)


async def revoke_access(parts: Resources, account: Account, access_id: UUID) -> None:
    """
    Nobody reads by it from this moment on; one that was revoked before stays so.

    Raises:
        Forbidden: only staff do.
        NotFound: there is no such access.
    """
    account.require(Permission.MAKE_REPORTS)
    now = parts.clock.now()
    async with parts.database.transaction() as work:
        access = await work.reports.lock_access(access_id)
        if access is None:
            raise NotFound("There is no such access.")
        if access.revoked_at is not None:
            return
        await work.reports.revoke_access(access_id, by=account.id, at=now)
        audit(
            work,
            "report_access.revoked",
            ("report_access", access_id),
            actor_id=account.id,
            before={"revoked": False},
            after={"revoked": True},
            at=now,
        )


async def accesses(parts: Resources, account: Account, report_id: UUID) -> Sequence[AccessView]:
    """
    The newest hundred, with how often each was read.

    Raises:
        Forbidden: only staff see them.
        NotFound: there is no such report.
    """
    account.require(Permission.MAKE_REPORTS)
    await visible_report(parts, account, report_id)
    async with parts.reading() as connection:
        return await accesses_of(connection, report_id, limit=ACCESSES_SHOWN_MAX)


@done_as(SYSTEM)
async def read_by_code(
    parts: Resources, code: str, *, file: str | None = None
) -> tuple[ReportAccess, Report, str | None]:
    """
    The report that a code opens and, of `file`, an address good for a minute. Noted before it is answered.

    Raises:
        NotFound: nothing was ever opened by that code, or the report has no such file.
        Forbidden: its time is over, or it was revoked.
    """
    now = parts.clock.now()
    async with parts.reading() as connection:
        found = await report_of_access(connection, code_hash(code.strip()))
    if found is None:
        raise NotFound("There is no report for this code. Look whether all of it was copied.")
    access, report = found
    require_good(access, at=now)
    address = address_of(parts, report, file) if file else None
    async with parts.database.transaction() as work:
        await work.reports.note_reading(uuid4(), access.id, now, file=file)
        audit(
            work,
            "report_access.read",
            ("report_access", access.id),
            actor_id=None,
            before=None,
            after={"reportId": str(report.id), "file": file},
            at=now,
        )
    return access, report, address
