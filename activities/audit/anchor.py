"""Anchoring the audit log: its newest entry's hash goes to the chain, where nobody can rewrite it."""

from uuid import UUID

from temporalio import activity

from activities.payloads import Payload
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from activities.run_once import run_once
from domain.audit.log import AuditHead
from domain.chain.metadata import audit_record
from domain.chain.records import ChainRecord, RecordKind, RecordStatus
from domain.identifiers import derived_id


class AnchorAuditLog(Payload):
    """`anchor_id` names the attempt for ever; the workflow is told when the anchor is confirmed."""

    anchor_id: UUID
    waiting_workflow_id: str


class AuditLogAnchored(Payload):
    """`record_id` None: nothing was appended since the last anchor, at entry `seq`."""

    seq: int
    record_id: UUID | None = None


class AuditActivities:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @activity.defn
    async def anchor_audit_log(self, request: AnchorAuditLog) -> AuditLogAnchored:
        """
        Queue a chain record of the log's head, unless the last anchor names the same entry.

        The head is that of the transparency log's newest checkpoint, which the record names too. Where
        that has nothing new, what was appended since is anchored without one.
        It leaves no audit entry itself: the log would never come to rest.
        """
        async with self._database.transaction() as work:
            return await run_once(
                work,
                f"anchor-audit-log/{request.anchor_id}",
                AuditLogAnchored,
                lambda: self._anchor(work, request),
            )

    async def _anchor(self, work: UnitOfWork, request: AnchorAuditLog) -> AuditLogAnchored:
        anchored_seq = await work.audit.anchored_seq()
        head, tree = await _newest(work, anchored_seq)
        if head.seq == anchored_seq:
            return AuditLogAnchored(seq=head.seq)
        now = self._clock.now()
        record = ChainRecord(
            id=derived_id(request.anchor_id, "chain-record"),
            transaction_id=None,
            kind=RecordKind.AUDIT,
            record=audit_record(seq=head.seq, hash=head.hash, at=now, tree=tree),
            status=RecordStatus.QUEUED,
            waiting_workflow_id=request.waiting_workflow_id,
            queued_at=now,
            audit_seq=head.seq,
        )
        await work.chain.records.queue(record)
        return AuditLogAnchored(seq=head.seq, record_id=record.id)


async def _newest(work: UnitOfWork, anchored_seq: int) -> tuple[AuditHead, tuple[int, str] | None]:
    checkpoint = await work.transparency.newest_checkpoint()
    covered = await work.transparency.covered_head(checkpoint.size) if checkpoint else None
    if checkpoint and covered and covered.seq > anchored_seq:
        return covered, (checkpoint.size, checkpoint.root.hex())
    return await work.audit.head(), None
