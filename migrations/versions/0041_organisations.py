"""Organisations that people act for, accreditations of verification bodies, declarations of interest.

Why: a project stayed with the account that registered it when its person left, and anybody who was a
verifier verified anything (ADR 0068). Each account gets an organisation of its own, named as the account
named it; two accounts that typed the same name are not one organisation, which only they can say. Verifiers
of before get an accreditation for all types that is marked as inherited, so that work under way goes on.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

PROJECT_TYPES = "forest_conservation,renewable_energy,energy_efficiency,reforestation,improved_forest_management,soil_carbon,blue_carbon,biochar,cookstoves,methane_capture,waste_management,industrial_gases,direct_air_capture,enhanced_weathering,ocean_alkalinity_enhancement,other"

# An account begins with an organisation of its own, whoever writes the account. Its identifiers are made
# of the account's, so that registries that did the same are the same.
ORGANISATION_OF = """
CREATE FUNCTION karbonica_organisation_of_account() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    kind_of_role text := CASE NEW.role WHEN 'verifier' THEN 'verification_body'
                                       WHEN 'administrator' THEN 'registry' ELSE NEW.role END;
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO organisations (id, holding_account_id, kind, legal_name)
        VALUES (md5('organisation/' || NEW.id)::uuid, NEW.id, kind_of_role, NEW.company);
        INSERT INTO organisation_members (id, organisation_id, user_id, role)
        VALUES (md5('membership/' || NEW.id)::uuid, md5('organisation/' || NEW.id)::uuid, NEW.id, 'owner');
        RETURN NEW;
    END IF;
    IF NEW.company IS DISTINCT FROM OLD.company THEN
        UPDATE organisations SET legal_name = NEW.company, updated_at = now()
         WHERE holding_account_id = NEW.id;
    END IF;
    IF NEW.role <> OLD.role THEN
        -- Only as long as nobody else acts for it and it has nothing that is of its former kind.
        UPDATE organisations o SET kind = kind_of_role, updated_at = now()
         WHERE o.holding_account_id = NEW.id AND o.kind <> kind_of_role
           AND NOT EXISTS (SELECT FROM organisation_members m WHERE m.organisation_id = o.id
                              AND m.left_at IS NULL AND m.user_id <> NEW.id)
           -- Who has projects or credits is never a body that verifies.
           AND (kind_of_role IN ('developer', 'buyer') AND o.kind IN ('developer', 'buyer')
                OR NOT EXISTS (SELECT FROM projects p WHERE p.developer_id = NEW.id)
                   AND NOT EXISTS (SELECT FROM credit_entries e WHERE e.owner_id = NEW.id));
    END IF;
    RETURN NEW;
END $$
"""

MEMBERSHIP_STAYS = """
CREATE FUNCTION karbonica_guard_membership() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF OLD.left_at IS NOT NULL THEN
        RAISE EXCEPTION 'membership % has ended', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""

MAY_CHANGE = {
    "organisations": "legal_name, country, registration_number, updated_at",
    "organisation_members": "role, left_at, ended_by",
    "organisation_invitations": "answered_at, answer",
    "accreditations": "project_types, valid_from, valid_until, evidence_url, inherited, recorded_by, updated_at",
    "conflict_declarations": "",
}
"""What the application may change of a row; a declaration is never changed, a new one is made."""


