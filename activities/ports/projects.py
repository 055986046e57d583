"""Projects, their documents and their verifications."""

from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID

from domain.projects.assurance.assignments import RoundAssignment, RoundTask
from domain.projects.assurance.checklist import ChecklistTick
from domain.projects.assurance.methodologies import Methodology, MethodologyVersion
from domain.projects.assurance.statements import VerificationStatement
from domain.projects.assurance.technical_review import TechnicalReview
from domain.projects.assurance.validation import ValidationOpinion
from domain.projects.buffer_share import BufferShare
from domain.projects.changes.project_changes import ProjectChange
from domain.projects.documents import Document
from domain.projects.duplicates import LikelyDuplicate
from domain.projects.findings import Finding, FindingMessage
from domain.projects.programme.appeals import Appeal
from domain.projects.programme.consultations import Comment, CommentAnswer, Consultation
from domain.projects.programme.risk_assessment import RiskAssessment, RiskDecision
from domain.projects.projects import Project
from domain.projects.sign_offs import SignedOff
from domain.projects.uploads import Held
from domain.projects.verification import TimelineEvent, Verification


class Projects(Protocol):
    async def add(self, project: Project) -> None:
        """Save a new project; the registry gives it its number."""

    async def get(self, project_id: UUID) -> Project | None: ...

    async def lock(self, project_id: UUID) -> Project | None:
        """The same, held against other writers until the transaction ends."""

    async def save(self, project: Project) -> None: ...


class ProjectChanges(Protocol):
    """What was changed of projects after they were registered (domain.projects.changes)."""

    async def add(self, change: ProjectChange) -> None: ...

    async def of(self, project_id: UUID) -> Sequence[ProjectChange]:
        """All of a project, by number."""


class Verifications(Protocol):
    async def add(self, verification: Verification) -> None: ...

    async def for_project(self, project_id: UUID) -> Verification | None:
        """Its newest first verification, from which the project's status follows."""

    async def rounds(self, project_id: UUID) -> Sequence[Verification]:
        """All of a project, by number."""

    async def lock(self, verification_id: UUID) -> Verification | None: ...

    async def save(self, verification: Verification) -> None: ...

    async def countersignature_is_required(self) -> bool:
        """The registry's policy, which is the same for every process (ADR 0036)."""

    async def add_event(self, event: TimelineEvent) -> bool:
        """Put a step on the timeline; False when that very event stands there already."""


class BufferShares(Protocol):
    async def get(self, project_id: UUID) -> BufferShare | None: ...

    async def save(self, share: BufferShare) -> None:
        """
        Put it in the place of the one before, if there is one.

        Once the project is decided it is refused, unless it follows from a risk assessment.
        """


class Documents(Protocol):
    async def add(self, document: Document) -> None: ...

    async def lock(self, document_id: UUID) -> Document | None: ...

    async def save(self, document: Document) -> None: ...

    async def completed_for(self, verification_id: UUID) -> Sequence[Document]:
        """The evidence of one round, in the order of its completion; superseded ones are none."""

    async def completed_ever(self, verification_id: UUID) -> Sequence[Document]:
        """The same, and those that were superseded."""

    async def lock_quotas(self, account_id: UUID, project_id: UUID) -> None:
        """Held until the commit, so that two announcements at once are counted as two."""

    async def open_of_account(self, account_id: UUID) -> Held:
        """What an account has announced and not completed."""

    async def of_project(self, project_id: UUID) -> Held: ...

    async def forget(self, document_id: UUID) -> None:
        """Forget one that is locked, and was announced and never completed."""

    async def forget_awaited(self, before: datetime, large_before: datetime) -> int:
        """
        Forget what was announced before a moment and never completed; how many they were.

        `large_before` is that moment for what may come in parts.
        """


class Findings(Protocol):
    """Whoever adds to a round's findings holds its verification, so that each number is given once."""

    async def add(self, finding: Finding) -> None: ...

    async def add_message(self, message: FindingMessage) -> None: ...

    async def get(self, finding_id: UUID) -> Finding | None: ...

    async def of_round(self, verification_id: UUID) -> Sequence[Finding]:
        """By number."""

    async def not_carried(self, project_id: UUID) -> Sequence[Finding]:
        """Forward actions of all rounds that no later finding names, by round and number."""


class Consultations(Protocol):
    """Whoever writes in a consultation holds its project, so that each number is given once."""

    async def add(self, consultation: Consultation) -> None: ...

    async def of_project(self, project_id: UUID) -> Consultation | None: ...

    async def comments(self, consultation_id: UUID) -> Sequence[Comment]:
        """By number, with their answers; hidden ones too."""

    async def add_comment(self, comment: Comment) -> None:
        """One that was just made: it has no answer and is not hidden."""

    async def answer(self, answer: CommentAnswer) -> None: ...

    async def hide(self, comment: Comment) -> None:
        """Keep when, by whom and why it is hidden."""


class Appeals(Protocol):
    async def add(self, appeal: Appeal) -> None: ...

    async def get(self, appeal_id: UUID) -> Appeal | None: ...

    async def lock(self, appeal_id: UUID) -> Appeal | None:
        """Held until the commit."""

    async def against(self, verification_id: UUID) -> Appeal | None:
        """The one appeal against what was decided on a round."""

    async def save(self, appeal: Appeal) -> None:
        """Its status, and what came with it; what it says never changes."""


