"""A movement's reads and locks in one round trip.

Why: before its first row a retirement asked eight questions, one after the other, each as dear in the
worker as in PostgreSQL (ADR 0117). The function asks the same ones in the same order, each with a
snapshot of its own, as the statements did: whoever waited sees what was committed meanwhile. It decides
nothing: what may be moved is said in domain/credits, of what it answers.
"""

from alembic import op

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None

# By the approval that the units were issued for; those that name none rest on the first verification.
CERTIFIED_FACTS = """
CREATE FUNCTION karbonica_certified_facts(project_ids uuid[], first_units bigint[])
RETURNS TABLE (place bigint, id uuid, number integer, title text, type text, country text,
               sign_off_digest text, completed_at timestamptz, verification_body text, documents jsonb)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT asked.place, p.id, p.number, p.title, p.type, p.country,
           v.sign_off_digest, v.completed_at, v.verification_body,
           (SELECT coalesce(jsonb_agg(jsonb_build_array(d.document_type, d.sha256)
                                      ORDER BY d.completed_at, d.id), '[]')
              FROM documents d WHERE d.verification_id = v.id AND d.status = 'completed')
      FROM unnest(project_ids, first_units) WITH ORDINALITY asked (project_id, unit, place)
      JOIN projects p ON p.id = asked.project_id
      JOIN verification_requests v ON v.id = coalesce(
               (SELECT root.verification_id FROM credit_transactions root
                 WHERE root.type IN ('issuance', 'buffer_contribution') AND root.status = 'completed'
                   AND root.units @> asked.unit),
               (SELECT first.id FROM verification_requests first
                 WHERE first.project_id = p.id AND first.monitoring_period IS NULL
                 ORDER BY first.number DESC LIMIT 1))
     WHERE v.sign_off_digest IS NOT NULL AND v.completed_at IS NOT NULL
$$
"""

OPEN_LOSSES = """
CREATE FUNCTION karbonica_open_losses(of_project uuid)
RETURNS TABLE (reversal_id uuid, project_id uuid, vintage integer, lost_units bigint,
               recorded_at timestamptz, owed_units bigint)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT o.reversal_id, r.project_id, r.vintage, r.quantity_units, r.recorded_at,
           (o.quantity_units - (
               SELECT coalesce(sum(t.quantity_units), 0)
                 FROM obligation_cancellations c JOIN credit_transactions t ON t.id = c.transaction_id
                WHERE c.reversal_id = o.reversal_id AND t.status = 'completed'))::bigint
      FROM reversals r JOIN obligations o ON o.reversal_id = r.id
     WHERE r.project_id = of_project AND o.status <> 'settled'
     ORDER BY r.recorded_at, r.id
$$
"""

OPEN_MOVEMENT = """
CREATE FUNCTION karbonica_open_movement(
    effect text, writes_lock bigint, request_id uuid, account_ids uuid[], no_organisation uuid,
    serials text[], quantities bigint[], opened_by_whole integer, opened_by_part integer, certified boolean
) RETURNS jsonb LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
    opened jsonb;
    entry credit_entries;
    entries credit_entries[] := '{}';
    count_opened integer;
    after_last bigint;
    lines jsonb := '[]';
    account record;
    accounts jsonb := '[]';
BEGIN
    -- Waits for whoever brings about the same, until they have committed or failed.
    INSERT INTO activity_effects (key) VALUES (effect) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN (SELECT jsonb_build_object('result', result) FROM activity_effects WHERE key = effect);
    END IF;
    PERFORM pg_advisory_xact_lock_shared(writes_lock);
    SELECT jsonb_build_object('state', to_jsonb(s)) INTO opened FROM registry_state s;
    IF (opened #>> '{state,frozen}')::boolean THEN
        RETURN opened;
    END IF;
    FOR account IN
        SELECT u.id, u.role, u.email_verified, u.locked_until,
               nullif(coalesce((SELECT o.holding_account_id
                                  FROM organisations o JOIN organisation_members m ON m.organisation_id = o.id
                                 WHERE m.user_id = u.id AND m.left_at IS NULL), no_organisation), u.id) AS holding_id,
               EXISTS (SELECT FROM organisations o WHERE o.holding_account_id = u.id) AS holds
          FROM users u WHERE u.id = ANY (account_ids)
    LOOP
        accounts := accounts || (to_jsonb(account) || jsonb_build_object('told', coalesce(
            (SELECT jsonb_agg(m.user_id ORDER BY m.joined_at, m.id)
               FROM organisation_members m JOIN organisations o ON o.id = m.organisation_id
              WHERE o.holding_account_id
                    = CASE WHEN account.holds THEN account.id ELSE coalesce(account.holding_id, account.id) END
                AND m.left_at IS NULL), '[]')));
    END LOOP;
    -- All entries before the first counter, in the order given, so that nobody waits in a circle.
    FOR place IN 1 .. cardinality(serials) LOOP
        SELECT * INTO entry FROM credit_entries e WHERE e.serial = serials[place] FOR UPDATE;
        entries := array_append(entries, entry);
    END LOOP;
    FOR place IN 1 .. cardinality(serials) LOOP
        entry := entries[place];
        IF entry.id IS NULL THEN
            lines := lines || 'null'::jsonb;
            CONTINUE;
        END IF;
        -- Of what is refused afterwards the numbers come back with the rest of the transaction.
        count_opened := CASE WHEN quantities[place] NOT BETWEEN 1 AND entry.quantity_units THEN 0
                             WHEN quantities[place] < entry.quantity_units THEN opened_by_part
                             ELSE opened_by_whole END;
        after_last := 0;
        IF count_opened > 0 THEN
            INSERT INTO serial_counters AS counter (project_id, vintage, next_number)
            VALUES (entry.project_id, entry.vintage, 1 + count_opened)
            ON CONFLICT (project_id, vintage) DO UPDATE SET next_number = counter.next_number + count_opened
            RETURNING counter.next_number INTO after_last;
        END IF;
        lines := lines || (to_jsonb(entry) || jsonb_build_object(
            'units', jsonb_build_array(lower(entry.units), upper(entry.units) - 1),
            'after_last', after_last, 'opened', count_opened,
            'facts', CASE WHEN certified THEN
                (SELECT to_jsonb(f) FROM karbonica_certified_facts(
                    ARRAY[entry.project_id], ARRAY[lower(entry.units)]) f) END,
            'losses', CASE WHEN certified THEN
                (SELECT jsonb_agg(to_jsonb(l)) FROM karbonica_open_losses(entry.project_id) l) END));
    END LOOP;
    RETURN opened || jsonb_build_object(
        'body', (SELECT d.body FROM drafts d WHERE d.id = request_id),
        'accounts', accounts, 'lines', lines);
END $$
"""

FUNCTIONS = {
    "karbonica_certified_facts": CERTIFIED_FACTS,
    "karbonica_open_losses": OPEN_LOSSES,
    "karbonica_open_movement": OPEN_MOVEMENT,
}


def upgrade() -> None:
    for function in FUNCTIONS.values():
        op.execute(function)
