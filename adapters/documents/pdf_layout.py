"""
Paper for certificates: framed A4 pages, the bundled typefaces, and text that never runs off a page.

All lengths are in millimetres, type sizes in points.
"""

from datetime import datetime

import segno
from fpdf import FPDF, ViewerPreferences

from adapters.documents.archival import CONFORMANCE, Tags, attach, make_archival
from adapters.documents.shaping import Shaper, runs_rightwards
from adapters.documents.typefaces import MONO, SERIF
from adapters.documents.typesetting import Ink, Typesetter, language_of

PAGE_WIDTH, PAGE_HEIGHT = 210.0, 297.0
MARGIN = 23.0
TEXT_WIDTH = PAGE_WIDTH - 2 * MARGIN
LABEL_WIDTH = 33.0
TOP, BOTTOM = 24.0, PAGE_HEIGHT - 19.0
MM_PER_POINT = 25.4 / 72
LINE_PER_POINT = MM_PER_POINT * 1.22
"""Millimetres in a point, times the leading."""

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

    `country` of a text (ISO 3166-1 alpha-3) decides between forms of Chinese characters.
    """

    def __init__(
        self, shaper: Shaper, *, title: str, author: str, created: datetime, running_head: str
    ) -> None:
        pdf = FPDF(orientation="portrait", unit="mm", format="A4", enforce_compliance=CONFORMANCE)
        shaper.faces.add_to(pdf)
        pdf.set_auto_page_break(auto=False)
        pdf.set_margins(MARGIN, TOP, MARGIN)
        # The same certificate gives the same bytes whenever it is printed.
        pdf.set_creation_date(created)
        pdf.set_title(title)
        pdf.set_author(author)
        pdf.set_lang("en-GB")
        pdf.viewer_preferences = ViewerPreferences(display_doc_title=True)
        make_archival(pdf, title=title, author=author, created=created)
        self._pdf = pdf
        self._running_head = running_head
        self._bottom = BOTTOM
        self._text = Typesetter(pdf, shaper)
        self._tags = Tags(pdf)
        self._created = created
        self._add_page()

    @property
    def y(self) -> float:
        return float(self._pdf.get_y())

    @property
    def has_codes(self) -> bool:
        """Whether some character had no glyph and is shown as its code point."""
        return self._text.has_codes

    @property
    def spare(self) -> float:
        """What is left of the first page once everything stands on it; nothing when there are more."""
        return self._bottom - self.y if self._pdf.page_no() == 1 else 0.0

    def attach(self, content: bytes, name: str, description: str) -> None:
        """The JSON document that this is a picture of, whole."""
        attach(self._pdf, content, name, description, at=self._created)

    def output(self) -> bytes:
        self._tags.finish()
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
        country: str | None = None,
        tag: str = "P",
    ) -> None:
        """Set a centred text, smaller down to `size_min` when it would take over `lines_max` lines."""
        shown, language = self._text.on_one_line(text), language_of(text, country)

        def broken(size: float) -> list[str]:
            ink = Ink(SERIF, style, size, spacing)
            return self._text.lines(shown, TEXT_WIDTH, ink, language=language)

        while size > size_min and len(broken(size)) > lines_max:
            size -= 0.5
        ink, rightwards = Ink(SERIF, style, size, spacing), runs_rightwards(shown)
        height = size * LINE_PER_POINT
        with self._tags.element(tag):
            for line in broken(size):
                self.keep_together(height)
                width = self._text.width(line, ink, rightwards=rightwards, language=language)
                x = MARGIN + (TEXT_WIDTH - width) / 2
                self._line(
                    line, x, self.y, height, ink, colour, rightwards=rightwards, language=language
                )
                self.space(height)

    def ornament(self) -> None:
        """A short golden rule with a lozenge in its middle."""
        middle, y = PAGE_WIDTH / 2, self.y
        self._pdf.set_draw_color(*GOLD)
        self._pdf.set_fill_color(*GOLD)
        self._pdf.set_line_width(0.25)
        with self._tags.content():
            self._pdf.line(middle - 24, y, middle - 3, y)
            self._pdf.line(middle + 3, y, middle + 24, y)
            self._pdf.polygon(
                ((middle, y - 1.1), (middle + 1.1, y), (middle, y + 1.1), (middle - 1.1, y)),
                style="F",
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
        with self._tags.content():
            self._pdf.rect(MARGIN, top, TEXT_WIDTH, height, style="DF")
        self.move_to(top + 1.7)
        for line in lines:
            self.centred(line, size=10.5, colour=colour, lines_max=1)
        self.move_to(top + height)

    def heading(self, text: str) -> None:
        self.keep_together(16)
        self.space(2.4)
        with self._tags.element("H2"):
            self._line(text.upper(), MARGIN, self.y, 4.2, Ink(SERIF, "B", 8.6, spacing=0.9), GREEN)
        self.space(4.2)
        self._rule(self.y + 0.3)
        self.space(1.3)

    def field(
        self, label: str, value: str, *, mono: bool = False, country: str | None = None
    ) -> None:
        """A label on the left and its value beside it, over as many lines and pages as it takes."""
        ink = Ink(MONO, "", 6.7) if mono else Ink(SERIF, "", 9.6)
        height = 9.6 * LINE_PER_POINT if not mono else 3.6
        shown, language = self._text.on_one_line(value), language_of(value, country)
        x, width, rightwards = (
            MARGIN + LABEL_WIDTH,
            TEXT_WIDTH - LABEL_WIDTH,
            runs_rightwards(shown),
        )
        with self._tags.element("P"):
            for index, line in enumerate(self._text.lines(shown, width, ink, language=language)):
                self.keep_together(height)
                if index == 0:
                    self._line(label, MARGIN, self.y, height, Ink(SERIF, "I", 9.2), MUTED)
                self._line(
                    line, x, self.y, height, ink, INK, rightwards=rightwards, language=language
                )
                self.space(height)
        self.space(0.35)

    def row(self, cells: tuple[tuple[str, float], ...], *, head: bool = False) -> None:
        """A table row of (text, width) cells, the last one flush right."""
        height = 4.3
        self.keep_together(height)
        x = MARGIN
        with self._tags.element("P"):
            for index, (text, width) in enumerate(cells):
                if head:
                    ink = Ink(SERIF, "I", 9.2)
                else:
                    ink = Ink(MONO, "", 8.2) if index == 0 else Ink(SERIF, "", 10)
                last = index == len(cells) - 1
                start = x + width - self._text.width(text, ink) if last else x
                self._line(text, start, self.y, height, ink, MUTED if head else INK)
                x += width
        self.space(height)

    def note(self, text: str, *, x: float, y: float, width: float, size: float = 8.6) -> float:
        """A paragraph at a fixed place; gives the y below it."""
        ink, height = Ink(SERIF, "", size), size * LINE_PER_POINT
        with self._tags.element("P", is_last=True):
            for line in self._text.lines(text, width, ink):
                self._line(line, x, y, height, ink, INK)
                y += height
        self.move_to(y)
        return y

    def code(self, text: str, *, x: float, y: float, width: float, link: str = "") -> float:
        """Characters to be typed or compared, at a fixed place; gives the y below them."""
        ink = Ink(MONO, "", 6.7)
        with self._tags.element("P", is_last=True):
            for line in self._text.lines(text, width, ink):
                self._line(line, x, y, 3.3, ink, GREEN)
                if link:
                    self._pdf.link(x, y, width, 3.3, link)
                y += 3.3
        self.move_to(y)
        return y

    def qr_code(self, url: str, *, x: float, y: float, side: float) -> None:
        """Draw the code as vectors, so that it stays sharp at any size."""
        rows = [bytes(row) for row in segno.make(url, error="m", micro=False).matrix]
        module = side / len(rows)
        self._pdf.set_fill_color(*INK)
        picture = self._tags.element("Figure", alternative=f"QR code of {url}", is_last=True)
        with picture, self._tags.content():
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
        with Tags(pdf).content():
            pdf.rect(10, 10, PAGE_WIDTH - 20, PAGE_HEIGHT - 20)
            pdf.set_draw_color(*GOLD)
            pdf.set_line_width(0.2)
            pdf.rect(12, 12, PAGE_WIDTH - 24, PAGE_HEIGHT - 24)
        self.move_to(TOP)
        if pdf.page_no() > 1:
            self._small(f"{self._running_head}, page {pdf.page_no()}", y=TOP - 6)
            self.move_to(TOP)

    def _small(self, text: str, *, y: float) -> None:
        ink = Ink(SERIF, "I", 8.6)
        x = MARGIN + (TEXT_WIDTH - self._text.width(text, ink)) / 2
        # Decoration, also in the middle of a paragraph that goes on over the page.
        baseline = y + 2 + 0.3 * ink.size * MM_PER_POINT
        self._pdf.set_text_color(*MUTED)
        with Tags(self._pdf).content():
            self._text.write(text, x, baseline, ink)
        self.move_to(y)

    def _rule(self, y: float) -> None:
        self._pdf.set_draw_color(*GOLD)
        self._pdf.set_line_width(0.15)
        with Tags(self._pdf).content():
            self._pdf.line(MARGIN, y, PAGE_WIDTH - MARGIN, y)

    def _line(
        self,
        text: str,
        x: float,
        top: float,
        height: float,
        ink: Ink,
        colour: Colour,
        *,
        rightwards: bool = True,
        language: str = "en",
    ) -> None:
        self._pdf.set_text_color(*colour)
        baseline = top + height / 2 + 0.3 * ink.size * MM_PER_POINT
        with self._tags.content():
            self._text.write(text, x, baseline, ink, rightwards=rightwards, language=language)


def _runs(row: bytes) -> list[tuple[int, int]]:
    """Where the dark modules are, as (start, length)."""
    runs: list[tuple[int, int]] = []
    for index, dark in enumerate(row):
        if dark and runs and sum(runs[-1]) == index:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        elif dark:
            runs.append((index, 1))
    return runs
