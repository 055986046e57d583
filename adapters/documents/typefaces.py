"""
The typefaces of one document: the two it is set in, and those it falls back on for what they lack.

A fallback is opened when a character wants it. The large ones are cut by HarfBuzz to the characters of
the document before they are loaded, which takes a few milliseconds: from the 16 MB of Noto Sans CJK a
name takes some kilobytes, and the process never holds the rest (ADR 0051).
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path

import uharfbuzz as hb
from fpdf import FPDF

from domain.visible_text import is_blank

SERIF, MONO = "Garamond", "Mono"
FONTS = Path(__file__).parent / "fonts"
OWN = {
    (SERIF, ""): "EBGaramond-Regular.ttf",
    (SERIF, "B"): "EBGaramond-SemiBold.ttf",
    (SERIF, "I"): "EBGaramond-Italic.ttf",
    (MONO, ""): "IBMPlexMono-Regular.ttf",
}
CJK = "NotoSansCJKjp-Regular"
EMOJI = "NotoEmoji-Regular"
LAST = ("NotoSansSymbols-Regular", "NotoSansSymbols2-Regular", EMOJI, "NotoSansMath-Regular")
"""Asked after the scripts: Noto Sans Math has Arabic letters, but only those of formulas."""
CUT = {CJK, EMOJI, "NotoSansSymbols2-Regular", "NotoSansMath-Regular"}
"""The large ones. The others are loaded whole: what a script composes of what, the face knows best."""
EMOJI_SIGNS = "\ufe0f\u200d\u20e3"
"""What makes an emoji of a character that a face of letters or symbols may have as well."""

NOT_DRAWN = frozenset({"Cc", "Co"})
"""Control characters and private use: where a face has a glyph for one, it means nothing to a reader."""


@dataclass(frozen=True)
class Typeface:
    """A face as `pdf.add_font` and HarfBuzz know it; `family` and `style` are fpdf2's names."""

    family: str
    style: str
    path: Path
    places_marks: bool

    @cached_property
    def font(self) -> hb.Font:
        return hb.Font(hb.Face(hb.Blob.from_file_path(str(self.path))))

    @cached_property
    def characters(self) -> frozenset[int]:
        return frozenset(self.font.face.unicodes)

    def has(self, cluster: str) -> bool:
        """Whether it can draw every character of the cluster, accents on their letters."""
        composed = unicodedata.normalize("NFC", cluster)
        if not self.places_marks and any(unicodedata.category(c)[0] == "M" for c in composed):
            return False
        return any(
            all(ord(c) in self.characters or is_blank(c) for c in spelling)
            for spelling in (cluster, composed)
        )


class Typefaces:
    """
    Chooses a face for each cluster of characters; `folder` holds the cut ones while a document is made.

    `texts` are all that may need a fallback. A character outside them finds none.
    """

    def __init__(self, texts: Iterable[str], folder: Path) -> None:
        typed = "".join(texts)
        # HarfBuzz composes letters and takes them apart, whichever the face has.
        forms = (unicodedata.normalize(form, typed) for form in ("NFC", "NFD", "NFKD"))
        self._wanted = {*typed, *"".join(forms), " "}
        self._folder = folder
        self._own = {
            # The smaller cut of EB Garamond has no tables that place marks; Plex Mono has few.
            key: Typeface(*key, path=FONTS / name, places_marks=False)
            for key, name in OWN.items()
        }
        self._cut: dict[str, Typeface] = {}
        self._found: dict[tuple[str, str, str], Typeface | None] = {}

    def own(self, family: str, style: str) -> Typeface:
        return self._own[family, style]

    def add_to(self, pdf: FPDF) -> None:
        """The two faces of ours; a fallback is added when it is first written with."""
        for face in self._own.values():
            pdf.add_font(face.family, face.style, face.path)

    def for_cluster(self, cluster: str, own: Typeface) -> Typeface | None:
        """The first face that has the whole cluster; none, when it takes a script that no face has."""
        if unicodedata.category(cluster[0]) in NOT_DRAWN:
            return None
        key = (cluster, own.family, own.style)
        if key not in self._found:
            self._found[key] = own if own.has(cluster) else self._fallback(cluster)
        return self._found[key]

    def _fallback(self, cluster: str) -> Typeface | None:
        order = FALLBACKS
        if any(sign in cluster for sign in EMOJI_SIGNS):
            order = {EMOJI: FALLBACKS[EMOJI], **FALLBACKS}
        for name, whole in order.items():
            if whole.has(cluster):
                if name not in CUT:
                    return whole
                if name not in self._cut:
                    self._cut[name] = self._cut_out(name, whole)
                return self._cut[name]
        return None

    def _cut_out(self, name: str, whole: Typeface) -> Typeface:
        wanted = hb.SubsetInput()
        wanted.unicode_set.update(ord(c) for c in self._wanted if ord(c) in whole.characters)
        # All features stay: what joins letters and places marks differs from script to script.
        wanted.layout_feature_tag_set.clear()
        wanted.layout_feature_tag_set.invert()
        path = self._folder / f"{name}{whole.path.suffix}"
        path.write_bytes(hb.subset(whole.font.face, wanted).blob.data)
        return Typeface(name, "", path, places_marks=True)


def _fallbacks() -> dict[str, Typeface]:
    """All of them by name, in the order in which they are asked: Latin, scripts, Chinese, symbols."""
    paths = {path.stem: path for path in sorted((FONTS / "noto").glob("*.ttf"))}
    last = {name: paths.pop(name) for name in LAST}
    cjk = Path(str(files("noto_cjk_sans_jp_regular"))) / f"{CJK}.otf"
    ordered = {"NotoSans-Regular": paths.pop("NotoSans-Regular"), **paths, CJK: cjk, **last}
    return {name: Typeface(name, "", path, places_marks=True) for name, path in ordered.items()}


FALLBACKS = _fallbacks()
