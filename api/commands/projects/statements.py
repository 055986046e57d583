"""The verification statement of a round, in the hands of its verifier (ADR 0091)."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator, ValidationInfo, WithJsonSchema

from activities import lookups
from activities.audit_and_notify import Message, audit, tell
from activities.ports.database import UnitOfWork
from activities.projects.verification_steps import put_on_timeline
from adapters.postgres.identity import SYSTEM, done_as
from adapters.postgres.projects.reads import statements as reads_statements
from adapters.postgres.projects.reads.verifications import VerificationView
from api.commands.notices import mail_notice
from api.commands.projects.verification import require_its_verifier, visible_verification
from api.http.fields import Text, noun, refuse
from api.http.resources import Resources
from domain.accounts.notifications import NotificationKind
from domain.accounts.roles import Account, Permission
from domain.errors import NotFound
from domain.identifiers import derived_id
from domain.projects.assurance import statements as rules
from domain.projects.assurance.methodologies import MethodologyVersion
from domain.projects.assurance.statements import StatementTerms, VerificationStatement
from domain.projects.projects import Project
from domain.projects.verification import EventType, Verification
from domain.publishing import events
from domain.visible_text import isolated

TEXT_LENGTH_MAX = 5000
PERCENT_MAX = 100
QUANTITIES_MAX = 100
"""As many years as a crediting period has; of deductions, twice that."""


def _per_cent(value: Any, info: ValidationInfo) -> Decimal:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,2})?", value):
        percent = Decimal(value)
        if percent <= PERCENT_MAX:
            return percent
    name = noun(info.field_name or "percentage")
    raise refuse(f"{name} must be per cent, a decimal string from 0 to {PERCENT_MAX} such as 4.5")


Words = Annotated[str, Text(TEXT_LENGTH_MAX, lines=True)]
Percent = Annotated[
    Decimal,
    BeforeValidator(_per_cent),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^[0-9]{1,3}(\.[0-9]{1,2})?$",
            "description": "Per cent: a decimal string, 0 to 100, with two decimals at most.",
        }
    ),
]
"""What a statement's fields are, as JSON and forms take them; a percentage becomes a Decimal."""


@dataclass(frozen=True)
class StatementView:
    """
    The newest statement of a round as those see it who work on it; its methodology, if it has one.

    `bound` is whether the round's approval stands on it. It is None as long as none is written.
    """

    round: VerificationView
    statement: VerificationStatement | None
    methodology: MethodologyVersion | None

    @property
    def bound(self) -> bool:
        sha256 = self.round.verification.statement_sha256
        return self.statement is not None and sha256 == self.statement.sha256


@done_as(SYSTEM)
async def write_statement(
    parts: Resources, account: Account, verification_id: UUID, terms: StatementTerms
) -> StatementView:
    """
    Write the verification statement of a round that is in review, or write it anew.

    Each writing is a version of its own; one that says nothing new is none. It is refused where
    `domain.projects.assurance.statements.write_statement` refuses.

    Raises:
        NotFound: there is no such verification, or this account may not see it.
        Forbidden: it is not assigned to this account.
        AlreadyDecided, NotInReview: the round is decided, or has no verifier.
        Invalid: all faults at once, with pointers into the body.
    """
    view = await visible_verification(parts, account, verification_id)
    require_its_verifier(account, Permission.WRITE_STATEMENT, view.verification)
    now = parts.clock.now()
    told: tuple[UUID, ...] = ()
    async with parts.database.transaction() as work:
        verification = await lookups.locked_verification(work, verification_id)
        project = await lookups.project(work, verification.project_id)
        newest = await work.projects.statements.newest(verification_id)
        statement = rules.write_statement(
            verification,
            derived_id(verification_id, f"statement/{newest.version + 1 if newest else 1}"),
            terms,
            newest,
            project=project,
            actor=account,
            at=now,
        )
        if statement is not newest:
            await work.projects.statements.add(statement)
            audit(
                work,
                "verification.statement_written",
                ("verification", verification_id),
                actor_id=account.id,
                before=None if newest is None else _audited(newest),
                after=_audited(statement),
                at=now,
            )
            await work.publishing.outbox.add(
                events.statement_written(statement, verification.project_id)
            )
            told = await _tell_of(work, verification, project, statement)
    for notice_id in told:
        parts.later.do(mail_notice(parts, notice_id))
    return await visible_statement(parts, account, verification_id)


async def visible_statement(
    parts: Resources, account: Account, verification_id: UUID
) -> StatementView:
    """
    What is written, or that nothing is: `statement` None.

    Raises:
        NotFound: there is no such verification, or this account may not see it.
    """
    view = await visible_verification(parts, account, verification_id)
    async with parts.reading() as connection:
        return StatementView(
            view,
            await reads_statements.newest_statement(connection, verification_id),
            await reads_statements.methodology_of(connection, verification_id),
        )


async def public_statement(
    parts: Resources, verification_id: UUID
) -> reads_statements.PublicStatementView:
    """
    Raises:
        NotFound: there is no such verification, it is not approved, or stands on no statement.
    """
    async with parts.reading() as connection:
        view = await reads_statements.public_statement(connection, verification_id)
    if view is None:
        raise NotFound("There is no public verification statement of that verification.")
    return view


async def _tell_of(
    work: UnitOfWork, verification: Verification, project: Project, statement: VerificationStatement
) -> tuple[UUID, ...]:
    """A step on the timeline, and word to the supplier: that it was written, never what it says."""
    at, version = statement.written_at, statement.version
    is_new = version == 1
    await put_on_timeline(
        work,
        verification,
        EventType.STATEMENT_WRITTEN,
        statement.written_by,
        "The verification statement was written."
        if is_new
        else f"The verification statement was changed; it is in version {version} now.",
        at=at,
        event_id=derived_id(statement.id, "timeline"),
    )
    message = Message(
        NotificationKind.STATEMENT_WRITTEN,
        f"“{isolated(project.title)}”: the verification statement of round {verification.number} was "
        + ("written." if is_new else f"changed; it is in version {version} now."),
        f"/projects/{project.id}",
    )
    told = derived_id(statement.id, "notification")
    return await tell(work, message.to(project.developer_id, notification_id=told, at=at))


def _audited(statement: VerificationStatement) -> dict[str, object]:
    """What was stated, without the words."""
    return {
        "version": statement.version,
        "opinion": statement.terms.opinion.value,
        "assurance": statement.terms.assurance.value,
        "sha256": statement.sha256,
    }
