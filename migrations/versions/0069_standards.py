"""Standards and labels, authorisations under Article 6, and the numbers of units that other registries cancelled.

Why: what others say of a project and its credits stood in documents alone. Nobody could search for it, nobody was
told when it ended, and nothing kept units of another registry from being issued for twice (ADR 0120).
"""

from alembic import op

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None

# GiST asks no text whether it is equal, but any range whether it overlaps with another.
TEXT_RANGE = 'CREATE TYPE text_range AS RANGE (subtype = text, collation = "C");'

TABLES = """
CREATE TABLE standard_labels (
    id UUID NOT NULL,
    project_id UUID NOT NULL,
    scheme VARCHAR(20) NOT NULL,
    identifier VARCHAR(200),
    programme VARCHAR(200),
    phase VARCHAR(20),
    goals SMALLINT[] NOT NULL,
    valid_from DATE NOT NULL,
    valid_until DATE,
    vintage_from INTEGER,
    vintage_to INTEGER,
    source_document_id UUID,
    source_url TEXT,
    source_dated DATE NOT NULL,
    recorded_by UUID NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    status VARCHAR(20) NOT NULL,
    confirmed_by UUID,
    confirmed_at TIMESTAMP WITH TIME ZONE,
    withdrawn_by UUID,
    withdrawn_at TIMESTAMP WITH TIME ZONE,
    withdrawn_reason TEXT,
    CONSTRAINT pk_standard_labels PRIMARY KEY (id),
    CONSTRAINT ck_standard_labels_vintages_window CHECK
        ((vintage_from IS NULL) = (vintage_to IS NULL) AND vintage_from <= vintage_to),
    CONSTRAINT ck_standard_labels_status_known CHECK (status IN ('recorded', 'confirmed', 'withdrawn')),
    CONSTRAINT ck_standard_labels_source_named CHECK (source_document_id IS NOT NULL OR source_url IS NOT NULL),
    CONSTRAINT ck_standard_labels_confirmed_at_once CHECK
        ((confirmed_at IS NULL) = (confirmed_by IS NULL) AND (status <> 'confirmed' OR confirmed_at IS NOT NULL)
        AND (status <> 'recorded' OR confirmed_at IS NULL)),
    CONSTRAINT ck_standard_labels_confirmed_by_another CHECK (confirmed_by <> recorded_by),
    CONSTRAINT ck_standard_labels_withdrawn_at_once CHECK
        ((status = 'withdrawn') = (withdrawn_at IS NOT NULL) AND (withdrawn_at IS NULL) = (withdrawn_by IS NULL)
        AND (withdrawn_at IS NULL) = (withdrawn_reason IS NULL)),
    CONSTRAINT ck_standard_labels_scheme_known CHECK
        (scheme IN ('vcs', 'gold_standard', 'iso_14064_2', 'iso_14064_3', 'isometric', 'puro', 'corsia', 'ccp',
        'sdg')),
    CONSTRAINT ck_standard_labels_phase_known CHECK (phase IN ('pilot', 'first', 'second')),
    CONSTRAINT ck_standard_labels_valid_days CHECK (valid_from <= valid_until),
    CONSTRAINT ck_standard_labels_corsia_whole CHECK
        ((scheme = 'corsia') = (phase IS NOT NULL) AND (scheme = 'corsia') = (programme IS NOT NULL) AND (scheme
        <> 'corsia' OR vintage_from IS NOT NULL)),
    CONSTRAINT ck_standard_labels_goals_of_sdg CHECK
        ((scheme = 'sdg') = (cardinality(goals) > 0) AND goals <@
        '{1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17}'),
    CONSTRAINT fk_standard_labels_project_id_projects FOREIGN KEY(project_id) REFERENCES projects (id),
    CONSTRAINT fk_standard_labels_source_document_id_documents
        FOREIGN KEY(source_document_id) REFERENCES documents (id),
    CONSTRAINT fk_standard_labels_recorded_by_users FOREIGN KEY(recorded_by) REFERENCES users (id),
    CONSTRAINT fk_standard_labels_confirmed_by_users FOREIGN KEY(confirmed_by) REFERENCES users (id),
    CONSTRAINT fk_standard_labels_withdrawn_by_users FOREIGN KEY(withdrawn_by) REFERENCES users (id)
);
CREATE INDEX ix_standard_labels_project_id ON standard_labels (project_id, recorded_at, id);
CREATE INDEX ix_standard_labels_scheme ON standard_labels (scheme, project_id) WHERE status = 'confirmed';
COMMENT ON TABLE standard_labels IS 'Standards that projects follow and labels that their credits bear (ADR 0120).';
COMMENT ON COLUMN standard_labels.scheme IS 'Whose standard or label it is.';
COMMENT ON COLUMN standard_labels.identifier IS 'Its number with the scheme; NULL: it gives none.';
COMMENT ON COLUMN standard_labels.programme IS 'Of CORSIA: the eligible programme.';
COMMENT ON COLUMN standard_labels.phase IS 'Of CORSIA: pilot, first or second.';
COMMENT ON COLUMN standard_labels.goals IS
    'Sustainable Development Goals, 1 to 17, in order; empty of other schemes.';
COMMENT ON COLUMN standard_labels.valid_from IS 'The first day for which it is given.';
COMMENT ON COLUMN standard_labels.valid_until IS 'The last day; NULL: until it is withdrawn.';
COMMENT ON COLUMN standard_labels.vintage_from IS 'First vintage that it is of; NULL: it is of all.';
COMMENT ON COLUMN standard_labels.vintage_to IS 'Last vintage that it is of; NULL: it is of all.';
COMMENT ON COLUMN standard_labels.source_document_id IS
    'In which document of the project it is written; NULL: in none of them.';
COMMENT ON COLUMN standard_labels.source_url IS 'Where on the web it is written; NULL: nowhere.';
COMMENT ON COLUMN standard_labels.source_dated IS 'The day that the source bears.';
COMMENT ON COLUMN standard_labels.recorded_by IS 'Who of staff.';
COMMENT ON COLUMN standard_labels.recorded_at IS 'When it was recorded.';
COMMENT ON COLUMN standard_labels.status IS 'recorded, confirmed or, for ever, withdrawn.';
COMMENT ON COLUMN standard_labels.confirmed_by IS 'Another of staff.';
COMMENT ON COLUMN standard_labels.confirmed_at IS 'Since when the public reads it; NULL: it does not.';
COMMENT ON COLUMN standard_labels.withdrawn_by IS 'Who of staff withdrew it.';
COMMENT ON COLUMN standard_labels.withdrawn_at IS 'When it was withdrawn; NULL: it was not.';
COMMENT ON COLUMN standard_labels.withdrawn_reason IS 'Public: why.';
CREATE TABLE authorisations (
    id UUID NOT NULL,
    project_id UUID NOT NULL,
    host_party VARCHAR(3) NOT NULL,
    vintage_from INTEGER,
    vintage_to INTEGER,
    status VARCHAR(20) NOT NULL,
    uses VARCHAR(20)[] NOT NULL,
    first_transfer VARCHAR(30),
    quantity_units BIGINT,
    changeable_after_transfer BOOLEAN NOT NULL,
    recorded_by UUID NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_authorisations PRIMARY KEY (id),
    CONSTRAINT ck_authorisations_vintages_window CHECK
        ((vintage_from IS NULL) = (vintage_to IS NULL) AND vintage_from <= vintage_to),
    CONSTRAINT ck_authorisations_status_known CHECK
        (status IN ('requested', 'refused', 'authorised', 'first_transferred', 'adjustment_reported',
        'adjustment_applied', 'revoked')),
    CONSTRAINT ck_authorisations_first_transfer_known CHECK
        (first_transfer IN ('international_transfer', 'authorisation', 'issuance', 'use_or_cancellation')),
    CONSTRAINT ck_authorisations_uses_known CHECK
        (uses <@ ARRAY['ndc', 'international', 'other_purposes']::varchar[]),
    CONSTRAINT ck_authorisations_terms_whole CHECK
        ((first_transfer IS NULL) = (cardinality(uses) = 0) AND (status NOT IN ('requested', 'refused') OR
        first_transfer IS NULL) AND (status IN ('requested', 'refused') OR first_transfer IS NOT NULL)),
    CONSTRAINT ck_authorisations_quantity_positive CHECK (quantity_units > 0),
    CONSTRAINT ck_authorisations_host_party_iso CHECK (host_party ~ '^[A-Z]{3}$'),
    CONSTRAINT fk_authorisations_project_id_projects FOREIGN KEY(project_id) REFERENCES projects (id),
    CONSTRAINT fk_authorisations_recorded_by_users FOREIGN KEY(recorded_by) REFERENCES users (id)
);
CREATE INDEX ix_authorisations_project_id ON authorisations (project_id, recorded_at, id);
CREATE INDEX ix_authorisations_status ON authorisations (status, project_id);
COMMENT ON TABLE authorisations IS
    'Authorisations of host Parties under Article 6 of the Paris Agreement (ADR 0120).';
COMMENT ON COLUMN authorisations.host_party IS 'ISO 3166-1 alpha-3.';
COMMENT ON COLUMN authorisations.vintage_from IS 'First vintage that it is of; NULL: it is of all.';
COMMENT ON COLUMN authorisations.vintage_to IS 'Last vintage that it is of; NULL: it is of all.';
COMMENT ON COLUMN authorisations.status IS 'As the last confirmed step left it (decisions 2/CMA.3 and 4/CMA.6).';
COMMENT ON COLUMN authorisations.uses IS 'What the Party authorised; empty: nothing (yet).';
COMMENT ON COLUMN authorisations.first_transfer IS
    'What counts as first transfer; NULL: nothing is authorised (yet).';
COMMENT ON COLUMN authorisations.quantity_units IS
    'For how much, in units of 0.01 t CO2e; NULL: for all that is issued.';
COMMENT ON COLUMN authorisations.changeable_after_transfer IS
    'Whether its terms let the Party change or revoke it for what was first transferred.';
COMMENT ON COLUMN authorisations.recorded_by IS 'Who of staff.';
COMMENT ON COLUMN authorisations.recorded_at IS 'When the request was recorded.';
CREATE TABLE authorisation_steps (
    authorisation_id UUID NOT NULL,
    number INTEGER NOT NULL,
    kind VARCHAR(20) NOT NULL,
    uses VARCHAR(20)[],
    first_transfer VARCHAR(30),
    quantity_units BIGINT,
    changeable_after_transfer BOOLEAN,
    source_document_id UUID,
    source_url TEXT,
    source_dated DATE NOT NULL,
    recorded_by UUID NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    status VARCHAR(20) NOT NULL,
    confirmed_by UUID,
    confirmed_at TIMESTAMP WITH TIME ZONE,
    withdrawn_by UUID,
    withdrawn_at TIMESTAMP WITH TIME ZONE,
    withdrawn_reason TEXT,
    CONSTRAINT pk_authorisation_steps PRIMARY KEY (authorisation_id, number),
    CONSTRAINT ck_authorisation_steps_status_known CHECK (status IN ('recorded', 'confirmed', 'withdrawn')),
    CONSTRAINT ck_authorisation_steps_source_named CHECK (source_document_id IS NOT NULL OR source_url IS NOT NULL),
    CONSTRAINT ck_authorisation_steps_confirmed_at_once CHECK
        ((confirmed_at IS NULL) = (confirmed_by IS NULL) AND (status <> 'confirmed' OR confirmed_at IS NOT NULL)
        AND (status <> 'recorded' OR confirmed_at IS NULL)),
    CONSTRAINT ck_authorisation_steps_confirmed_by_another CHECK (confirmed_by <> recorded_by),
    CONSTRAINT ck_authorisation_steps_withdrawn_at_once CHECK
        ((status = 'withdrawn') = (withdrawn_at IS NOT NULL) AND (withdrawn_at IS NULL) = (withdrawn_by IS NULL)
        AND (withdrawn_at IS NULL) = (withdrawn_reason IS NULL)),
    CONSTRAINT ck_authorisation_steps_kind_known CHECK
        (kind IN ('request', 'refuse', 'authorise', 'change', 'first_transfer', 'report_adjustment',
        'apply_adjustment', 'revoke')),
    CONSTRAINT ck_authorisation_steps_first_transfer_known CHECK
        (first_transfer IN ('international_transfer', 'authorisation', 'issuance', 'use_or_cancellation')),
    CONSTRAINT ck_authorisation_steps_uses_known CHECK
        (uses <@ ARRAY['ndc', 'international', 'other_purposes']::varchar[]),
    CONSTRAINT ck_authorisation_steps_terms_of_authorising CHECK
        ((kind IN ('authorise', 'change')) = (uses IS NOT NULL) AND (uses IS NULL) = (first_transfer IS NULL)
        AND (uses IS NULL) = (changeable_after_transfer IS NULL) AND (uses IS NOT NULL OR quantity_units IS
        NULL)),
    CONSTRAINT ck_authorisation_steps_number_positive CHECK (number > 0),
    CONSTRAINT ck_authorisation_steps_request_first CHECK ((kind = 'request') = (number = 1)),
    CONSTRAINT fk_authorisation_steps_authorisation_id_authorisations
        FOREIGN KEY(authorisation_id) REFERENCES authorisations (id),
    CONSTRAINT fk_authorisation_steps_source_document_id_documents
        FOREIGN KEY(source_document_id) REFERENCES documents (id),
    CONSTRAINT fk_authorisation_steps_recorded_by_users FOREIGN KEY(recorded_by) REFERENCES users (id),
    CONSTRAINT fk_authorisation_steps_confirmed_by_users FOREIGN KEY(confirmed_by) REFERENCES users (id),
    CONSTRAINT fk_authorisation_steps_withdrawn_by_users FOREIGN KEY(withdrawn_by) REFERENCES users (id)
);
CREATE UNIQUE INDEX uq_authorisation_steps_waiting ON authorisation_steps (authorisation_id)
    WHERE status = 'recorded';
COMMENT ON TABLE authorisation_steps IS 'The documents by which an authorisation came where it stands (ADR 0120).';
COMMENT ON COLUMN authorisation_steps.authorisation_id IS 'Which authorisation it is a step of.';
COMMENT ON COLUMN authorisation_steps.number IS 'Counts from 1 in each.';
COMMENT ON COLUMN authorisation_steps.kind IS 'What the Party''s document does.';
COMMENT ON COLUMN authorisation_steps.uses IS 'As of authorisations; NULL: the step has no terms.';
COMMENT ON COLUMN authorisation_steps.first_transfer IS 'As of authorisations.';
COMMENT ON COLUMN authorisation_steps.quantity_units IS 'As of authorisations.';
COMMENT ON COLUMN authorisation_steps.changeable_after_transfer IS 'As of authorisations.';
COMMENT ON COLUMN authorisation_steps.source_document_id IS
    'In which document of the project it is written; NULL: in none of them.';
COMMENT ON COLUMN authorisation_steps.source_url IS 'Where on the web it is written; NULL: nowhere.';
COMMENT ON COLUMN authorisation_steps.source_dated IS 'The day that the source bears.';
COMMENT ON COLUMN authorisation_steps.recorded_by IS 'Who of staff.';
COMMENT ON COLUMN authorisation_steps.recorded_at IS 'When it was recorded.';
COMMENT ON COLUMN authorisation_steps.status IS 'recorded, confirmed or, for ever, withdrawn.';
COMMENT ON COLUMN authorisation_steps.confirmed_by IS 'Another of staff.';
COMMENT ON COLUMN authorisation_steps.confirmed_at IS 'Since when the public reads it; NULL: it does not.';
COMMENT ON COLUMN authorisation_steps.withdrawn_by IS 'Who of staff withdrew it.';
COMMENT ON COLUMN authorisation_steps.withdrawn_at IS 'When it was withdrawn; NULL: it was not.';
COMMENT ON COLUMN authorisation_steps.withdrawn_reason IS 'Public: why.';
CREATE TABLE foreign_ranges (
    id UUID NOT NULL,
    project_id UUID NOT NULL,
    verification_id UUID NOT NULL,
    vintage INTEGER NOT NULL,
    registry VARCHAR(20) NOT NULL,
    block VARCHAR(200) NOT NULL,
    numbers INT8RANGE NOT NULL,
    serial VARCHAR(200) NOT NULL,
    quantity_units BIGINT NOT NULL,
    source_document_id UUID,
    source_url TEXT,
    source_dated DATE NOT NULL,
    recorded_by UUID NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    status VARCHAR(20) NOT NULL,
    confirmed_by UUID,
    confirmed_at TIMESTAMP WITH TIME ZONE,
    withdrawn_by UUID,
    withdrawn_at TIMESTAMP WITH TIME ZONE,
    withdrawn_reason TEXT,
    CONSTRAINT pk_foreign_ranges PRIMARY KEY (id),
    CONSTRAINT ck_foreign_ranges_status_known CHECK (status IN ('recorded', 'confirmed', 'withdrawn')),
    CONSTRAINT ck_foreign_ranges_source_named CHECK (source_document_id IS NOT NULL OR source_url IS NOT NULL),
    CONSTRAINT ck_foreign_ranges_confirmed_at_once CHECK
        ((confirmed_at IS NULL) = (confirmed_by IS NULL) AND (status <> 'confirmed' OR confirmed_at IS NOT NULL)
        AND (status <> 'recorded' OR confirmed_at IS NULL)),
    CONSTRAINT ck_foreign_ranges_confirmed_by_another CHECK (confirmed_by <> recorded_by),
    CONSTRAINT ck_foreign_ranges_withdrawn_at_once CHECK
        ((status = 'withdrawn') = (withdrawn_at IS NOT NULL) AND (withdrawn_at IS NULL) = (withdrawn_by IS NULL)
        AND (withdrawn_at IS NULL) = (withdrawn_reason IS NULL)),
    CONSTRAINT ck_foreign_ranges_registry_known CHECK (registry IN ('verra', 'gold_standard', 'acr', 'car', 'art')),
    CONSTRAINT ck_foreign_ranges_numbers_bounded CHECK
        (NOT isempty(numbers) AND lower(numbers) > 0 AND NOT upper_inf(numbers)),
    CONSTRAINT ck_foreign_ranges_length_agrees CHECK (quantity_units = (upper(numbers) - lower(numbers)) * 100),
    CONSTRAINT ex_foreign_ranges_numbers_once
        EXCLUDE USING gist (text_range(registry, registry, '[]') WITH &&,
                            text_range(block, block, '[]') WITH &&, numbers WITH &&)
        WHERE (status <> 'withdrawn'),
    CONSTRAINT fk_foreign_ranges_project_id_projects FOREIGN KEY(project_id) REFERENCES projects (id),
    CONSTRAINT fk_foreign_ranges_verification_id_verification_requests
        FOREIGN KEY(verification_id) REFERENCES verification_requests (id),
    CONSTRAINT fk_foreign_ranges_source_document_id_documents
        FOREIGN KEY(source_document_id) REFERENCES documents (id),
    CONSTRAINT fk_foreign_ranges_recorded_by_users FOREIGN KEY(recorded_by) REFERENCES users (id),
    CONSTRAINT fk_foreign_ranges_confirmed_by_users FOREIGN KEY(confirmed_by) REFERENCES users (id),
    CONSTRAINT fk_foreign_ranges_withdrawn_by_users FOREIGN KEY(withdrawn_by) REFERENCES users (id)
);
CREATE INDEX ix_foreign_ranges_of ON foreign_ranges (verification_id, vintage);
CREATE INDEX ix_foreign_ranges_project_id ON foreign_ranges (project_id, recorded_at, id);
COMMENT ON TABLE foreign_ranges IS 'Units of other registries that were cancelled there and issued here (ADR 0120).';
COMMENT ON COLUMN foreign_ranges.verification_id IS 'The approval whose issuance stands on these units.';
COMMENT ON COLUMN foreign_ranges.vintage IS 'Of that approval.';
COMMENT ON COLUMN foreign_ranges.registry IS 'Where they were cancelled.';
COMMENT ON COLUMN foreign_ranges.block IS 'Within which the registry counts; empty: through all that it has.';
COMMENT ON COLUMN foreign_ranges.numbers IS 'Which, in that block; each is a tonne.';
COMMENT ON COLUMN foreign_ranges.serial IS 'As the registry''s record has it.';
COMMENT ON COLUMN foreign_ranges.quantity_units IS 'In units of 0.01 t CO2e.';
COMMENT ON COLUMN foreign_ranges.source_document_id IS
    'In which document of the project it is written; NULL: in none of them.';
COMMENT ON COLUMN foreign_ranges.source_url IS 'Where on the web it is written; NULL: nowhere.';
COMMENT ON COLUMN foreign_ranges.source_dated IS 'The day that the source bears.';
COMMENT ON COLUMN foreign_ranges.recorded_by IS 'Who of staff.';
COMMENT ON COLUMN foreign_ranges.recorded_at IS 'When it was recorded.';
COMMENT ON COLUMN foreign_ranges.status IS 'recorded, confirmed or, for ever, withdrawn.';
COMMENT ON COLUMN foreign_ranges.confirmed_by IS 'Another of staff.';
COMMENT ON COLUMN foreign_ranges.confirmed_at IS 'Since when the public reads it; NULL: it does not.';
COMMENT ON COLUMN foreign_ranges.withdrawn_by IS 'Who of staff withdrew it.';
COMMENT ON COLUMN foreign_ranges.withdrawn_at IS 'When it was withdrawn; NULL: it was not.';
COMMENT ON COLUMN foreign_ranges.withdrawn_reason IS 'Public: why.';
"""

