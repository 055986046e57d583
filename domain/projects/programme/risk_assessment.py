"""
The risk assessment of a project's reversal: factors with scores, and the buffer share that follows from them.

It is entered by the verifier or staff, with a reason for each factor, and holds once an administrator other than
whoever entered it countersigns. A stored one never changes; a newer one takes its place for coming issuances.

Points are given by the tool of domain.projects.programme.risk_tool (ADR 0100).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from domain.accounts.roles import Account, Permission
from domain.errors import Conflict, Fault, Forbidden, Invalid, RiskAssessmentSettled
from domain.projects.buffer_share import REVERSIBLE_TYPES, BufferShare, ReversalRisk
from domain.projects.programme.risk_tool import TOOL, RiskCategory, RiskFactor
from domain.projects.projects import Project, ProjectStatus

REASON_LENGTH_MAX = 2000


@dataclass(frozen=True)
class ScoredFactor:
    """`reason` is why so many points, for those who work on the project."""

    factor: RiskFactor
    score: int
    reason: str


class RiskOutcome(StrEnum):
    COUNTERSIGNED = "countersigned"
    REFUSED = "refused"


@dataclass(frozen=True)
class RiskDecision:
    """What another administrator said of an assessment, once; `reason` says why it is refused."""

    assessment_id: UUID
    outcome: RiskOutcome
    reason: str | None
    decided_by: UUID
    decided_at: datetime


@dataclass(frozen=True)
class RiskAssessment:
    """
    `number` counts those of a project from 1. Points are added up by category; `percent` of each issuance follows from them.

    `decision` None: it waits for its countersignature.
    """

    id: UUID
    project_id: UUID
    number: int
    tool: str
    tool_version: str
    factors: tuple[ScoredFactor, ...]
    internal_points: int
    external_points: int
    natural_points: int
    percent: Decimal
    entered_by: UUID
    entered_at: datetime
    decision: RiskDecision | None = None

    @property
    def total(self) -> int:
        return self.internal_points + self.external_points + self.natural_points

    @property
    def stands(self) -> bool:
        """Whether it was countersigned; of several, the one with the highest number counts."""
        return self.decision is not None and self.decision.outcome is RiskOutcome.COUNTERSIGNED


def assess(
    project: Project,
    assessment_id: UUID,
    scored: Sequence[ScoredFactor],
    before: Sequence[RiskAssessment],
    *,
    actor: Account,
    at: datetime,
) -> RiskAssessment:
    """
    Enter the next assessment of a project; `before` are those that it has.

    Raises:
        Forbidden: the actor's role may not.
        Conflict: nothing of this type of project is lost again; it was rejected or withdrawn; or an
            assessment waits for its countersignature.
        Invalid: a factor is missing, named twice or out of its range; or a category, or all together, are more
            than the programme takes. All faults at once, pointers below `/factors`.
    """
    actor.require(Permission.ASSESS_RISK)
    if project.type not in REVERSIBLE_TYPES:
        kind = project.type.value.replace("_", " ")
        raise Conflict(
            f"What a project of the type {kind} removes is not lost again; it has no risk to assess."
        )
    if project.status not in {ProjectStatus.PENDING, ProjectStatus.VERIFIED}:
        raise Conflict(f"This project is {project.status}; nothing more is issued for it.")
    waiting = next((one for one in before if one.decision is None), None)
    if waiting is not None:
        raise Conflict(
            f"Assessment {waiting.number} waits for its countersignature; another one follows it."
        )
    faults = [*_faults(scored)]
    totals = _totals(scored)
    if not faults:
        faults = [*_limit_faults(totals)]
    if faults:
        raise Invalid(" ".join(dict.fromkeys(fault.detail for fault in faults)), *faults)
    order = list(TOOL.factors)
    return RiskAssessment(
        assessment_id,
        project.id,
        len(before) + 1,
        TOOL.name,
        TOOL.version,
        tuple(sorted(scored, key=lambda one: order.index(one.factor))),
        totals[RiskCategory.INTERNAL],
        totals[RiskCategory.EXTERNAL],
        totals[RiskCategory.NATURAL],
        Decimal(TOOL.percent(sum(totals.values()))),
        actor.id,
        at,
    )


def decide(
    assessment: RiskAssessment,
    outcome: RiskOutcome,
    reason: str | None,
    *,
    actor: Account,
    at: datetime,
) -> RiskAssessment:
    """
    Countersign an assessment, or refuse to.

    Raises:
        Forbidden: the actor is not staff, or has entered it.
        RiskAssessmentSettled: it was countersigned or refused.
        Invalid: it is refused without a reason.
    """
    actor.require(Permission.COUNTERSIGN_ASSESSMENT)
    if assessment.decision is not None:
        raise RiskAssessmentSettled(
            f"Assessment {assessment.number} was {assessment.decision.outcome} already."
        )
    if actor.id == assessment.entered_by:
        raise Forbidden("The second pair of eyes cannot be the first one's.")
    if outcome is RiskOutcome.REFUSED and not (reason or "").strip():
        detail = "Say why the assessment is refused."
        raise Invalid(detail, Fault("/reason", detail))
    return replace(assessment, decision=RiskDecision(assessment.id, outcome, reason, actor.id, at))


def share_of(assessment: RiskAssessment) -> BufferShare:
    """
    What of each coming issuance goes into the buffer by a countersigned assessment.

    Raises:
        ValueError: it is not countersigned.
    """
    decision = assessment.decision
    if decision is None or not assessment.stands:
        raise ValueError("a share follows from an assessment that was countersigned")
    return BufferShare(
        assessment.project_id,
        _risk_of(assessment.percent),
        assessment.percent,
        decision.decided_at,
        decision.decided_by,
        f"Risk assessment {assessment.number}: {assessment.total} points by the {assessment.tool}, version "
        f"{assessment.tool_version}.",
        assessment.id,
    )


def standing_assessment(assessments: Sequence[RiskAssessment]) -> RiskAssessment | None:
    """Of a project's assessments by number, the one that counts."""
    return next((one for one in reversed(assessments) if one.stands), None)


