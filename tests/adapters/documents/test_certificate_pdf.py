"""The printed certificate, read back as a reader's program would, and the key that seals it."""

import io
import stat
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from adapters.documents.printed.certificate_pdf import render_certificate
from adapters.private_files import UnfitKeyFile
from adapters.signing.certificate_signature import verify_signature
from adapters.signing.certificate_signer import Ed25519CertificateSigner
from domain.certificates.certificates import RetiredCredit, certificate_document
from domain.credits.retirement import Beneficiary
from domain.identifiers import Serial
from domain.quantities import UnitRange
from tests.tools.sample_certificates import (
    BLOCK_HASH,
    PLATFORM_ADDRESS,
    PROJECT,
    SIGNER,
    TX_HASH,
    accepted,
    sealed,
)

URL = "https://registry.karbonica.example/retirements/b5a3c8f2-6f57-5b0c-9a54-2b5f4f6d7e10"


def pages(document: dict[str, Any], *corrections: str) -> list[str]:
    """The text of each page, with line ends as spaces."""
    printed = render_certificate(document, certificate_url=URL, corrections=corrections)
    reader = PdfReader(io.BytesIO(printed))
    return [" ".join(page.extract_text().split()) for page in reader.pages]


def missing(text: str, *pieces: str) -> list[str]:
    return [piece for piece in pieces if piece not in text]


def test_a_sealed_certificate_fits_one_page_and_shows_everything_on_it() -> None:
    document = sealed()

    text, *more = pages(document)

    assert more == []
    assert (
        missing(
            text,
            "Certificate of Retirement",
            "1,000.00 tonnes CO₂e",
            document["beneficiary"]["name"],
            "France · LEI O2RNE8IBXP4R0TD8PU41",
            document["purpose"],
            document["reason"],
            "Retired on 15 January 2024, 10:30 UTC",
            "Sealed by the registry",
            "KRB-2021-001-000001",
            "2021",
            PROJECT.title,
            "Reforestation, Uruguay",
            "AENOR Internacional S.A.U.",
            "a1" * 32,
            "b2" * 32,
            "c3" * 32,
            "d4" * 32,
            TX_HASH,
            BLOCK_HASH,
            PLATFORM_ADDRESS,
            "block 2,871,204",
            "6 confirmations",
            document["proof"]["digest"],
            document["proof"]["publicKey"],
            URL,
            "python -m tools.verify certificate.json",
            "--registry-key",
        )
        == []
    )
    # The range is printed with a dash, which text extraction may spell its own way.
    assert "100,000" in text


def test_an_accepted_certificate_says_that_it_is_not_sealed() -> None:
    (text,) = pages(certificate_document(accepted()))

    assert "Not yet sealed: waiting for the chain." in text
    assert "Sealed by the registry" not in text
    assert "Chain record" not in text


def test_what_is_corrected_is_printed_below_the_evidence() -> None:
    word = "It says AENOR; right is Registry staff, in the stead of AENOR."

    printed = " ".join(pages(sealed(), word))

    assert printed.index("EVIDENCE") < printed.index(word) < printed.index("CHAIN RECORD")


def test_an_undisclosed_beneficiary_is_not_named() -> None:
    (text,) = pages(certificate_document(accepted(beneficiary=None)))

    assert "for a beneficiary who chose not to be named" in text


@pytest.mark.parametrize(
    "name", ["Zakłady Chemiczne Łódź", "Северная энергия", "Ελληνική Ενέργεια", "Đặng Thị Ửng"]
)
def test_names_in_latin_cyrillic_and_greek_are_printed(name: str) -> None:
    (text,) = pages(sealed(accepted(beneficiary=Beneficiary(name, "POL"))))

    assert name in text
    assert "cannot draw" not in text


@pytest.mark.parametrize("name", ["Green 🌱 Ltd", "Acme\u202e\u00ad Ltd", "กขค", "ᏣᎳᎩ"])
def test_a_name_in_any_script_needs_no_note(name: str) -> None:
    (text,) = pages(sealed(accepted(beneficiary=Beneficiary(name, "JPN"))))

    assert "on behalf of" in text
    assert "cannot draw" not in text


