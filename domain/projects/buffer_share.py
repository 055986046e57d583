"""
What of a project's issuances goes into the buffer: by its type and its rated risk of reversal.

It is decided by the approval at the latest, and published. After that only a risk assessment that was countersigned
changes it (domain.projects.programme.risk_assessment), for coming issuances.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from domain.accounts.roles import Account, Permission
from domain.errors import AlreadyDecided, Fault, Invalid
from domain.projects.projects import Project, ProjectStatus, ProjectType

REASON_LENGTH_MAX = 1000

PERCENT_MAX = Decimal(60)
"""Above a risk rating of 60 the AFOLU Non-Permanence Risk Tool takes no project at all."""


class ReversalRisk(StrEnum):
    NOT_RATED = "not_rated"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


REVERSIBLE_TYPES = frozenset(
    {
        ProjectType.FOREST_CONSERVATION,
        ProjectType.REFORESTATION,
        ProjectType.IMPROVED_FOREST_MANAGEMENT,
        ProjectType.SOIL_CARBON,
        ProjectType.BLUE_CARBON,
    }
)
"""Carbon in plants and soils, which a fire, a storm or a plough sets free again."""

DEFAULT_PERCENT: dict[ReversalRisk, Decimal] = {
    ReversalRisk.NOT_RATED: Decimal(20),
    ReversalRisk.LOW: Decimal(10),
    ReversalRisk.MEDIUM: Decimal(15),
    ReversalRisk.HIGH: Decimal(20),
}
"""
Of an issuance, for reversible types; all others give nothing (ADR 0044).

10 is the least that the AFOLU Non-Permanence Risk Tool (VCS) asks for; 20 is what Gold Standard
takes from every land-use project without asking for its risk, and so what an unrated project gives.
"""


@dataclass(frozen=True)
class BufferShare:
    """
    `percent` of each issuance; `reason` is what staff said, None where the table above decided. Public.

    `assessment_id` is the risk assessment that it follows from, if it does.
    """

    project_id: UUID
    reversal_risk: ReversalRisk
    percent: Decimal
    decided_at: datetime
    decided_by: UUID | None = None
    reason: str | None = None
    assessment_id: UUID | None = None


def default_percent(type: ProjectType, risk: ReversalRisk) -> Decimal:
    return DEFAULT_PERCENT[risk] if type in REVERSIBLE_TYPES else Decimal(0)


def default_share(project: Project, *, at: datetime) -> BufferShare:
    """What holds where nobody has rated the project."""
    risk = ReversalRisk.NOT_RATED
    return BufferShare(project.id, risk, default_percent(project.type, risk), at)


def rate(
    project: Project,
    risk: ReversalRisk,
    percent: Decimal | None,
    *,
    actor: Account,
    reason: str,
    at: datetime,
    before: BufferShare | None = None,
) -> BufferShare:
    """
    Staff's decision, before the project is; `percent` None follows the table for its type and risk.

    `before` is what holds now.

    Raises:
        Forbidden: the account's role may not.
        AlreadyDecided: the project is approved or rejected, and its share with it; or the share follows from a
            risk assessment, after which another one alone changes it.
        Invalid: the percentage is below 0 or above `PERCENT_MAX`, or has more than two decimals.
    """
    actor.require(Permission.SET_BUFFER_SHARE)
    if project.status is not ProjectStatus.PENDING:
        raise AlreadyDecided(f"This project is {project.status}; its buffer share is decided.")
    if before is not None and before.assessment_id is not None:
        raise AlreadyDecided(
            "This project's buffer share follows from its risk assessment; enter another one."
        )
    if percent is None:
        percent = default_percent(project.type, risk)
    if not 0 <= percent <= PERCENT_MAX or percent != percent.quantize(Decimal("0.01")):
        detail = f"A buffer share is 0 to {PERCENT_MAX} per cent, with two decimals at most"
        raise Invalid(detail, Fault("/percent", detail))
    return BufferShare(project.id, risk, percent, at, actor.id, reason)
