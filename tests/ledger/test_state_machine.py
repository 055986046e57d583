"""
The real ledger and a naive one, side by side.

Goal: whatever operations come in whatever order, every unit is where a child's arithmetic says it
is, and the named invariants hold. Method: Hypothesis draws operations; each goes to the registry's own
activities on a real PostgreSQL, as the application's database role, and to dictionaries of unit
numbers (tests/ledger/naive_ledger.py). When the naive ledger refuses, the registry must refuse too,
and no row of any table may have changed.

    HYPOTHESIS_PROFILE=thorough .venv/bin/python -m pytest tests/ledger/test_state_machine.py

runs it ten times as long.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from copy import deepcopy
from typing import TypeVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from adapters.postgres.publishing.open_data import PostgresOpenData
from adapters.postgres.publishing.reads.changes import change_lines
from domain.accounts.roles import REGISTRY_ACCOUNT_ID, Role
from domain.audit.related_invariants import RELATED_INVARIANTS
from domain.credits.checks.ledger_differences import retired_stays_retired
from domain.errors import Refusal
from tests.databases import Databases, engine_for, save_people
from tests.factories import (
    BUYER,
    DEVELOPER,
    OTHER_BUYER,
    OTHER_DEVELOPER,
    PEOPLE,
    VERIFIER,
    account,
    after,
    named,
)
from tests.ledger.conftest import as_application
from tests.ledger.naive_ledger import BUFFER, HELD, RESERVED, NaiveLedger, Refused, Serial
from tests.ledger.real_ledger import BUFFER_PERCENT, LedgerSeen, RealLedger
from tests.whole_ledger import broken, fragments_that_differ, kept_sums
from tools.mirrored_ledger import Mirror
from tools.rebuild_projection import rebuild, rebuild_fragments

PROFILES = {
    "default": settings(max_examples=12, stateful_step_count=25),
    "thorough": settings(max_examples=100, stateful_step_count=50),
}
PROFILE = settings(
    PROFILES[os.environ.get("HYPOTHESIS_PROFILE", "default")],
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)

HOLDERS = [person.id for person in (DEVELOPER, OTHER_DEVELOPER, BUYER, OTHER_BUYER)]
UNVERIFIED = account("unverified", Role.BUYER, email_verified=False)
LOCKED = account("locked", Role.BUYER, locked_until=after(minutes=30))
NO_RECEIVERS = [VERIFIER.id, UNVERIFIED.id, LOCKED.id, REGISTRY_ACCOUNT_ID, named("nobody")]

Result = TypeVar("Result")

holders = st.sampled_from(HOLDERS)
picks = st.integers(0, 1_000)
"""Which of what there is just then; the machine takes it modulo their number."""
quantities = st.integers(1, 12)
vintages = st.sampled_from([2024, 2025])


class LedgerMachine(RuleBasedStateMachine):
    """One fresh database and one naive ledger; an event loop of its own, because rules are not async."""

    def __init__(self, databases: Databases) -> None:
        super().__init__()
        self._loop = asyncio.new_event_loop()
        self._parts = AsyncExitStack()
        self._url = self._run(self._parts.enter_async_context(databases.fresh()))
        self._engine = engine_for(as_application(self._url))
        self._run(save_people(self._engine, [*PEOPLE, UNVERIFIED, LOCKED]))
        self._real = RealLedger(self._engine)
        self._naive = NaiveLedger(receivers=frozenset(HOLDERS), registry=REGISTRY_ACCOUNT_ID)
        self._projects = 0
        self._serials_ever: list[Serial] = []
        self._before = LedgerSeen([], [], {}, {})

    def teardown(self) -> None:
        self._run(self._is_what_a_mirror_makes_of_its_movements())
        self._run(self._keeps_the_sums_that_its_rows_add_up_to())
        self._run(self._engine.dispose())
        self._run(self._parts.aclose())
        self._loop.close()

    # What happens.

    @initialize(vintage=vintages, developer=holders)
    def begin(self, vintage: int, developer: UUID) -> None:
        self._issue(vintage, developer, 30, risky=True)

    @precondition(lambda self: not self._naive.frozen)
    @rule(vintage=vintages, developer=holders, quantity=st.integers(1, 30), risky=st.booleans())
    def issue(self, vintage: int, developer: UUID, quantity: int, risky: bool) -> None:
        """Of risky projects a part goes into the buffer. What is approved waits for a frozen registry."""
        self._issue(vintage, developer, quantity, risky=risky)

    @precondition(lambda self: self._naive.living(HELD))
    @rule(pick=picks, quantity=quantities, recipient=holders)
    def transfer_a_part(self, pick: int, quantity: int, recipient: UUID) -> None:
        """Also to oneself, and also more than there is: then both refuse."""
        serial, _ = self._held(pick)
        self._transfer(serial, quantity, self._owner(serial), recipient)

    @precondition(lambda self: self._naive.living(HELD))
    @rule(pick=picks, recipient=holders)
    def transfer_the_whole(self, pick: int, recipient: UUID) -> None:
        serial, quantity = self._held(pick)
        self._transfer(serial, quantity, self._owner(serial), recipient)

    @precondition(lambda self: self._naive.living(HELD))
    @rule(pick=picks, quantity=quantities)
    def retire_a_part(self, pick: int, quantity: int) -> None:
        serial, _ = self._held(pick)
        self._retire([(serial, quantity)], self._owner(serial))

    @precondition(lambda self: self._naive.living(HELD))
    @rule(pick=picks)
    def retire_the_whole(self, pick: int) -> None:
        serial, quantity = self._held(pick)
        self._retire([(serial, quantity)], self._owner(serial))

    @precondition(lambda self: len(self._naive.living(HELD)) > 1)
    @rule(picks=st.lists(picks, min_size=2, max_size=3), quantity=quantities)
    def retire_several_lines(self, picks: list[int], quantity: int) -> None:
        """Of one holder or of several, then nobody's; one entry may be named twice."""
        held = [self._held(pick) for pick in picks]
        lines = [(serial, min(quantity, most)) for serial, most in held]
        self._retire(lines, self._owner(lines[0][0]))

    @precondition(lambda self: self._several_of_one_holder())
    @rule(pick=picks, quantity=quantities)
    def retire_all_that_somebody_holds(self, pick: int, quantity: int) -> None:
        blocks = self._several_of_one_holder()
        lines = blocks[pick % len(blocks)]
        self._retire(
            [(serial, min(quantity, most)) for serial, most in lines], self._owner(lines[0][0])
        )

    @precondition(lambda self: self._naive.living(HELD) and not self._naive.frozen)
    @rule(pick=picks, quantity=quantities, requester=holders)
    def reserve(self, pick: int, quantity: int, requester: UUID) -> None:
        """Also for oneself, and also more than there is: then both refuse."""
        serial, most = self._held(pick)
        holder = self._owner(serial)
        chosen = min(quantity, most) if quantity % 2 else quantity
        self._both(
            lambda naive: naive.reserve(serial, chosen, requester),
            lambda real: real.reserve(serial, chosen, holder, requester),
        )

    @precondition(lambda self: self._naive.living(RESERVED))
    @rule(pick=picks)
    def give_back_what_was_reserved(self, pick: int) -> None:
        serial = self._reserved(pick)
        self._both(lambda naive: naive.give_back(serial), lambda real: real.give_back(serial))

    @precondition(lambda self: self._naive.living(RESERVED))
    @rule(pick=picks)
    def hand_over_what_was_reserved(self, pick: int) -> None:
        serial = self._reserved(pick)
        quantity = len(self._naive.living(RESERVED)[serial])
        recipient = self._naive.reserved_for[serial]
        self._transfer(serial, quantity, self._owner(serial), recipient)

    @precondition(lambda self: self._naive.living(HELD, BUFFER))
    @rule(pick=picks, quantity=quantities)
    def cancel(self, pick: int, quantity: int) -> None:
        living = sorted(self._naive.living(HELD, BUFFER))
        self._cancel(living[pick % len(living)], quantity)

    @precondition(lambda self: self._naive.living(BUFFER))
    @rule(pick=picks, quantity=quantities)
    def release_from_the_buffer(self, pick: int, quantity: int) -> None:
        buffer = sorted(self._naive.living(BUFFER))
        self._release(buffer[pick % len(buffer)], quantity)

    @rule(pick=picks, vintage=st.none() | vintages, quantity=st.integers(0, 12))
    def reverse(self, pick: int, vintage: int | None, quantity: int) -> None:
        project = 1 + pick % self._projects
        self._both(
            lambda naive: naive.reverse(project, vintage, quantity),
            lambda real: real.reverse(project, vintage, quantity),
        )

    @precondition(lambda self: not self._naive.frozen)
    @rule(really=st.integers(0, 2))
    def freeze(self, really: int) -> None:
        """Seldom, because little happens in a frozen registry."""
        if really == 0:
            self._run(self._real.freeze())
            self._naive.frozen = True

    @precondition(lambda self: self._naive.frozen)
    @rule()
    def unfreeze(self) -> None:
        self._run(self._real.unfreeze())
        self._naive.frozen = False

    # What must not happen.

    @rule(pick=picks, who=holders, recipient=holders, quantity=st.integers(-1, 40))
    def transfer_anything(self, pick: int, who: UUID, recipient: UUID, quantity: int) -> None:
        """From any serial there ever was, by anybody: mostly split, gone or somebody else's."""
        self._transfer(self._any_serial(pick), quantity, who, recipient)

    @rule(pick=picks, who=holders, quantity=st.integers(-1, 40))
    def retire_anything(self, pick: int, who: UUID, quantity: int) -> None:
        self._retire([(self._any_serial(pick), quantity)], who)

    @rule(pick=picks, quantity=st.integers(-1, 40))
    def cancel_anything(self, pick: int, quantity: int) -> None:
        self._cancel(self._any_serial(pick), quantity)

    @rule(pick=picks, quantity=st.integers(-1, 40))
    def release_anything(self, pick: int, quantity: int) -> None:
        self._release(self._any_serial(pick), quantity)

    @precondition(lambda self: self._naive.living(HELD))
    @rule(pick=picks, recipient=st.sampled_from(NO_RECEIVERS))
    def transfer_to_somebody_who_cannot_receive(self, pick: int, recipient: UUID) -> None:
        serial, quantity = self._held(pick)
        self._transfer(serial, quantity, self._owner(serial), recipient)

    @precondition(lambda self: self._naive.living(HELD))
    @rule(pick=picks, excess=quantities)
    def retire_more_than_there_is(self, pick: int, excess: int) -> None:
        serial, quantity = self._held(pick)
        self._retire([(serial, quantity + excess)], self._owner(serial))

    # What is true after each step.

    @invariant()
    def every_unit_is_where_the_naive_ledger_has_it(self) -> None:
        seen = self._run(self._real.seen())

        assert seen.units() == self._naive.units
        assert broken(seen) == {}
        related = {
            name: holds(seen.transactions, seen.related)
            for name, holds in RELATED_INVARIANTS.items()
        }
        assert related == dict.fromkeys(RELATED_INVARIANTS, ())
        assert retired_stays_retired(self._before.entries, seen.entries) == []
        self._before = seen
        self._serials_ever = sorted(str(entry.serial) for entry in seen.entries)

    # How both sides are asked.

    async def _is_what_a_mirror_makes_of_its_movements(self) -> None:
        mirror = Mirror(":memory:")
        async with self._engine.connect() as connection:
            mirror.apply((await change_lines(connection, since=0, limit=1_000)).lines)
        async with PostgresOpenData(self._engine).snapshot() as snapshot:
            assert mirror.state() == await snapshot.ledger(lambda: None)

    async def _keeps_the_sums_that_its_rows_add_up_to(self) -> None:
        """Also of how many entries there are; that of units is one of the invariants."""
        owner = engine_for(self._url)
        kept = await kept_sums(self._engine)
        await rebuild(owner)
        assert await kept_sums(self._engine) == kept
        # What the public is told of each entry and retirement, kept step by step, and then anew.
        assert await fragments_that_differ(self._engine) == []
        await rebuild_fragments(owner)
        assert await fragments_that_differ(self._engine) == []
        await owner.dispose()

    def _issue(self, vintage: int, developer: UUID, quantity: int, *, risky: bool) -> None:
        self._projects += 1
        # Rounded up, and the developer receives at least one unit.
        buffer = min(-(-quantity * BUFFER_PERCENT // 100), quantity - 1) if risky else 0
        self._naive.issue(self._projects, vintage, developer, quantity, buffer)
        self._run(self._real.issue(vintage, developer, quantity, risky=risky))

    def _transfer(self, serial: Serial, quantity: int, sender: UUID, recipient: UUID) -> None:
        self._both(
            lambda naive: naive.transfer(serial, quantity, sender, recipient),
            lambda real: real.transfer(serial, quantity, sender, recipient),
        )

    def _retire(self, lines: list[tuple[Serial, int]], holder: UUID) -> None:
        self._both(
            lambda naive: naive.retire(lines, holder), lambda real: real.retire(lines, holder)
        )

    def _cancel(self, serial: Serial, quantity: int) -> None:
        self._both(
            lambda naive: naive.cancel(serial, quantity), lambda real: real.cancel(serial, quantity)
        )

    def _release(self, serial: Serial, quantity: int) -> None:
        self._both(
            lambda naive: naive.release(serial, quantity),
            lambda real: real.release(serial, quantity),
        )

    def _both(
        self,
        naively: Callable[[NaiveLedger], None],
        really: Callable[[RealLedger], Awaitable[None]],
    ) -> None:
        """One operation on both sides; what the naive one refuses must change nothing on the other."""
        expected = deepcopy(self._naive)
        try:
            naively(expected)
        except Refused:
            self._run(self._refuses(really(self._real)))
        else:
            self._run(really(self._real))
            self._naive = expected

    async def _refuses(self, operation: Awaitable[None]) -> None:
        before = await self._real.fingerprints()
        with pytest.raises(Refusal):
            await operation
        assert await self._real.fingerprints() == before

    def _held(self, pick: int) -> tuple[Serial, int]:
        living = sorted(self._naive.living(HELD).items())
        serial, units = living[pick % len(living)]
        return serial, len(units)

    def _reserved(self, pick: int) -> Serial:
        reserved = sorted(self._naive.living(RESERVED))
        return reserved[pick % len(reserved)]

    def _several_of_one_holder(self) -> list[list[tuple[Serial, int]]]:
        """For each holder of two entries or more, those entries with their quantities."""
        blocks: dict[UUID, list[tuple[Serial, int]]] = {}
        for serial, units in sorted(self._naive.living(HELD).items()):
            blocks.setdefault(self._owner(serial), []).append((serial, len(units)))
        return [lines for lines in blocks.values() if len(lines) > 1]

    def _any_serial(self, pick: int) -> Serial:
        return self._serials_ever[pick % len(self._serials_ever)]

    def _owner(self, serial: Serial) -> UUID:
        return next(line.owner for line in self._naive.units.values() if line.serial == serial)

    def _run(self, step: Awaitable[Result]) -> Result:
        async def finish() -> Result:
            return await step

        return self._loop.run_until_complete(finish())


def test_the_ledger_and_a_naive_one_agree_after_every_operation(databases: Databases) -> None:
    class Machine(LedgerMachine):
        def __init__(self) -> None:
            super().__init__(databases)

    run_state_machine_as_test(Machine, settings=PROFILE)


@pytest.mark.proof
def test_they_agree_over_longer_histories_too(databases: Databases) -> None:
    class Machine(LedgerMachine):
        def __init__(self) -> None:
            super().__init__(databases)

    longer = settings(PROFILE, max_examples=30, stateful_step_count=60)
    run_state_machine_as_test(Machine, settings=longer)
