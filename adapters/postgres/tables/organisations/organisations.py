"""Organisations, who acts for them, and invitations to do so."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    String,
    Table,
    text,
)
from sqlalchemy.dialects.postgresql import UUID

from adapters.postgres.tables.schema import Moment, metadata, one_of
from domain.organisations.organisations import MemberRole, OrganisationKind

organisations = Table(
    "organisations",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column(
        "holding_account_id",
        ForeignKey("users.id"),
        unique=True,
        comment="The account by which projects and the ledger know it, for ever; NULL: it holds nothing.",
    ),
    Column(
        "kind",
        String(50),
        nullable=False,
        comment="developer, buyer, verification_body or registry.",
    ),
    Column(
        "legal_name",
        String(255),
        comment="Public with its projects and verifications; NULL: a person acts for themselves.",
    ),
    Column("country", String(3), comment="ISO 3166-1 alpha-3 of where it is registered."),
    Column(
        "registration_number", String(100), comment="In the companies' register of its country."
    ),
    Column("created_at", Moment, nullable=False, server_default=text("now()")),
    Column("updated_at", Moment, nullable=False, server_default=text("now()")),
    one_of("kind", OrganisationKind),
    Index("ix_organisations_kind", "kind", "created_at", "id"),
    Index(
        "ix_organisations_legal_name_search",
        text("search_grams(search_text(legal_name))"),
        postgresql_using="gin",
    ),
    comment="Whom people act for: projects and credits are an organisation's.",
)

organisation_members = Table(
    "organisation_members",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("organisation_id", ForeignKey("organisations.id"), nullable=False),
    Column("user_id", ForeignKey("users.id"), nullable=False, comment="Who acts for it."),
    Column("role", String(50), nullable=False, comment="owner or member."),
    Column(
        "joined_at",
        Moment,
        nullable=False,
        server_default=text("now()"),
        comment="Acts for it from then on.",
    ),
    Column("left_at", Moment, comment="Acts for it no more from then on; NULL: still does."),
    Column("ended_by", ForeignKey("users.id"), comment="Who ended it: the person, or an owner."),
    one_of("role", MemberRole),
    CheckConstraint("ended_by IS NULL OR left_at IS NOT NULL", name="ended_once_left"),
    Index(
        "uq_organisation_members_one_at_a_time",
        "user_id",
        unique=True,
        postgresql_where=text("left_at IS NULL"),
    ),
    Index("ix_organisation_members_of", "organisation_id", "joined_at", "id"),
    comment="Who acts, or acted, for which organisation; an account for one at a time.",
)

organisation_invitations = Table(
    "organisation_invitations",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("organisation_id", ForeignKey("organisations.id"), nullable=False),
    Column("user_id", ForeignKey("users.id"), nullable=False, comment="Who is invited."),
    Column("role", String(50), nullable=False, comment="What they become: owner or member."),
    Column("invited_by", ForeignKey("users.id"), nullable=False, comment="An owner then."),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False, comment="Accepted no more from then on."),
    Column("answered_at", Moment, comment="When it was accepted, declined or taken back."),
    Column("answer", String(50), comment="accepted, declined or withdrawn; NULL: none yet."),
    one_of("role", MemberRole),
    CheckConstraint("answer IN ('accepted', 'declined', 'withdrawn')", name="answer_known"),
    CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answer_whole"),
    Index("ix_organisation_invitations_of", "organisation_id", "created_at", "id"),
    Index("ix_organisation_invitations_open", "user_id", postgresql_where=text("answer IS NULL")),
    comment="Invitations to act for an organisation, answered by whom they name. Personal data.",
)
