"""Where a project lies and where its samples are taken, drawn by its supplier."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from activities.audit_and_notify import Message, audit, by_topic, tell_staff
from activities.ports.database import UnitOfWork
from adapters.postgres.identity import SYSTEM, done_as
from adapters.postgres.monitoring.reads import boundaries as reads
from api.commands.notices import mail_notice
from api.commands.projects.projects import visible_project
from api.http.resources import Resources
from domain.accounts.notifications import NotificationKind
from domain.accounts.roles import Account, Permission
from domain.errors import NotFound
from domain.identifiers import derived_id
from domain.monitoring import boundaries as rules
from domain.monitoring.boundaries import Boundary, SamplingPoint
from domain.visible_text import isolated

FOUND_MAX = 100


@dataclass(frozen=True)
class SiteView:
    """
    Where a project lies; `boundary` None: nothing is drawn yet.

    `outside` are those points that do not lie in it. `overlaps` are for those who decide, None for others.
    """

    project_id: UUID
    boundary: Boundary | None
    points: Sequence[SamplingPoint]
    outside: Sequence[SamplingPoint]
    overlaps: Sequence[reads.OverlapView] | None


async def visible_place(parts: Resources, account: Account, project_id: UUID) -> SiteView:
    """
    Raises:
        NotFound: there is no such project, or this account may not see it.
    """
    await visible_project(parts, account, project_id)
    async with parts.reading() as connection:
        boundary = await reads.boundary(connection, project_id)
        points = await reads.sampling_points_of(connection, project_id)
        overlaps = await reads.overlaps(connection, project_id, account=account)
    outside = rules.points_outside(boundary, points) if boundary else []
    return SiteView(project_id, boundary, points, outside, overlaps)


async def public_boundary(parts: Resources, project_id: UUID) -> reads.PublicBoundaryView:
    """
    Raises:
        NotFound: there is no such project, or nobody has drawn its boundary.
    """
    async with parts.reading() as connection:
        found = await reads.public_boundary(connection, project_id)
    if found is None:
        raise NotFound("There is no boundary of that project.")
    return found


async def checked_boundary(
    parts: Resources, account: Account, project_id: UUID, geometry: Any
) -> SiteView:
    """
    Where the project would lie, if this were drawn; nothing is kept, and nobody told.

    Raises:
        As `draw_boundary`.
    """
    place = await visible_place(parts, account, project_id)
    now = parts.clock.now()
    boundary = rules.boundary_of(project_id, geometry, place.boundary, actor=account, at=now)
    outside = rules.points_outside(boundary, place.points)
    return SiteView(project_id, boundary, place.points, outside, None)


@done_as(SYSTEM)
async def draw_boundary(
    parts: Resources, account: Account, project_id: UUID, geometry: Any
) -> None:
    """
    Draw a project's boundary, or draw it anew; staff are told of projects that it overlaps with.

    Raises:
        NotFound: there is no such project, or this account may not see it.
        Forbidden, Invalid: as `domain.monitoring.boundaries.boundary_of`.
    """
    await visible_project(parts, account, project_id)
    account.require(Permission.DRAW_BOUNDARY)
    now, told = parts.clock.now(), tuple[UUID, ...]()
    async with parts.database.transaction() as work:
        project = await work.projects.projects.lock(project_id)
        before = await work.monitoring.boundaries.newest(project_id)
        boundary = rules.boundary_of(project_id, geometry, before, actor=account, at=now)
        if project is not None and boundary is not before:
            await work.monitoring.boundaries.add(boundary)
            overlapping = await _find_overlaps(work, boundary)
            audit(
                work,
                "project.boundary_drawn",
                ("project", project_id),
                actor_id=account.id,
                before=None if before is None else {"sha256": before.sha256},
                after={
                    "sha256": boundary.sha256,
                    "number": boundary.number,
                    "overlaps": overlapping,
                },
                at=now,
            )
            if overlapping:
                message = Message(
                    NotificationKind.LIKELY_DUPLICATE,
                    f"The boundary of “{isolated(project.title)}” overlaps with that of {overlapping} other "
                    f"project{'s' if overlapping > 1 else ''}.",
                    f"/projects/{project_id}/monitoring",
                )
                topic = by_topic(derived_id(project_id, f"boundary/{boundary.number}"), "overlaps")
                told = await tell_staff(work, message, notification_id=topic, at=now)
    for notice_id in told:
        parts.later.do(mail_notice(parts, notice_id))


@done_as(SYSTEM)
async def set_points(
    parts: Resources, account: Account, project_id: UUID, points: Sequence[SamplingPoint]
) -> None:
    """
    Name a project's sampling points, in the place of those that there are.

    Raises:
        NotFound: there is no such project, or this account may not see it.
        Forbidden: this account's role draws no boundaries.
        Invalid: as `domain.monitoring.boundaries.require_points`.
    """
    await visible_project(parts, account, project_id)
    account.require(Permission.DRAW_BOUNDARY)
    rules.require_points(points)
    async with parts.database.transaction() as work:
        await work.projects.projects.lock(project_id)
        await work.monitoring.boundaries.set_points(project_id, points)
        audit(
            work,
            "project.sampling_points_set",
            ("project", project_id),
            actor_id=account.id,
            before=None,
            after={"points": len(points)},
            at=parts.clock.now(),
        )


async def _find_overlaps(work: UnitOfWork, boundary: Boundary) -> int:
    """Keep whose boundaries overlap with this one, for both sides; how many they are."""
    pairs = []
    for other in await work.monitoring.boundaries.candidates(boundary):
        mine = rules.overlap_of(boundary, other)
        theirs = rules.overlap_of(other, boundary)
        if mine is not None and theirs is not None:
            pairs.append((mine, theirs))
    await work.monitoring.boundaries.set_overlaps(boundary.project_id, pairs, at=boundary.set_at)
    return len(pairs)


async def boundaries_in(parts: Resources, bbox: str) -> Sequence[reads.PublicBoundaryView]:
    """
    Projects whose boundary has a part in the box, the largest first.

    Raises:
        Invalid: it is no box of the globe.
    """
    box = rules.box_from(bbox)
    async with parts.reading() as connection:
        found = await reads.boundaries_in(connection, box, limit=FOUND_MAX)
    return [one for one in found if rules.has_part_in(one.geometry, box)]
