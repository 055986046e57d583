"""Methodologies in the hands of staff (ADR 0091)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from activities.audit_and_notify import audit
from activities.ports.database import UnitOfWork
from adapters.monitoring.declared import declared_calculations
from adapters.postgres.identity import SYSTEM, done_as
from adapters.postgres.projects.reads.methodologies import MethodologyView
from adapters.postgres.projects.reads.methodologies import methodology as read_methodology
from api.http.fields import Text
from api.http.resources import Resources
from domain.accounts.roles import Account, Permission
from domain.errors import Conflict, Fault, Invalid, NotFound
from domain.identifiers import derived_id, operation_id
from domain.projects.assurance.methodologies import (
    Methodology,
    MethodologyVersion,
    VersionTerms,
    require_new_version,
    withdraw,
)
from domain.projects.documents import DocumentType
from domain.projects.projects import CREDITING_YEARS_MAX, ProjectType
from domain.publishing import events
from domain.publishing.events import EventName

MethodologyName = Annotated[str, Text(200)]
VersionName = Annotated[str, Text(50)]
WithdrawalReason = Annotated[str, Text(2000, lines=True)]
ProjectTypes = Annotated[list[ProjectType], Field(min_length=1, max_length=100)]
DocumentTypes = Annotated[list[DocumentType], Field(max_length=100)]
ParameterText = Annotated[str, Text(500)]
CreditingYears = Annotated[int, Field(strict=True, ge=1, le=CREDITING_YEARS_MAX)]
DurabilityYears = Annotated[int, Field(strict=True, ge=1, le=100_000)]
Calculations = Annotated[list[Annotated[str, Text(80)]], Field(max_length=10)]
PARAMETERS_MAX = 200
"""What a methodology's fields are, as JSON and forms take them."""


@done_as(SYSTEM)
async def add_methodology(
    parts: Resources,
    account: Account,
    key: str,
    *,
    name: str,
    standard: str,
    sector: str,
    terms: VersionTerms,
) -> MethodologyView:
    """
    Record a methodology with its first version.

    Raises:
        Forbidden: only staff keep methodologies.
        Conflict: its standard has one of that name already.
    """
    account.require(Permission.KEEP_METHODOLOGIES)
    methodology_id = operation_id(account.id, "add-methodology", key)
    methodology = Methodology(methodology_id, name, standard, sector)
    now = parts.clock.now()
    async with parts.database.transaction() as work:
        kept = work.projects.methodologies
        if await kept.add(methodology, now, recorded_by=account.id):
            facts = {"name": name, "standard": standard, "sector": sector}
            _audit(work, account, methodology_id, "added", facts, parts)
            await _add_version(work, account, methodology, terms, parts)
        elif await kept.get(methodology_id) is None:
            raise Conflict(f"{standard} has a methodology “{name}” already; add a version to it.")
    return await found_methodology(parts, methodology_id)


@done_as(SYSTEM)
async def change_methodology(
    parts: Resources,
    account: Account,
    methodology_id: UUID,
    *,
    new_version: VersionTerms | None = None,
    withdraws: UUID | None = None,
    withdrawal_reason: str = "",
) -> MethodologyView:
    """
    Record another version of a methodology, withdraw one (`withdraws`), or both.

    Rounds that have what is withdrawn finish on it; no later one chooses it.

    Raises:
        Forbidden: only staff keep methodologies.
        NotFound: there is no such methodology, or it has no such version.
        Conflict: it has that version already, or it is withdrawn already.
    """
    account.require(Permission.KEEP_METHODOLOGIES)
    async with parts.database.transaction() as work:
        methodology = await work.projects.methodologies.get(methodology_id)
        if methodology is None:
            raise NotFound("There is no such methodology.")
        versions = await work.projects.methodologies.versions_of(methodology_id)
        if new_version is not None:
            require_new_version(versions, new_version.version)
            await _add_version(work, account, methodology, new_version, parts)
        if withdraws is not None:
            found = next((one for one in versions if one.id == withdraws), None)
            if found is None:
                raise NotFound("This methodology has no such version.")
            await _withdraw(work, account, found, withdrawal_reason, parts)
    return await found_methodology(parts, methodology_id)


async def found_methodology(parts: Resources, methodology_id: UUID) -> MethodologyView:
    """
    Raises:
        NotFound: there is no such methodology.
    """
    async with parts.reading() as connection:
        view = await read_methodology(connection, methodology_id)
    if view is None:
        raise NotFound("There is no such methodology.")
    return view


def today(parts: Resources) -> date:
    """In UTC, by which versions count."""
    return parts.clock.now().astimezone(UTC).date()


def _require_known(calculations: Sequence[str]) -> None:
    """
    Raises:
        Invalid: with each that is none of the release.
    """
    known = {f"{one.id}/{one.version}" for one in declared_calculations().values()}
    faults = [
        Fault(
            f"/calculations/{place}",
            f"There is no such calculation; there are {', '.join(sorted(known))}.",
        )
        for place, named in enumerate(calculations)
        if named not in known
    ]
    if faults:
        raise Invalid(faults[0].detail, *faults)


async def _add_version(
    work: UnitOfWork,
    account: Account,
    methodology: Methodology,
    terms: VersionTerms,
    parts: Resources,
) -> None:
    _require_known(terms.calculations)
    version = MethodologyVersion(
        derived_id(methodology.id, f"version/{terms.version.casefold()}"), methodology, terms
    )
    now = parts.clock.now()
    if not await work.projects.methodologies.add_version(version, now, recorded_by=account.id):
        raise Conflict(f"{version.title}, is recorded already; a version never changes.")
    facts = {
        "versionId": str(version.id),
        "version": terms.version,
        "projectTypes": [kind.value for kind in terms.project_types],
        "requiresStatement": terms.requires_statement,
        "requiresChecklist": terms.requires_checklist,
        "calculations": list(terms.calculations),
        "validFrom": str(terms.valid_from),
    }
    _audit(work, account, methodology.id, "version_added", facts, parts)
    await work.publishing.outbox.add(
        events.methodology_changed(EventName.METHODOLOGY_VERSION_ADDED, version, now)
    )


async def _withdraw(
    work: UnitOfWork, account: Account, version: MethodologyVersion, reason: str, parts: Resources
) -> None:
    now = parts.clock.now()
    withdrawn = withdraw(version, reason, at=now)
    if not await work.projects.methodologies.withdraw(withdrawn):
        # Somebody else was first in this very moment.
        withdraw(replace(version, withdrawn_at=now), reason, at=now)
    facts = {"versionId": str(version.id), "version": version.terms.version}
    _audit(work, account, version.methodology.id, "version_withdrawn", facts, parts)
    await work.publishing.outbox.add(
        events.methodology_changed(EventName.METHODOLOGY_VERSION_WITHDRAWN, withdrawn, now)
    )


def _audit(
    work: UnitOfWork,
    account: Account,
    methodology_id: UUID,
    act: str,
    after: dict[str, Any],
    parts: Resources,
) -> None:
    audit(
        work,
        f"methodology.{act}",
        ("methodology", methodology_id),
        actor_id=account.id,
        before=None,
        after=after,
        at=parts.clock.now(),
    )
