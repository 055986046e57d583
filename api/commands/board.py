"""
The board of staff: where all rounds stand, what else waits for staff, and whom a round may be assigned to.

What a page and `GET /admin/overview` show is read here once for both (ADR 0093).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.accounts.proposals import WaitingProposalsView, waiting_proposals
from adapters.postgres.chain.reads import (
    UnconfirmedRecordsView,
    open_alerts,
    unconfirmed_records,
)
from adapters.postgres.chain.wallets import WalletBalanceView, wallet_balances
from adapters.postgres.credits.registry_state import read_registry_state
from adapters.postgres.ingestion.reads import FilesWithIssuesView, files_with_issues
from adapters.postgres.organisations.candidates import CandidateView, verifier_candidates
from adapters.postgres.projects.reads.desks.board import (
    BoardRoundView,
    StageCountView,
    stage_counts,
)
from api.commands.organisations.bodies import review_began_before, today
from api.http.resources import Resources
from domain.accounts.roles import Account, Permission
from domain.chain.alerts import Alert
from domain.credits.freeze import RegistryState
from domain.errors import ConflictOfInterest, NotAccredited
from domain.organisations.accreditation import require_accredited
from domain.projects.board import RoundStage, StageDeadlines

CANDIDATES_MAX = 500
"""So many verifiers are looked at; a registry has a few dozen."""

FILES_WITHIN = timedelta(days=30)
"""Files that came in longer ago have been sent again, or will not be."""

ASSIGNABLE = frozenset({RoundStage.ASSIGNMENT, RoundStage.REVIEW})


@dataclass(frozen=True)
class VerifierChoice:
    """
    A verifier for one round, with the load; `why_not` is a sentence where the round is not for them.

    `body` is the legal name of the verification body.
    """

    user_id: UUID
    name: str
    body: str | None
    open: int
    overdue: int
    why_not: str | None


@dataclass(frozen=True)
class Overview:
    """What waits for staff at this moment; `alerts` are the open ones, the oldest first."""

    stages: Sequence[StageCountView]
    chain: UnconfirmedRecordsView
    wallets: Sequence[WalletBalanceView]
    alerts: Sequence[Alert]
    files: FilesWithIssuesView
    proposals: WaitingProposalsView
    registry: RegistryState


def stage_deadlines(parts: Resources) -> StageDeadlines:
    rules = parts.settings.rules
    return StageDeadlines(
        assignment=timedelta(hours=rules.assignment_deadline_hours),
        review=timedelta(hours=rules.review_deadline_hours),
        countersignature=timedelta(hours=rules.countersignature_deadline_hours),
    )


async def read_overview(
    parts: Resources, connection: AsyncConnection, account: Account
) -> Overview:
    """
    Seven statements, however much waits.

    Raises:
        Forbidden: it is for staff.
    """
    account.require(Permission.SEE_EVERYTHING)
    now = parts.clock.now()
    network = parts.settings.chain.cardano_network.value
    return Overview(
        stages=await stage_counts(connection, stage_deadlines(parts), at=now),
        chain=await unconfirmed_records(connection),
        wallets=await wallet_balances(connection, network),
        alerts=await open_alerts(connection),
        files=await files_with_issues(connection, since=now - FILES_WITHIN),
        proposals=await waiting_proposals(connection, account.id, at=now),
        registry=await read_registry_state(connection),
    )


async def candidates_for(parts: Resources, connection: AsyncConnection) -> Sequence[CandidateView]:
    """Three statements, whoever they are asked for."""
    return await verifier_candidates(
        connection, overdue_before=review_began_before(parts), limit=CANDIDATES_MAX
    )


def verifier_choices(
    parts: Resources,
    rounds: Sequence[BoardRoundView],
    candidates: Sequence[CandidateView],
) -> Mapping[UUID, Sequence[VerifierChoice]]:
    """
    By round, of those that can be assigned: first who may, the least loaded first, then who may not.

    They are told by the very rule that the assignment asks again.
    """
    assignable = [one for one in rounds if one.standing.stage in ASSIGNABLE]
    reasons = _Reasons(parts)
    found = {}
    for one in assignable:
        choices = []
        for candidate in candidates:
            organisation = candidate.body.organisation
            choices.append(
                VerifierChoice(
                    candidate.user_id,
                    candidate.name,
                    organisation.legal_name if organisation else None,
                    candidate.open,
                    candidate.overdue,
                    reasons.why_not(candidate, one),
                )
            )
        choices.sort(key=lambda it: (it.why_not is not None, it.overdue, it.open, it.name))
        found[one.verification.id] = choices
    return found


class _Reasons:
    """Asks the rule once for each body, type and supplier: a page has many rounds and few of those."""

    def __init__(self, parts: Resources) -> None:
        self._on = today(parts)
        self._known: dict[tuple[UUID | None, str, UUID | None], str | None] = {}

    def why_not(self, candidate: CandidateView, one: BoardRoundView) -> str | None:
        if candidate.user_id == one.verification.verifier_id:
            return "It is with this verifier already."
        if not candidate.has_joined:
            return "This verifier was invited and has not confirmed the account yet."
        organisation = candidate.body.organisation
        asked = (organisation.id if organisation else None, one.project_type, one.supplier_id)
        if asked not in self._known:
            self._known[asked] = self._told_by_rule(candidate, one)
        return self._known[asked]

    def _told_by_rule(self, candidate: CandidateView, one: BoardRoundView) -> str | None:
        try:
            require_accredited(
                candidate.body,
                project_type=one.project_type,
                supplier_id=one.supplier_id,
                on=self._on,
            )
        except (NotAccredited, ConflictOfInterest) as no:
            return no.detail
        return None