class RoundLooks(Protocol):
    async def look(
        self, account_id: UUID, verification_id: UUID, *, up_to: int | None, at: datetime
    ) -> None:
        """What the account has seen of a round; None: all that the audit log holds now. It never shrinks."""


class PageCounter(Protocol):
    async def pages(self, file: Path) -> int | None:
        """How many pages a PDF has; None when it cannot be told, and for whatever is no PDF."""


class SignOffs(Protocol):
    """What was signed off and what was completed, a batch at a time, in the order of identifiers."""

    async def after(self, verification_id: UUID, *, limit: int) -> Sequence[SignedOff]: ...

    async def documents_after(self, document_id: UUID, *, limit: int) -> Sequence[Document]:
        """Completed ones, of whatever verification."""

    async def document_bytes(self) -> int:
        """What all completed documents come to."""


class LikelyDuplicates(Protocol):
    async def candidates(self, project: Project) -> Sequence[Project]:
        """
        Other projects, rejected ones left out, that share the title or stand near with the same type.

        The oldest first, and no more than a few times `DUPLICATES_MAX`; the rule decides.
        """

    async def add_all(self, duplicates: Sequence[LikelyDuplicate]) -> None:
        """A pair that is there already stays as it is."""

    async def of(self, project_id: UUID) -> Sequence[LikelyDuplicate]:
        """Those whose other project is not rejected, the oldest finding first."""

    async def explain(
        self, project_id: UUID, explanation: str, *, explained_by: UUID, at: datetime
    ) -> None:
        """Keep with each of its duplicates why this project is another."""


class Methodologies(Protocol):
    async def add(self, methodology: Methodology, at: datetime, *, recorded_by: UUID) -> bool:
        """False when it is there already, or another one of its standard and name."""

    async def add_version(
        self, version: MethodologyVersion, at: datetime, *, recorded_by: UUID
    ) -> bool:
        """False when it is there already, or another one of its methodology and version."""

    async def get(self, methodology_id: UUID) -> Methodology | None: ...

    async def versions_of(self, methodology_id: UUID) -> Sequence[MethodologyVersion]:
        """Of one methodology, those that count from the latest day on first."""

    async def version(self, version_id: UUID) -> MethodologyVersion | None: ...

    async def withdraw(self, version: MethodologyVersion) -> bool:
        """Write down its withdrawal; False when it was withdrawn before."""


class Statements(Protocol):
    """Verification statements, and what staff have ticked on the checklist of a round."""

    async def add(self, statement: VerificationStatement) -> None: ...

    async def newest(self, verification_id: UUID) -> VerificationStatement | None: ...

    async def authors(self, verification_id: UUID) -> frozenset[UUID]:
        """Who wrote any version of a round's statement."""

    async def add_ticks(self, ticks: Collection[ChecklistTick]) -> None:
        """Those that are there already stay as they are."""

    async def ticks(self, verification_id: UUID) -> Sequence[ChecklistTick]:
        """All of a round, the oldest first."""


class Assignments(Protocol):
    """Who works on a round beside its verifier."""

    async def of(self, verification_id: UUID, task: RoundTask) -> RoundAssignment | None: ...

    async def give(self, assignment: RoundAssignment) -> None:
        """In the place of whoever has the task."""


class ValidationOpinions(Protocol):
    async def add(self, opinion: ValidationOpinion) -> None: ...

    async def newest(self, verification_id: UUID) -> ValidationOpinion | None: ...


class TechnicalReviews(Protocol):
    async def add(self, review: TechnicalReview) -> None: ...

    async def of_round(self, verification_id: UUID) -> Sequence[TechnicalReview]:
        """The oldest first."""


class RiskAssessments(Protocol):
    """Whoever writes here holds the project, so that each number is given once."""

    async def add(self, assessment: RiskAssessment) -> None: ...

    async def of_project(self, project_id: UUID) -> Sequence[RiskAssessment]:
        """By number, with what was decided of each."""

    async def decide(self, decision: RiskDecision) -> None: ...


class ProjectRepositories(Protocol):
    """What a unit of work offers of projects."""

    @property
    def projects(self) -> Projects: ...

    @property
    def changes(self) -> ProjectChanges: ...

    @property
    def verifications(self) -> Verifications: ...

    @property
    def buffer_shares(self) -> BufferShares: ...

    @property
    def documents(self) -> Documents: ...

    @property
    def sign_offs(self) -> SignOffs: ...

    @property
    def duplicates(self) -> LikelyDuplicates: ...

    @property
    def findings(self) -> Findings: ...

    @property
    def consultations(self) -> Consultations: ...

    @property
    def appeals(self) -> Appeals: ...

    @property
    def round_looks(self) -> RoundLooks: ...

    @property
    def methodologies(self) -> Methodologies: ...

    @property
    def statements(self) -> Statements: ...

    @property
    def assignments(self) -> Assignments: ...

    @property
    def validation_opinions(self) -> ValidationOpinions: ...

    @property
    def technical_reviews(self) -> TechnicalReviews: ...

    @property
    def risk_assessments(self) -> RiskAssessments: ...
