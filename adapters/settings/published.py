"""What strangers need to check a certificate: its keys and the wallets' addresses; and what its PDF is signed with."""

from pathlib import Path
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr
from pydantic.alias_generators import to_camel

from adapters.settings.variables import API, AreaSettings, variable


class PublishedKey(BaseModel):
    """A certificate key in hex, and the time in which it sealed."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, extra="forbid")

    public_key: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    valid_from: Annotated[AwareDatetime | None, Field(alias="from")] = None
    valid_until: Annotated[AwareDatetime, Field(alias="until")]


class PublishedAddress(BaseModel):
    """An address of the platform's beside PLATFORM_ADDRESS; `until` None: it pays to this day."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, extra="forbid")

    address: Annotated[str, Field(pattern=r"^addr(_test)?1[0-9a-z]+$")]
    valid_from: Annotated[AwareDatetime | None, Field(alias="from")] = None
    valid_until: Annotated[AwareDatetime | None, Field(alias="until")] = None


class PublishedSettings(AreaSettings):
    certificate_public_key: str | None = variable(
        None, "the public half of `CERTIFICATE_KEY_FILE` in hex", read_by=API
    )
    certificate_key_from: AwareDatetime | None = variable(
        None, "since when that key seals, as `2026-03-01T00:00:00Z`", read_by=API
    )
    former_certificate_keys: list[PublishedKey] = variable(
        [],
        'keys that sealed before it: `[{"publicKey": "…", "from": null, '
        '"until": "2026-03-01T00:00:00Z"}]`',
        read_by=API,
    )
    platform_address: str | None = variable(None, "the default wallet's address", read_by=API)
    published_addresses: list[PublishedAddress] = variable(
        [],
        "other wallets in use and addresses given up, by which certificates are checked: "
        '`[{"address": "addr1…", "from": null, "until": "2026-03-01T00:00:00Z"}]`',
        read_by=API,
    )


class PdfSettings(AreaSettings):
    """Without a key printed certificates and statements are not signed (ADR 0114)."""

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
