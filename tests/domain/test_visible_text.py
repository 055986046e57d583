"""What of a text can be seen, and what it may do to its neighbours."""
# ruff: noqa: RUF001 - letters of other scripts are what this is about

import unicodedata

import pytest
from fpdf.bidi import BidiParagraph
from hypothesis import given
from hypothesis import strategies as st

from domain.visible_text import balanced, contained, has_visible, isolated

ISOLATES_AND_OVERRIDES = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

NOTHING_TO_SEE = {
    "nothing": "",
    "spaces of every width": "\u0020\u00a0\u1680\u2003\u202f\u205f\u3000",
    "line and paragraph separators": "\n\u2028\u2029\u0085",
    "zero-width": "\u200b\u200c\u200d\u2060\ufeff\u180e",
    "soft hyphen": "\u00ad",
    "Hangul's fillers": "\u115f\u1160\u3164\uffa0",
    "Khmer's inherent vowels": "\u17b4\u17b5",
    "Braille without dots": "\u2800",
    "the musical null notehead": "\U0001d159",
    "Khitan's filler": "\U00016fe4",
    "blanks between hieroglyphs": "\U00013441\U00013442",
    "marks of direction": ISOLATES_AND_OVERRIDES + "\u200e\u200f\u061c",
    "tags": "\U000e0001\U000e0067\U000e007f",
    "variation selectors": "\ufe00\ufe0f\U000e0100",
    "the joiner of graphemes": "\u034f",
    "musical controls": "\U0001d173\U0001d17a",
    "shorthand controls": "\U0001bca0",
    "private use": "\ue000\U000f0000\U0010fffd",
    "code points that are no characters": "\uffff\u0378",
    "control characters": "\x00\x07\x7f",
    "accents on nothing": "\u0301\u0489",
    "several of them": " \u200b\u3164\u2800 ",
}
SOMETHING_TO_SEE = {
    "Persian with a joiner": "می\u200cخواهم",
    "Hindi with a joiner": "क्\u200dष",
    "an emoji family": "👨\u200d👩\u200d👧\u200d👦",
    "a flag of tags": "🏴\U000e0067\U000e0062\U000e007f",
    "a letter that Unicode took in after Python 3.11": "\U00011f04",
    "one full stop": ".",
    "an accented letter": "e\u0301",
    "Hangul of its own letters": "\u1112\u1161\u11ab",
    "hieroglyphs with a blank": "\U00013000\U00013441",
}


@pytest.mark.parametrize("text", NOTHING_TO_SEE.values(), ids=NOTHING_TO_SEE.keys())
def test_there_is_nothing_to_see_in(text: str) -> None:
    assert not has_visible(text)


@pytest.mark.parametrize("text", SOMETHING_TO_SEE.values(), ids=SOMETHING_TO_SEE.keys())
def test_there_is_something_to_see_in(text: str) -> None:
    assert has_visible(text)


@given(st.sampled_from(list(SOMETHING_TO_SEE.values())), st.text())
def test_one_visible_letter_is_enough(visible: str, other: str) -> None:
    assert has_visible(other + visible)


@given(st.text(st.sampled_from("aא 1" + ISOLATES_AND_OVERRIDES)))
def test_an_isolated_text_turns_nothing_beside_it_round(text: str) -> None:
    beside = BidiParagraph(f"before {isolated(text)} after").get_reordered_string()

    assert beside.startswith("before ")
    assert beside.endswith(" after")


@given(st.text(st.sampled_from("aא" + ISOLATES_AND_OVERRIDES)))
def test_only_marks_of_direction_are_taken_away(text: str) -> None:
    def letters(of: str) -> str:
        return "".join(c for c in of if c not in ISOLATES_AND_OVERRIDES)

    assert letters(balanced(text)) == letters(contained(text)) == letters(text)
    assert balanced(balanced(text)) == balanced(text)
    assert not {unicodedata.bidirectional(c) for c in contained(text)} & {"RLO", "LRO", "RLE"}


@pytest.mark.parametrize("text", ["Acme", "Société Générale", "江苏", *SOMETHING_TO_SEE.values()])
def test_text_without_marks_of_direction_stays_as_it_is(text: str) -> None:
    assert contained(text) == balanced(text) == text
