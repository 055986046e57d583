"""How to upload a file, as JSON: whatever it is a file of."""

from pydantic import Field

from adapters.storage.multipart_uploads import UploadInParts
from adapters.storage.presigned_urls import PresignedUpload
from api.http.schema import ResponseSchema


class UploadPartResponse(ResponseSchema):
    """PUT `size` bytes of the file, from `offset` on, to `url`."""

    number: int
    offset: int
    size: int
    url: str


class UploadPartsResponse(ResponseSchema):
    """
    A file in parts: which are there, and addresses of the next ones that are missing.

    Upload those, ask again until none is missing, then complete. What breaks off goes on so, too.
    """

    count: int = Field(description="Of all parts.")
    bytes_there: int
    missing: list[UploadPartResponse] = Field(description="50 at the most; empty: all are there.")


class UploadResponse(ResponseSchema):
    """
    How to upload: this method, this address, exactly these headers, within 15 minutes.

    A large file comes in `parts` instead, and `url` is null.
    """

    method: str
    url: str | None
    headers: dict[str, str]
    parts: UploadPartsResponse | None = None


def upload_response(upload: PresignedUpload | UploadInParts) -> UploadResponse:
    if isinstance(upload, PresignedUpload):
        return UploadResponse(method=upload.method, url=upload.url, headers=upload.headers)
    missing = [
        UploadPartResponse(
            number=one.part.number, offset=one.part.offset, size=one.part.size_bytes, url=one.url
        )
        for one in upload.missing
    ]
    parts = UploadPartsResponse(
        count=len(upload.parts), bytes_there=upload.bytes_there, missing=missing
    )
    return UploadResponse(method="PUT", url=None, headers={}, parts=parts)
