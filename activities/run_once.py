"""Exactly once: an activity may run again, its effect on the database may not."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from activities.payloads import Payload
from activities.ports.credits import MovementAsked, OpenedMovement
from activities.ports.database import UnitOfWork
from domain.credits.freeze import require_open

Result = TypeVar("Result", bound=Payload)


async def run_once(
    work: UnitOfWork, key: str, kind: type[Result], bring_about: Callable[[], Awaitable[Result]]
) -> Result:
    """
    Bring something about, or give the answer of the time it was brought about.

    `key` names the effect by business identifiers, never by a run or attempt, so that a workflow
    that is reset does not issue or retire twice. Effect and answer are in one transaction.
    """
    if not await work.requests.activity_results.claim(key):
        return kind.model_validate(await work.requests.activity_results.result(key))
    result = await bring_about()
    await work.requests.activity_results.finish(key, result.model_dump(mode="json"))
    return result


async def done_before(work: UnitOfWork, key: str, kind: type[Result]) -> Result | None:
    """The answer of the time when `run_once` brought it about; None before: for what is dear to do again."""
    result = await work.requests.activity_results.known(key)
    return None if result is None else kind.model_validate(result)


async def move_once(
    work: UnitOfWork,
    key: str,
    kind: type[Result],
    asked: MovementAsked,
    bring_about: Callable[[OpenedMovement], Awaitable[Result]],
) -> Result:
    """
    As `run_once` for a movement of units, whose claim and whose reads are one round trip (ADR 0117).

    Raises:
        RegistryFrozen: staff have frozen ledger writes.
    """
    opened = await work.credits.movements.open(key, asked)
    if not isinstance(opened, OpenedMovement):
        return kind.model_validate(opened)
    require_open(opened.state)
    result = await bring_about(opened)
    await work.requests.activity_results.finish(key, result.model_dump(mode="json"))
    return result
