"""
Paper for certificates: framed A4 pages, the bundled typefaces, and text that never runs off a page.

All lengths are in millimetres, type sizes in points.
"""

import unicodedata
from datetime import datetime
from pathlib import Path

import segno
from fpdf import FPDF
from fpdf.enums import Align, MethodReturnValue, XPos, YPos
from fpdf.fonts import TTFFont

FONTS = Path(__file__).parent / "fonts"
SERIF, MONO = "Garamond", "Mono"

PAGE_WIDTH, PAGE_HEIGHT = 210.0, 297.0
MARGIN = 23.0
TEXT_WIDTH = PAGE_WIDTH - 2 * MARGIN
LABEL_WIDTH = 33.0
TOP, BOTTOM = 24.0, PAGE_HEIGHT - 19.0
LINE_PER_POINT = 0.3528 * 1.22
"""Millimetres in a point, times the leading."""

NO_GLYPH = "□"

Colour = tuple[int, int, int]
INK: Colour = (28, 33, 30)
MUTED: Colour = (104, 112, 107)
GREEN: Colour = (24, 74, 55)
GOLD: Colour = (173, 146, 84)
AMBER: Colour = (150, 84, 0)
AMBER_TINT: Colour = (253, 244, 227)
GREEN_TINT: Colour = (235, 243, 238)


