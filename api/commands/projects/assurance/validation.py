"""Validating a project's design, apart from its tonnes: naming who does, and the opinion (ADR 0100)."""

from dataclasses import dataclass
from uuid import UUID

from activities import lookups
from activities.audit_and_notify import Message, audit, tell
from activities.ports.database import UnitOfWork
from activities.projects.impartiality import declare_independence, require_able_to_verify
from activities.projects.verification_steps import put_on_timeline
from adapters.postgres.identity import SYSTEM, done_as
from adapters.postgres.projects.reads.assurance import opinions as reads
from adapters.postgres.projects.reads.verifications import VerificationView
from api.commands.notices import mail_notice
from api.commands.projects.verification import visible_verification
from api.http.resources import Resources
from domain.accounts.notifications import (
    NotificationKind,
    review_place,
    validation_place,
)
from domain.accounts.roles import Account, Permission
from domain.errors import Fault, Invalid
from domain.identifiers import derived_id
from domain.projects.assurance import validation as rules
from domain.projects.assurance.assignments import RoundAssignment, RoundTask
from domain.projects.assurance.validation import ValidationOpinion, ValidationTerms
from domain.projects.projects import Project
from domain.projects.verification import EventType, Verification
from domain.publishing import events
from domain.visible_text import isolated


@dataclass(frozen=True)
class ValidationView:
    """
    The validation of a round's project as those see it who work on it; `opinion` None: nothing is written.

    `named` is whom staff named for it, if anybody.
    """

    round: VerificationView
    named: RoundAssignment | None
    opinion: ValidationOpinion | None

    @property
    def validator_id(self) -> UUID | None:
        return rules.validator_of(self.round.verification, self.named)

    @property
    def stands(self) -> bool:
        """Whether the opinion counts: nobody else was named since to give another."""
        return rules.standing_opinion(self.opinion, self.named) is not None


@done_as(SYSTEM)
async def name_validator(
    parts: Resources, account: Account, verification_id: UUID, verifier_id: UUID
) -> ValidationView:
    """
    Have a verifier validate the project, of another body or of the same; they are told.

    Raises:
        NotFound: there is no such verification, or this account may not see it.
        Forbidden, AlreadyDecided, Conflict, Invalid: as `domain.projects.assurance.validation.name_validator`.
        NotAccredited, ConflictOfInterest: their body may not, as for a verifier.
    """
    await visible_verification(parts, account, verification_id)
    account.require(Permission.ASSIGN_VERIFIER)
    now = parts.clock.now()
    told: tuple[UUID, ...] = ()
    async with parts.database.transaction() as work:
        verification = await lookups.locked_verification(work, verification_id)
        project = await lookups.project(work, verification.project_id)
        validator = await work.accounts.accounts.get(verifier_id)
        if validator is None:
            detail = "There is no such verifier."
            raise Invalid(detail, Fault("/verifierId", detail))
        before = await work.projects.assignments.of(verification_id, RoundTask.VALIDATION)
        named = rules.name_validator(verification, validator, before, actor=account, at=now)
        if named is not before:
            await require_able_to_verify(work, validator.id, project, at=now)
            await work.projects.assignments.give(named)
            audit(
                work,
                "verification.validator_named",
                ("verification", verification_id),
                actor_id=account.id,
                before=None if before is None else {"validatorId": str(before.user_id)},
                after={"validatorId": str(named.user_id)},
                at=now,
            )
            message = Message(
                NotificationKind.VALIDATION_ASKED,
                f"You are to validate the project “{isolated(project.title)}”.",
                validation_place(verification_id),
            )
            notice_id = derived_id(verification_id, f"validator/{named.user_id}/{now.isoformat()}")
            told = await tell(work, message.to(named.user_id, notification_id=notice_id, at=now))
    for notice_id in told:
        parts.later.do(mail_notice(parts, notice_id))
    return await visible_validation(parts, account, verification_id)


