"""Freezing and unfreezing the registry: the state, its audit entry and its event, in one transaction."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from temporalio import activity

from activities import lookups
from activities.audit_and_notify import Message, audit, by_topic, tell_staff
from activities.payloads import Payload, PersonalRequest
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from activities.run_once import run_once
from domain.accounts.notifications import NotificationKind
from domain.accounts.roles import REGISTRY_ACCOUNT_ID, Account
from domain.credits import freeze
from domain.credits.freeze import RegistryState
from domain.identifiers import derived_id
from domain.publishing.events import Event, EventName


class FreezePayload(Payload):
    """What staff wrote; it is public."""

    reason: str


class UnfreezePayload(Payload):
    reason: str | None = None


class ChangeState(PersonalRequest):
    """Freeze or unfreeze; the stored request is `operation_id`."""

    operation_id: UUID
    actor_id: UUID


class StateChanged(Payload):
    """The registry's state from `since` on, and the notifications to be mailed."""

    frozen: bool
    since: datetime
    notification_ids: tuple[UUID, ...] = ()


TOLD = {
    True: (
        NotificationKind.REGISTRY_FROZEN,
        "The registry is frozen: nothing is issued, transferred or retired meanwhile.",
    ),
    False: (NotificationKind.REGISTRY_UNFROZEN, "The registry takes ledger writes again."),
}
"""What staff are told, by whether the registry is frozen now; the reason is public and stands on every page."""


class FreezeActivities:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @activity.defn
    async def freeze_registry(self, request: ChangeState) -> StateChanged:
        """Wait for the ledger writes under way, then stop all later ones (domain.credits.freeze.freeze)."""

        def frozen(state: RegistryState, body: object, actor: Account) -> RegistryState:
            reason = FreezePayload.model_validate(body).reason
            return freeze.freeze(state, reason, actor=actor, at=self._clock.now())

        return await self._change(request, frozen)

    @activity.defn
    async def unfreeze_registry(self, request: ChangeState) -> StateChanged:
        """Take ledger writes again (domain.credits.freeze.unfreeze)."""

        def opened(state: RegistryState, body: object, actor: Account) -> RegistryState:
            reason = UnfreezePayload.model_validate(body).reason
            return freeze.unfreeze(state, reason, actor=actor, at=self._clock.now())

        return await self._change(request, opened)

    async def _change(
        self,
        request: ChangeState,
        decide: Callable[[RegistryState, object, Account], RegistryState],
    ) -> StateChanged:
        async def change() -> StateChanged:
            actor = await lookups.account(work, request.actor_id)
            body = await lookups.stored_request(work, request.operation_id)
            before = await work.credits.registry_state.lock()
            after = decide(before, body, actor)
            await work.credits.registry_state.save(after)
            return await _publish(work, request, before, after)

        async with self._database.transaction() as work:
            return await run_once(
                work, f"change-state/{request.operation_id}", StateChanged, change
            )


async def _publish(
    work: UnitOfWork, request: ChangeState, before: RegistryState, after: RegistryState
) -> StateChanged:
    name = EventName.REGISTRY_FROZEN if after.frozen else EventName.REGISTRY_UNFROZEN
    since = after.changed_at
    if since is None:
        raise ValueError("a state that was changed says when")
    audit(
        work,
        name.value,
        ("registry", REGISTRY_ACCOUNT_ID),
        actor_id=request.actor_id,
        before={"frozen": before.frozen, "reason": before.reason},
        after={"frozen": after.frozen, "reason": after.reason},
        at=since,
    )
    await work.publishing.outbox.add(
        Event(
            id=derived_id(request.operation_id, name.value),
            name=name,
            payload={"reason": after.reason, "since": since.isoformat()},
            occurred_at=since,
        )
    )
    kind, sentence = TOLD[after.frozen]
    told = await tell_staff(
        work,
        Message(kind, sentence, "/staff/registry"),
        notification_id=by_topic(request.operation_id, name.value),
        at=since,
        but_not=request.actor_id,
    )
    return StateChanged(frozen=after.frozen, since=since, notification_ids=told)
