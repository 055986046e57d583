"""Names in the scripts of the world, as they are set and as they are copied from the page."""
# ruff: noqa: RUF001 - letters of other scripts are what this is about

import re
import unicodedata
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pycountry
import pypdfium2
import pytest
import uharfbuzz as hb
from fontTools.unicodedata import block
from fpdf import FPDF

from adapters.documents.pdf_layout import PdfLayout
from adapters.documents.printed.certificate_pdf import render_certificate
from adapters.documents.shaping import Glyph, Line, Shaper
from adapters.documents.typefaces import CJK, FALLBACKS, FONTS, OWN, SERIF, Typefaces
from adapters.documents.typefaces import EMOJI as EMOJI_FACE
from adapters.documents.typesetting import Ink, Typesetter, language_of
from domain.credits.retirement import Beneficiary
from domain.visible_text import is_blank
from tests.tools.sample_certificates import accepted, sealed

NAMES = {
    "Chinese": "江苏高压海缆有限公司",
    "Japanese": "株式会社カーボンゼロ㈱",
    "Korean": "한국에너지",
    "Thai": "บริษัท พลังงาน จำกัด ที่นี่ ปั้น",
    "Arabic": "شركة الطاقة",
    "Persian, with a joiner": "می‌خواهم انرژی",
    "Urdu": "توانائی پاکستان",
    "Hebrew": "חברת אנרגיה",
    "Syriac": "ܣܘܪܝܝܐ",
    "Thaana": "ދިވެހި",
    "Hindi": "हिन्दी ऊर्जा क्षत्रिय",
    "Hindi, with joiners": "क्‍ष र्‍क",
    "Bengali": "বাংলা শক্তি কোম্পানি",
    "Tamil": "தமிழ் ஆற்றல் கொள்கை",
    "Telugu": "తెలుగు శక్తి",
    "Gujarati": "ગુજરાતી ઊર્જા",
    "Gurmukhi": "ਪੰਜਾਬੀ ਊਰਜਾ",
    "Oriya": "ଓଡ଼ିଆ",
    "Kannada": "ಕನ್ನಡ ಶಕ್ತಿ",
    "Malayalam": "മലയാളം ഊർജ്ജം",
    "Sinhala": "සිංහල බලශක්ති",
    "Georgian": "საქართველო",
    "Armenian": "Հայաստան",
    "Khmer": "ក្រុមហ៊ុនថាមពល",
    "Burmese": "မြန်မာစွမ်းအင်",
    "Lao": "ລາວພະລັງງານ ນໍ້າ",
    "Tibetan": "བོད་ཡིག་ནུས",
    "Ethiopic": "ኢትዮጵያ ኢነርጂ",
    "Cherokee": "ᏣᎳᎩ",
    "Mongolian": "ᠮᠣᠩᠭᠣᠯ",
    "Cyrillic": "Северная Ґ ў",
    "Greek": "Ελληνική Ὀδός",
    "Vietnamese": "Đặng Thị Ửng",
    "Yoruba": "Ẹ̀kọ́ ọ̀rúnmìlà",
    "currencies": "Baht ฿ ₹ ₽ ₴ ₦ ₩ € ₿",
    "mathematics": "Area ∑ ∫ √ 𝔸 𝒳 ≠ → ⇒",
    "symbols": "Star ★ ☂ ♻ ✓ ©",
    "a rare letter": "𠮷野家",
    "Yi": "ꆈꌠ",
    "Canadian": "ᐃᓄᒃᑎᑐᑦ",
    "Tifinagh": "ⵜⴰⵎⴰⵣⵉⵖⵜ",
}
EMOJI = ("👨‍👩‍👧‍👦", "🇫🇷", "👍🏽", "❤️", "🌱", "1️⃣")
BOX = 0
"""The glyph that stands for a missing one."""
BODY = Ink(SERIF, "", 16)


@pytest.fixture(scope="module")
def shaper(tmp_path_factory: pytest.TempPathFactory) -> Shaper:
    texts = [*NAMES.values(), *EMOJI, "直 𓀀 ﷺ ﬁ ﬃ ﺷﺮﻛﺔ"]
    return Shaper(Typefaces(texts, tmp_path_factory.mktemp("faces")))


@pytest.fixture(scope="module")
def copied(shaper: Shaper) -> list[str]:
    """What a reader's program copies from a page that has each name on a line."""
    page = PdfLayout(
        shaper, title="", author="", created=datetime(2024, 1, 15, tzinfo=UTC), running_head=""
    )
    for name in NAMES.values():
        page.centred(name, size=12)
    texts = [
        sheet.get_textpage().get_text_range() for sheet in pypdfium2.PdfDocument(page.output())
    ]
    return [line.strip() for text in texts for line in text.splitlines()]


def shaped(shaper: Shaper, text: str, *, language: str = "en", rightwards: bool = True) -> Line:
    own = shaper.faces.own(SERIF, "")
    return shaper.shape(text, own, rightwards=rightwards, language=language)


