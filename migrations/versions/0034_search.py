"""Projects, suppliers and beneficiaries are found by any part of a word, whatever stands beside it (ADR 0052).

Why: the former search saw words between spaces alone. Neighbours like quotation marks and dashes hid
them; so did accents, and scripts that write no spaces. The columns are generated, so that rows of the
previous version, which goes on running beside this, are found as well. Its own searches scan the table
until it is gone: the two indexes they used go with this.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

# As adapters/postgres/search_functions.py wrote them out when this revision was made.
SEARCH_WORDS = r"""
CREATE FUNCTION search_words(written text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 200
RETURN btrim(regexp_replace(
    CASE WHEN octet_length(written) = length(written) THEN lower(written) ELSE normalize(replace(replace(replace(translate(regexp_replace(normalize(casefold(normalize(written, NFKD) COLLATE pg_unicode_fast), NFKD), '[\u0300-\u036F\u0483-\u0489\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7\u0610-\u061A\u0640\u064B-\u065F\u0670\u06D6-\u06DC\u06DF-\u06E4\u06E7\u06E8\u06EA-\u06ED\u1AB0-\u1AFF\u1DC0-\u1DFF\u20D0-\u20FF\uFE20-\uFE2F\u093C\u094D\u09BC\u09CD\u0A3C\u0A4D\u0ABC\u0ACD\u0B3C\u0B4D\u0BCD\u0C3C\u0C4D\u0CBC\u0CCD\u0D3B\u0D3C\u0D4D\u0DCA\u0E47-\u0E4C\u0E4E\u0EC8-\u0ECE\u1037\u1039\u103A\u17C9-\u17D3\u17DD\u302A-\u302F\u3099\u309A\u00AD\u061C\u180B-\u180F\u200B-\u200F\u202A-\u202E\u2060-\u206F\uFE00-\uFE0F\uFEFF\U000E0100-\U000E01EF]', '', 'g'), 'łøđðħıŧŋĸəɛɔɓɖɗƒɣƙƴʹʻʼʽʾʿ', 'loddhitnkeeobddfyky'''''''''''''), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'), NFC) END
    COLLATE pg_unicode_fast, '[^[:alnum:]]+', ' ', 'g'))
"""
SEARCH_TEXT = r"""
CREATE FUNCTION search_text(written text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 300
RETURN ' ' || search_words(written) || CASE
    WHEN written COLLATE pg_unicode_fast ~ '[[:alnum:]][''`.‘’ʹʻʼʽʾʿ‐‑-][[:alnum:]]'
    THEN ' ' || search_words(regexp_replace(written COLLATE pg_unicode_fast,
        '([[:alnum:]])[''`.‘’ʹʻʼʽʾʿ‐‑-](?=[[:alnum:]])', '\1', 'g'))
    ELSE '' END
"""
SEARCH_GRAMS = r"""
CREATE FUNCTION search_grams(searched text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 2000
BEGIN ATOMIC
    WITH words AS (
        SELECT word, word ~ '[\u0E00-\u0EFF\u1000-\u109F\u1780-\u17FF\u2E80-\uA4CF\uAC00-\uD7AF\uF900-\uFAFF\U0001B000-\U0001B16F\U00020000-\U0003FFFF]' AS unspaced
          FROM unnest(string_to_array(translate(searched, '/', ' '), ' ')) AS word WHERE word <> ''
    )
    SELECT coalesce(array_agg(gram), '{}') FROM (
        SELECT ' ' || left(word, 1) AS gram FROM words
        UNION ALL
        SELECT substr(' ' || word, place, 3) FROM words, generate_series(1, length(word) - 1) AS place
        UNION ALL
        SELECT substr(word, place, size)
          FROM words, generate_series(1, length(word)) AS place, generate_series(1, 2) AS size
         WHERE unspaced
    ) AS grams;
END
"""
COLUMNS = {
    "projects": (
        "search_text(title) || '/' || search_text(location)",
        "Title and location as a search sees them, with / between (function search_text).",
    ),
    "retirements": (
        "search_text(beneficiary_name) || '/' || search_text(coalesce(beneficiary_identifier, ''))",
        "The beneficiary's name and identifier as a search sees them, with / between; NULL: undisclosed.",
    ),
}
GRAMS_COMMENT = "Parts of search_text, by which an index finds it (function search_grams)."


def upgrade() -> None:
    # A hundred thousand rows are written anew in half a minute.
    op.execute("SET LOCAL statement_timeout = '15min'")
    for function in (SEARCH_WORDS, SEARCH_TEXT, SEARCH_GRAMS):
        # A percent sign or a colon of the text is not a parameter.
        op.get_bind().exec_driver_sql(function)
    for table, (expression, comment) in COLUMNS.items():
        searched = sa.Computed(expression, persisted=True)
        op.add_column(table, sa.Column("search_text", sa.Text(), searched, comment=comment))
        # A generated column cannot be made of another one.
        grams = sa.Computed(f"search_grams({expression})", persisted=True)
        op.add_column(
            table, sa.Column("search_grams", ARRAY(sa.Text()), grams, comment=GRAMS_COMMENT)
        )
    op.create_index("ix_projects_search", "projects", ["search_grams"], postgresql_using="gin")
    op.create_index(
        "ix_retirements_search",
        "retirements",
        ["search_grams"],
        postgresql_using="gin",
    )
    op.create_index(
        "ix_users_company_search",
        "users",
        [sa.text("search_grams(search_text(company))")],
        postgresql_using="gin",
    )
    op.drop_index("ix_projects_words", table_name="projects")
    op.drop_index("ix_retirements_beneficiary_words", table_name="retirements")
    # New expressions have no statistics until then, and the planner would not know rare from common.
    op.execute("ANALYZE projects, retirements, users")
