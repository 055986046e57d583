"""What pipelines dropped into folders of object storage is sent in for whoever opened the folder (ADR 0119)."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from temporalio import activity

from activities.audit_and_notify import Message, audit, tell
from activities.heartbeats import heartbeating
from activities.ingestion.folder_service import FolderService
from activities.ingestion.measures import measure_look
from activities.payloads import Payload
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from activities.ports.ingestion import Formats
from activities.ports.object_store import ObjectStore
from activities.projects.documents import upload_key
from domain.accounts.notifications import NotificationKind
from domain.identifiers import derived_id
from domain.ingestion.folders import (
    Drop,
    Folder,
    StoredObject,
    drop_id_of,
    file_name_of,
    is_place_holder,
    moved_key,
    size_fault,
)
from domain.ingestion.formats import Format
from domain.ingestion.submissions import IngestionStatus, SubmittedFile
from domain.projects.documents import StoredBytes

OBJECTS_MAX = 100
"""Of one folder in one look; the next look takes those behind them."""
LEFT_AFTER = timedelta(minutes=30)
"""What is not read by then was left by a look that did not come to its end."""


class LookAtFolders(Payload):
    """All that are open."""


class FoldersLooked(Payload):
    """
    `to_read` are submissions whose bytes are there and that nobody reads yet; `is_more`: a folder has more than was taken.

    Names of files are in the database alone: a history keeps what it is told.
    """

    taken: int = 0
    refused: int = 0
    to_read: tuple[UUID, ...] = ()
    notification_ids: tuple[UUID, ...] = ()
    is_more: bool = False
    answer_after_seconds: float = 72 * 3600


class FolderActivities:
    def __init__(
        self,
        database: Database,
        objects: ObjectStore,
        formats: Formats,
        clock: Clock,
        *,
        answer_after_seconds: float = 72 * 3600,
    ) -> None:
        self._database = database
        self._service = FolderService(database, formats, clock)
        self._objects = objects
        self._clock = clock
        self._answer_after_seconds = answer_after_seconds

    @activity.defn
    @heartbeating
    async def look_at_folders(self, request: LookAtFolders) -> FoldersLooked:  # noqa: ARG002 -- it asks for nothing yet
        """
        Move what was dropped out of each folder, and send it in; run again it goes on where it was.

        Bytes are read once they are moved to where no pipeline writes: what is hashed is what is kept.
        """
        async with self._database.transaction() as work:
            folders = await work.ingestion.folders.open_folders()
        drops: list[Drop] = []
        awaiting: list[UUID] = []
        told: list[UUID] = []
        waiting: list[StoredObject] = []
        is_more = False
        failed: Exception | None = None
        for folder in folders:
            listed = await self._objects.listed(folder.prefix, most=OBJECTS_MAX + 1)
            dropped = [one for one in listed if not is_place_holder(one)]
            if not dropped:
                continue
            is_more = is_more or len(listed) > OBJECTS_MAX
            serving = await self._service.serving(folder)
            told += serving.told
            if serving.format is None:
                waiting += dropped
                continue
            for one in dropped[:OBJECTS_MAX]:
                try:
                    drop, notified, is_awaited = await self._take(folder, serving.format, one)
                except Exception as error:  # noqa: BLE001 -- one file must not stop the other folders
                    activity.logger.warning(
                        "A dropped file of folder %s waits: %s", folder.id, type(error).__name__
                    )
                    failed = error
                    continue
                drops.append(drop)
                if is_awaited and drop.ingestion_id is not None:
                    awaiting.append(drop.ingestion_id)
                told += notified
        if failed is not None and not drops:
            # Storage or the database itself is away.
            raise failed
        async with self._database.transaction() as work:
            # Those of another look beside this one may lack their bytes yet.
            left = await work.ingestion.folders.unread(self._clock.now() - LEFT_AFTER)
        to_read = dict.fromkeys([*awaiting, *left])
        measure_look(
            taken=sum(one.refusal is None and not one.is_known for one in drops),
            known=sum(one.is_known for one in drops),
            refused=sum(one.refusal is not None for one in drops),
            waiting=len(waiting),
            oldest=min((one.written_at for one in waiting), default=None),
            at=self._clock.now(),
        )
        return FoldersLooked(
            taken=sum(one.refusal is None for one in drops),
            refused=sum(one.refusal is not None for one in drops),
            to_read=tuple(to_read),
            notification_ids=tuple(told),
            is_more=is_more and bool(drops),
            answer_after_seconds=self._answer_after_seconds,
        )

    async def _take(
        self, folder: Folder, format: Format, dropped: StoredObject
    ) -> tuple[Drop, tuple[UUID, ...], bool]:
        """The third says whether its bytes are where a submission's are awaited, so that it can be read."""
        fault, drop_id = size_fault(dropped), drop_id_of(folder, dropped)
        moved = moved_key(folder, drop_id, is_taken=fault is None)
        await self._objects.keep(dropped.key, moved)
        stored = None if fault else await self._objects.stored_bytes(moved)
        if fault is None and stored is None:
            fault = "Storage has lost the file: drop it once more."
        async with self._database.transaction() as work:
            drop, submission = await self._note(
                work, folder, format, dropped, drop_id, stored, fault
            )
            notified = await self._tell_refused(work, folder, drop)
        is_awaited = submission is not None and submission.status is IngestionStatus.AWAITING_UPLOAD
        if submission is not None and is_awaited:
            await self._objects.keep(moved, upload_key(submission.id))
        # What was written over it meanwhile is another file, for the next look.
        there = await self._objects.listed(dropped.key, most=1)
        if dropped in there:
            await self._objects.remove(dropped.key)
        return drop, notified, is_awaited

    async def _note(
        self,
        work: UnitOfWork,
        folder: Folder,
        format: Format,
        dropped: StoredObject,
        drop_id: UUID,
        stored: StoredBytes | None,
        fault: str | None,
    ) -> tuple[Drop, SubmittedFile | None]:
        """Written down once: of a drop that is there already, what it is stays."""
        known = await work.ingestion.folders.drop(drop_id)
        if known is not None:
            submissions = work.ingestion.submissions
            return known, await submissions.get(known.ingestion_id) if known.ingestion_id else None
        now, submission, is_known = self._clock.now(), None, False
        if stored is not None:
            announced = SubmittedFile(
                id=derived_id(drop_id, "submission"),
                submitted_by=folder.opened_by,
                format=format.id,
                format_version=format.version,
                file_name=file_name_of(dropped),
                size_bytes=stored.file_size,
                sha256=stored.sha256,
                accept_partly=folder.accept_partly,
                status=IngestionStatus.AWAITING_UPLOAD,
                created_at=now,
                project_id=folder.project_id,
            )
            submission = await work.ingestion.submissions.add(announced)
            is_known = submission != announced
        drop = Drop(
            id=drop_id,
            folder_id=folder.id,
            file_name=file_name_of(dropped),
            size_bytes=dropped.size_bytes,
            dropped_at=dropped.written_at,
            taken_at=now,
            ingestion_id=submission.id if submission else None,
            is_known=is_known,
            refusal=fault,
        )
        if await work.ingestion.folders.add_drop(drop):
            audit(
                work,
                "ingestion.dropped",
                ("ingestion_folder", folder.id),
                actor_id=folder.opened_by,
                before=None,
                after=_facts(drop, stored),
                at=now,
            )
        return drop, submission

    async def _tell_refused(self, work: UnitOfWork, folder: Folder, drop: Drop) -> tuple[UUID, ...]:
        """What becomes of a submission is told by its own run; what is none is told here."""
        if drop.refusal is None:
            return ()
        message = Message(
            NotificationKind.INGESTION_FINISHED,
            f"A file that was dropped into your folder “{folder.name}” was not taken. {drop.refusal}",
            f"/folders/{folder.id}",
        )
        return await tell(
            work,
            message.to(
                folder.opened_by,
                notification_id=derived_id(drop.id, "refused"),
                at=drop.taken_at,
            ),
        )


def _facts(drop: Drop, stored: StoredBytes | None) -> Mapping[str, object]:
    """Without the name, which a pipeline wrote."""
    return {
        "ingestionId": str(drop.ingestion_id) if drop.ingestion_id else None,
        "sha256": stored.sha256 if stored else None,
        "fileSize": drop.size_bytes,
        "isKnown": drop.is_known,
        "refusal": drop.refusal,
    }
