"""Staff's checklist of an approval that waits for its countersignature (ADR 0091)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from activities import lookups
from activities.audit_and_notify import audit
from activities.projects.checklist import reviewed
from adapters.postgres.identity import SYSTEM, done_as
from adapters.postgres.projects.reads import statements as reads_statements
from api.commands.projects.projects import visible_project
from api.commands.projects.verification import visible_verification
from api.http.resources import Resources
from domain.accounts.roles import Account, Permission
from domain.identifiers import derived_id
from domain.projects.assurance.checklist import (
    CHECKLIST,
    ChecklistItem,
    ChecklistTick,
    Reviewed,
    applicable_items,
    require_complete_checklist,
    require_tickable,
    ticked_items,
)
from domain.projects.assurance.statements import statement_of_verifier


@dataclass(frozen=True)
class Ticked:
    """`note` is what is added to a tick; `done` False takes an earlier one back."""

    done: bool
    note: str | None = None


@dataclass(frozen=True)
class ChecklistLine:
    """
    An item that applies to a round; `mine` is whether whoever asks has ticked it since the approval.

    `note` is what they wrote with it then, or empty.
    """

    item: ChecklistItem
    sentence: str
    mine: bool
    note: str
    ticks: Sequence[ChecklistTick]


@dataclass(frozen=True)
class ChecklistView:
    """
    `required` is whether nobody countersigns without it, `complete` whether whoever asks has ticked it all.

    `open` is whether it can be filled in now.
    """

    verification_id: UUID
    required: bool
    open: bool
    lines: Sequence[ChecklistLine]

    @property
    def complete(self) -> bool:
        return all(line.mine for line in self.lines)


@done_as(SYSTEM)
async def tick(
    parts: Resources,
    account: Account,
    verification_id: UUID,
    ticked: Mapping[ChecklistItem, Ticked],
) -> ChecklistView:
    """
    Tick items of the checklist, or take ticks back; what is not named stays as it is.

    Raises:
        NotFound: there is no such verification, or this account may not see it.
        Forbidden: the account is not staff, or has given the approval.
        NotCountersignable: no approval waits for its countersignature.
        Invalid: an item does not apply to the round.
    """
    await visible_verification(parts, account, verification_id)
    account.require(Permission.COUNTERSIGN)
    now = parts.clock.now()
    async with parts.database.transaction() as work:
        verification = await lookups.locked_verification(work, verification_id)
        project = await lookups.project(work, verification.project_id)
        about = await reviewed(work, verification, project)
        require_tickable(about, ticked, actor=account)
        ticks = await work.projects.statements.ticks(verification_id)
        have = ticked_items(verification, ticks, account.id)
        notes = {one.item: one.note for one in ticks if one.user_id == account.id}
        new = [
            ChecklistTick(
                derived_id(verification_id, f"tick/{account.id}/{item}/{now.isoformat()}"),
                verification_id,
                item,
                said.done,
                said.note,
                account.id,
                now,
            )
            for item, said in ticked.items()
            # Sent twice, it is one tick.
            if (item in have) != said.done or (said.done and notes.get(item) != said.note)
        ]
        await work.projects.statements.add_ticks(new)
        if new:
            audit(
                work,
                "verification.checklist_ticked",
                ("verification", verification_id),
                actor_id=account.id,
                before={"ticked": sorted(have)},
                after={
                    "ticked": sorted(
                        (have | {one.item for one in new if one.done})
                        - {one.item for one in new if not one.done}
                    )
                },
                at=now,
            )
    return await visible_checklist(parts, account, verification_id)


async def visible_checklist(
    parts: Resources, account: Account, verification_id: UUID
) -> ChecklistView:
    """
    Raises:
        NotFound: there is no such verification, or this account may not see it.
        Forbidden: only staff read the checklist.
    """
    about, ticks = await _read(parts, account, verification_id)
    return _view(about, ticks, account)


async def require_ticked(parts: Resources, account: Account, verification_id: UUID) -> None:
    """
    Before anybody is asked for a passkey: what the countersignature itself would refuse.

    What does not wait for a countersignature any more is left to the countersignature to tell.

    Raises:
        NotFound, Forbidden: as `visible_checklist`.
        ChecklistIncomplete: as `require_complete_checklist`.
    """
    about, ticks = await _read(parts, account, verification_id)
    if about.verification.waits_for_countersignature:
        require_complete_checklist(about, ticks, actor=account)


async def _read(
    parts: Resources, account: Account, verification_id: UUID
) -> tuple[Reviewed, Sequence[ChecklistTick]]:
    view = await visible_verification(parts, account, verification_id)
    account.require(Permission.COUNTERSIGN)
    verification = view.verification
    project = await visible_project(parts, account, verification.project_id)
    async with parts.reading() as connection:
        newest = await reads_statements.newest_statement(connection, verification_id)
        about = Reviewed(
            verification,
            project.project,
            await reads_statements.methodology_of(connection, verification_id),
            statement_of_verifier(verification, newest),
            has_likely_duplicates=bool(view.duplicates),
            has_overlaps=await reads_statements.has_overlaps(connection, verification.project_id),
            quantified=await reads_statements.quantified_round(connection, verification_id),
        )
        return about, await reads_statements.ticks(connection, verification_id)


def _view(about: Reviewed, ticks: Sequence[ChecklistTick], account: Account) -> ChecklistView:
    verification, methodology = about.verification, about.methodology
    mine = ticked_items(verification, ticks, account.id)
    notes = {one.item: one.note or "" for one in ticks if one.user_id == account.id}
    return ChecklistView(
        verification.id,
        required=methodology is not None and methodology.terms.requires_checklist,
        open=verification.waits_for_countersignature and verification.decided_by != account.id,
        lines=[
            ChecklistLine(
                item,
                CHECKLIST[item].sentence,
                item in mine,
                notes[item] if item in mine else "",
                [one for one in ticks if one.item is item],
            )
            for item in applicable_items(about)
        ],
    )
