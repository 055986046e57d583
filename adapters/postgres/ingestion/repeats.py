"""
What can only be seen in the whole of a file, asked of the database: its memory does not grow with it.

Each statement takes records out and tells it, in one step, so that nothing is taken out in silence.
"""

_TELL = """
INSERT INTO ingestion_issues
       (ingestion_id, chunk, position, rule, severity, advice, sheet, line, "column", value, count, more_lines,
        row_key)
SELECT :id, :chunk,
       (SELECT count(*) FROM ingestion_issues WHERE ingestion_id = :id AND chunk = :chunk)
         + row_number() OVER (ORDER BY sheet, line) - 1,
"""

REPEATED = f"""
WITH numbered AS (
    SELECT chunk, position,
           row_number() OVER same AS n, first_value(line) OVER same AS first_line
      FROM ingested_records WHERE ingestion_id = :id
    WINDOW same AS (PARTITION BY identity ORDER BY chunk, position)
), gone AS (
    DELETE FROM ingested_records r USING numbered n
     WHERE r.ingestion_id = :id AND r.chunk = n.chunk AND r.position = n.position AND n.n > 1
    RETURNING r.sheet, r.line, r.identity, n.first_line
)
{_TELL} 'duplicate', 'warning',
       'This row is the same as line ' || first_line || ', and was counted once.',
       sheet, line, NULL, NULL, 1, '{{}}', left(identity, 16)
  FROM (SELECT DISTINCT ON (sheet, line) sheet, line, identity, first_line FROM gone
         ORDER BY sheet, line, first_line) told
"""  # noqa: S608 -- made of constants; values are bound

KNOWN = f"""
WITH gone AS (
    DELETE FROM ingested_records r
     WHERE r.ingestion_id = :id
       AND EXISTS (SELECT FROM ingested_records known JOIN ingestions i ON i.id = known.ingestion_id
                    WHERE known.identity = r.identity AND known.ingestion_id <> :id
                      AND i.project_id IS NOT DISTINCT FROM (SELECT project_id FROM ingestions WHERE id = :id)
                      AND i.status IN ('accepted', 'accepted_with_warnings', 'partly_accepted'))
    RETURNING r.sheet, r.line, r.identity
)
{_TELL} 'known', 'warning',
       'An earlier file has brought this row already; it was not taken again.',
       sheet, line, NULL, NULL, 1, '{{}}', left(identity, 16)
  FROM (SELECT DISTINCT ON (sheet, line) sheet, line, identity FROM gone
         ORDER BY sheet, line, identity) told
"""  # noqa: S608 -- made of constants; values are bound

OVERLAPS = f"""
WITH ordered AS (
    SELECT chunk, position, block, first, last,
           max(last) OVER (PARTITION BY kind, block ORDER BY first, last, chunk, position, number
                           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
      FROM ingested_ranges WHERE ingestion_id = :id
), clashing AS (
    SELECT DISTINCT ON (chunk, position) chunk, position, first, last
      FROM ordered WHERE first <= before ORDER BY chunk, position, first
), gone AS (
    DELETE FROM ingested_records r USING clashing c
     WHERE r.ingestion_id = :id AND r.chunk = c.chunk AND r.position = c.position
    RETURNING r.sheet, r.line, r.identity, c.first, c.last
)
{_TELL} 'serial_overlap', 'error',
       'Credits of this range are in another row of the file too. Ask the source which of them is right.',
       sheet, line, NULL, first || ' to ' || last, 1, '{{}}', left(identity, 16)
  FROM (SELECT DISTINCT ON (sheet, line) sheet, line, identity, first, last FROM gone
         ORDER BY sheet, line, first) told
"""  # noqa: S608 -- made of constants; values are bound