def test_what_has_no_glyph_is_shown_as_its_code_with_a_note() -> None:
    (text,) = pages(sealed(accepted(beneficiary=Beneficiary("Acme 𓀀\x00 Ltd", "JPN"))))

    assert "on behalf of Acme [U+13000][U+0000] Ltd Japan" in text
    assert "certificate.json holds it exactly" in text


def test_many_credits_run_on_to_further_pages_and_none_is_lost() -> None:
    credits = [
        RetiredCredit(Serial(2021, 1, n), UnitRange(n * 1000, n * 1000 + 999), PROJECT)
        for n in range(1, 121)
    ]

    texts = pages(certificate_document(replace(accepted(), credits=credits)))

    assert len(texts) > 1
    assert missing(" ".join(texts), *(str(credit.serial) for credit in credits)) == []
    assert "continues on page 2" in texts[0]


@pytest.mark.parametrize("filler", ["x", "long words ", "W"])
def test_the_longest_texts_stay_inside_the_frame(filler: str) -> None:
    certificate = accepted(
        reason=(filler * 2000)[:2000],
        title=(filler * 200)[:200],
        beneficiary=Beneficiary((filler * 200)[:200], "FRA", (filler * 200)[:200]),
    )
    outside = []

    def visit(text: str, _cm: Any, matrix: Any, _font: Any, _size: Any) -> None:
        # A PDF point is 0.3528 mm; the frame stands 12 mm inside the sheet.
        x, y = matrix[4] * 0.3528, matrix[5] * 0.3528
        if text.strip() and not (12 < x < 198 and 12 < y < 285):
            outside.append((text, x, y))

    pdf = render_certificate(sealed(certificate), certificate_url=URL)
    for page in PdfReader(io.BytesIO(pdf)).pages:
        page.extract_text(visitor_text=visit)

    assert outside == []


def test_the_same_certificate_gives_the_same_bytes() -> None:
    document = sealed()

    assert render_certificate(document, certificate_url=URL) == render_certificate(
        document, certificate_url=URL
    )


def test_the_file_is_dated_by_the_retirement() -> None:
    pdf = render_certificate(sealed(), certificate_url=URL)

    metadata = PdfReader(io.BytesIO(pdf)).xmp_metadata

    assert metadata is not None
    assert metadata.xmp_create_date == datetime(2024, 1, 15, 10, 30)  # noqa: DTZ001 -- pypdf's, in UTC


def key_file(folder: Path, text: str, mode: int = stat.S_IRUSR | stat.S_IWUSR) -> Path:
    path = folder / "certificate.hex"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def test_a_signer_read_from_a_file_signs_with_its_seed(tmp_path: Path) -> None:
    signer = Ed25519CertificateSigner.from_file(key_file(tmp_path, bytes(range(32)).hex() + "\n"))

    signature = signer.sign(b"message")

    assert signer.public_key == SIGNER.public_key
    assert signature == SIGNER.sign(b"message")
    assert verify_signature(signer.public_key, b"message", signature)
    assert not verify_signature(signer.public_key, b"massage", signature)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_key_file_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    path = key_file(tmp_path, "00" * 32, mode)

    with pytest.raises(UnfitKeyFile, match="open to others; run: chmod 600"):
        Ed25519CertificateSigner.from_file(path)


@pytest.mark.parametrize("text", ["", "00" * 31, "0g" * 32, "00" * 33, "ключ"])
def test_a_file_without_a_seed_is_refused_and_not_shown(tmp_path: Path, text: str) -> None:
    path = key_file(tmp_path, text)

    with pytest.raises(UnfitKeyFile) as refusal:
        Ed25519CertificateSigner.from_file(path)

    assert str(refusal.value) == f"The key file {path} does not hold one 32-byte seed in hex"


def test_a_missing_key_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnfitKeyFile, match="cannot be read: No such file"):
        Ed25519CertificateSigner.from_file(tmp_path / "nowhere.hex")


@pytest.mark.parametrize("key", [b"", b"short", bytes(32), b"\xff" * 32])
def test_bytes_that_are_no_key_verify_nothing(key: bytes) -> None:
    assert not verify_signature(key, b"message", bytes(64))
