"""The object storage for documents, receipts and exports: S3, or a server that speaks as S3 does."""

from typing import Literal, Self

from pydantic import SecretStr, field_validator, model_validator

from adapters.settings.variables import API, BOTH, WORKER, AreaSettings, variable
from domain.projects.uploads import LARGE_BYTES_MIN, UploadQuota


class StorageSettings(AreaSettings):
    s3_endpoint_url: str | None = variable(
        None, "the server's address; unset for AWS", read_by=BOTH
    )
    s3_public_endpoint_url: str | None = variable(
        None,
        "where clients reach the same storage, when that is another address",
        read_by=API,
    )
    s3_region: str = variable("us-east-1", "its region", read_by=BOTH)
    s3_bucket: str = variable("karbonica", "the bucket, which must exist", read_by=BOTH)
    s3_connect_seconds: float = variable(
        3, "what opening a connection to it may take", read_by=WORKER, gt=0
    )
    s3_read_seconds: float = variable(
        10, "how long it may be silent within an answer", read_by=WORKER, gt=0
    )
    s3_probe_seconds: float = variable(
        0.8,
        "after so long a wait for what needs the storage it is asked whether it answers at all, and "
        "given as long to; else it counts as away ([outages](outages.md))",
        read_by=API,
        gt=0,
    )
    s3_access_key_id: str = variable("karbonica", "the id of the key pair", read_by=BOTH)
    s3_secret_access_key: SecretStr = variable(
        SecretStr("karbonica-secret"), "the secret of the key pair", read_by=BOTH
    )
    s3_server_side_encryption: Literal["AES256", "aws:kms"] | None = variable(
        None,
        "asked of the storage with everything that is stored: `AES256` or `aws:kms`; unset: as the "
        "bucket says",
        read_by=BOTH,
    )
    s3_events_secret: SecretStr | None = variable(
        None,
        "what the storage sends in the Authorization header with events, to `/api/v1/ingestion-folders/events`; "
        "unset: none are expected, and folders are looked at by the clock alone "
        "([ADR 0119](adr/0119-ways-in.md))",
        read_by=API,
        min_length=16,
    )
    s3_kms_key_id: str | None = variable(
        None, "the key for `aws:kms`; unset: the storage's own", read_by=BOTH
    )
    uploads_open_files_max: int = variable(
        20, "documents that one account may have announced and not completed", read_by=API, ge=1
    )
    uploads_open_bytes_max: int = variable(
        10 * 1024**3, "and their bytes together, as announced", read_by=API, ge=1
    )
    project_files_max: int = variable(
        500, "documents of one project, completed or announced", read_by=API, ge=1
    )
    project_bytes_max: int = variable(100 * 1024**3, "and their bytes together", read_by=API, ge=1)
    uploads_in_parts_above_bytes: int = variable(
        100 * 1024**2,
        "a file that is larger comes in parts, each with an address of its own; S3 takes 5 GiB in one "
        "piece, and a line that breaks wants less",
        read_by=API,
        ge=LARGE_BYTES_MIN,
        le=5 * 1024**3,
    )
    upload_part_bytes: int = variable(
        16 * 1024**2,
        "how large the parts are; the pages send whatever is larger in parts",
        read_by=API,
        ge=LARGE_BYTES_MIN,
        le=1024**3,
    )
    rate_limit_announcements_per_minute: int = variable(
        30,
        "documents that one account may announce, counted as other requests are",
        read_by=API,
        ge=1,
    )

    @model_validator(mode="after")
    def _key_for_kms_alone(self) -> Self:
        if self.s3_kms_key_id is not None and self.s3_server_side_encryption != "aws:kms":
            raise ValueError("S3_KMS_KEY_ID is for S3_SERVER_SIDE_ENCRYPTION=aws:kms alone")
        return self

    @property
    def quota(self) -> UploadQuota:
        return UploadQuota(
            open_files_per_account=self.uploads_open_files_max,
            open_bytes_per_account=self.uploads_open_bytes_max,
            files_per_project=self.project_files_max,
            bytes_per_project=self.project_bytes_max,
        )


class ScanningSettings(AreaSettings):
    """The malware scanner that looks at files of data before they are read (ADR 0103)."""

    clamd_address: str | None = variable(
        None,
        "where clamd listens, as `host:3310` or the path of its socket; what comes in is then read only after "
        "its verdict, and waits while it is away; unset: nothing is scanned, and each file says so "
        "([ADR 0103](adr/0103-people-and-data-that-comes-in.md))",
        read_by=WORKER,
    )
    clamd_seconds: float = variable(
        60, "how long it may be silent before it counts as away", read_by=WORKER, gt=0
    )

    @field_validator("clamd_address")
    @classmethod
    def _is_address(cls, address: str | None) -> str | None:
        if not address:
            return None
        host, _, port = address.rpartition(":")
        if address.startswith("/") or (host and port.isdecimal() and 0 < int(port) < 2**16):
            return address
        raise ValueError("clamd's address is host:port, or the path of its socket")
