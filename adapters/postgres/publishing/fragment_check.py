"""Whether what is kept ready for the public is what the rows make of it (ADR 0116)."""

DIFFERING_FRAGMENTS = """
    SELECT kind, id FROM public_fragments kept FULL JOIN computed_fragments made USING (kind, id)
     WHERE (kept.at, kept.body) IS DISTINCT FROM (made.at, made.body) ORDER BY 1, 2
"""

FRAGMENTS_AGREE = "What the public is told of is what the rows say (`make rebuild-projection`)."
