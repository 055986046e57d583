"""
Presigned addresses in S3-compatible storage, which the API hands to clients, and whether it answers.

Signed by botocore's own signer without a client of boto3: a client reads the whole model of S3, which
is 20 MB of memory in a process that only signs. A test holds both to the same address.
"""

import base64
from collections.abc import AsyncIterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import httpx
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from adapters.settings.storage import StorageSettings
from domain.projects.uploads import UploadPart

UPLOAD_SECONDS = 900
DOWNLOAD_SECONDS = 60


@dataclass(frozen=True)
class PresignedUpload:
    """How a client uploads straight to storage: this method, this address, exactly these headers."""

    method: str
    url: str
    headers: dict[str, str]


class PresignedUrls:
    """
    Addresses below `S3_PUBLIC_ENDPOINT_URL`, else `S3_ENDPOINT_URL`, else AWS's in the region.

    The bucket stands in the path (`https://host/bucket/key`). AWS's partitions of their own, as
    China's, need `S3_ENDPOINT_URL`.
    """

    def __init__(self, settings: StorageSettings) -> None:
        self._region = settings.s3_region
        self._credentials = Credentials(
            settings.s3_access_key_id,
            settings.s3_secret_access_key.get_secret_value(),
        )
        self.encryption = {
            name: value
            for name, value in (
                ("x-amz-server-side-encryption", settings.s3_server_side_encryption),
                ("x-amz-server-side-encryption-aws-kms-key-id", settings.s3_kms_key_id),
            )
            if value is not None
        }
        inside = settings.s3_endpoint_url or f"https://s3.{settings.s3_region}.amazonaws.com"
        outside = settings.s3_public_endpoint_url or inside
        self._bucket_inside = f"{inside.rstrip('/')}/{settings.s3_bucket}"
        self._bucket_outside = f"{outside.rstrip('/')}/{settings.s3_bucket}"

    def presigned_put(
        self, key: str, *, content_type: str, sha256_hex: str, size: int
    ) -> PresignedUpload:
        """
        An address good for 15 minutes, for these bytes only: type, size and SHA-256 are signed.

        Storage itself refuses other bytes; the registry still reads what arrived before it counts.
        """
        checksum = base64.b64encode(bytes.fromhex(sha256_hex)).decode()
        headers = {
            "Content-Type": content_type,
            "x-amz-checksum-sha256": checksum,
            **self.encryption,
        }
        signed = headers | {"Content-Length": str(size)}
        url = self._sign("PUT", self._address(key), UPLOAD_SECONDS, headers=signed)
        return PresignedUpload("PUT", url, headers)

    def presigned_part(self, key: str, upload_id: str, part: UploadPart) -> str:
        """
        An address good for 15 minutes, for so many bytes: their number is signed.

        Which bytes they are is known once the whole was read.
        """
        return self._sign(
            "PUT",
            self._address(key),
            UPLOAD_SECONDS,
            headers={"Content-Length": str(part.size_bytes)},
            parameters={"partNumber": str(part.number), "uploadId": upload_id},
        )

    def inside(
        self,
        method: str,
        key: str | None,
        parameters: Mapping[str, str],
        headers: Mapping[str, str] | None = None,
    ) -> str:
        """An address for the registry itself to ask at; of the bucket without a key."""
        place = "" if key is None else f"/{quote(key, safe='/~')}"
        return self._sign(
            method,
            f"{self._bucket_inside}{place}",
            DOWNLOAD_SECONDS,
            headers=headers,
            parameters=parameters,
        )

    @property
    def origin(self) -> str:
        """Scheme, host and port that clients reach the storage at, for the policy of the pages that do."""
        parts = urlsplit(self._bucket_outside)
        return f"{parts.scheme}://{parts.netloc}"

    def presigned_get(self, key: str, *, filename: str, content_type: str) -> str:
        """
        An address good for a minute.

        It always downloads under the given name, so that an uploaded page never runs on our pages.
        """
        saved_as = f"attachment; filename*=UTF-8''{quote(filename, safe='')}"
        return self._read_as(key, saved_as, content_type)

    def presigned_view(self, key: str, *, content_type: str) -> str:
        """
        An address good for a minute, whose bytes a browser shows in its place instead of downloading them.

        For types that run nothing, on the storage's own origin: what is shown reaches no page of ours.
        """
        return self._read_as(key, "inline", content_type)

    def _read_as(self, key: str, disposition: str, content_type: str) -> str:
        parameters = {
            "response-content-disposition": disposition,
            "response-content-type": content_type,
        }
        return self._sign("GET", self._address(key), DOWNLOAD_SECONDS, parameters=parameters)

    async def first_bytes(self, http: httpx.AsyncClient, key: str, *, most: int) -> bytes | None:
        """The first bytes of an object, read from here; None where it is not there or storage is away."""
        url = self._sign("GET", f"{self._bucket_inside}/{quote(key, safe='/~')}", DOWNLOAD_SECONDS)
        found = bytearray()
        try:
            headers = {"Range": f"bytes=0-{most - 1}"}
            async with http.stream("GET", url, headers=headers) as answer:
                if not answer.is_success:
                    return None
                async for piece in answer.aiter_bytes():
                    found += piece
                    # A store that knows no ranges sends all of it.
                    if len(found) >= most:
                        break
        except httpx.HTTPError:
            return None
        return bytes(found[:most])

    async def storage_answers(self, http: httpx.AsyncClient) -> bool:
        """Whether the bucket is there and lets us in."""
        try:
            url = self._sign("HEAD", self._bucket_inside, DOWNLOAD_SECONDS)
            return (await http.head(url)).is_success
        except httpx.HTTPError:
            return False

    async def put(
        self,
        http: httpx.AsyncClient,
        key: str,
        content: bytes | AsyncIterable[bytes],
        *,
        size_bytes: int | None = None,
    ) -> bool:
        """Store bytes from here; whether storage took them. With a stream `size_bytes` is told."""
        headers = {"Content-Type": "application/octet-stream"}
        if size_bytes is not None:
            headers["Content-Length"] = str(size_bytes)
        url = self._sign(
            "PUT", f"{self._bucket_inside}/{quote(key, safe='/~')}", UPLOAD_SECONDS, headers=headers
        )
        try:
            return (await http.put(url, content=content, headers=headers)).is_success
        except httpx.HTTPError:
            return False

    def _address(self, key: str) -> str:
        return f"{self._bucket_outside}/{quote(key, safe='/~')}"

    def _sign(
        self,
        method: str,
        url: str,
        seconds: int,
        *,
        headers: Mapping[str, str] | None = None,
        parameters: Mapping[str, str] | None = None,
    ) -> str:
        request = AWSRequest(method, url, headers=headers, params=parameters)
        S3SigV4QueryAuth(self._credentials, "s3", self._region, expires=seconds).add_auth(request)
        return str(request.url)
