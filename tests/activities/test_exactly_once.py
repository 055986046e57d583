"""
An activity may run again at any time; its effect may not.

Temporal runs an activity at least once: again after a lost answer, beside an attempt that was
believed dead, or after the worker was killed between commit and answer. Each test brings that
about on a real PostgreSQL and compares the answer and every row of every table with those of a
registry in which the same activity ran once, undisturbed.
"""

import asyncio
from collections.abc import Mapping

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.activities.conftest import Undisturbed
from tests.activities.killed import KILLED, Moment, killed_attempt
from tests.activities.registry import Registry, run
from tests.activities.use_cases import USE_CASES, UseCase
from tests.databases import changed_tables, snapshot

each_use_case = pytest.mark.parametrize("case", USE_CASES.values(), ids=USE_CASES.keys())


@each_use_case
async def test_running_it_again_gives_the_same_answer_and_changes_nothing(
    case: UseCase, registry: Registry, engine: AsyncEngine, undisturbed: Undisturbed
) -> None:
    await case.before(registry)

    answers = [await run(registry.activity(case.activity), case.request) for _ in range(2)]

    answer, state = await undisturbed.outcome(case)
    assert answers == [answer, answer]
    assert changed_tables(state, await snapshot(engine)) == set()


@each_use_case
async def test_attempts_side_by_side_have_one_effect(
    case: UseCase, registry: Registry, engine: AsyncEngine, undisturbed: Undisturbed
) -> None:
    await case.before(registry)
    activity = registry.activity(case.activity)

    answers = await asyncio.gather(*(run(activity, case.request) for _ in range(3)))

    answer, state = await undisturbed.outcome(case)
    assert answers == [answer, answer, answer]
    assert changed_tables(state, await snapshot(engine)) == set()


@each_use_case
async def test_killed_before_its_commit_it_has_done_nothing_and_is_done_by_the_next_attempt(
    case: UseCase,
    registry: Registry,
    engine: AsyncEngine,
    database_url: str,
    undisturbed: Undisturbed,
) -> None:
    await case.before(registry)
    before, last_numbers = await snapshot(engine), await numbers_given(engine)

    assert await killed(case, Moment.BEFORE_COMMIT, registry, database_url) == KILLED

    assert changed_tables(before, await snapshot(engine)) == set()
    await numbers_given(engine, last_numbers)
    answer, state = await undisturbed.outcome(case)
    assert await run(registry.activity(case.activity), case.request) == answer
    assert changed_tables(state, await snapshot(engine)) == set()


@each_use_case
async def test_killed_after_its_commit_it_is_done_and_the_next_attempt_only_tells_of_it(
    case: UseCase,
    registry: Registry,
    engine: AsyncEngine,
    database_url: str,
    undisturbed: Undisturbed,
) -> None:
    await case.before(registry)

    assert await killed(case, Moment.AFTER_COMMIT, registry, database_url) == KILLED

    answer, state = await undisturbed.outcome(case)
    assert changed_tables(state, await snapshot(engine)) == set()
    assert await run(registry.activity(case.activity), case.request) == answer
    assert changed_tables(state, await snapshot(engine)) == set()


SEQUENCES = ("credential_status_places", "projects_number_seq")
"""The places of credentials in their list, and the numbers of projects, which their fragments tell."""


async def numbers_given(
    engine: AsyncEngine, back_to: Mapping[str, tuple[int, bool]] | None = None
) -> Mapping[str, tuple[int, bool]]:
    """
    Where each sequence stands.

    A sequence gives nothing back, so an attempt that dies leaves a number unused (ADR 0113). Here each is set
    `back_to` where it stood, so that what is said of a number can be compared.
    """
    given = {}
    async with engine.begin() as connection:
        for name in SEQUENCES:
            if back_to is not None:
                await connection.execute(select(func.setval(name, *back_to[name])))
            row = await connection.execute(text(f"SELECT last_value, is_called FROM {name}"))
            last, is_called = row.one()
            given[name] = (last, is_called)
    return given


async def killed(
    case: UseCase, moment: Moment, registry: Registry, database_url: str
) -> int | None:
    return await killed_attempt(
        case.activity,
        case.request,
        moment,
        database_url=database_url,
        effect_in=case.effect_in,
        chain=registry.chain,
        objects=registry.objects,
        now=registry.clock.now(),
    )