@pytest.mark.parametrize("script", sorted(NAMES.keys() - {"Persian, with a joiner", "Thaana"}))
def test_a_name_is_found_in_the_text_of_the_page(copied: list[str], script: str) -> None:
    """As PDFium takes it, which puts a mark or a joiner of a leftward word in a place of its own."""
    assert NAMES[script] in copied


@pytest.mark.parametrize("name", [*NAMES.values(), *EMOJI, "ﷺ", "ﬁ ﬃ", "ﺷﺮﻛﺔ"])
def test_a_name_is_set_without_boxes_and_codes(shaper: Shaper, name: str) -> None:
    line = shaped(shaper, name)
    glyphs = {glyph.id for piece in line.pieces for glyph in piece.glyphs}

    assert glyphs
    assert BOX not in glyphs
    assert not line.has_codes


@pytest.mark.parametrize(
    ("name", "family"),
    [
        (NAMES["Chinese"], CJK),
        ("한국에너지", CJK),
        ("キロワット㈱", CJK),
        *((emoji, EMOJI_FACE) for emoji in EMOJI),
        ("𝔸𝒳", "NotoSansMath-Regular"),
    ],
)
def test_a_cut_face_sets_a_name_as_the_whole_face_does(
    shaper: Shaper, name: str, family: str
) -> None:
    """Letters that join, stack or make one picture: the cut has lost none of what that takes."""
    (cut,) = {piece.face for piece in shaped(shaper, name).pieces}

    assert cut.path != FALLBACKS[family].path
    assert _placed(cut.font, name) == _placed(FALLBACKS[family].font, name)


def _placed(font: hb.Font, name: str) -> list[tuple[int, int, int]]:
    buffer = hb.Buffer()
    buffer.add_str(name)
    buffer.guess_segment_properties()
    hb.shape(font, buffer)
    return [(at.x_advance, at.x_offset, at.y_offset) for at in buffer.glyph_positions]


@pytest.mark.parametrize(
    ("word", "glyphs"),
    [("क्षत्रिय", 4), ("সত্য", 3), ("ශ්‍රී", 2), ("ﷺ", 1), ("ക്ഷ", 1), ("སྐྱེས", 3)],
)
def test_letters_join_into_fewer_forms(shaper: Shaper, word: str, glyphs: int) -> None:
    """As it looks: a face that lost its tables shows each letter and virama by itself."""
    (piece,) = shaped(shaper, word).pieces

    assert len(piece.glyphs) == glyphs


def test_an_emoji_of_several_characters_is_one_picture(shaper: Shaper) -> None:
    pictures = {
        emoji: [g for p in shaped(shaper, emoji).pieces for g in p.glyphs] for emoji in EMOJI
    }

    assert {emoji: sum(1 for g in glyphs if g.means) for emoji, glyphs in pictures.items()} == (
        dict.fromkeys(EMOJI, 1)
    )


def test_what_stands_after_an_emoji_is_set_in_its_own_face(shaper: Shaper) -> None:
    faces = [piece.face.family for piece in shaped(shaper, "🌱 👨‍👩‍👧‍👦 한국 a").pieces]

    assert faces == [EMOJI_FACE, SERIF, EMOJI_FACE, SERIF, CJK, SERIF, SERIF]


@pytest.mark.parametrize(
    "invisible",
    ["\u00ad", "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u180e", "\u3164", "\u200e"],
)
def test_what_is_invisible_takes_no_room_among_latin_letters(
    shaper: Shaper, invisible: str
) -> None:
    assert shaped(shaper, f"Ac{invisible}me").width_ems == pytest.approx(
        shaped(shaper, "Ac").width_ems + shaped(shaper, "me").width_ems, abs=0.02
    )
    assert (
        "".join(g.means for p in shaped(shaper, f"A{invisible}c").pieces for g in p.glyphs) == "Ac"
    )


@pytest.mark.parametrize(
    ("text", "from_left_to_right"),
    [
        ("Acme חברת אנרגיה Ltd", ["Acme", "אנרגיה", "חברת", "Ltd"]),
        ("חברת Acme 2024 בע״מ", ["בע״מ", "Acme", "2024", "חברת"]),
        ("شركة ٢٠٢٤", ["٢٠٢٤", "شركة"]),
    ],
)
def test_each_direction_runs_its_own_way(
    shaper: Shaper, text: str, from_left_to_right: list[str]
) -> None:
    words = [
        _said(piece.glyphs) for piece in shaped(shaper, text, rightwards=text[0] == "A").pieces
    ]

    assert [word for word in words if word.strip()] == [
        word if word.isascii() or word[0] == "٢" else word[::-1] for word in from_left_to_right
    ]


