"""What a project's files say of the same series before, and what was worked out of them: asked of the database."""

# The former period is as long as this file's, and ends where it begins; a day at least, for a file of one moment.
DRIFT = """
WITH allowed AS (
    SELECT * FROM unnest(CAST(:quantities AS text[]), CAST(:shares AS numeric[])) AS one(quantity, share)
), mine AS (
    SELECT r.record ->> 'series' AS series, r.record ->> 'quantity' AS quantity, r.record ->> 'unit' AS unit,
           avg((r.record ->> 'value')::numeric) AS mean, count(*) AS number, min(r.line) AS line, min(r.sheet) AS sheet,
           min((r.record ->> 'time')::timestamptz) AS begins, max((r.record ->> 'time')::timestamptz) AS ends
      FROM ingested_records r
     WHERE r.ingestion_id = :id AND r.kind = 'observation' AND r.record ->> 'value' IS NOT NULL
       AND r.record ->> 'quantity' = ANY(CAST(:quantities AS text[]))
     GROUP BY 1, 2, 3
), former AS (
    SELECT o.record ->> 'series' AS series, o.record ->> 'quantity' AS quantity, o.record ->> 'unit' AS unit,
           (o.record ->> 'time')::timestamptz AS at, (o.record ->> 'value')::numeric AS value
      FROM ingestions this
      JOIN ingestions i ON i.project_id = this.project_id AND i.id <> this.id
                       AND i.id IS DISTINCT FROM this.predecessor_id
                       AND i.status IN ('accepted', 'accepted_with_warnings', 'partly_accepted')
      JOIN ingested_records o ON o.ingestion_id = i.id AND o.kind = 'observation'
     WHERE this.id = :id AND o.record ->> 'value' IS NOT NULL
       AND o.record ->> 'quantity' IN (SELECT quantity FROM mine)
), compared AS (
    SELECT mine.*, allowed.share, avg(former.value) AS former_mean, count(former.value) AS former_number
      FROM mine JOIN allowed USING (quantity) JOIN former USING (series, quantity, unit)
     WHERE former.at < mine.begins
       AND former.at >= mine.begins - greatest(mine.ends - mine.begins, interval '1 day')
     GROUP BY mine.series, mine.quantity, mine.unit, mine.mean, mine.number, mine.line, mine.sheet,
              mine.begins, mine.ends, allowed.share
)
INSERT INTO ingestion_issues
       (ingestion_id, chunk, position, rule, severity, advice, sheet, line, "column", value, count, more_lines,
        row_key)
SELECT :id, :chunk,
       (SELECT count(*) FROM ingestion_issues WHERE ingestion_id = :id AND chunk = :chunk)
         + row_number() OVER (ORDER BY quantity, series) - 1,
       'drift', 'warning',
       quantity || ' of ' || series || ' is ' || trim_scale(round(mean, 4)) || ' ' || unit || ' on average of '
         || number || ' values; in the period before it was ' || trim_scale(round(former_mean, 4)) || ' ' || unit
         || ' of ' || former_number || '. That is a change of ' || round(100 * abs(mean - former_mean) / abs(former_mean), 1)
         || ' %, more than the ' || trim_scale(100 * share) || ' % that pass without a word. Say what changed, or look at'
         || ' the instrument.',
       sheet, line, left(series, 200), trim_scale(round(mean, 4)) || ' ' || unit, 1, '{}', NULL
  FROM compared
 WHERE number >= :least AND former_number >= :least AND former_mean <> 0
   AND abs(mean - former_mean) > share * abs(former_mean)
   AND NOT EXISTS (SELECT FROM ingestion_issues WHERE ingestion_id = :id AND rule = 'drift')
"""

# The newest calculation of a round that is not decided, and the one that a decided round was signed off with.
RESTING = """
WITH mine AS (
    SELECT v.id, v.number, v.status IN ('approved', 'rejected') AS is_decided, v.quantification_sha256
      FROM verification_requests v JOIN ingestions i ON i.project_id = v.project_id
     WHERE i.id = :id FOR UPDATE OF v
), counting AS (
    SELECT mine.number, mine.quantification_sha256 IS NOT NULL AND q.sha256 = mine.quantification_sha256
             AS is_signed_off, q.inputs_sha256
      FROM mine JOIN quantifications q ON q.verification_id = mine.id
     WHERE q.sha256 = mine.quantification_sha256
        OR (NOT mine.is_decided AND q.number = (SELECT max(other.number) FROM quantifications other
                                                 WHERE other.verification_id = mine.id))
)
SELECT DISTINCT counting.number, counting.is_signed_off
  FROM counting JOIN quantification_inputs inputs ON inputs.sha256 = counting.inputs_sha256
 WHERE position(convert_to(CAST(:id AS text) || '/', 'UTF8') IN inputs.content) > 0
 ORDER BY counting.number
"""
