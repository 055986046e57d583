"""What printed certificates and statements are signed with; without a key they are not (ADR 0114)."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr

from adapters.settings.variables import API, AreaSettings, variable


class PdfSettings(AreaSettings):
    pdf_signing_file: Path | None = variable(
        None,
        "a key with its certificates, as PKCS#12 and mode 600, by which printed PDFs are signed (PAdES); "
        "unset: they are not",
        read_by=API,
    )
    pdf_signing_password: SecretStr | None = variable(None, "that file's password", read_by=API)
    pdf_timestamp_url: Annotated[str, Field(pattern=r"^https?://[^\s]+$")] | None = variable(
        None,
        "a timestamp authority (RFC 3161) that says when a PDF was signed; unset: this machine's clock does",
        read_by=API,
    )
