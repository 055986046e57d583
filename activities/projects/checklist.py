"""What staff's checklist is about, read with what stands behind an approval (domain.projects.assurance.checklist)."""

from activities import lookups
from activities.ports.database import UnitOfWork
from activities.projects.verification_steps import quantified_round
from domain.accounts.roles import Account
from domain.projects.assurance.checklist import Reviewed, require_complete_checklist
from domain.projects.assurance.statements import statement_of_verifier
from domain.projects.projects import Project
from domain.projects.verification import Verification


async def reviewed(work: UnitOfWork, verification: Verification, project: Project) -> Reviewed:
    """A round as the checklist looks at it."""
    newest = await work.projects.statements.newest(verification.id)
    return Reviewed(
        verification,
        project,
        await lookups.methodology_of(work, verification),
        statement_of_verifier(verification, newest),
        has_likely_duplicates=bool(await work.projects.duplicates.of(project.id)),
        has_overlaps=bool(await work.monitoring.boundaries.overlaps(project.id)),
        quantified=await quantified_round(work, verification.id),
    )


async def require_checklist_of(
    work: UnitOfWork, verification: Verification, project: Project, actor: Account
) -> None:
    """
    Raises:
        ChecklistIncomplete: as `require_complete_checklist`.
    """
    ticks = await work.projects.statements.ticks(verification.id)
    require_complete_checklist(await reviewed(work, verification, project), ticks, actor=actor)