def upgrade() -> None:
    op.create_table(
        "organisations",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column(
            "holding_account_id",
            sa.UUID(),
            nullable=True,
            comment="The account by which projects and the ledger know it, for ever; NULL: it holds nothing.",
        ),
        sa.Column(
            "kind",
            sa.String(length=50),
            nullable=False,
            comment="developer, buyer, verification_body or registry.",
        ),
        sa.Column(
            "legal_name",
            sa.String(length=255),
            nullable=True,
            comment="Public with its projects and verifications; NULL: a person acts for themselves.",
        ),
        sa.Column(
            "country",
            sa.String(length=3),
            nullable=True,
            comment="ISO 3166-1 alpha-3 of where it is registered.",
        ),
        sa.Column(
            "registration_number",
            sa.String(length=100),
            nullable=True,
            comment="In the companies' register of its country.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "kind IN ('developer', 'buyer', 'verification_body', 'registry')",
            name=op.f("ck_organisations_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["holding_account_id"],
            ["users.id"],
            name=op.f("fk_organisations_holding_account_id_users"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
        sa.UniqueConstraint("holding_account_id", name=op.f("uq_organisations_holding_account_id")),
        comment="Whom people act for: projects and credits are an organisation's.",
    )
    op.create_index(
        "ix_organisations_kind", "organisations", ["kind", "created_at", "id"], unique=False
    )
    op.create_index(
        "ix_organisations_legal_name_search",
        "organisations",
        [sa.literal_column("search_grams(search_text(legal_name))")],
        unique=False,
        postgresql_using="gin",
    )
    op.create_table(
        "organisation_members",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("organisation_id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False, comment="Who acts for it."),
        sa.Column("role", sa.String(length=50), nullable=False, comment="owner or member."),
        sa.Column(
            "joined_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="Acts for it from then on.",
        ),
        sa.Column(
            "left_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Acts for it no more from then on; NULL: still does.",
        ),
        sa.Column(
            "ended_by", sa.UUID(), nullable=True, comment="Who ended it: the person, or an owner."
        ),
        sa.CheckConstraint(
            "role IN ('owner', 'member')", name=op.f("ck_organisation_members_role_known")
        ),
        sa.CheckConstraint(
            "ended_by IS NULL OR left_at IS NOT NULL",
            name=op.f("ck_organisation_members_ended_once_left"),
        ),
        sa.ForeignKeyConstraint(
            ["ended_by"], ["users.id"], name=op.f("fk_organisation_members_ended_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_organisation_members_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_organisation_members_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_members")),
        comment="Who acts, or acted, for which organisation; an account for one at a time.",
    )
    op.create_index(
        "ix_organisation_members_of",
        "organisation_members",
        ["organisation_id", "joined_at", "id"],
        unique=False,
    )
    op.create_index(
        "uq_organisation_members_one_at_a_time",
        "organisation_members",
        ["user_id"],
        unique=True,
        postgresql_where=sa.text("left_at IS NULL"),
    )
    op.create_table(
        "organisation_invitations",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("organisation_id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False, comment="Who is invited."),
        sa.Column(
            "role",
            sa.String(length=50),
            nullable=False,
            comment="What they become: owner or member.",
        ),
        sa.Column("invited_by", sa.UUID(), nullable=False, comment="An owner then."),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "expires_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="Accepted no more from then on.",
        ),
        sa.Column(
            "answered_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it was accepted, declined or taken back.",
        ),
        sa.Column(
            "answer",
            sa.String(length=50),
            nullable=True,
            comment="accepted, declined or withdrawn; NULL: none yet.",
        ),
        sa.CheckConstraint(
            "answer IN ('accepted', 'declined', 'withdrawn')",
            name=op.f("ck_organisation_invitations_answer_known"),
        ),
        sa.CheckConstraint(
            "role IN ('owner', 'member')", name=op.f("ck_organisation_invitations_role_known")
        ),
        sa.CheckConstraint(
            "(answer IS NULL) = (answered_at IS NULL)",
            name=op.f("ck_organisation_invitations_answer_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["invited_by"], ["users.id"], name=op.f("fk_organisation_invitations_invited_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_organisation_invitations_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_organisation_invitations_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_invitations")),
        comment="Invitations to act for an organisation, answered by whom they name. Personal data.",
    )
    op.create_index(
        "ix_organisation_invitations_of",
        "organisation_invitations",
        ["organisation_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_organisation_invitations_open",
        "organisation_invitations",
        ["user_id"],
        unique=False,
        postgresql_where=sa.text("answer IS NULL"),
    )
    op.create_table(
        "accreditations",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("organisation_id", sa.UUID(), nullable=False),
        sa.Column("scheme", sa.String(length=255), nullable=False, comment="As `ISO 14065, ANAB`."),
        sa.Column(
            "number",
            sa.String(length=100),
            nullable=False,
            comment="The certificate's, as the scheme has it.",
        ),
        sa.Column(
            "project_types",
            postgresql.ARRAY(sa.String(50)),
            nullable=False,
            comment="The scope: types of project that the body may verify.",
        ),
        sa.Column("valid_from", sa.Date(), nullable=False, comment="First day, in UTC."),
        sa.Column(
            "valid_until",
            sa.Date(),
            nullable=True,
            comment="Last day, in UTC; NULL only where it is inherited.",
        ),
        sa.Column(
            "evidence_url",
            sa.String(length=2000),
            nullable=True,
            comment="Where the certificate can be read; public.",
        ),
        sa.Column(
            "inherited",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Given to who verified before accreditations were kept; staff put a real one in its place.",
        ),
        sa.Column(
            "recorded_by", sa.UUID(), nullable=True, comment="Staff; NULL: the registry itself."
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "cardinality(project_types) > 0", name=op.f("ck_accreditations_project_types_some")
        ),
        sa.CheckConstraint(
            "inherited OR valid_until IS NOT NULL", name=op.f("ck_accreditations_ends_once")
        ),
        sa.CheckConstraint(
            "valid_until >= valid_from", name=op.f("ck_accreditations_valid_some_days")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_accreditations_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["users.id"], name=op.f("fk_accreditations_recorded_by_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accreditations")),
        sa.UniqueConstraint(
            "organisation_id",
            "scheme",
            "number",
            name=op.f("uq_accreditations_organisation_id_scheme_number"),
        ),
        comment="What a verification body may verify, and until when.",
    )
    op.create_table(
        "conflict_declarations",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("verification_id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False, comment="The verifier."),
        sa.Column("declared", sa.String(length=50), nullable=False, comment="none or present."),
        sa.Column(
            "words",
            sa.Text(),
            nullable=True,
            comment="Which interest; for staff and the verifier alone.",
        ),
        sa.Column(
            "implied",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether it was declared by the approval itself, whose terms say so.",
        ),
        sa.Column(
            "declared_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When the verifier said so.",
        ),
        sa.CheckConstraint(
            "declared <> 'present' OR length(words) > 0",
            name=op.f("ck_conflict_declarations_present_says_which"),
        ),
        sa.CheckConstraint(
            "declared IN ('none', 'present')", name=op.f("ck_conflict_declarations_declared_known")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_conflict_declarations_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["verification_id"],
            ["verification_requests.id"],
            name=op.f("fk_conflict_declarations_verification_id_verification_requests"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflict_declarations")),
        comment="What a verifier declared of interests in a project; the newest counts. Rows never change.",
    )
    op.create_index(
        "ix_conflict_declarations_of",
        "conflict_declarations",
        ["verification_id", "user_id", "declared_at"],
        unique=False,
    )

    op.execute(
        "INSERT INTO organisations (id, holding_account_id, kind, legal_name, created_at, updated_at)"
        " SELECT md5('organisation/' || id)::uuid, id, CASE role WHEN 'verifier' THEN 'verification_body'"
        " WHEN 'administrator' THEN 'registry' ELSE role END, company, created_at, updated_at FROM users"
    )
    op.execute(
        "INSERT INTO organisation_members (id, organisation_id, user_id, role, joined_at)"
        " SELECT md5('membership/' || id)::uuid, md5('organisation/' || id)::uuid, id, 'owner', created_at"
        " FROM users"
    )
    given = ", ".join(f"'{kind}'" for kind in PROJECT_TYPES.split(","))
    op.execute(
        "INSERT INTO accreditations (id, organisation_id, scheme, number, project_types, valid_from, inherited)"  # noqa: S608 -- a constant
        " SELECT md5('accreditation/' || id)::uuid, md5('organisation/' || id)::uuid, 'inherited', '-',"
        f" ARRAY[{given}], (created_at AT TIME ZONE 'UTC')::date, true FROM users WHERE role = 'verifier'"
    )
    op.execute(ORGANISATION_OF)
    op.execute(
        "CREATE TRIGGER organisation_of_account AFTER INSERT OR UPDATE OF company, role ON users"
        " FOR EACH ROW EXECUTE FUNCTION karbonica_organisation_of_account()"
    )
    op.execute(MEMBERSHIP_STAYS)
    op.execute(
        "CREATE TRIGGER membership_stays BEFORE UPDATE ON organisation_members"
        " FOR EACH ROW EXECUTE FUNCTION karbonica_guard_membership()"
    )
    for table, columns in MAY_CHANGE.items():
        op.execute(f"REVOKE UPDATE ON {table} FROM karbonica_app")
        if columns:
            op.execute(f"GRANT UPDATE ({columns}) ON {table} TO karbonica_app")
    # Public names are those of organisations now, and so is what is searched.
    op.drop_index("ix_users_company_search", "users")
    op.alter_column(
        "users",
        "company",
        existing_type=sa.String(255),
        comment="The organisation's name as it was typed when the account was made.",
    )
