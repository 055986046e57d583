"""Verification bodies in the hands of staff, and what verifiers declare (ADR 0068)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.audit_and_notify import Message, audit, by_topic, tell_staff
from activities.ports.database import UnitOfWork
from activities.projects.impartiality import keep_declaration
from adapters.postgres.identity import SYSTEM, done_as
from adapters.postgres.organisations.reads import (
    VerificationBodyView,
    verification_bodies_page,
    verifier_loads,
)
from adapters.postgres.organisations.reads import verification_body as read_body
from adapters.postgres.queries import PageRequest
from api.commands.notices import mail_notice
from api.commands.organisations.members import join
from api.commands.projects.verification import visible_verification
from api.http.fields import Text, read_day, refuse
from api.http.resources import Resources
from domain.accounts.notifications import NotificationKind, round_place
from domain.accounts.roles import Account, Permission, Role
from domain.errors import Conflict, Fault, Invalid, NotFound
from domain.identifiers import derived_id, operation_id
from domain.organisations.accreditation import (
    Accreditation,
    ConflictDeclaration,
    DeclaredConflict,
    require_no_conflict,
    require_period,
)
from domain.organisations.organisations import MemberRole, Organisation, OrganisationKind
from domain.projects.assurance.assignments import RoundTask
from domain.projects.projects import ProjectType
from domain.projects.verification import Verification, require_undecided
from domain.publishing import events


def _https(value: str) -> str:
    if not re.fullmatch(r"https://[!-~]+", value):
        raise refuse("Evidence url must begin with https:// and have no spaces")
    return value


SchemeName = Annotated[str, Text(255)]
AccreditationNumber = Annotated[str, Text(100)]
Day = Annotated[date, BeforeValidator(read_day)]
WebAddress = Annotated[str, Field(max_length=2000), AfterValidator(_https)]
Scope = Annotated[list[ProjectType], Field(min_length=1, max_length=100)]
"""An accreditation's terms, as JSON and forms take them."""


def scope_of(kinds: Sequence[ProjectType]) -> tuple[str, ...]:
    return tuple(sorted({kind.value for kind in kinds}))


@dataclass(frozen=True)
class AccreditationTerms:
    """`project_types` is the scope; the days are in UTC, both included."""

    scheme: str
    number: str
    project_types: tuple[str, ...]
    valid_from: date
    valid_until: date
    evidence_url: str | None


@done_as(SYSTEM)
async def add_body(
    parts: Resources,
    account: Account,
    key: str,
    facts: dict[str, Any],
    terms: AccreditationTerms | None,
) -> VerificationBodyView:
    """
    Record a verification body: `legal_name`, `country`, `registration_number`, and an accreditation.

    Raises:
        Forbidden: only staff keep verification bodies.
        Invalid: the accreditation would end before it begins.
    """
    account.require(Permission.MANAGE_USERS)
    body_id, now = operation_id(account.id, "add-verification-body", key), parts.clock.now()
    body = Organisation(
        id=body_id,
        kind=OrganisationKind.VERIFICATION_BODY,
        holding_account_id=None,
        **facts,
    )
    async with parts.database.transaction() as work:
        if await work.organisations.organisations.add(body, now):
            _audit(work, account, body_id, "added", None, facts, now)
            await _accredit(work, account, body_id, terms, now)
    return await found_body(parts, body_id)


@done_as(SYSTEM)
async def change_body(
    parts: Resources,
    account: Account,
    body_id: UUID,
    changes: dict[str, Any],
    terms: AccreditationTerms | None,
) -> VerificationBodyView:
    """
    Change what `changes` names, and record an accreditation or renew the one of its scheme and number.

    Raises:
        Forbidden: only staff keep verification bodies.
        NotFound: there is no such body.
        Invalid: the accreditation would end before it begins.
    """
    account.require(Permission.MANAGE_USERS)
    now = parts.clock.now()
    async with parts.database.transaction() as work:
        body = await _locked(work, body_id)
        changed = {name: new for name, new in changes.items() if new != getattr(body, name)}
        if changed:
            await work.organisations.organisations.change(body_id, now, **changed)
            before = {name: getattr(body, name) for name in changed}
            _audit(work, account, body_id, "changed", before, changed, now)
        await _accredit(work, account, body_id, terms, now)
    return await found_body(parts, body_id)


@done_as(SYSTEM)
async def add_verifier(
    parts: Resources, account: Account, body_id: UUID, user_id: UUID
) -> VerificationBodyView:
    """
    Have an account verify for a body, and for the former one no more.

    Raises:
        Forbidden: only staff keep verification bodies.
        NotFound: there is no such body.
        Invalid: there is no such account, or it is no verifier's.
        Conflict: it verifies for that body already, or its organisation would be left without an owner.
    """
    account.require(Permission.MANAGE_USERS)
    try:
        async with parts.database.transaction() as work:
            body = await _locked(work, body_id)
            verifier = await work.accounts.accounts.get(user_id)
            if verifier is None or verifier.role is not Role.VERIFIER:
                detail = "That is no account of a verifier."
                raise Invalid(detail, Fault("/userId", detail))
            await join(work, parts, verifier, body, MemberRole.MEMBER, actor=account)
    except IntegrityError:
        raise Conflict("That account joined another organisation in this moment.") from None
    return await found_body(parts, body_id)


