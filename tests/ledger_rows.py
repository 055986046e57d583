"""A ledger moved by the domain's own rules and written through the unit of work, without workflows."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.ports.database import UnitOfWork
from adapters.postgres.database import PostgresDatabase
from domain.accounts.roles import Account
from domain.credits.buffer import contribute, release
from domain.credits.cancellation import cancel
from domain.credits.issuance import issue
from domain.credits.ledger import CreditEntry, CreditTransaction, EntryChange, NewEntry
from domain.credits.retirement import retire
from domain.credits.transfer import transfer
from domain.identifiers import Serial
from domain.projects.projects import Project, ProjectStatus, settle_status
from domain.projects.verification import Verification
from tests.factories import ADMINISTRATOR, DEVELOPER, NOW, approved, project, retirement
from tests.issuance_guards import issuing_without_approvals

Moved = tuple[CreditEntry, ...]
"""The moved part first, then the remainder if there is one."""


class LedgerRows:
    """Each method is one movement, an hour after the one before, and commits."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self._database = PostgresDatabase(engine)
        self._at = NOW

    async def project(self, **changes: Any) -> Project:
        made = project(**{"id": uuid4(), "number": None, **changes})
        async with self._database.transaction() as work:
            await work.projects.projects.add(made)
            saved = await work.projects.projects.get(made.id)
        assert saved is not None
        return saved

    async def issue(
        self,
        project: Project,
        quantity_units: int,
        *,
        vintage: int = 2024,
        verification_id: UUID | None = None,
    ) -> CreditEntry:
        """All that is approved for the project, which has nothing issued yet."""
        verification = approved(
            id=verification_id or uuid4(),
            project_id=project.id,
            verified_quantity_units=quantity_units,
            vintage=vintage,
        )
        async with self._database.transaction() as work:
            await _verify(work, project, verification)
            (name,) = await _names(work, project, vintage, 1)
            entry, transaction = issue(
                verification,
                name=name,
                transaction_id=uuid4(),
                units=await work.credits.entries.take_units(quantity_units),
                at=self._next_hour(),
            )
            await _add(work, entry, transaction)
        return entry

    async def contribute(self, project: Project, quantity_units: int) -> CreditEntry:
        """
        Beside what was issued of its approval, which says so much more from then on, or alone.

        The registry itself does neither.
        """
        async with self._database.transaction() as work:
            verification = await work.projects.verifications.for_project(project.id)
        if verification is None:
            verification = approved(
                id=uuid4(), project_id=project.id, verified_quantity_units=quantity_units
            )
            async with self._database.transaction() as work:
                await _verify(work, project, verification)
        else:
            await self.by_hand(
                "UPDATE verification_requests SET verified_quantity_units ="
                f" verified_quantity_units + {quantity_units} WHERE id = '{verification.id}'"
            )
        async with (
            issuing_without_approvals(self.engine),
            self._database.transaction() as work,
        ):
            (name,) = await _names(work, project, verification.vintage or 2024, 1)
            entry, transaction = contribute(
                verification,
                name=name,
                transaction_id=uuid4(),
                units=await work.credits.entries.take_units(quantity_units),
                at=self._next_hour(),
            )
            await _add(work, entry, transaction)
        return entry

    async def transfer(
        self, entry: CreditEntry, quantity_units: int, sender: Account, recipient: Account
    ) -> Moved:
        return await self._move(entry, transfer, quantity_units, sender=sender, recipient=recipient)

    async def retire(
        self, entry: CreditEntry, quantity_units: int, holder: Account, **changes: Any
    ) -> Moved:
        made = retirement(
            id=uuid4(), account_id=holder.id, quantity_units=quantity_units, **changes
        )
        async with self._database.transaction() as work:
            await work.credits.retirements.add(made)
            return await self._move_in(
                work, entry, retire, quantity_units, holder=holder, retirement=made
            )

    async def cancel(self, entry: CreditEntry, quantity_units: int, reason: str) -> Moved:
        return await self._move(entry, cancel, quantity_units, actor=ADMINISTRATOR, reason=reason)

    async def write_cancellation(
        self, work: UnitOfWork, entry: CreditEntry, quantity_units: int, reason: str
    ) -> Moved:
        """`cancel`, in a transaction that the caller commits."""
        return await self._move_in(
            work, entry, cancel, quantity_units, actor=ADMINISTRATOR, reason=reason
        )

    async def release(self, entry: CreditEntry, quantity_units: int) -> Moved:
        return await self._move(
            entry,
            release,
            quantity_units,
            actor=ADMINISTRATOR,
            supplier_id=DEVELOPER.id,
            reason="The monitoring period is over.",
        )

    async def by_hand(self, *statements: str) -> None:
        """As nobody can in a registry that guards itself: with its guards asleep."""
        async with self.engine.begin() as connection:
            await connection.execute(text("SET LOCAL session_replication_role = replica"))
            for statement in statements:
                await connection.execute(text(statement))

    async def _move(self, entry: CreditEntry, rule: Any, quantity_units: int, **how: Any) -> Moved:
        async with self._database.transaction() as work:
            return await self._move_in(work, entry, rule, quantity_units, **how)

    async def _move_in(
        self, work: UnitOfWork, entry: CreditEntry, rule: Any, quantity_units: int, **how: Any
    ) -> Moved:
        found = await work.projects.projects.get(entry.project_id)
        assert found is not None
        whole = quantity_units == entry.units.quantity_units
        names = await _names(work, found, entry.vintage, _opened(rule, whole=whole))
        made: tuple[EntryChange, CreditTransaction] = rule(
            entry,
            quantity_units,
            transaction_id=uuid4(),
            names=names,
            at=self._next_hour(),
            **how,
        )
        movement, transaction = made
        await work.credits.entries.save(movement.after)
        await work.credits.entries.add(*movement.opened)
        await work.credits.entries.add_transaction(transaction)
        return movement.opened or (movement.after,)

    def _next_hour(self) -> datetime:
        self._at += timedelta(hours=1)
        return self._at


def _opened(rule: Any, *, whole: bool) -> int:
    if not whole:
        return 2
    return 1 if rule in {transfer, release} else 0


async def _verify(work: UnitOfWork, project: Project, verification: Verification) -> None:
    verified = settle_status(project, ProjectStatus.VERIFIED, at=NOW)
    await work.projects.verifications.add(verification)
    await work.projects.projects.save(verified)


async def _names(
    work: UnitOfWork, project: Project, vintage: int, count: int
) -> Sequence[NewEntry]:
    serials: Sequence[Serial] = await work.credits.entries.take_serials(project, vintage, count)
    return [NewEntry(uuid4(), serial) for serial in serials]


async def _add(work: UnitOfWork, entry: CreditEntry, transaction: CreditTransaction) -> None:
    await work.credits.entries.add(entry)
    await work.credits.entries.add_transaction(transaction)