# What was recorded stays as it was recorded; its state moves on, and no further than it may.
GUARDS = """
CREATE FUNCTION karbonica_guard_standard_record() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    confirmed CONSTANT text[] := '{confirmed_by,confirmed_at}';
    moving CONSTANT text[] := confirmed || '{status,withdrawn_by,withdrawn_at,withdrawn_reason}';
BEGIN
    IF to_jsonb(NEW) - moving <> to_jsonb(OLD) - moving
       OR NOT (OLD.status = 'recorded' AND NEW.status IN ('confirmed', 'withdrawn')
               OR OLD.status = 'confirmed' AND NEW.status = 'withdrawn'
                  AND TG_TABLE_NAME <> 'authorisation_steps'
                  AND (NEW.confirmed_by, NEW.confirmed_at) = (OLD.confirmed_by, OLD.confirmed_at)) THEN
        RAISE EXCEPTION 'what is recorded in % stays, and this is %', TG_TABLE_NAME, OLD.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION karbonica_guard_authorisation() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF (NEW.id, NEW.project_id, NEW.host_party, NEW.vintage_from, NEW.vintage_to, NEW.recorded_by, NEW.recorded_at)
       IS DISTINCT FROM
       (OLD.id, OLD.project_id, OLD.host_party, OLD.vintage_from, OLD.vintage_to, OLD.recorded_by, OLD.recorded_at)
       OR NOT (OLD.status, NEW.status) IN (
            ('requested', 'refused'), ('requested', 'authorised'), ('requested', 'first_transferred'),
            ('authorised', 'authorised'), ('authorised', 'first_transferred'), ('authorised', 'revoked'),
            ('first_transferred', 'first_transferred'), ('first_transferred', 'adjustment_reported'),
            ('first_transferred', 'revoked'), ('adjustment_reported', 'adjustment_applied')) THEN
        RAISE EXCEPTION 'authorisation % is %', OLD.id, OLD.status USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.status = 'first_transferred' AND NEW.status IN ('first_transferred', 'revoked')
       AND NOT OLD.changeable_after_transfer THEN
        RAISE EXCEPTION 'authorisation % is first transferred, and stays', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION karbonica_guard_foreign_range() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    issued bigint;
    converted bigint;
BEGIN
    -- Of two ranges for one issuance one waits, and then counts the other.
    PERFORM FROM verification_requests v
      WHERE v.id = NEW.verification_id AND v.project_id = NEW.project_id FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'verification % is of another project', NEW.verification_id
            USING ERRCODE = 'check_violation';
    END IF;
    SELECT coalesce(sum(quantity_units), 0) INTO issued FROM credit_transactions
     WHERE verification_id = NEW.verification_id AND vintage = NEW.vintage AND status = 'completed';
    SELECT coalesce(sum(quantity_units), 0) INTO converted FROM foreign_ranges
     WHERE verification_id = NEW.verification_id AND vintage = NEW.vintage AND status <> 'withdrawn';
    IF converted + NEW.quantity_units > issued THEN
        RAISE EXCEPTION 'of % units issued, % stand on other ranges already', issued, converted
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER record_moves BEFORE UPDATE ON standard_labels
    FOR EACH ROW EXECUTE FUNCTION karbonica_guard_standard_record();
CREATE TRIGGER record_moves BEFORE UPDATE ON authorisation_steps
    FOR EACH ROW EXECUTE FUNCTION karbonica_guard_standard_record();
CREATE TRIGGER record_moves BEFORE UPDATE ON foreign_ranges
    FOR EACH ROW EXECUTE FUNCTION karbonica_guard_standard_record();
CREATE TRIGGER authorisation_moves BEFORE UPDATE ON authorisations
    FOR EACH ROW EXECUTE FUNCTION karbonica_guard_authorisation();
CREATE TRIGGER issued_for BEFORE INSERT ON foreign_ranges
    FOR EACH ROW EXECUTE FUNCTION karbonica_guard_foreign_range();
"""

