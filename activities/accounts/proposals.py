"""Proposals: made, countersigned, refused, expired (domain.accounts.proposals; ADR 0066)."""

from datetime import datetime
from uuid import UUID

from temporalio import activity

from activities import lookups
from activities.audit_and_notify import Message, audit, by_topic, tell, tell_staff
from activities.payloads import Payload, PersonalRequest
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from activities.run_once import run_once
from domain.accounts import proposals as rules
from domain.accounts.notifications import NotificationKind, proposal_place
from domain.accounts.proposals import Proposal, ProposalKind, ProposalStatus
from domain.identifiers import derived_id


class ProposalPayload(Payload):
    """Why it is proposed, or refused, in the words of staff; `key` is that of the request that it is of."""

    reason: str
    key: str | None = None


class Propose(PersonalRequest):
    """The reason is the stored request `proposal_id`; `quantity_units` are of 0.01 t CO2e."""

    proposal_id: UUID
    kind: ProposalKind
    subject: str
    quantity_units: int | None
    terms_sha256: str
    expires_at: datetime
    actor_id: UUID


class CountersignProposal(PersonalRequest):
    proposal_id: UUID
    actor_id: UUID


class RefuseProposal(PersonalRequest):
    """The reason is the stored request `operation_id`."""

    operation_id: UUID
    proposal_id: UUID
    actor_id: UUID


class WithdrawProposal(PersonalRequest):
    proposal_id: UUID
    actor_id: UUID


class ExpireProposal(Payload):
    proposal_id: UUID


class ProposalStep(Payload):
    proposal_id: UUID
    status: ProposalStatus
    notification_ids: tuple[UUID, ...] = ()


