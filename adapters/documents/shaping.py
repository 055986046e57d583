"""
One line of text as placed glyphs: which face, which direction, which form each letter takes.

Scripts run in their own direction (UAX #9, by fpdf2), letters join, stack and change places as their
script wants (HarfBuzz). Lengths are in ems: times the type size they are points.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

import regex
import uharfbuzz as hb
from fpdf.bidi import BidiParagraph
from fpdf.enums import TextDirection
from icu4py.breakers import CharacterBreaker

from adapters.documents.typefaces import MONO, Typeface, Typefaces
from domain.visible_text import is_blank, turns

_SHAPES_NEIGHBOURS = regex.compile(
    "[\u034f\u180b-\u180f\u200c\u200d\ufe00-\ufe0f\U000e0020-\U000e007f\U000e0100-\U000e01ef]"
)
"""Joiners, selectors and tags: drawn as nothing themselves, they choose the form of a letter."""
_NEEDS_NO_JOINER = regex.compile(
    r"[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]|(?!\p{Extended_Pictographic})\p{Script=Common}"
)
_TURNED = r"[\u0590-\u07bf\u08a0-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]"
"""Hebrew, Arabic, Syriac and Thaana: what programs that copy text turn round."""
_STAYING = r"[^\p{N}\p{bc=CS}\p{bc=AN}]"
_LEFTWARDS = regex.compile(
    rf"(?V1)[{_TURNED}&&{_STAYING}](?:[\P{{bc=L}}&&{_STAYING}]*[{_TURNED}&&{_STAYING}])?"
)
_LEFTWARD_WORDS = regex.compile(
    rf"(?V1)(?:[{_TURNED}&&\p{{L}}](?:[{_TURNED}\u200c]*[{_TURNED}&&\p{{L}}])? ?)+"
)
_JOINERS = regex.compile("[\u200c\u200d]")


@dataclass(frozen=True)
class Glyph:
    """`means` is what it is copied as; a glyph that only adds to another means nothing."""

    id: int
    means: str
    x_ems: float
    y_ems: float


@dataclass(frozen=True)
class Piece:
    """
    A word or a space of one face and direction, its glyphs from left to right.

    `copied_as` is the text in the order of the glyphs, where the glyphs alone do not tell it.
    """

    face: Typeface
    glyphs: tuple[Glyph, ...]
    width_ems: float
    copied_as: str | None


@dataclass(frozen=True)
class Line:
    """
    Pieces from left to right; `has_codes` when a character without a glyph is shown as its code.

    `copied_as` is said where the order of the pieces may not be the text's.
    """

    pieces: tuple[Piece, ...]
    has_codes: bool
    copied_as: str | None

    @property
    def width_ems(self) -> float:
        return sum(piece.width_ems for piece in self.pieces)


@dataclass(frozen=True)
class _Cluster:
    text: str
    face: Typeface | None
    level: int


_Word = tuple[int, Typeface | None, list[str]]


class Shaper:
    """Shapes the lines of one document, each of them once: most are measured before they are written."""

    def __init__(self, faces: Typefaces) -> None:
        self.faces = faces
        self._shaped: dict[tuple[str, Typeface, bool, str], Line] = {}

    def shape(self, text: str, own: Typeface, *, rightwards: bool, language: str) -> Line:
        """
        Set one line.

        `rightwards` is the direction of the whole text that the line is of; `language` chooses
        between the Chinese, Japanese and Korean forms of one character.
        """
        key = (text, own, rightwards, language)
        if key not in self._shaped:
            self._shaped[key] = _line(text, own, self.faces, rightwards, language)
        return self._shaped[key]


def _line(text: str, own: Typeface, faces: Typefaces, rightwards: bool, language: str) -> Line:
    words = [
        (level, face, [cluster.text for cluster in clusters])
        for (face, level, _), clusters in groupby(
            _clusters(text, own, faces, rightwards=rightwards),
            key=lambda cluster: (cluster.face, cluster.level, cluster.text == " "),
        )
    ]
    pieces = tuple(
        _codes("".join(clusters), faces)
        if face is None
        else _piece("".join(clusters), face, right_to_left=level % 2 == 1, language=language)
        for level, face, clusters in _from_left_to_right(words)
    )
    shown = "".join(text for _, _, clusters in words for text in clusters)
    return Line(
        pieces,
        has_codes=any(face is None for _, face, _ in words),
        copied_as=_turned(shown) if turns(shown) else _told(shown, pieces),
    )


def runs_rightwards(text: str) -> bool:
    """Whether the first letter that has a direction runs from left to right, as P2 and P3 say."""
    return not turns(text) or bool(BidiParagraph(text).base_direction == TextDirection.LTR)


def _clusters(
    text: str, own: Typeface, faces: Typefaces, *, rightwards: bool
) -> Iterator[_Cluster]:
    levels = _levels(text, rightwards=rightwards)
    level = 0 if rightwards else 1
    index = 0
    # The breaker's own offsets count UTF-16 units (icu4py 1.2.0), so they are not asked for.
    for cluster in CharacterBreaker(text, "en"):
        places = range(index, index + len(cluster))
        index += len(cluster)
        # Joiners have no level of their own; they are where the letter before them is.
        level = next((levels[i] for i in places if i in levels), level)
        drawn = _drawn(cluster)
        if not drawn:
            continue
        face = faces.for_cluster(drawn, own)
        if face or len(drawn) == 1:
            yield _Cluster(drawn, face, level)
        else:
            yield from (_Cluster(c, faces.for_cluster(c, own), level) for c in drawn)


def _levels(text: str, *, rightwards: bool) -> dict[int, int]:
    """The level of each character (even: to the right, odd: to the left), by its index."""
    if rightwards and not turns(text):
        return dict.fromkeys(range(len(text)), 0)
    direction = TextDirection.LTR if rightwards else TextDirection.RTL
    paragraph = BidiParagraph(text, base_direction=direction)
    return {
        character.character_index: character.embedding_level
        for character in paragraph.get_characters_with_embedding_level()
    }


def _drawn(cluster: str) -> str:
    """The cluster without what is drawn as nothing, unless that shapes what stands beside it."""
    kept = "".join(c for c in cluster if not is_blank(c) or _SHAPES_NEIGHBOURS.match(c))
    if _NEEDS_NO_JOINER.match(kept):
        kept = _JOINERS.sub("", kept)
    return "" if all(is_blank(c) for c in kept) else kept


def _from_left_to_right(words: list[_Word]) -> list[_Word]:
    """Rule L2: from the highest level down, turn round what stands at that level or above."""
    for level in range(max((word[0] for word in words), default=0), 0, -1):
        turned: list[_Word] = []
        at_level = [word[0] >= level for word in words]
        for is_turned, stretch in groupby(zip(at_level, words, strict=True), key=itemgetter(0)):
            turned += [word for _, word in stretch][:: -1 if is_turned else 1]
        words = turned
    return words


def _piece(text: str, face: Typeface, *, right_to_left: bool, language: str) -> Piece:
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    buffer.direction = "rtl" if right_to_left else "ltr"
    buffer.language = language
    hb.shape(face.font, buffer)
    shaped = list(zip(buffer.glyph_infos, buffer.glyph_positions, strict=True))
    starts = sorted({info.cluster for info, _ in shaped})
    means = {a: text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)}
    upem = face.font.face.upem
    glyphs, pen = [], 0
    for cluster, members in groupby(shaped, key=lambda glyph: glyph[0].cluster):
        of_cluster = list(members)
        widest = max(range(len(of_cluster)), key=lambda i: of_cluster[i][1].x_advance)
        for index, (info, at) in enumerate(of_cluster):
            said = means[cluster] if index == widest else ""
            glyphs.append(
                Glyph(info.codepoint, said, (pen + at.x_offset) / upem, at.y_offset / upem)
            )
            pen += at.x_advance
    tells_itself = all(len(glyph.means) == 1 for glyph in glyphs)
    # Programs that copy text turn stretches from right to left round, so that a word of such a
    # script is given in the order of its glyphs (tests/adapters/documents/test_scripts.py).
    copied = text[::-1] if right_to_left else text
    return Piece(face, tuple(glyphs), pen / upem, None if tells_itself else copied)


def _turned(text: str) -> str | None:
    """
    A line as programs that copy it take it in order: what runs leftwards turned round.

    Nothing for words of letters alone, each of which says itself. Poppler takes a mark of direction
    before and after a stretch to see where it begins and ends.
    """
    if _LEFTWARD_WORDS.fullmatch(text):
        return None
    return str(_LEFTWARDS.sub(lambda found: f"\u200f{found[0][::-1]}\u200e", text))


def _told(text: str, pieces: tuple[Piece, ...]) -> str | None:
    """A line that runs rightwards as it is, where some glyph of it does not say itself."""
    return text if any(piece.copied_as for piece in pieces) else None


def _codes(text: str, faces: Typefaces) -> Piece:
    """Characters that no face has, as their code points; copied, they are the characters."""
    shown = "".join(f"[U+{ord(character):04X}]" for character in text)
    piece = _piece(shown, faces.own(MONO, ""), right_to_left=False, language="en")
    return Piece(piece.face, piece.glyphs, piece.width_ems, text)
