"""How a file that was announced is uploaded: in one piece, or what is missing of it in parts (ADR 0094)."""

from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from activities.projects.documents import upload_key
from adapters.storage.multipart_uploads import MultipartUploads, StorageAway, UploadInParts
from adapters.storage.presigned_urls import PresignedUpload
from api.http.errors.error_mapping import Unavailable
from api.http.resources import Resources


@dataclass(frozen=True)
class AnnouncedFile:
    """`id` is of the document or submission whose bytes are awaited."""

    id: UUID
    content_type: str
    size_bytes: int
    sha256: str


async def abandon_upload(parts: Resources, file_id: UUID) -> None:
    """Tell storage to forget the parts of it; where storage is away, the sweep does so later."""
    with suppress(StorageAway):
        await MultipartUploads(parts.object_store, parts.http).abandon(upload_key(file_id))


async def how_to_upload(
    parts: Resources, file: AnnouncedFile, *, in_parts_above: int | None = None
) -> PresignedUpload | UploadInParts:
    """
    Addresses for the file's bytes, good for 15 minutes; asked again, for those that are missing still.

    `in_parts_above`: bytes, in the place of the setting.

    Raises:
        Unavailable: storage does not say what it has of the file.
    """
    storage = parts.settings.storage
    if in_parts_above is None:
        in_parts_above = storage.uploads_in_parts_above_bytes
    if file.size_bytes <= in_parts_above:
        return parts.object_store.presigned_put(
            upload_key(file.id),
            content_type=file.content_type,
            sha256_hex=file.sha256,
            size=file.size_bytes,
        )
    try:
        return await MultipartUploads(parts.object_store, parts.http).find_or_begin(
            upload_key(file.id),
            content_type=file.content_type,
            size_bytes=file.size_bytes,
            part_bytes=storage.upload_part_bytes,
        )
    except StorageAway:
        raise Unavailable(
            "Storage cannot be reached at the moment. Send the same again; nothing is lost."
        ) from None
