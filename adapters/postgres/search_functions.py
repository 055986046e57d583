"""
What a text is searched by: two functions of the database (ADR 0052).

They stand in the database so that there is one rule, whoever writes a row and whoever asks: the
columns that they fill are generated, the words of a question go through the same function, and rows
that a previous version of the code writes are found too.

The revision that made them keeps its own copy. A change of them is a new revision, which also makes
the generated columns and their indexes anew.
"""

_DROPPED = (
    # Accents and points of Latin, Greek, Cyrillic, Hebrew, Arabic; Arabic's letter that only lengthens.
    r"\u0300-\u036F\u0483-\u0489\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7\u0610-\u061A\u0640"
    r"\u064B-\u065F\u0670\u06D6-\u06DC\u06DF-\u06E4\u06E7\u06E8\u06EA-\u06ED\u1AB0-\u1AFF\u1DC0-\u1DFF"
    r"\u20D0-\u20FF\uFE20-\uFE2F"
    # Of the scripts of India and its neighbours: what joins or dots a letter, and tones. Vowels stay.
    r"\u093C\u094D\u09BC\u09CD\u0A3C\u0A4D\u0ABC\u0ACD\u0B3C\u0B4D\u0BCD\u0C3C\u0C4D\u0CBC\u0CCD\u0D3B"
    r"\u0D3C\u0D4D\u0DCA\u0E47-\u0E4C\u0E4E\u0EC8-\u0ECE\u1037\u1039\u103A\u17C9-\u17D3\u17DD"
    # The sounding marks of kana; soft hyphens, joiners, directions, variation selectors.
    r"\u302A-\u302F\u3099\u309A\u00AD\u061C\u180B-\u180F\u200B-\u200F\u202A-\u202E\u2060-\u206F"
    r"\uFE00-\uFE0F\uFEFF\U000E0100-\U000E01EF"
)
"""Characters that a search does not see, as a regular expression's brackets hold them."""

_APOSTROPHES = "\u02b9\u02bb\u02bc\u02bd\u02be\u02bf"
"""Those that Unicode counts as letters."""

_LETTERS = {
    **dict(zip("łøđðħıŧŋĸəɛɔɓɖɗƒɣƙƴ", "loddhitnkeeobddfyky", strict=True)),
    **dict.fromkeys(_APOSTROPHES, "'"),
}
"""Small letters that no decomposition of Unicode's takes apart."""

_LETTER_PAIRS = {"æ": "ae", "œ": "oe", "þ": "th"}

_INSIDE_WORDS = f"[''`.\u2018\u2019{_APOSTROPHES}\u2010\u2011-]"
"""What somebody may leave out between two letters: L'Oréal, U.S., Re.Green, e-mobility."""

UNSPACED = (
    r"\u0E00-\u0EFF\u1000-\u109F\u1780-\u17FF\u2E80-\uA4CF\uAC00-\uD7AF\uF900-\uFAFF"
    r"\U0001B000-\U0001B16F\U00020000-\U0003FFFF"
)
"""Thai, Lao, Burmese, Khmer, Chinese, Japanese, Korean: a part of a name is often one or two characters."""


_ATTRIBUTES = "LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE"


def _folded(written: str) -> str:
    """SQL: without case and without what `_DROPPED` names, other letters as in `_LETTERS`."""
    decomposed = f"normalize(casefold(normalize({written}, NFKD) COLLATE pg_unicode_fast), NFKD)"
    letters, plain = "".join(_LETTERS), "".join(_LETTERS.values()).replace("'", "''")
    folded = (
        f"translate(regexp_replace({decomposed}, '[{_DROPPED}]', '', 'g'), '{letters}', '{plain}')"
    )
    for pair, two in _LETTER_PAIRS.items():
        folded = f"replace({folded}, '{pair}', '{two}')"
    return f"normalize({folded}, NFC)"


SEARCH_WORDS = f"""
CREATE FUNCTION search_words(written text) RETURNS text {_ATTRIBUTES} COST 200
RETURN btrim(regexp_replace(
    CASE WHEN octet_length(written) = length(written) THEN lower(written) ELSE {_folded("written")} END
    COLLATE pg_unicode_fast, '[^[:alnum:]]+', ' ', 'g'))
"""
"""
Letters and digits, without case and accents, in words with one space between: "L'Oréal" → "l oreal".

What is neither letter nor digit separates words; text without either becomes ''. (ASCII takes the
short way to the same.)
"""

SEARCH_TEXT = rf"""
CREATE FUNCTION search_text(written text) RETURNS text {_ATTRIBUTES} COST 300
RETURN ' ' || search_words(written) || CASE
    WHEN written COLLATE pg_unicode_fast ~ '[[:alnum:]]{_INSIDE_WORDS}[[:alnum:]]'
    THEN ' ' || search_words(regexp_replace(written COLLATE pg_unicode_fast,
        '([[:alnum:]]){_INSIDE_WORDS}(?=[[:alnum:]])', '\1', 'g'))
    ELSE '' END
"""
"""A text as it is searched: its words with a space before each, then again without what stands inside words."""

SEARCH_GRAMS = rf"""
CREATE FUNCTION search_grams(searched text) RETURNS text[] {_ATTRIBUTES} COST 2000
BEGIN ATOMIC
    WITH words AS (
        SELECT word, word ~ '[{UNSPACED}]' AS unspaced
          FROM unnest(string_to_array(translate(searched, '/', ' '), ' ')) AS word WHERE word <> ''
    )
    SELECT coalesce(array_agg(gram), '{{}}') FROM (
        SELECT ' ' || left(word, 1) AS gram FROM words
        UNION ALL
        SELECT substr(' ' || word, place, 3) FROM words, generate_series(1, length(word) - 1) AS place
        UNION ALL
        SELECT substr(word, place, size)
          FROM words, generate_series(1, length(word)) AS place, generate_series(1, 2) AS size
         WHERE unspaced
    ) AS grams;
END
"""  # noqa: S608 -- made of what stands above
"""
The parts by which an index finds a text: three characters in a row of a word, the beginnings of words
with the space before, and one and two characters of words in scripts without spaces.
"""

CREATE = (SEARCH_WORDS, SEARCH_TEXT, SEARCH_GRAMS)
