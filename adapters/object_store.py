"""Documents in S3-compatible storage. boto3 blocks, so every call that waits runs in a thread."""

import asyncio
import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from adapters.settings import Settings
from domain.projects.documents import StoredBytes

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

UPLOAD_SECONDS = 900
DOWNLOAD_SECONDS = 60
CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True)
class PresignedUpload:
    """How a client uploads straight to storage: this method, this address, exactly these headers."""

    method: str
    url: str
    headers: dict[str, str]


class S3ObjectStore:
    """`activities.ports.object_store.ObjectStore`, and the presigned addresses that the API hands out."""

    def __init__(self, settings: Settings) -> None:
        self._bucket = settings.s3_bucket
        self._s3 = _client(settings, settings.s3_endpoint_url)
        # Presigning only computes; its client never connects anywhere itself.
        public = settings.s3_public_endpoint_url
        self._presigner = _client(settings, public) if public else self._s3

    def presigned_put(
        self, key: str, *, content_type: str, sha256_hex: str, size: int
    ) -> PresignedUpload:
        """
        An address good for 15 minutes, for these bytes only: type, size and SHA-256 are signed.

        Storage itself refuses other bytes; the registry still reads what arrived before it counts.
        """
        checksum = base64.b64encode(bytes.fromhex(sha256_hex)).decode()
        url = self._presigner.generate_presigned_url(
            "put_object",
            Params={
                "Bucket": self._bucket,
                "Key": key,
                "ContentType": content_type,
                "ContentLength": size,
                "ChecksumSHA256": checksum,
            },
            ExpiresIn=UPLOAD_SECONDS,
        )
        headers = {"Content-Type": content_type, "x-amz-checksum-sha256": checksum}
        return PresignedUpload("PUT", url, headers)

    def presigned_get(self, key: str, *, filename: str, content_type: str) -> str:
        """
        An address good for a minute.

        It always downloads under the given name, so that an uploaded page never runs on our pages.
        """
        return self._presigner.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self._bucket,
                "Key": key,
                "ResponseContentDisposition": f"attachment; filename*=UTF-8''{quote(filename, safe='')}",
                "ResponseContentType": content_type,
            },
            ExpiresIn=DOWNLOAD_SECONDS,
        )

    async def stored_bytes(self, key: str) -> StoredBytes | None:
        return await asyncio.to_thread(self._stored_bytes, key)

    async def keep(self, upload_key: str, permanent_key: str) -> None:
        await asyncio.to_thread(
            self._s3.copy_object,
            Bucket=self._bucket,
            Key=permanent_key,
            CopySource={"Bucket": self._bucket, "Key": upload_key},
        )

    async def store(self, key: str, file: Path, *, media_type: str) -> None:
        """In parts when it is large, so that it is never in memory as a whole."""
        await asyncio.to_thread(
            self._s3.upload_file,
            str(file),
            self._bucket,
            key,
            ExtraArgs={"ContentType": media_type},
        )

    async def healthy(self) -> bool:
        """Whether the bucket answers."""
        try:
            await asyncio.to_thread(self._s3.head_bucket, Bucket=self._bucket)
        except (BotoCoreError, ClientError):
            return False
        return True

    def _stored_bytes(self, key: str) -> StoredBytes | None:
        try:
            body = self._s3.get_object(Bucket=self._bucket, Key=key)["Body"]
        except self._s3.exceptions.NoSuchKey:
            return None
        seen, digest = 0, hashlib.sha256()
        for chunk in body.iter_chunks(CHUNK_BYTES):
            seen += len(chunk)
            digest.update(chunk)
        return StoredBytes(seen, digest.hexdigest())


def _client(settings: Settings, endpoint_url: str | None) -> "S3Client":
    return boto3.client(
        "s3",
        endpoint_url=endpoint_url,
        region_name=settings.s3_region,
        aws_access_key_id=settings.s3_access_key_id,
        aws_secret_access_key=settings.s3_secret_access_key.get_secret_value(),
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            connect_timeout=5,
            read_timeout=30,
            retries={"max_attempts": 3, "mode": "standard"},
        ),
    )
