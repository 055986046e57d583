"""Looking for projects that are registered twice, and what an approval says of them (ADR 0053)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from activities.audit_and_notify import Message, by_topic, tell_staff
from activities.ports.database import UnitOfWork
from domain.accounts.notifications import NotificationKind
from domain.projects.duplicates import (
    DUPLICATES_MAX,
    LikelyDuplicate,
    likely_duplicate,
    mirrored,
    require_explained,
)
from domain.projects.projects import Project


async def find_duplicates(
    work: UnitOfWork, project: Project, *, at: datetime
) -> Sequence[LikelyDuplicate]:
    """Find and keep what `project` looks like, for both sides of each pair; those kept before too."""
    found = [
        duplicate
        for other in await work.projects.duplicates.candidates(project)
        if (duplicate := likely_duplicate(project, other, at=at)) is not None
    ][:DUPLICATES_MAX]
    await work.projects.duplicates.add_all([*found, *map(mirrored, found)])
    return await work.projects.duplicates.of(project.id)


async def tell_of_duplicates(
    work: UnitOfWork, project: Project, duplicates: Sequence[LikelyDuplicate], *, at: datetime
) -> tuple[UUID, ...]:
    """Tell staff of a project that may be registered twice; the notifications to be mailed."""
    if not duplicates:
        return ()
    message = Message(
        NotificationKind.LIKELY_DUPLICATE,
        f"The new project “{project.title}” may be registered already: "
        f"it looks like {len(duplicates)} other project{'s' if len(duplicates) > 1 else ''}.",
        f"/projects/{project.id}",
    )
    return await tell_staff(
        work, message, notification_id=by_topic(project.id, "likely duplicate"), at=at
    )


async def settle_duplicates(
    work: UnitOfWork, project: Project, explanation: str | None, *, actor_id: UUID, at: datetime
) -> Sequence[LikelyDuplicate]:
    """
    Before an approval: look again, for what was registered at the same moment, and keep the explanation.

    Raises:
        UnexplainedDuplicate: there are likely duplicates, and no explanation.
    """
    duplicates = await find_duplicates(work, project, at=at)
    require_explained(duplicates, explanation)
    if duplicates and explanation:
        await work.projects.duplicates.explain(
            project.id, explanation, explained_by=actor_id, at=at
        )
    return duplicates
