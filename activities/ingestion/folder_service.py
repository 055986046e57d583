"""Whether the files of a folder can be taken at the moment (ADR 0119)."""

from uuid import UUID

from activities.audit_and_notify import Message, tell
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from activities.ports.ingestion import Formats
from domain.accounts.notifications import NotificationKind
from domain.accounts.roles import Account, Permission
from domain.identifiers import derived_id
from domain.ingestion.folders import Folder
from domain.ingestion.formats import Format


class Serving:
    """The format that a folder's files are mapped by; None: they wait, and `told` says why."""

    def __init__(self, format: Format | None, told: tuple[UUID, ...] = ()) -> None:
        self.format = format
        self.told = told


class FolderService:
    def __init__(self, database: Database, formats: Formats, clock: Clock) -> None:
        self._database = database
        self._formats = formats
        self._clock = clock

    async def serving(self, folder: Folder) -> Serving:
        """Whether files of this folder can be taken at the moment; its owner hears once why not."""
        async with self._database.transaction() as work:
            account = await work.accounts.accounts.get(folder.opened_by)
            format = await self._format(work, folder)
            fault = await self._fault(work, folder, account, format)
            if fault is None:
                return Serving(format)
            notification = Message(
                NotificationKind.INGESTION_FINISHED,
                f"What is dropped into your folder “{folder.name}” stays where it is. {fault}",
                f"/folders/{folder.id}",
            ).to(
                folder.opened_by,
                notification_id=derived_id(folder.id, f"waits/{fault}"),
                at=self._clock.now(),
            )
            return Serving(None, await tell(work, notification))

    async def _format(self, work: UnitOfWork, folder: Folder) -> Format | None:
        """The release's, or else the newest that people made and the folder's owner may use."""
        declared = self._formats.format(folder.format)
        if declared is not None:
            return declared
        stored = await work.ingestion.stored_formats.usable(folder.format, folder.opened_by)
        return stored.format if stored else None

    async def _fault(
        self, work: UnitOfWork, folder: Folder, account: Account | None, format: Format | None
    ) -> str | None:
        if account is None or not account.may(Permission.SUBMIT_FILE):
            return "Your role sends no files in any more."
        if account.is_locked(at=self._clock.now()):
            return "Your account is locked."
        if format is None:
            return "Its format is no more: open a folder with another one."
        if folder.project_id is not None:
            project = await work.projects.projects.get(folder.project_id)
            if project is None or project.developer_id != account.acts_for:
                return "You do not act for its project's supplier any more."
        return None