def _said(glyphs: tuple[Glyph, ...]) -> str:
    return "".join(glyph.means for glyph in glyphs)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("שלום עולם", None),
        ("شركة GmbH 24", ["\u200fةكرش\u200e", " GmbH 24"]),
        ("Acme (שלום)!", ["Acme (", "\u200fםולש\u200e", ")!"]),
        ("پاکستان، لاہور ۱۲۳", ["\u200fناتسکاپ\u200e", "، ", "\u200fروہال\u200e", " ۱۲۳"]),
        ("ߒߞߏ", ["ߒߞߏ"]),
        ("Acme", None),
    ],
)
def test_text_of_both_directions_is_copied_in_its_order(
    shaper: Shaper, text: str, parts: list[str] | None
) -> None:
    """As pdftotext (Poppler 22.12) takes it, between other lines that run rightwards."""
    assert shaped(shaper, text).copied_as == (None if parts is None else "".join(parts))


def test_a_character_that_no_face_has_is_shown_as_its_code(shaper: Shaper) -> None:
    line = shaped(shaper, "A𓀀")

    assert [_said(piece.glyphs) for piece in line.pieces] == ["A", "[U+13000]"]
    assert line.pieces[1].copied_as == "𓀀"
    assert line.has_codes


def test_chinese_characters_take_the_forms_of_their_language(shaper: Shaper) -> None:
    languages = ("ja", "ko", "zh-Hans", "zh-Hant")

    forms = {shaped(shaper, "直", language=code).pieces[0].glyphs[0].id for code in languages}

    assert len(forms) > 1


@pytest.mark.parametrize(
    ("text", "country", "language"),
    [
        ("株式会社カーボン", "CHN", "ja"),
        ("東京電力", "JPN", "ja"),
        ("東京電力", None, "zh-Hans"),
        ("台灣電力", "TWN", "zh-Hant"),
        ("한국 電力", None, "ko"),
    ],
)
def test_the_language_is_told_by_kana_and_hangul_or_else_by_the_country(
    text: str, country: str | None, language: str
) -> None:
    assert language_of(text, country) == language


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("บริษัทพลังงานสะอาด", ["บริษัท", "พลังงาน", "สะอาด"]),
        ("江苏高压海缆（集团）。", ["江苏高压海", "缆（集", "团）。"]),
        ("carbon neutral", ["carbon", "neutral"]),
        ("Donaudampfschiff", ["Donaudamp", "fschiff"]),
    ],
)
def test_lines_end_where_the_script_allows_it(tmp_path: Path, text: str, lines: list[str]) -> None:
    typesetter = Typesetter(FPDF(), Shaper(Typefaces([text], tmp_path)))
    longest = max(typesetter.width(line, BODY) for line in lines)

    assert typesetter.lines(text, longest + 0.01, BODY) == lines


def test_an_override_turns_nothing_round() -> None:
    assert Typesetter.on_one_line("Acme\u202e gnp.exe\u2069") == "Acme gnp.exe"


def test_every_country_is_printed_in_the_typeface_of_the_page(shaper: Shaper) -> None:
    own = shaper.faces.own(SERIF, "")
    names = {getattr(c, "common_name", c.name) for c in pycountry.countries}

    letters = set("".join(names))

    assert len(letters) > 50
    assert letters - {chr(code) for code in own.characters} == set()


def test_the_list_of_what_is_not_drawn_is_true(shaper: Shaper) -> None:
    """By block of Unicode, as far as the newest Chinese characters; less than half of it is drawn."""
    own = [shaper.faces.own(family, style) for family, style in OWN]
    drawn = frozenset().union(*(f.characters for f in [*own, *FALLBACKS.values()]))
    assigned: Counter[str] = Counter()
    missing: Counter[str] = Counter()
    for character in map(chr, range(0x20, 0x323B0)):
        if unicodedata.category(character)[0] in "LMNPS" and not is_blank(character):
            assigned[block(character)] += 1
            composed = unicodedata.normalize("NFC", character)
            missing[block(character)] += not drawn.issuperset(map(ord, composed))
    listed = " ".join((FONTS / "README.md").read_text().rpartition("drawn:\n\n")[2].split())

    assert listed.strip(".").split(", ") == sorted(
        b for b in assigned if missing[b] * 2 > assigned[b]
    )


def test_every_file_has_its_licence_and_its_source_named() -> None:
    names = {path.name for path in (FONTS / "noto").glob("*.ttf")}

    assert names == set(re.findall(r"`noto/(.*?\.ttf)`", (FONTS / "README.md").read_text()))
    assert names == set(re.findall(r"(.*\.ttf): Copyright", (FONTS / "noto/OFL.txt").read_text()))


def test_a_certificate_with_fallback_faces_is_small_and_always_the_same() -> None:
    document = sealed(accepted(beneficiary=Beneficiary(NAMES["Chinese"], "CHN"), title="ไทย हिन्दी"))

    first, second = (
        render_certificate(document, certificate_url="https://r.example/1") for _ in "12"
    )

    assert first == second
    assert len(first) < 100_000
