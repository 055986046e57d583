"""Text in any script on a page of fpdf2: broken into lines, measured and written."""

from dataclasses import dataclass

import regex
from fpdf import FPDF
from fpdf.enums import PDFResourceType
from fpdf.fonts import Glyph as PdfGlyph
from fpdf.fonts import TTFFont
from icu4py.breakers import CharacterBreaker, LineBreaker

from adapters.documents.shaping import Line, Piece, Shaper
from domain.visible_text import contained

POINTS_PER_MM = 72 / 25.4
MEANS_NOTHING = "\u200b"
"""What a glyph is copied as that only adds to another one: a character without width."""
_KANA = regex.compile(r"[\p{Script=Hiragana}\p{Script=Katakana}]")
_HANGUL = regex.compile(r"\p{Script=Hangul}")
_BOPOMOFO = regex.compile(r"\p{Script=Bopomofo}")
_OF_COUNTRY = {
    "JPN": "ja",
    "KOR": "ko",
    "PRK": "ko",
    "TWN": "zh-Hant",
    "HKG": "zh-Hant",
    "MAC": "zh-Hant",
}


@dataclass(frozen=True)
class Ink:
    """A face of ours, its size in points, and what is added between letters, in points."""

    family: str
    style: str
    size: float
    spacing: float = 0


class Typesetter:
    """`has_codes` tells whether some character had no glyph and is shown as its code point."""

    def __init__(self, pdf: FPDF, shaper: Shaper) -> None:
        self._pdf = pdf
        self._shaper = shaper
        self.has_codes = False

    @staticmethod
    def on_one_line(text: str) -> str:
        """The text with each white space as one space, and nothing that reorders its neighbours."""
        return " ".join(contained(text).split())

    def width(self, text: str, ink: Ink, *, rightwards: bool = True, language: str = "en") -> float:
        """In millimetres."""
        line = self._shape(text, ink, rightwards, language)
        return _width(line, ink) / POINTS_PER_MM

    def lines(self, text: str, width: float, ink: Ink, *, language: str = "en") -> list[str]:
        """
        Break a text into lines of at most `width` millimetres.

        Lines end where the script allows it (UAX #14; in Thai, Lao, Khmer and Burmese between the
        words of a dictionary), and inside a word only when it is wider than a line.
        """
        lines, line, used = [], "", 0.0
        for part in (p for word in LineBreaker(text, "en") for p in self._parts(word, width, ink)):
            # The space at the end of a line takes no room. Parts join nothing, so that widths add up.
            if line and used + self.width(part.rstrip(), ink, language=language) > width:
                lines.append(line.rstrip())
                line, used = "", 0.0
            line += part
            used += self.width(part, ink, language=language)
        return [*lines, line.rstrip()]

    def write(
        self,
        text: str,
        x: float,
        baseline: float,
        ink: Ink,
        *,
        rightwards: bool = True,
        language: str = "en",
    ) -> None:
        """Write one line whose left end is at `x`, in the colour that is set."""
        line = self._shape(text, ink, rightwards, language)
        self.has_codes |= line.has_codes
        at, y = x * POINTS_PER_MM, (self._pdf.h - baseline) * POINTS_PER_MM
        colour = self._pdf.text_color
        assert colour is not None  # noqa: S101 - pages set one before they write
        written = [f"q {colour.serialize().lower()} BT"]
        pieces: list[str] = []
        for piece in line.pieces:
            glyphs = self._piece(piece, at, y, ink)
            pieces += glyphs if line.copied_as else _copied_as(piece.copied_as, glyphs)
            at += piece.width_ems * ink.size + ink.spacing * len(piece.glyphs)
        written += _copied_as(line.copied_as, pieces)
        # fpdf2 has no public way to write glyphs that are placed already.
        self._pdf._out(" ".join([*written, "ET Q"]))  # noqa: SLF001 -- see above

    def _parts(self, word: str, width: float, ink: Ink) -> list[str]:
        """The word itself, or its characters when it does not fit on a line."""
        return [word] if self.width(word, ink) <= width else list(CharacterBreaker(word, "en"))

    def _shape(self, text: str, ink: Ink, rightwards: bool, language: str) -> Line:
        own = self._shaper.faces.own(ink.family, ink.style)
        return self._shaper.shape(text, own, rightwards=rightwards, language=language)

    def _piece(self, piece: Piece, x: float, y: float, ink: Ink) -> list[str]:
        """Operators of PDF for one piece; glyphs of one height go into one array."""
        face = piece.face
        key = f"{face.family.lower()}{face.style}"
        if key not in self._pdf.fonts:
            self._pdf.add_font(face.family, face.style, face.path)
        font = self._pdf.fonts[key]
        assert isinstance(font, TTFFont)  # noqa: S101 - only TrueType and OpenType faces are added
        self._pdf._resource_catalog.add(PDFResourceType.FONT, font.i, self._pdf.page)  # noqa: SLF001 -- as _out
        operators = [f"/F{font.i} {ink.size:.2f} Tf"]
        stretch: list[str] = []
        pen_ems, height_ems = 0.0, None
        for index, glyph in enumerate(piece.glyphs):
            x_ems = glyph.x_ems + index * ink.spacing / ink.size
            if glyph.y_ems != height_ems:
                operators += _array(stretch)
                stretch = []
                operators.append(
                    f"1 0 0 1 {x + x_ems * ink.size:.3f} {y + glyph.y_ems * ink.size:.3f} Tm"
                )
                pen_ems, height_ems = x_ems, glyph.y_ems
            if adjustment := round((pen_ems - x_ems) * 1000):
                stretch.append(str(adjustment))
            name = font.ttfont.getGlyphName(glyph.id)
            width = round(font.scale * font.ttfont["hmtx"].metrics[name][0])
            means = tuple(map(ord, glyph.means or MEANS_NOTHING))
            code = font.subset.pick_glyph(PdfGlyph(glyph.id, means, name, width))
            stretch.append(f"<{code:04X}>")
            pen_ems = x_ems + width / 1000
        return operators + _array(stretch)


def language_of(text: str, country: str | None = None) -> str:
    """
    The language whose forms the Chinese characters of a text take, as a BCP 47 tag.

    Kana, Hangul and Bopomofo tell it; a text of Chinese characters alone goes by `country` (ISO
    3166-1 alpha-3), and is simplified Chinese otherwise.
    """
    for script, language in ((_KANA, "ja"), (_HANGUL, "ko"), (_BOPOMOFO, "zh-Hant")):
        if script.search(text):
            return language
    return _OF_COUNTRY.get(country or "", "zh-Hans")


def _width(line: Line, ink: Ink) -> float:
    glyphs = sum(len(piece.glyphs) for piece in line.pieces)
    return line.width_ems * ink.size + ink.spacing * glyphs


def _array(stretch: list[str]) -> list[str]:
    return [f"[{' '.join(stretch)}] TJ"] if stretch else []


def _copied_as(text: str | None, operators: list[str]) -> list[str]:
    """The operators, in a span that says what text they are, where they do not say it themselves."""
    if text is None:
        return operators
    copied = text.encode("utf-16-be").hex().upper()
    return [f"/Span <</ActualText <FEFF{copied}>>> BDC", *operators, "EMC"]
