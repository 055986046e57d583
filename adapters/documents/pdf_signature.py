"""
The signature of a printed page: PAdES, by the key that the environment names, with a time if an authority is.

Runs in the process that prints, which alone knows where the key is. It signs a picture: what counts is the
certificate's own seal, inside as an attachment (ADR 0114).
"""

import os
from io import BytesIO
from pathlib import Path

from adapters.private_files import UnfitKeyFile, read_private

KEY_FILE = "PDF_SIGNING_FILE"
KEY_PASSWORD = "PDF_SIGNING_PASSWORD"  # noqa: S105  # nosec B105 -- the name of a variable
TIMESTAMP_URL = "PDF_TIMESTAMP_URL"
FIELD = "RegistrySignature"


def signed_by_settings(page: bytes) -> bytes:
    """
    The page with a signature added at its end, or as it is where no key is named.

    Raises:
        As `sign`.
    """
    file = os.environ.get(KEY_FILE)
    if not file:
        return page
    return sign(page, Path(file), os.environ.get(KEY_PASSWORD), os.environ.get(TIMESTAMP_URL))


def sign(page: bytes, file: Path, password: str | None, timestamp_url: str | None) -> bytes:
    """
    Raises:
        UnfitKeyFile: the key's file is readable by others, or has no key under that password.
        TimestampRequestError: the authority gives no time.
    """
    # A fifth of a second, which a page that is not signed does not spend.
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter  # noqa: PLC0415
    from pyhanko.sign import signers, timestamps  # noqa: PLC0415
    from pyhanko.sign.fields import SigSeedSubFilter  # noqa: PLC0415

    content = read_private(file, "key that signs PDFs")
    try:
        signer = signers.SimpleSigner.load_pkcs12_data(
            content, other_certs=[], passphrase=password.encode() if password else None
        )
    except ValueError:
        raise UnfitKeyFile(f"{file.name} has no key that its password opens") from None
    made = signers.PdfSigner(
        signers.PdfSignatureMetadata(
            field_name=FIELD, subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256"
        ),
        signer=signer,
        timestamper=timestamps.HTTPTimeStamper(timestamp_url) if timestamp_url else None,
    )
    signed = made.sign_pdf(IncrementalPdfFileWriter(BytesIO(page)), output=BytesIO())
    return bytes(signed.getvalue())
