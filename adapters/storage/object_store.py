"""Documents in S3-compatible storage. boto3 blocks, so every call that waits runs in a thread."""

import asyncio
import base64
import hashlib
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

from adapters.settings.storage import StorageSettings
from domain.ingestion.folders import StoredObject
from domain.projects.documents import StoredBytes
from domain.projects.sign_offs import DescribedBytes
from domain.projects.uploads import require_whole

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CHUNK_BYTES = 1024 * 1024
COPIED_IN_PARTS = TransferConfig(
    multipart_threshold=128 * CHUNK_BYTES, multipart_chunksize=64 * CHUNK_BYTES, max_concurrency=2
)
"""While S3 copies gigabytes in one piece it is silent for longer than `S3_READ_SECONDS`."""
NOT_FOUND = 404


class S3ObjectStore:
    """Implements `activities.ports.object_store.ObjectStore`."""

    def __init__(self, settings: StorageSettings) -> None:
        self._settings = settings
        self._bucket = settings.s3_bucket
        self._encryption = _encryption(settings)

    @cached_property
    def _s3(self) -> "S3Client":
        """Made when first needed: it reads the whole model of S3, 20 MB and an eighth of a second."""
        return _client(self._settings)

    async def stored_bytes(self, key: str) -> StoredBytes | None:
        return await asyncio.to_thread(self._stored_bytes, self._s3, key)

    async def described_bytes(self, key: str) -> DescribedBytes | None:
        return await asyncio.to_thread(self._described_bytes, self._s3, key)

    async def keep(self, upload_key: str, permanent_key: str) -> None:
        await asyncio.to_thread(
            self._s3.copy,
            {"Bucket": self._bucket, "Key": upload_key},
            self._bucket,
            permanent_key,
            ExtraArgs=self._encryption,
            Config=COPIED_IN_PARTS,
        )

    async def join(self, key: str, size_bytes: int) -> None:
        await asyncio.to_thread(self._join, self._s3, key, size_bytes)

    async def store(self, key: str, file: Path, *, media_type: str) -> None:
        """In parts when it is large, so that it is never in memory as a whole."""
        await asyncio.to_thread(
            self._s3.upload_file,
            str(file),
            self._bucket,
            key,
            ExtraArgs={"ContentType": media_type, **self._encryption},
        )

    async def fetch(self, key: str, file: Path) -> None:
        await asyncio.to_thread(self._s3.download_file, self._bucket, key, str(file))

    async def remove(self, key: str) -> None:
        await asyncio.to_thread(self._s3.delete_object, Bucket=self._bucket, Key=key)

    async def written_before(self, prefix: str, before: datetime) -> Sequence[str]:
        return await asyncio.to_thread(self._written_before, self._s3, prefix, before)

    async def listed(self, prefix: str, *, most: int) -> Sequence[StoredObject]:
        return await asyncio.to_thread(self._listed, self._s3, prefix, most)

    async def abandon(self, prefix: str, before: datetime) -> int:
        return await asyncio.to_thread(self._abandon, self._s3, prefix, before)

    def _join(self, s3: "S3Client", key: str, size_bytes: int) -> None:
        begun = [
            (one["Initiated"], one["UploadId"])
            for page in s3.get_paginator("list_multipart_uploads").paginate(
                Bucket=self._bucket, Prefix=key
            )
            for one in page.get("Uploads", ())
            if one["Key"] == key
        ]
        if not begun:
            return
        # As for who asks for addresses (adapters/storage/multipart_uploads.py): the first one counts.
        upload_id = min(begun)[1]
        pages = s3.get_paginator("list_parts").paginate(
            Bucket=self._bucket, Key=key, UploadId=upload_id
        )
        parts = [part for page in pages for part in page.get("Parts", ())]
        if not parts:
            return
        require_whole(size_bytes, [part["Size"] for part in parts])
        s3.complete_multipart_upload(
            Bucket=self._bucket,
            Key=key,
            UploadId=upload_id,
            MultipartUpload={
                "Parts": [
                    {"PartNumber": part["PartNumber"], "ETag": part["ETag"]} for part in parts
                ]
            },
        )

    def _abandon(self, s3: "S3Client", prefix: str, before: datetime) -> int:
        begun = [
            (one["Key"], one["UploadId"])
            for page in s3.get_paginator("list_multipart_uploads").paginate(
                Bucket=self._bucket, Prefix=prefix
            )
            for one in page.get("Uploads", ())
            if one["Initiated"] < before
        ]
        for key, upload_id in begun:
            # Somebody may have joined it meanwhile.
            with suppress(s3.exceptions.NoSuchUpload):
                s3.abort_multipart_upload(Bucket=self._bucket, Key=key, UploadId=upload_id)
        return len(begun)

    def _written_before(self, s3: "S3Client", prefix: str, before: datetime) -> list[str]:
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        return [
            item["Key"]
            for page in pages
            for item in page.get("Contents", ())
            if item["LastModified"] < before
        ]

    def _listed(self, s3: "S3Client", prefix: str, most: int) -> list[StoredObject]:
        pages = s3.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=prefix, PaginationConfig={"MaxItems": most}
        )
        return [
            StoredObject(item["Key"], item["Size"], item["ETag"].strip('"'), item["LastModified"])
            for page in pages
            for item in page.get("Contents", ())
        ]

    def _stored_bytes(self, s3: "S3Client", key: str) -> StoredBytes | None:
        try:
            body = s3.get_object(Bucket=self._bucket, Key=key)["Body"]
        except s3.exceptions.NoSuchKey:
            return None
        size_bytes, digest = 0, hashlib.sha256()
        for chunk in body.iter_chunks(CHUNK_BYTES):
            size_bytes += len(chunk)
            digest.update(chunk)
        return StoredBytes(size_bytes, digest.hexdigest())

    def _described_bytes(self, s3: "S3Client", key: str) -> DescribedBytes | None:
        try:
            head = s3.head_object(Bucket=self._bucket, Key=key, ChecksumMode="ENABLED")
        except ClientError as error:
            # A HEAD has no body, so that its error has no name but its status.
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == NOT_FOUND:
                return None
            raise
        checksum = head.get("ChecksumSHA256")
        # That of an upload in parts is a checksum of checksums, and ends with how many there were.
        whole = checksum if checksum and "-" not in checksum else None
        return DescribedBytes(
            head["ContentLength"], base64.b64decode(whole).hex() if whole else None
        )


def _encryption(settings: StorageSettings) -> dict[str, Any]:
    """What is asked of the storage with everything that is stored."""
    if settings.s3_server_side_encryption is None:
        return {}
    asked: dict[str, Any] = {"ServerSideEncryption": settings.s3_server_side_encryption}
    if settings.s3_kms_key_id is not None:
        asked["SSEKMSKeyId"] = settings.s3_kms_key_id
    return asked


def _client(settings: StorageSettings) -> "S3Client":
    return boto3.client(
        "s3",
        endpoint_url=settings.s3_endpoint_url,
        region_name=settings.s3_region,
        aws_access_key_id=settings.s3_access_key_id,
        aws_secret_access_key=settings.s3_secret_access_key.get_secret_value(),
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            connect_timeout=settings.s3_connect_seconds,
            read_timeout=settings.s3_read_seconds,
            # The activity is tried again by Temporal; here only a hiccup is bridged.
            retries={"total_max_attempts": 2, "mode": "standard"},
        ),
    )