# With the owner's rights, as every public view (revision 0044). Nobody of staff is named.
_SOURCE = """source_url, source_dated, s.status, s.recorded_at, s.confirmed_at, s.withdrawn_at, s.withdrawn_reason,
       (SELECT d.id FROM documents d
         WHERE d.id = s.source_document_id AND d.status = 'completed' AND d.disclosure = 'public'
       ) AS source_document_id"""
VIEWS = {
    "public_standard_labels": (
        "Standards and labels that were confirmed, withdrawn ones too.",
        f"""
SELECT s.id, s.project_id, s.scheme, s.identifier, s.programme, s.phase, s.goals, s.valid_from, s.valid_until,
       s.vintage_from, s.vintage_to, {_SOURCE}
  FROM standard_labels s WHERE s.confirmed_at IS NOT NULL
""",  # noqa: S608 -- of constants
    ),
    "public_authorisations": (
        "Authorisations of which a step was confirmed, as the last one left them.",
        """
SELECT a.id, a.project_id, a.host_party, a.vintage_from, a.vintage_to, a.status, a.uses, a.first_transfer,
       a.quantity_units, a.changeable_after_transfer, a.recorded_at
  FROM authorisations a
 WHERE EXISTS (SELECT FROM authorisation_steps s WHERE s.authorisation_id = a.id AND s.confirmed_at IS NOT NULL)
""",
    ),
    "public_authorisation_steps": (
        "The confirmed documents of each authorisation.",
        f"""
SELECT s.authorisation_id, s.number, s.kind, s.uses, s.first_transfer, s.quantity_units,
       s.changeable_after_transfer, {_SOURCE}
  FROM authorisation_steps s WHERE s.confirmed_at IS NOT NULL
""",  # noqa: S608 -- of constants
    ),
    "public_foreign_ranges": (
        "Units of other registries that issuances stand on, once confirmed, withdrawn ones too.",
        f"""
SELECT s.id, s.project_id, s.verification_id, s.vintage, s.registry, s.block, s.numbers, s.serial,
       s.quantity_units, {_SOURCE}
  FROM foreign_ranges s WHERE s.confirmed_at IS NOT NULL
""",  # noqa: S608 -- of constants
    ),
}


