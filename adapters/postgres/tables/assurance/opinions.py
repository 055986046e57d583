"""Who else works on a round, validation opinions, technical reviews, and risk assessments."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    Numeric,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from adapters.postgres.tables.schema import Moment, metadata, one_of, sha256_hex
from domain.projects.assurance.assignments import RoundTask
from domain.projects.assurance.statements import Assurance, Opinion
from domain.projects.assurance.technical_review import ReviewOutcome
from domain.projects.programme.risk_assessment import RiskOutcome

round_assignments = Table(
    "round_assignments",
    metadata,
    Column("verification_id", ForeignKey("verification_requests.id"), primary_key=True),
    Column(
        "task", String(50), primary_key=True, comment="validation or technical_review of the round."
    ),
    Column(
        "user_id", ForeignKey("users.id"), nullable=False, index=True, comment="Who has it now."
    ),
    Column("given_by", ForeignKey("users.id"), nullable=False, comment="Staff, or the verifier."),
    Column("given_at", Moment, nullable=False, comment="Since when."),
    one_of("task", RoundTask),
    comment="Who works on a round beside its verifier, now; who did before stands in the audit log (ADR 0100).",
)

validation_opinions = Table(
    "validation_opinions",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("verification_id", ForeignKey("verification_requests.id"), nullable=False),
    Column("version", Integer, nullable=False, comment="Counts the writings of a round from 1."),
    Column("boundary", Text, nullable=False, comment="On the project's boundary."),
    Column("baseline", Text, nullable=False, comment="On the baseline scenario."),
    Column("additionality", Text, nullable=False, comment="On additionality."),
    Column("monitoring_plan", Text, nullable=False, comment="On the monitoring plan."),
    Column("assurance", String(20), nullable=False, comment="Its level: reasonable or limited."),
    Column(
        "opinion",
        String(20),
        nullable=False,
        comment="positive, qualified, adverse or disclaimed.",
    ),
    Column("opinion_basis", Text, comment="What an opinion that is not positive rests on."),
    Column("body", Text, comment="The writer's body, as it was called on that day."),
    Column("accreditation", Text, comment="What the body was accredited by on that day."),
    Column("sha256", String(64), nullable=False, comment="Of its canonical JSON, in hex."),
    Column("written_by", ForeignKey("users.id"), nullable=False, comment="The validator."),
    Column("written_at", Moment, nullable=False, comment="When this version was."),
    one_of("assurance", Assurance),
    one_of("opinion", Opinion),
    UniqueConstraint("verification_id", "version"),
    CheckConstraint("version > 0", name="version_counts"),
    CheckConstraint("opinion = 'positive' OR length(opinion_basis) > 0", name="opinion_has_basis"),
    sha256_hex("sha256"),
    comment="What a body states of a project's design, apart from its tonnes; the newest counts, public once the "
    "first round is approved (ADR 0100). Rows never change.",
)

technical_reviews = Table(
    "technical_reviews",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("verification_id", ForeignKey("verification_requests.id"), nullable=False),
    Column(
        "statement_version",
        Integer,
        nullable=False,
        comment="Which writing of the verification statement was looked at.",
    ),
    Column(
        "statement_sha256", String(64), nullable=False, comment="Of exactly what was looked at."
    ),
    Column("outcome", String(20), nullable=False, comment="confirmed or returned."),
    Column("words", Text, comment="Why it is returned, or what is said of it."),
    Column("body", Text, comment="The reviewer's body, as it was called on that day."),
    Column("reviewer_id", ForeignKey("users.id"), nullable=False, comment="Of the same body."),
    Column("reviewed_at", Moment, nullable=False, comment="When the reviewer said so."),
    one_of("outcome", ReviewOutcome),
    UniqueConstraint("verification_id", "statement_version"),
    CheckConstraint("outcome = 'confirmed' OR length(words) > 0", name="returned_says_why"),
    sha256_hex("statement_sha256"),
    comment="What a second person of the verifier's body said of a verification statement, version by version "
    "(ADR 0100). Rows never change.",
)

risk_assessments = Table(
    "risk_assessments",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    Column("number", Integer, nullable=False, comment="Counts those of a project from 1."),
    Column("tool", String(200), nullable=False, comment="By what points were given."),
    Column("tool_version", String(50), nullable=False, comment="As it was on that day."),
    Column(
        "factors",
        JSONB,
        nullable=False,
        comment="A list of objects with factor, score and reason; reasons are for those who work on it.",
    ),
    Column(
        "internal_points", Integer, nullable=False, comment="Of all factors of the internal risk."
    ),
    Column(
        "external_points", Integer, nullable=False, comment="Of all factors of the external risk."
    ),
    Column(
        "natural_points", Integer, nullable=False, comment="Of all factors of the natural risk."
    ),
    Column(
        "percent",
        Numeric(5, 2),
        nullable=False,
        comment="Of each issuance, in per cent, as the points have it by the tool's table.",
    ),
    Column("entered_by", ForeignKey("users.id"), nullable=False, comment="A verifier or staff."),
    Column("entered_at", Moment, nullable=False, comment="When it was entered."),
    UniqueConstraint("project_id", "number"),
    CheckConstraint("number > 0", name="number_counts"),
    CheckConstraint(
        "internal_points >= 0 AND external_points >= 0 AND natural_points >= 0",
        name="points_not_negative",
    ),
    CheckConstraint("percent BETWEEN 10 AND 60", name="percent_bounded"),
    comment="What of a project's carbon may be lost again, and the buffer share that follows; of those that were "
    "countersigned the last counts (ADR 0100). Rows never change.",
)

risk_decisions = Table(
    "risk_decisions",
    metadata,
    Column(
        "assessment_id",
        ForeignKey("risk_assessments.id"),
        primary_key=True,
        comment="Which assessment.",
    ),
    Column("outcome", String(20), nullable=False, comment="countersigned or refused."),
    Column("reason", Text, comment="Why it is refused."),
    Column("decided_by", ForeignKey("users.id"), nullable=False, comment="Another administrator."),
    Column("decided_at", Moment, nullable=False, comment="From when on it counts."),
    one_of("outcome", RiskOutcome),
    CheckConstraint("outcome = 'countersigned' OR length(reason) > 0", name="refused_says_why"),
    comment="What another administrator said of a risk assessment, once. Rows never change.",
)
