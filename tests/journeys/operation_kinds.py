"""
Every kind of operation that moves credits: how a client asks for one, and what it leaves on the ledger.

What an operation left is looked for by its own identifier, which follows from the account, the
kind and the Idempotency-Key, and is compared with the quantities that were asked for.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID

from domain.credits.ledger import CreditTransaction
from domain.identifiers import operation_id
from domain.quantities import parse_tonnes
from tests.journeys.crowd import Client, Effort, Ledger
from tests.journeys.project_life import RETIREMENT

UNITS_MAX, LINES_MAX = 20, 3
"""An operation is for so many hundredths of a tonne at most, and so many entries."""


@dataclass(frozen=True)
class Situation:
    """Who asks, what is decided by chance, to whom credits can go, and which project loses some."""

    client: Client
    random: Random
    recipients: Sequence[Client]
    project_id: str

    def some_of(self, entry: dict[str, Any]) -> dict[str, str]:
        """A quantity: often all of what is not much."""
        most = min(UNITS_MAX, parse_tonnes(entry["quantity"]))
        return {"quantity": f"0.{self.random.choice([most, self.random.randint(1, most)]):02d}"}

    def recipient(self) -> dict[str, Any]:
        others = [other.user for other in self.recipients if other.user != self.client.user]
        return self.random.choice(others)


Draft = Callable[[Situation], Awaitable[Effort]]
Lookup = Callable[[Ledger, UUID], list[CreditTransaction]]


@dataclass(frozen=True)
class Kind:
    """`action` is its name in the operation's identifier; `transactions` are all that one made."""

    action: str
    draft: Draft
    transactions: Lookup

    def made(self, ledger: Ledger, client: Client, effort: Effort) -> list[CreditTransaction]:
        """What the ledger has of an operation, by the operation's own identifier."""
        named = operation_id(UUID(client.user["id"]), self.action, effort.key)
        return self.transactions(ledger, named)


def left_behind(made: Sequence[CreditTransaction], effort: Effort, ledger: Ledger) -> str:
    """`everything` that was asked for, exactly once; `nothing`; or else what was found instead."""
    if not made:
        return "nothing"
    found = sorted(moved.units.quantity_units for moved in made)
    if ledger.reversal_ids.keys() >= {moved.id for moved in made}:
        # A loss is covered by as many entries of the buffer as it takes.
        found = [sum(found)]
    lines = effort.body.get("lines", [effort.body])
    wanted = sorted(parse_tonnes(line["quantity"]) for line in lines)
    return "everything" if found == wanted else f"{found} units instead of {wanted}"


async def _transfer_by_id(now: Situation) -> Effort:
    return await _transfer(now, {"recipientId": now.recipient()["id"]})


async def _transfer_by_email(now: Situation) -> Effort:
    return await _transfer(now, {"recipientEmail": now.recipient()["email"]})


async def _transfer(now: Situation, to: dict[str, str]) -> Effort:
    entry = now.random.choice(await now.client.active_credits())
    return Effort(f"/credits/{entry['serial']}/transfer", now.some_of(entry) | to)


async def _retire_one(now: Situation) -> Effort:
    entry = now.random.choice(await now.client.active_credits())
    return Effort(f"/credits/{entry['serial']}/retire", now.some_of(entry) | RETIREMENT)


async def _retire_several(now: Situation) -> Effort:
    held = await now.client.active_credits()
    chosen = now.random.sample(held, min(len(held), now.random.randint(2, LINES_MAX)))
    lines = [{"serial": entry["serial"]} | now.some_of(entry) for entry in chosen]
    return Effort("/retirements", RETIREMENT | {"lines": lines})


async def _cancel_anybodys(now: Situation) -> Effort:
    return await _of_staff(now, await now.client.active_credits(), "credits", "cancel")


async def _cancel_buffer(now: Situation) -> Effort:
    return await _of_staff(now, await _buffer(now), "credits", "cancel")


async def _release_buffer(now: Situation) -> Effort:
    return await _of_staff(now, await _buffer(now), "buffer", "release")


async def _buffer(now: Situation) -> list[dict[str, Any]]:
    return await now.client.listed("/buffer?limit=100")


async def _of_staff(now: Situation, entries: list[dict[str, Any]], of: str, verb: str) -> Effort:
    entry = now.random.choice(entries)
    said = {"reason": f"Chosen by chance, {now.random.random()}."}
    return Effort(f"/{of}/{entry['serial']}/{verb}", now.some_of(entry) | said)


async def _reverse(now: Situation) -> Effort:
    lost = {"quantity": f"0.{now.random.randint(1, UNITS_MAX):02d}", "vintage": 2025}
    said = {"cause": "A fire.", "avoidable": False}
    return Effort(f"/projects/{now.project_id}/reversals", lost | said)


def _named(ledger: Ledger, operation: UUID) -> list[CreditTransaction]:
    return [moved for moved in ledger.transactions if moved.id == operation]


def _of_retirement(ledger: Ledger, operation: UUID) -> list[CreditTransaction]:
    return [moved for moved in ledger.transactions if moved.retirement_id == operation]


def _of_reversal(ledger: Ledger, operation: UUID) -> list[CreditTransaction]:
    return [
        moved for moved in ledger.transactions if ledger.reversal_ids.get(moved.id) == operation
    ]


HOLDERS = {
    "transfer by id": Kind("transfer", _transfer_by_id, _named),
    "transfer by e-mail": Kind("transfer", _transfer_by_email, _named),
    "retirement of one entry": Kind("retire", _retire_one, _of_retirement),
    "retirement of several": Kind("retire-lines", _retire_several, _of_retirement),
}
STAFF = {
    "cancellation of anybody's": Kind("cancel", _cancel_anybodys, _named),
    "cancellation of the buffer": Kind("cancel", _cancel_buffer, _named),
    "release of the buffer": Kind("release-buffer", _release_buffer, _named),
    "reversal": Kind("reverse", _reverse, _of_reversal),
}
KINDS = HOLDERS | STAFF