async def found_body(parts: Resources, body_id: UUID) -> VerificationBodyView:
    """
    Raises:
        NotFound: there is no such body.
    """
    async with parts.reading() as connection:
        body = await read_body(connection, body_id)
        if body is None:
            raise NotFound("There is no such verification body.")
        load = await verifier_loads(
            connection,
            [verifier.user_id for verifier in body.verifiers],
            at=parts.clock.now(),
            overdue_before=review_began_before(parts),
        )
    return body.with_load(load)


async def bodies_with_load(
    parts: Resources, connection: AsyncConnection, page: PageRequest
) -> Sequence[VerificationBodyView]:
    """A page of them, and the row that tells that it goes on; each verifier with what they have to do."""
    rows = await verification_bodies_page(connection, page)
    load = await verifier_loads(
        connection,
        [verifier.user_id for body in rows for verifier in body.verifiers],
        at=parts.clock.now(),
        overdue_before=review_began_before(parts),
    )
    return [body.with_load(load) for body in rows]


def review_began_before(parts: Resources) -> datetime:
    """When a review began that is late now."""
    return parts.clock.now() - timedelta(hours=parts.settings.rules.review_deadline_hours)


@done_as(SYSTEM)
async def declare_conflict(
    parts: Resources,
    account: Account,
    key: str,
    verification_id: UUID,
    *,
    declared: DeclaredConflict,
    words: str | None,
) -> ConflictDeclaration:
    """
    Keep what the assigned verifier, the validator or the technical reviewer declares; of a conflict, staff are told.

    Raises:
        NotFound: there is no such verification, or this account may not see it.
        Forbidden: this account neither verifies nor validates it, nor reviews its statement.
        AlreadyDecided: it is decided.
        ConflictOfInterest: a conflict was declared before, which is not taken back.
        Invalid: a conflict without words.
    """
    await visible_verification(parts, account, verification_id)
    account.require(Permission.DECLARE_INTERESTS)
    if declared is DeclaredConflict.PRESENT and words is None:
        detail = "Say which interest there is."
        raise Invalid(detail, Fault("/words", detail))
    now = parts.clock.now()
    declaration = ConflictDeclaration(
        id=operation_id(account.id, "declare-conflict", key),
        verification_id=verification_id,
        user_id=account.id,
        declared=declared,
        words=words,
        implied=False,
        declared_at=now,
    )
    told: Sequence[UUID] = ()
    async with parts.database.transaction() as work:
        locked = await work.projects.verifications.lock(verification_id)
        if locked is None or not await _works_on(work, locked, account):
            raise NotFound("There is no such verification.")
        require_undecided(locked)
        newest = await work.organisations.declarations.newest(verification_id, account.id)
        if newest is not None and newest.id == declaration.id:
            return newest
        require_no_conflict(newest, required=False)
        await keep_declaration(work, declaration)
        await work.publishing.outbox.add(events.conflict_declared(declaration, locked.project_id))
        if declared is DeclaredConflict.PRESENT:
            text = "A verifier has declared a conflict of interest; assign another one."
            place = round_place(locked.id)
            message = Message(NotificationKind.CONFLICT_DECLARED, text, place)
            topic = by_topic(declaration.id, "conflict")
            told = await tell_staff(work, message, notification_id=topic, at=now)
    for notice_id in told:
        parts.later.do(mail_notice(parts, notice_id))
    return declaration


async def _works_on(work: UnitOfWork, verification: Verification, account: Account) -> bool:
    """Whether it is the round's verifier, validator or technical reviewer, in this moment."""
    tasks = [await work.projects.assignments.of(verification.id, task) for task in RoundTask]
    return account.id in {verification.verifier_id, *(one.user_id for one in tasks if one)}


async def _accredit(
    work: UnitOfWork,
    account: Account,
    body_id: UUID,
    terms: AccreditationTerms | None,
    at: datetime,
) -> None:
    if terms is None:
        return
    require_period(terms.valid_from, terms.valid_until)
    before = await work.organisations.accreditations.of(body_id)
    same = [one for one in before if (one.scheme, one.number) == (terms.scheme, terms.number)]
    accreditation = Accreditation(
        id=derived_id(body_id, f"accreditation/{terms.scheme}/{terms.number}"),
        organisation_id=body_id,
        inherited=False,
        recorded_by=account.id,
        **vars(terms),
    )
    await work.organisations.accreditations.drop_inherited(body_id, at)
    await work.organisations.accreditations.save(accreditation, at)
    after = _audited(accreditation)
    _audit(work, account, body_id, "accredited", _audited(same[0]) if same else None, after, at)


def _audited(accreditation: Accreditation) -> dict[str, Any]:
    return {
        "scheme": accreditation.scheme,
        "number": accreditation.number,
        "projectTypes": sorted(accreditation.project_types),
        "validFrom": str(accreditation.valid_from),
        "validUntil": str(accreditation.valid_until),
    }


async def _locked(work: UnitOfWork, body_id: UUID) -> Organisation:
    body = await work.organisations.organisations.lock(body_id)
    if body is None or body.kind is not OrganisationKind.VERIFICATION_BODY:
        raise NotFound("There is no such verification body.")
    return body


def _audit(
    work: UnitOfWork,
    account: Account,
    body_id: UUID,
    action: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    at: datetime,
) -> None:
    audit(
        work,
        f"verification_body.{action}",
        ("organisation", body_id),
        actor_id=account.id,
        before=before,
        after=after,
        at=at,
    )


def today(parts: Resources) -> date:
    """In UTC, by which accreditations count."""
    return parts.clock.now().astimezone(UTC).date()
