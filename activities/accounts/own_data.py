"""One's own data: a copy of all of it, erasure after a time to think, and the keys that seal it."""

import json
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

from temporalio import activity

from activities.audit_and_notify import Message, audit
from activities.heartbeats import heartbeating
from activities.payloads import Payload
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from activities.ports.object_store import ObjectStore
from domain.accounts.notifications import NotificationKind
from domain.accounts.personal_data import (
    EXPORT_KEPT_FOR,
    DataExport,
    Erasure,
    pseudonym,
    require_erasable,
)
from domain.errors import Conflict
from domain.identifiers import derived_id

MY_DATA = "/account/data"
ROWS_AT_ONCE = 200
_README = """This file holds all that the registry keeps of your account.

data.json has the rows that name you, table by table; docs/personal-data.md of the registry's
source explains them. Quantities end in their unit: quantity_units are hundredths of a tonne of CO2e.
Hashes of passwords, tokens and keys are left out: they prove secrets and tell nothing of you.
"""


class MakeDataExport(Payload):
    export_id: UUID


class DataExportMade(Payload):
    """`notification_ids` are to be mailed."""

    export_id: UUID
    notification_ids: tuple[UUID, ...] = ()


class RemindOfErasure(Payload):
    erasure_id: UUID


class EraseAccount(Payload):
    erasure_id: UUID


class ErasureStep(Payload):
    """`outcome`: reminded, erased, refused, or nothing where it ended before."""

    erasure_id: UUID
    outcome: str
    notification_ids: tuple[UUID, ...] = ()


class SealPersonalData(Payload):
    """`key_made_before`: where the newest key is older than that, a new one is made first."""

    key_made_before: datetime | None = None


class PersonalDataSealed(Payload):
    """`version` is of the key that seals; `rows` were sealed now."""

    version: int
    rows: int


class ListOwnData(Payload):
    pass


class WaitingErasure(Payload):
    erasure_id: UUID
    remind_at: datetime
    erase_at: datetime


class OwnDataListed(Payload):
    """What waits for its workflow, also where it has one already; `removed` files were removed."""

    export_ids: tuple[UUID, ...] = ()
    erasures: tuple[WaitingErasure, ...] = ()
    removed: int = 0


