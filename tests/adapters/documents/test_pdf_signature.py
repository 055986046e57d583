"""Printed pages that keep: what they carry, how they are tagged, and by whom they are signed."""

import asyncio
import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdf
import pytest
from asn1crypto import keys, tsp  # type: ignore[import-untyped]
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pydantic import SecretStr
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from adapters.documents.pdf_signature import sign
from adapters.documents.printed.certificate_pdf import render_certificate
from adapters.documents.printing import CannotPrint, CertificatePrinter
from adapters.private_files import UnfitKeyFile
from adapters.settings.published import PdfSettings
from tests.tools.sample_certificates import sealed_bytes

URL = "https://registry.example/retirements/1"
VERAPDF = Path(__file__).parent / "verapdf"
PASSWORD = "a password of a test"
RAW = sealed_bytes()


@pytest.fixture(scope="module")
def page() -> bytes:
    return render_certificate(json.loads(RAW), certificate_url=URL, attached=RAW)


def certified(name: str, *, of_times: bool = False) -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
    key = rsa.generate_private_key(65537, 2048)
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(named)
        .issuer_name(named)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(True, True, False, False, False, False, False, False, False),
            critical=True,
        )
    )
    if of_times:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        made = made.add_extension(usage, critical=True)
    return key, made.sign(key, hashes.SHA256())


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, x509.Certificate]:
    key, certificate = certified("Karbonica Registry")
    file = tmp_path_factory.mktemp("key") / "pdf.p12"
    file.write_bytes(
        pkcs12.serialize_key_and_certificates(
            b"pdf",
            key,
            certificate,
            None,
            serialization.BestAvailableEncryption(PASSWORD.encode()),
        )
    )
    file.chmod(0o600)
    return file, certificate


@pytest.fixture(scope="module")
def authority() -> Iterator[tuple[str, x509.Certificate]]:
    """A timestamp authority on a port of its own."""
    key, certificate = certified("Times", of_times=True)
    stamper = DummyTimeStamper(
        tsa_cert=asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER)),
        tsa_key=keys.PrivateKeyInfo.load(
            key.private_bytes(
                serialization.Encoding.DER,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        ),
    )

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
            answer = asyncio.run(stamper.async_request_tsa_response(asked)).dump()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", certificate
        server.shutdown()


async def status_of(signed: bytes, *trusted: x509.Certificate) -> Any:
    (found,) = PdfFileReader(BytesIO(signed)).embedded_signatures
    roots = [
        asn1_x509.Certificate.load(one.public_bytes(serialization.Encoding.DER)) for one in trusted
    ]
    context = ValidationContext(trust_roots=roots, allow_fetching=False)
    return await async_validate_pdf_signature(found, context, ts_validation_context=context)


def test_a_page_carries_the_certificate_and_says_what_it_is(page: bytes) -> None:
    reader = pypdf.PdfReader(BytesIO(page))
    catalogue: Any = reader.trailer["/Root"]

    assert reader.attachments["certificate.json"] == [RAW]
    (file,) = catalogue["/AF"]
    assert file.get_object()["/AFRelationship"] == "/Source"
    metadata = catalogue["/Metadata"].get_object().get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part>" in metadata
    assert "<pdfaid:conformance>U</pdfaid:conformance>" in metadata
    assert catalogue["/Lang"] == "en-GB"


def test_what_is_written_is_tagged_in_the_order_of_reading(page: bytes) -> None:
    catalogue: Any = pypdf.PdfReader(BytesIO(page)).trailer["/Root"]
    (document,) = catalogue["/StructTreeRoot"]["/K"]
    kinds = [one.get_object()["/S"] for one in document.get_object()["/K"]]

    assert catalogue["/MarkInfo"]["/Marked"]
    assert kinds[:2] == ["/P", "/H1"], "the registry's name, and what this is"
    assert kinds.count("/H1") == 1
    assert kinds.count("/H2") >= 3
    assert kinds.count("/Figure") == 1
    assert kinds.index("/Figure") > len(kinds) - 8, "the foot comes last"


async def test_a_signed_page_is_whole_and_a_changed_one_is_not(
    page: bytes, signer: tuple[Path, x509.Certificate]
) -> None:
    file, certificate = signer
    signed = await asyncio.to_thread(sign, page, file, PASSWORD, None)

    status = await status_of(signed, certificate)
    assert (status.intact, status.valid, status.trusted) == (True, True, True)
    assert signed.startswith(page), "the page itself stays as it was"
    at = page.rindex(b"stream", 0, len(page) // 2) + 60
    changed = signed[:at] + bytes([signed[at] ^ 1]) + signed[at + 1 :]
    assert not (await status_of(changed, certificate)).intact


async def test_another_process_signs_with_the_time_of_an_authority(
    page: bytes,
    signer: tuple[Path, x509.Certificate],
    authority: tuple[str, x509.Certificate],
) -> None:
    file, certificate = signer
    settings = PdfSettings(
        pdf_signing_file=file,
        pdf_signing_password=SecretStr(PASSWORD),
        pdf_timestamp_url=authority[0],
    )
    signed = await CertificatePrinter(settings).print(RAW, certificate_url=URL)

    status = await status_of(signed, certificate, authority[1])
    assert status.bottom_line
    assert status.timestamp_validity.trusted
    assert abs(status.timestamp_validity.timestamp - datetime.now(UTC)) < timedelta(minutes=5)
    assert signed.startswith(page)


async def test_no_page_is_printed_unsigned_because_the_authority_is_away(
    signer: tuple[Path, x509.Certificate],
) -> None:
    settings = PdfSettings(
        pdf_signing_file=signer[0],
        pdf_signing_password=SecretStr(PASSWORD),
        pdf_timestamp_url="http://127.0.0.1:9",
    )
    with pytest.raises(CannotPrint):
        await CertificatePrinter(settings).print(RAW, certificate_url=URL)


def test_a_key_that_is_open_or_locked_signs_nothing(
    page: bytes, signer: tuple[Path, x509.Certificate], tmp_path: Path
) -> None:
    with pytest.raises(UnfitKeyFile, match="no key"):
        sign(page, signer[0], "another", None)
    copy = tmp_path / "open.p12"
    copy.write_bytes(signer[0].read_bytes())
    copy.chmod(0o644)
    with pytest.raises(UnfitKeyFile, match="open to others"):
        sign(page, copy, PASSWORD, None)


@pytest.mark.proof
@pytest.mark.skipif(shutil.which("mvn") is None, reason="there is no Maven here")
def test_verapdf_finds_a_page_compliant_before_and_after_it_is_signed(
    page: bytes, signer: tuple[Path, x509.Certificate], tmp_path: Path
) -> None:
    for file in VERAPDF.iterdir():
        shutil.copy(file, tmp_path)
    (tmp_path / "page.pdf").write_bytes(page)
    (tmp_path / "signed.pdf").write_bytes(sign(page, signer[0], PASSWORD, None))
    copied = "dependency:copy-dependencies"
    for command in (
        ["mvn", "-q", "-B", copied, "-DoutputDirectory=lib"],
        ["javac", "-cp", "lib/*", "Check.java"],
    ):
        subprocess.run(command, cwd=tmp_path, check=True)
    found = subprocess.run(
        ["java", "-cp", "lib/*:.", "Check", "3u", "page.pdf", "signed.pdf"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert found.stdout == "compliant page.pdf\ncompliant signed.pdf\n", found.stderr