class PdfLayout:
    """
    Text set from top to bottom; a new framed page begins when the next piece does not fit.

    `has_unprintable` tells whether some character had no glyph and is shown as a box.
    """

    def __init__(self, *, title: str, author: str, created: datetime, running_head: str) -> None:
        pdf = FPDF(orientation="portrait", unit="mm", format="A4")
        for style, name in (("", "Regular"), ("B", "SemiBold"), ("I", "Italic")):
            pdf.add_font(SERIF, style, FONTS / f"EBGaramond-{name}.ttf")
        pdf.add_font(MONO, "", FONTS / "IBMPlexMono-Regular.ttf")
        pdf.set_auto_page_break(auto=False)
        pdf.set_margins(MARGIN, TOP, MARGIN)
        # Cells without padding, so that text begins exactly on the margin.
        pdf.c_margin = 0
        # The same certificate gives the same bytes whenever it is printed.
        pdf.set_creation_date(created)
        pdf.set_title(title)
        pdf.set_author(author)
        pdf.set_lang("en-GB")
        self._pdf = pdf
        self._running_head = running_head
        self._bottom = BOTTOM
        self.has_unprintable = False
        self._add_page()

    @property
    def y(self) -> float:
        return float(self._pdf.get_y())

    @property
    def spare(self) -> float:
        """What is left of the first page once everything stands on it; nothing when there are more."""
        return self._bottom - self.y if self._pdf.page_no() == 1 else 0.0

    def output(self) -> bytes:
        return bytes(self._pdf.output())

    def reserve_foot(self, height: float) -> float:
        """Rule off the foot of this page and keep running text out of it; gives its top edge."""
        self._bottom = BOTTOM - height
        self._rule(self._bottom + 2)
        return self._bottom + 2

    def move_to(self, y: float) -> None:
        self._pdf.set_xy(MARGIN, y)

    def space(self, height: float) -> None:
        self._pdf.set_xy(MARGIN, self.y + height)

    def keep_together(self, height: float) -> None:
        """Begin a new page unless that much still fits on this one."""
        if self.y + height > self._bottom:
            self._add_page()

    def centred(
        self,
        text: str,
        *,
        size: float,
        style: str = "",
        colour: Colour = INK,
        spacing: float = 0,
        lines_max: int = 3,
        size_min: float = 9.5,
    ) -> None:
        """Set a centred text, smaller down to `size_min` when it would take over `lines_max` lines."""
        shown = self._shown(text, SERIF, style)
        while size > size_min and len(self._lines(shown, TEXT_WIDTH, style, size)) > lines_max:
            size -= 0.5
        self._ink(SERIF, style, size, colour)
        self._pdf.set_char_spacing(spacing)
        for line in self._lines(shown, TEXT_WIDTH, style, size):
            self.keep_together(size * LINE_PER_POINT)
            self._ink(SERIF, style, size, colour)
            self._pdf.cell(
                TEXT_WIDTH,
                size * LINE_PER_POINT,
                line,
                align=Align.C,
                new_x=XPos.LMARGIN,
                new_y=YPos.NEXT,
            )
        self._pdf.set_char_spacing(0)

    def ornament(self) -> None:
        """A short golden rule with a lozenge in its middle."""
        middle, y = PAGE_WIDTH / 2, self.y
        self._pdf.set_draw_color(*GOLD)
        self._pdf.set_fill_color(*GOLD)
        self._pdf.set_line_width(0.25)
        self._pdf.line(middle - 24, y, middle - 3, y)
        self._pdf.line(middle + 3, y, middle + 24, y)
        self._pdf.polygon(
            ((middle, y - 1.1), (middle + 1.1, y), (middle, y + 1.1), (middle - 1.1, y)), style="F"
        )

    def band(self, *lines: str, colour: Colour, tint: Colour) -> None:
        """A tinted box as wide as the text, with one or two short lines in it."""
        line_height = 10.5 * LINE_PER_POINT
        height = len(lines) * line_height + 3.4
        self.keep_together(height)
        top = self.y
        self._pdf.set_fill_color(*tint)
        self._pdf.set_draw_color(*colour)
        self._pdf.set_line_width(0.2)
        self._pdf.rect(MARGIN, top, TEXT_WIDTH, height, style="DF")
        self.move_to(top + 1.7)
        for line in lines:
            self.centred(line, size=10.5, colour=colour, lines_max=1)
        self.move_to(top + height)

    def heading(self, text: str) -> None:
        self.keep_together(16)
        self.space(2.4)
        self._ink(SERIF, "B", 8.6, GREEN)
        self._pdf.set_char_spacing(0.9)
        self._pdf.cell(TEXT_WIDTH, 4.2, text.upper(), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self._pdf.set_char_spacing(0)
        self._rule(self.y + 0.3)
        self.space(1.3)

    def field(self, label: str, value: str, *, mono: bool = False) -> None:
        """A label on the left and its value beside it, over as many lines and pages as it takes."""
        family, size = (MONO, 6.7) if mono else (SERIF, 9.6)
        height = 9.6 * LINE_PER_POINT if not mono else 3.6
        shown = self._shown(value, family, "")
        self._ink(family, "", size, INK)
        lines = self._split(shown, TEXT_WIDTH - LABEL_WIDTH)
        for index, line in enumerate(lines):
            self.keep_together(height)
            top = self.y
            if index == 0:
                self._ink(SERIF, "I", 9.2, MUTED)
                self._pdf.cell(LABEL_WIDTH, height, label)
            self._pdf.set_xy(MARGIN + LABEL_WIDTH, top)
            self._ink(family, "", size, INK)
            self._pdf.cell(
                TEXT_WIDTH - LABEL_WIDTH, height, line, new_x=XPos.LMARGIN, new_y=YPos.NEXT
            )
        self.space(0.35)

    def row(self, cells: tuple[tuple[str, float], ...], *, head: bool = False) -> None:
        """A table row of (text, width) cells, the last one flush right."""
        height = 4.3
        self.keep_together(height)
        for index, (text, width) in enumerate(cells):
            serial = index == 0 and not head
            self._ink(
                MONO if serial else SERIF,
                "I" if head else "",
                8.2 if serial else 9.2 if head else 10,
                MUTED if head else INK,
            )
            align = Align.R if index == len(cells) - 1 else Align.L
            self._pdf.cell(width, height, text, align=align)
        self._pdf.set_xy(MARGIN, self.y + height)

    def note(self, text: str, *, x: float, y: float, width: float, size: float = 8.6) -> float:
        """A paragraph at a fixed place; gives the y below it."""
        self._pdf.set_xy(x, y)
        self._ink(SERIF, "", size, INK)
        self._pdf.multi_cell(
            width,
            size * LINE_PER_POINT,
            self._shown(text, SERIF, ""),
            align=Align.L,
            new_x=XPos.LMARGIN,
            new_y=YPos.NEXT,
        )
        return self.y

    def code(self, text: str, *, x: float, y: float, width: float, link: str = "") -> float:
        """Characters to be typed or compared, at a fixed place; gives the y below them."""
        self._ink(MONO, "", 6.7, GREEN)
        for line in self._split(self._shown(text, MONO, ""), width):
            self._pdf.set_xy(x, y)
            self._pdf.cell(width, 3.3, line, link=link)
            y += 3.3
        self._pdf.set_xy(MARGIN, y)
        return y

    def qr_code(self, url: str, *, x: float, y: float, side: float) -> None:
        """Draw the code as vectors, so that it stays sharp at any size."""
        rows = [bytes(row) for row in segno.make(url, error="m", micro=False).matrix]
        module = side / len(rows)
        self._pdf.set_fill_color(*INK)
        for j, row in enumerate(rows):
            for start, length in _runs(row):
                # Neighbours overlap a little, or viewers show hairlines between the rows.
                self._pdf.rect(
                    x + start * module,
                    y + j * module,
                    length * module + 0.01,
                    module + 0.01,
                    style="F",
                )

    def _add_page(self) -> None:
        pdf = self._pdf
        if pdf.page_no():
            self._small(f"{self._running_head} continues on page {pdf.page_no() + 1}", y=BOTTOM + 1)
        pdf.add_page()
        self._bottom = BOTTOM
        pdf.set_draw_color(*GREEN)
        pdf.set_line_width(0.9)
        pdf.rect(10, 10, PAGE_WIDTH - 20, PAGE_HEIGHT - 20)
        pdf.set_draw_color(*GOLD)
        pdf.set_line_width(0.2)
        pdf.rect(12, 12, PAGE_WIDTH - 24, PAGE_HEIGHT - 24)
        self.move_to(TOP)
        if pdf.page_no() > 1:
            self._small(f"{self._running_head}, page {pdf.page_no()}", y=TOP - 6)
            self.move_to(TOP)

    def _small(self, text: str, *, y: float) -> None:
        self.move_to(y)
        self._ink(SERIF, "I", 8.6, MUTED)
        self._pdf.cell(TEXT_WIDTH, 4, text, align=Align.C)

    def _rule(self, y: float) -> None:
        self._pdf.set_draw_color(*GOLD)
        self._pdf.set_line_width(0.15)
        self._pdf.line(MARGIN, y, PAGE_WIDTH - MARGIN, y)

    def _ink(self, family: str, style: str, size: float, colour: Colour) -> None:
        self._pdf.set_font(family, style, size)
        self._pdf.set_text_color(*colour)

    def _lines(self, text: str, width: float, style: str, size: float) -> list[str]:
        self._pdf.set_font(SERIF, style, size)
        return self._split(text, width)

    def _split(self, text: str, width: float) -> list[str]:
        lines = self._pdf.multi_cell(
            width, 5, text, align=Align.L, dry_run=True, output=MethodReturnValue.LINES
        )
        assert isinstance(lines, list)  # noqa: S101 - what `output` asked for
        return lines

    def _shown(self, text: str, family: str, style: str) -> str:
        """The text on one line, with a box for each character the typeface does not have."""
        font = self._pdf.fonts[f"{family.lower()}{style}"]
        assert isinstance(font, TTFFont)  # noqa: S101 - only TrueType fonts are added
        shown = []
        for character in " ".join(unicodedata.normalize("NFC", text).split()):
            # Invisible characters can reorder or hide what is printed; they get a box as well.
            has_glyph = character.isprintable() and ord(character) in font.cmap
            self.has_unprintable |= not has_glyph
            shown.append(character if has_glyph else NO_GLYPH)
        return "".join(shown)


def _runs(row: bytes) -> list[tuple[int, int]]:
    """Where the dark modules are, as (start, length)."""
    runs: list[tuple[int, int]] = []
    for index, dark in enumerate(row):
        if dark and runs and sum(runs[-1]) == index:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        elif dark:
            runs.append((index, 1))
    return runs
