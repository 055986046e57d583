"""
What of a typed text can be seen, and typed text that cannot reorder what stands beside it.

The properties are those of the Unicode Character Database (UAX #44); the bidirectional algorithm is
UAX #9. `regex` knows them and is newer than Python's own database, which matters: a letter that
Unicode took in lately is a letter (ADR 0051).
"""

import regex

_BLANK = regex.compile(
    # Default ignorable: zero-width characters, soft hyphens, Hangul's fillers, tags, selectors.
    r"[\p{Default_Ignorable_Code_Point}"
    # Letters and symbols that are drawn as nothing: Braille without dots, the musical null notehead,
    # Khitan's filler, the blanks between Egyptian hieroglyphs.
    r"\u2800\U0001D159\U00016FE4\U00013441\U00013442]"
)
_VISIBLE = regex.compile(r"[\p{L}\p{N}\p{P}\p{S}]")
_ISOLATES = frozenset("\u2066\u2067\u2068")
_END_OF_ISOLATE = "\u2069"
_FIRST_STRONG_ISOLATE = "\u2068"
_TURNING = regex.compile(r"[\p{bc=R}\p{bc=AL}\p{bc=AN}\u200f\u061c\u202a-\u202e\u2066-\u2069]")
_EMBEDDINGS_AND_OVERRIDES = regex.compile("[\u202a-\u202e]")


def is_blank(character: str) -> bool:
    """Whether one character is drawn as nothing by itself; a joiner may still shape its neighbours."""
    return _BLANK.match(character) is not None


def has_visible(text: str) -> bool:
    """
    Whether somebody who reads the text sees at least one letter, digit, sign or symbol.

    White space, control characters, marks without a letter, private use and code points that are no
    characters do not count, nor do letters that are drawn as nothing.
    """
    return any(_VISIBLE.match(character) and not is_blank(character) for character in text)


def balanced(text: str) -> str:
    """
    The text with each isolate closed and no end of an isolate without its beginning.

    For a place that isolates by itself, as HTML's `bdi` does: nothing typed can end it early.
    """
    kept: list[str] = []
    depth = 0
    for character in text:
        if character in _ISOLATES:
            depth += 1
        elif character == _END_OF_ISOLATE:
            if depth == 0:
                continue
            depth -= 1
        kept.append(character)
    return "".join(kept) + _END_OF_ISOLATE * depth


def contained(text: str) -> str:
    """
    The text balanced, and without embeddings and overrides (U+202A to U+202E).

    For places that nothing isolates. An override inside a name has no honest use: "gpj.exe" would
    read "exe.jpg". Isolates and marks of direction stay, which names in Arabic and Hebrew use.
    """
    return balanced(_EMBEDDINGS_AND_OVERRIDES.sub("", text))


def isolated(text: str) -> str:
    """
    The text between U+2068 and U+2069, for plain text that has words of ours around it.

    Only what can turn round its neighbours is wrapped; other text is given back as it came.
    """
    safe = contained(text)
    return f"{_FIRST_STRONG_ISOLATE}{safe}{_END_OF_ISOLATE}" if turns(text) else safe


def turns(text: str) -> bool:
    """Whether some of it runs, or may be made to run, from right to left."""
    return _TURNING.search(text) is not None