class ProposalActivities:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @activity.defn
    async def propose(self, request: Propose) -> ProposalStep:
        """Keep what is asked for, and tell the other administrators."""
        async with self._database.transaction() as work:
            return await run_once(
                work,
                f"propose/{request.proposal_id}",
                ProposalStep,
                lambda: self._propose(work, request),
            )

    @activity.defn
    async def countersign_proposal(self, request: CountersignProposal) -> ProposalStep:
        """Let what was proposed be carried out (domain.accounts.proposals.countersign_proposal)."""

        async def countersign() -> ProposalStep:
            actor = await lookups.account(work, request.actor_id)
            before = await self._locked(work, request.proposal_id)
            after = rules.countersign_proposal(before, actor=actor, at=self._clock.now())
            return await self._answer(
                work,
                before,
                after,
                NotificationKind.APPROVAL_COUNTERSIGNED,
                "was countersigned: you may carry it out now.",
            )

        async with self._database.transaction() as work:
            key = f"countersign-proposal/{request.proposal_id}/{request.actor_id}"
            return await run_once(work, key, ProposalStep, countersign)

    @activity.defn
    async def refuse_proposal(self, request: RefuseProposal) -> ProposalStep:
        """Say no, and why (domain.accounts.proposals.refuse_proposal)."""

        async def refuse() -> ProposalStep:
            actor = await lookups.account(work, request.actor_id)
            body = await lookups.stored_request(work, request.operation_id)
            reason = ProposalPayload.model_validate(body).reason
            before = await self._locked(work, request.proposal_id)
            after = rules.refuse_proposal(before, reason, actor=actor, at=self._clock.now())
            return await self._answer(
                work,
                before,
                after,
                NotificationKind.COUNTERSIGNATURE_REFUSED,
                "was refused; the reason stands beside it.",
            )

        async with self._database.transaction() as work:
            key = f"refuse-proposal/{request.operation_id}"
            return await run_once(work, key, ProposalStep, refuse)

    @activity.defn
    async def withdraw_proposal(self, request: WithdrawProposal) -> ProposalStep:
        """Its proposer takes it back (domain.accounts.proposals.withdraw_proposal)."""

        async def withdraw() -> ProposalStep:
            actor = await lookups.account(work, request.actor_id)
            before = await self._locked(work, request.proposal_id)
            after = rules.withdraw_proposal(before, actor=actor, at=self._clock.now())
            return await self._settle(work, before, after)

        async with self._database.transaction() as work:
            key = f"withdraw-proposal/{request.proposal_id}/{request.actor_id}"
            return await run_once(work, key, ProposalStep, withdraw)

    @activity.defn
    async def expire_proposal(self, request: ExpireProposal) -> ProposalStep:
        """Nobody answered in time; what was answered meanwhile stays."""

        async def expire() -> ProposalStep:
            before = await self._locked(work, request.proposal_id)
            after = rules.expire_proposal(before, at=self._clock.now())
            if after == before:
                return ProposalStep(proposal_id=after.id, status=after.status)
            return await self._settle(work, before, after)

        async with self._database.transaction() as work:
            key = f"expire-proposal/{request.proposal_id}"
            return await run_once(work, key, ProposalStep, expire)

    async def _propose(self, work: UnitOfWork, request: Propose) -> ProposalStep:
        now = self._clock.now()
        body = await lookups.stored_request(work, request.proposal_id)
        written = ProposalPayload.model_validate(body)
        proposal = Proposal(
            id=request.proposal_id,
            kind=request.kind,
            subject=request.subject,
            quantity_units=request.quantity_units,
            reason=written.reason,
            terms_sha256=request.terms_sha256,
            status=ProposalStatus.WAITING,
            proposed_by=request.actor_id,
            proposed_at=now,
            expires_at=request.expires_at,
            request_key=written.key,
        )
        await work.accounts.proposals.add(proposal)
        _audit(work, None, proposal)
        message = Message(
            NotificationKind.COUNTERSIGNATURE_WANTED,
            f"A {_named(proposal)} waits for another administrator: countersign it, or refuse with a reason.",
            proposal_place(proposal.id),
        )
        notified_ids = await tell_staff(
            work,
            message,
            notification_id=by_topic(proposal.id, "proposal"),
            at=now,
            but_not=proposal.proposed_by,
        )
        return ProposalStep(
            proposal_id=proposal.id, status=proposal.status, notification_ids=notified_ids
        )

    @staticmethod
    async def _locked(work: UnitOfWork, proposal_id: UUID) -> Proposal:
        return lookups.found(await work.accounts.proposals.lock(proposal_id), "proposal")

    async def _answer(
        self,
        work: UnitOfWork,
        before: Proposal,
        after: Proposal,
        kind: NotificationKind,
        words: str,
    ) -> ProposalStep:
        """Settled by another administrator, and whoever proposed it is told."""
        step = await self._settle(work, before, after)
        message = Message(
            kind, f"The {_named(after)} that you proposed {words}", proposal_place(after.id)
        )
        told = message.to(
            after.proposed_by,
            notification_id=derived_id(after.id, "notification/answered"),
            at=self._clock.now(),
        )
        return step.model_copy(update={"notification_ids": await tell(work, told)})

    @staticmethod
    async def _settle(work: UnitOfWork, before: Proposal, after: Proposal) -> ProposalStep:
        await work.accounts.proposals.save(after)
        _audit(work, before, after)
        return ProposalStep(proposal_id=after.id, status=after.status)


def _named(proposal: Proposal) -> str:
    return f"{proposal.kind.replace('_', ' ')} ({proposal.subject})"


def _audit(work: UnitOfWork, before: Proposal | None, after: Proposal) -> None:
    """Without what people wrote."""
    waits = after.status is ProposalStatus.WAITING
    audit(
        work,
        "proposal.made" if waits else f"proposal.{after.status.value}",
        ("proposal", after.id),
        actor_id=after.proposed_by if waits else after.settled_by,
        before={"status": before.status.value} if before else None,
        after={
            "status": after.status.value,
            "kind": after.kind.value,
            "subject": after.subject,
            "quantityUnits": after.quantity_units,
        },
        at=after.settled_at or after.proposed_at,
    )
