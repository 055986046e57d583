"""
Sweeping what nobody will ask for any more: uploads that never came, requests, failed log-ins.

It also names the notices of locked sign-ins that nobody has mailed: the API starts their mail, and
may have died first.
"""

from datetime import timedelta
from uuid import UUID

from temporalio import activity

from activities.heartbeats import heartbeating
from activities.payloads import Payload
from activities.ports.clock import Clock
from activities.ports.database import Database
from activities.ports.object_store import ObjectStore
from activities.projects.documents import UPLOADS
from domain.accounts.notifications import MAILED_BY_SWEEP
from domain.accounts.sign_in import FAILURES_KEPT_FOR
from domain.ingestion.folders import FOLDERS, MOVED_KEPT_FOR, folder_in
from domain.projects.uploads import LARGE_UPLOAD_KEPT_FOR, UPLOAD_KEPT_FOR

REQUEST_KEPT_FOR = timedelta(days=7)
"""By then it was taken up or refused; whoever repeats it sends its body again (ADR 0012)."""

FORM_KEPT_FOR = timedelta(days=90)
"""What was typed into a form and never sent."""

NOTICE_MAILED_WITHIN = timedelta(days=1)


class SweepLeftovers(Payload):
    """All that have been kept for as long as they are."""


class LeftoversSwept(Payload):
    """`notification_ids` are notices still to be mailed."""

    documents: int
    uploads: int
    requests: int
    sign_ins: int
    notification_ids: tuple[UUID, ...] = ()


class SweepActivities:
    def __init__(self, database: Database, object_store: ObjectStore, clock: Clock) -> None:
        self._database = database
        self._object_store = object_store
        self._clock = clock

    @activity.defn
    @heartbeating
    async def sweep_leftovers(self, request: SweepLeftovers) -> LeftoversSwept:  # noqa: ARG002 -- it asks for nothing yet
        """Run again it finds nothing left to do. Rows go before bytes: no row promises bytes that are gone."""
        now = self._clock.now()
        async with self._database.transaction() as work:
            documents = await work.projects.documents.forget_awaited(
                now - UPLOAD_KEPT_FOR, now - LARGE_UPLOAD_KEPT_FOR
            )
            requests = await work.requests.stored_requests.forget(now - REQUEST_KEPT_FOR)
            sign_ins = await work.accounts.sign_in_failures.sweep(now - FAILURES_KEPT_FOR)
            await work.requests.unfinished_forms.forget(now - FORM_KEPT_FOR)
            since = now - NOTICE_MAILED_WITHIN
            unmailed = [
                notice_id
                for kind in MAILED_BY_SWEEP
                for notice_id in await work.accounts.notifications.unmailed_of(kind, since)
            ]
        # Also the copies of completed documents whose client uploaded them once more.
        uploads = await self._object_store.written_before(UPLOADS, now - UPLOAD_KEPT_FOR)
        for key in uploads:
            await self._object_store.remove(key)
        # What pipelines drop is moved within the hour; what lies in a closed folder stays its owner's.
        for key in await self._object_store.written_before(FOLDERS, now - MOVED_KEPT_FOR):
            if folder_in(key) is None:
                await self._object_store.remove(key)
        # Storage keeps, and counts, the parts of what nobody joined.
        await self._object_store.abandon(UPLOADS, now - LARGE_UPLOAD_KEPT_FOR)
        return LeftoversSwept(
            documents=documents,
            uploads=len(uploads),
            requests=requests,
            sign_ins=sign_ins,
            notification_ids=tuple(unmailed),
        )
