"""Whether a verifier may verify a project at all: accreditation, scope, interests (ADR 0068)."""

from datetime import UTC, datetime
from uuid import UUID

from activities.audit_and_notify import audit
from activities.ports.database import UnitOfWork
from domain.identifiers import derived_id
from domain.organisations.accreditation import (
    ConflictDeclaration,
    DeclaredConflict,
    VerifyingBody,
    accreditation_words,
    require_accredited,
    require_no_conflict,
)
from domain.projects.programme.fresh_eyes import require_fresh_eyes
from domain.projects.programme.rotation import require_rotated
from domain.projects.projects import Project
from domain.projects.verification import Verification


async def require_able_to_verify(
    work: UnitOfWork, verifier_id: UUID, project: Project, *, at: datetime
) -> str | None:
    """
    What the verifier's body is accredited for the project by, in words; None where it is inherited.

    Raises:
        NotAccredited, ConflictOfInterest: as `require_accredited`.
    """
    organisation = await work.organisations.organisations.of(verifier_id)
    accredited = await work.organisations.accreditations.of(organisation.id) if organisation else ()
    supplier = await work.organisations.organisations.holding(project.developer_id)
    on = at.astimezone(UTC).date()
    require_accredited(
        VerifyingBody(organisation, accredited),
        project_type=project.type.value,
        supplier_id=supplier.id if supplier else None,
        on=on,
    )
    return accreditation_words(accredited, project_type=project.type.value, on=on)


async def require_rotation(
    work: UnitOfWork, verification: Verification, verifier_id: UUID, *, rounds_max: int
) -> None:
    """
    A round is of the body that its verifier acts for now: names are not unique, and no row keeps another.

    Raises:
        BodyNotRotated: as `require_rotated`.
    """
    if not rounds_max:
        return
    organisations = work.organisations.organisations
    body = await organisations.of(verifier_id)
    if body is None:
        return
    rounds = await work.projects.verifications.rounds(verification.project_id)
    of_body = []
    for one in rounds:
        verified_by = await organisations.of(one.verifier_id) if one.verifier_id else None
        if verified_by is not None and verified_by.id == body.id:
            of_body.append(one.number)
    require_rotated(verification, rounds, of_body, rounds_max=rounds_max)


async def require_other_than_appealed(
    work: UnitOfWork, verification: Verification, verifier_id: UUID
) -> None:
    """
    Raises:
        HadAPart: it takes up a round whose decision fell on appeal, and this verifier had decided that.
    """
    if verification.resubmits is None:
        return
    appeal = await work.projects.appeals.against(verification.resubmits)
    if appeal is None:
        return
    rounds = await work.projects.verifications.rounds(verification.project_id)
    appealed = next(one for one in rounds if one.id == verification.resubmits)
    require_fresh_eyes(appeal, appealed, verifier_id)


async def declare_with_decision(
    work: UnitOfWork,
    verification: Verification,
    verifier_id: UUID,
    declared: DeclaredConflict | None,
    *,
    operation_id: UUID,
    required: bool,
    at: datetime,
) -> None:
    """
    Keep what a verifier declares with a decision; where nothing was declared ever, the decision says it.

    Whoever decides a verification declares by it to have no conflict of interest: the call's and the
    page's terms say so. With `required` it must have been said in words of its own.

    Raises:
        ConflictOfInterest, Conflict: as `require_no_conflict`.
    """
    newest = await work.organisations.declarations.newest(verification.id, verifier_id)
    require_no_conflict(newest, required=required and declared is None)
    if newest is None:
        said = ConflictDeclaration(
            id=derived_id(operation_id, "conflict-of-interest"),
            verification_id=verification.id,
            user_id=verifier_id,
            declared=declared or DeclaredConflict.NONE,
            words=None,
            implied=declared is None,
            declared_at=at,
        )
        await keep_declaration(work, said)
        require_no_conflict(said, required=False)


async def declare_independence(
    work: UnitOfWork,
    verification_id: UUID,
    user_id: UUID,
    words: str,
    *,
    cause_id: UUID,
    at: datetime,
) -> None:
    """
    Keep the statement of independence that a validator or reviewer gives with what they say, as a declaration.

    Raises:
        ConflictOfInterest: they have declared a conflict of interest in this round.
    """
    newest = await work.organisations.declarations.newest(verification_id, user_id)
    require_no_conflict(newest, required=False)
    await keep_declaration(
        work,
        ConflictDeclaration(
            id=derived_id(cause_id, "independence"),
            verification_id=verification_id,
            user_id=user_id,
            declared=DeclaredConflict.NONE,
            words=words,
            implied=False,
            declared_at=at,
        ),
    )


async def keep_declaration(work: UnitOfWork, declaration: ConflictDeclaration) -> bool:
    """Whether it is new; its audit entry says what was declared, without the words."""
    if not await work.organisations.declarations.add(declaration):
        return False
    audit(
        work,
        "verification.conflict_declared",
        ("verification", declaration.verification_id),
        actor_id=declaration.user_id,
        before=None,
        after={"declared": declaration.declared.value, "implied": declaration.implied},
        at=declaration.declared_at,
    )
    return True