@done_as(SYSTEM)
async def write_validation(
    parts: Resources,
    account: Account,
    verification_id: UUID,
    terms: ValidationTerms,
    independence: str,
) -> ValidationView:
    """
    Write the validation opinion, or write it anew; `independence` is kept with the declarations of interests.

    Raises:
        NotFound: there is no such verification, or this account may not see it.
        Forbidden, Conflict, AlreadyDecided, NotInReview, Invalid: as
            `domain.projects.assurance.validation.write_validation`.
        NotAccredited, ConflictOfInterest: the body may not any more, or a conflict was declared.
    """
    await visible_verification(parts, account, verification_id)
    account.require(Permission.WRITE_VALIDATION)
    now = parts.clock.now()
    told: tuple[UUID, ...] = ()
    async with parts.database.transaction() as work:
        verification = await lookups.locked_verification(work, verification_id)
        project = await lookups.project(work, verification.project_id)
        newest = await work.projects.validation_opinions.newest(verification_id)
        opinion = rules.write_validation(
            verification,
            derived_id(verification_id, f"validation/{newest.version + 1 if newest else 1}"),
            terms,
            newest,
            named=await work.projects.assignments.of(verification_id, RoundTask.VALIDATION),
            body=await work.accounts.accounts.company(account.id),
            accreditation=await require_able_to_verify(work, account.id, project, at=now),
            actor=account,
            at=now,
        )
        if opinion is not newest:
            await declare_independence(
                work, verification_id, account.id, independence, cause_id=opinion.id, at=now
            )
            await work.projects.validation_opinions.add(opinion)
            audit(
                work,
                "verification.validated",
                ("verification", verification_id),
                actor_id=account.id,
                before=None if newest is None else _audited(newest),
                after=_audited(opinion),
                at=now,
            )
            await work.publishing.outbox.add(events.validated(opinion, project.id))
            told = await _tell_of(work, verification, project, opinion)
    for notice_id in told:
        parts.later.do(mail_notice(parts, notice_id))
    return await visible_validation(parts, account, verification_id)


async def visible_validation(
    parts: Resources, account: Account, verification_id: UUID
) -> ValidationView:
    """
    What is written, or that nothing is.

    Raises:
        NotFound: there is no such verification, or this account may not see it.
    """
    view = await visible_verification(parts, account, verification_id)
    async with parts.reading() as connection:
        return ValidationView(
            view,
            await reads.assignment_of(connection, verification_id, RoundTask.VALIDATION),
            await reads.newest_validation(connection, verification_id),
        )


async def _tell_of(
    work: UnitOfWork, verification: Verification, project: Project, opinion: ValidationOpinion
) -> tuple[UUID, ...]:
    """A step on the timeline, and word to supplier and verifier: that it was written, never what it says."""
    at, version = opinion.written_at, opinion.version
    sentence = (
        "The validation opinion on the project's design was written."
        if version == 1
        else f"The validation opinion was changed; it is in version {version} now."
    )
    await put_on_timeline(
        work,
        verification,
        EventType.VALIDATION_WRITTEN,
        opinion.written_by,
        sentence,
        at=at,
        event_id=derived_id(opinion.id, "timeline"),
    )
    places = {project.developer_id: f"/projects/{project.id}"}
    if verification.verifier_id not in {None, opinion.written_by}:
        places[verification.verifier_id] = review_place(verification.id)
    text = f"“{isolated(project.title)}”: {sentence[0].lower()}{sentence[1:]}"
    return await tell(
        work,
        *(
            Message(NotificationKind.VALIDATION_WRITTEN, text, place).to(
                user_id,
                notification_id=derived_id(opinion.id, f"notification/{user_id}"),
                at=at,
            )
            for user_id, place in places.items()
        ),
    )


def _audited(opinion: ValidationOpinion) -> dict[str, object]:
    """What was stated, without the words."""
    return {
        "version": opinion.version,
        "opinion": opinion.terms.opinion.value,
        "assurance": opinion.terms.assurance.value,
        "sha256": opinion.sha256,
    }