class OwnDataActivities:
    def __init__(self, database: Database, object_store: ObjectStore, clock: Clock) -> None:
        self._database = database
        self._object_store = object_store
        self._clock = clock

    @activity.defn
    @heartbeating
    async def make_data_export(self, request: MakeDataExport) -> DataExportMade:
        """Run again it stores the file again under the same key, and tells the person once."""
        async with self._database.transaction() as work:
            export = await work.accounts.own_data.lock_export(request.export_id)
            if export is None or export.ready_at is not None or export.removed_at is not None:
                return DataExportMade(export_id=request.export_id)
            tables = await work.accounts.own_data.everything_of(export.user_id)
        size_bytes = await self._store(export, tables)
        async with self._database.transaction() as work:
            await work.accounts.own_data.note_export_ready(
                export.id, self._clock.now(), size_bytes=size_bytes
            )
            told = await self._tell(
                work,
                export.user_id,
                export.id,
                Message(
                    NotificationKind.DATA_EXPORT_READY,
                    "The copy of your data is ready; it is there for seven days.",
                    MY_DATA,
                ),
            )
        return DataExportMade(export_id=export.id, notification_ids=told)

    @activity.defn
    async def remind_of_erasure(self, request: RemindOfErasure) -> ErasureStep:
        async with self._database.transaction() as work:
            erasure = await work.accounts.own_data.lock_erasure(request.erasure_id)
            if erasure is None or not erasure.is_open or erasure.reminded_at is not None:
                return ErasureStep(erasure_id=request.erasure_id, outcome="nothing")
            await work.accounts.own_data.note_reminded(erasure.id, self._clock.now())
            day = f"{erasure.erase_at:%Y-%m-%d}"
            told = await self._tell(
                work,
                erasure.user_id,
                erasure.id,
                Message(
                    NotificationKind.ERASURE_REMINDER,
                    f"Your account will be erased on {day}, as you asked. Until then you can withdraw "
                    f"that; afterwards nobody can.",
                    MY_DATA,
                ),
            )
        return ErasureStep(erasure_id=erasure.id, outcome="reminded", notification_ids=told)

    @activity.defn
    async def erase_account(self, request: EraseAccount) -> ErasureStep:
        """
        Put a pseudonym in the place of name and e-mail, unless something stands against it by now.

        Ledger, projects, decisions, certificates and the audit log name accounts by identifier and stay
        as they are.
        """
        now = self._clock.now()
        async with self._database.transaction() as work:
            own_data = work.accounts.own_data
            erasure = await own_data.lock_erasure(request.erasure_id)
            if erasure is None or not erasure.is_open or now < erasure.erase_at:
                return ErasureStep(erasure_id=request.erasure_id, outcome="nothing")
            try:
                require_erasable(await own_data.erasure_facts(erasure.user_id))
            except Conflict as refused:
                return await self._refuse(work, erasure, refused)
            name, email = pseudonym(erasure.user_id)
            await own_data.erase(erasure.user_id, name=name, email=email, at=now)
            await own_data.end_erasure(erasure.id, erased_at=now)
            export = await own_data.newest_export(erasure.user_id)
            if export is not None and export.removed_at is None:
                await own_data.note_export_removed(export.id, now)
            audit(
                work,
                "account.erased",
                ("account", erasure.user_id),
                actor_id=None,
                before=None,
                after={"erasureId": str(erasure.id)},
                at=now,
            )
        if export is not None:
            await self._object_store.remove(export.key)
        return ErasureStep(erasure_id=erasure.id, outcome="erased")

    @activity.defn
    @heartbeating
    async def seal_personal_data(self, request: SealPersonalData) -> PersonalDataSealed:
        """
        Seal what is plain or under a former key, some rows in each transaction.

        Run again it goes on where it was: each row tells by itself under which key it is.
        """
        async with self._database.transaction() as work:
            version = await work.accounts.data_keys.make_newer(
                made_before=request.key_made_before, at=self._clock.now()
            )
        rows = 0
        while True:
            async with self._database.transaction() as work:
                batch = await work.accounts.data_keys.seal_batch(limit=ROWS_AT_ONCE)
            rows += batch.count
            if not batch.count:
                return PersonalDataSealed(version=max(version, batch.version), rows=rows)

    @activity.defn
    async def list_own_data(self, request: ListOwnData) -> OwnDataListed:  # noqa: ARG002 -- one model in
        """What waits for a workflow; files that are older than a week are removed."""
        now = self._clock.now()
        async with self._database.transaction() as work:
            waiting = await work.accounts.own_data.exports_waiting()
            erasures = await work.accounts.own_data.open_erasures()
            old = await work.accounts.own_data.exports_made_before(now - EXPORT_KEPT_FOR)
        for export in old:
            await self._object_store.remove(export.key)
            async with self._database.transaction() as work:
                await work.accounts.own_data.note_export_removed(export.id, now)
        return OwnDataListed(
            export_ids=tuple(waiting),
            erasures=tuple(
                WaitingErasure(erasure_id=one.id, remind_at=one.remind_at, erase_at=one.erase_at)
                for one in erasures
            ),
            removed=len(old),
        )

    async def _refuse(self, work: UnitOfWork, erasure: Erasure, refused: Conflict) -> ErasureStep:
        await work.accounts.own_data.end_erasure(erasure.id, refused_at=self._clock.now())
        told = await self._tell(
            work,
            erasure.user_id,
            erasure.id,
            Message(
                NotificationKind.ERASURE_REFUSED,
                f"Your account was not erased. {refused.detail}",
                MY_DATA,
            ),
        )
        return ErasureStep(erasure_id=erasure.id, outcome="refused", notification_ids=told)

    async def _tell(
        self, work: UnitOfWork, user_id: UUID, about: UUID, message: Message
    ) -> tuple[UUID, ...]:
        notification_id = derived_id(about, message.kind.value)
        await work.accounts.notifications.add(
            message.to(user_id, notification_id=notification_id, at=self._clock.now())
        )
        return (notification_id,)

    async def _store(
        self, export: DataExport, tables: Mapping[str, Sequence[Mapping[str, Any]]]
    ) -> int:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "data.zip"
            with ZipFile(file, "w", ZIP_DEFLATED) as archive:
                archive.writestr("README.txt", _README)
                text = json.dumps(tables, default=str, ensure_ascii=False, indent=1)
                archive.writestr("data.json", text)
            size_bytes = file.stat().st_size
            await self._object_store.store(export.key, file, media_type="application/zip")
        return size_bytes