def _works_on(project_id: str) -> str:
    return f"""(SELECT karbonica_sees_everything()) OR EXISTS (SELECT FROM verification_requests v
    WHERE v.project_id = {project_id}
      AND (v.developer_id = (SELECT karbonica_holding_id()) OR v.verifier_id = (SELECT karbonica_account_id())))"""  # noqa: S608 -- of constants


ROWS = {
    "standard_labels": _works_on("standard_labels.project_id"),
    "authorisations": _works_on("authorisations.project_id"),
    "authorisation_steps": "EXISTS (SELECT FROM authorisations a WHERE a.id = authorisation_id)",
    "foreign_ranges": _works_on("foreign_ranges.project_id"),
}
MOVING = "status, confirmed_by, confirmed_at, withdrawn_by, withdrawn_at, withdrawn_reason"
CHANGING = {
    "standard_labels": MOVING,
    "authorisations": "status, uses, first_transfer, quantity_units, changeable_after_transfer",
    "authorisation_steps": MOVING,
    "foreign_ranges": MOVING,
}


def upgrade() -> None:
    for script in (TEXT_RANGE, TABLES, GUARDS):
        run(script)
    for table, rows in ROWS.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY rows_of_identity ON {table} USING ({rows})")
        op.execute(f"REVOKE UPDATE ON {table} FROM karbonica_app")
        op.execute(f"GRANT UPDATE ({CHANGING[table]}) ON {table} TO karbonica_app")
        op.execute(
            f"CREATE TRIGGER never_deleted BEFORE DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION karbonica_forbid()"
        )
        op.execute(
            f"CREATE TRIGGER never_truncated BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION karbonica_forbid()"
        )
        _count_changes(table)
    for view, (comment, query) in VIEWS.items():
        op.execute(f"CREATE VIEW {view} AS {query}")
        op.execute(f"COMMENT ON VIEW {view} IS '{comment}'")
        op.execute(f"REVOKE ALL ON {view} FROM karbonica_app")
        op.execute(f"GRANT SELECT ON {view} TO karbonica_app")


def _count_changes(table: str) -> None:
    """Public answers about projects are made again once these rows change (revision 0063)."""
    for name, when in {
        "revision_counted": "AFTER INSERT OR DELETE ON {0} FOR EACH ROW",
        "revision_counted_of_change": "AFTER UPDATE ON {0} FOR EACH ROW WHEN (OLD.* *<> NEW.*)",
        "revision_counted_of_truncation": "AFTER TRUNCATE ON {0} FOR EACH STATEMENT",
    }.items():
        op.execute(
            f"CREATE TRIGGER {name} {when.format(table)}"
            " EXECUTE FUNCTION karbonica_count_public_revision('projects')"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")


def run(script: str) -> None:
    """Execute statement by statement: asyncpg prepares each, and takes one at a time."""
    statement: list[str] = []
    inside_body = False
    for line in script.strip().splitlines():
        statement.append(line)
        inside_body ^= line.count("$$") % 2 == 1
        if line.rstrip().endswith(";") and not inside_body:
            op.execute("\n".join(statement))
            statement = []