def _risk_of(percent: Decimal) -> ReversalRisk:
    """In the words that shares had before there were points: 10 was low, 15 medium."""
    if percent <= 10:  # noqa: PLR2004 -- DEFAULT_PERCENT has these numbers
        return ReversalRisk.LOW
    return ReversalRisk.MEDIUM if percent <= 15 else ReversalRisk.HIGH  # noqa: PLR2004


def _totals(scored: Sequence[ScoredFactor]) -> dict[RiskCategory, int]:
    return {
        category: sum(one.score for one in scored if TOOL.factors[one.factor].category is category)
        for category in RiskCategory
    }


def _faults(scored: Sequence[ScoredFactor]) -> Iterator[Fault]:
    seen: set[RiskFactor] = set()
    for index, one in enumerate(scored):
        most = TOOL.factors[one.factor].score_max
        name = one.factor.value.replace("_", " ")
        if one.factor in seen:
            yield Fault(f"/factors/{index}/factor", f"The factor {name} is named twice.")
        seen.add(one.factor)
        if not 0 <= one.score <= most:
            yield Fault(f"/factors/{index}/score", f"Points for {name} are 0 to {most}.")
        if not one.reason.strip():
            yield Fault(f"/factors/{index}/reason", f"Say why {name} has so many points.")
    for factor in TOOL.factors:
        if factor not in seen:
            yield Fault("/factors", f"The factor {factor.value.replace('_', ' ')} has no points.")


def _limit_faults(totals: Mapping[RiskCategory, int]) -> Iterator[Fault]:
    for category, most in TOOL.category_max.items():
        if totals[category] > most:
            yield Fault(
                "/factors",
                f"The {category} risk has {totals[category]} points; above {most} the programme takes no project.",
            )
    total = sum(totals.values())
    if total > TOOL.total_max:
        yield Fault(
            "/factors",
            f"All together are {total} points; above {TOOL.total_max} the programme takes no project.",
        )
