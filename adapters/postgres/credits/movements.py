"""What a movement reads and locks before its first row, in one round trip (ADR 0117)."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Boolean, Integer, Text, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from activities.ports.credits import MovementAsked, OpenedLine, OpenedMovement
from adapters.postgres.credits.registry_state import LEDGER_WRITES_LOCK
from adapters.postgres.rows import facts_of
from adapters.postgres.write_batching import BatchingConnection
from domain.accounts.roles import NO_ORGANISATION_ID, Account, Role
from domain.certificates.certificates import OpenLoss
from domain.credits.freeze import RegistryState
from domain.credits.ledger import ENTRIES_OF_A_PART, CreditEntry, EntryStatus, entries_of_whole
from domain.identifiers import Serial
from domain.quantities import UnitRange

_OPEN = (
    text(
        "SELECT karbonica_open_movement(:effect, :writes_lock, :request_id, :account_ids, :no_organisation,"
        " :serials, :quantities, :opened_by_whole, :opened_by_part, :certified) AS opened"
    )
    .bindparams(
        bindparam("effect", type_=Text()),
        bindparam("writes_lock", LEDGER_WRITES_LOCK, BigInteger()),
        bindparam("request_id", type_=Uuid()),
        bindparam("account_ids", type_=ARRAY(Uuid())),
        bindparam("no_organisation", NO_ORGANISATION_ID, Uuid()),
        bindparam("serials", type_=ARRAY(Text())),
        bindparam("quantities", type_=ARRAY(BigInteger())),
        bindparam("opened_by_whole", type_=Integer()),
        bindparam("opened_by_part", ENTRIES_OF_A_PART, Integer()),
        bindparam("certified", type_=Boolean()),
    )
    .columns(opened=JSONB)
)


class PostgresMovements:
    """`activities.ports.credits.Movements`."""

    def __init__(self, connection: BatchingConnection) -> None:
        self._connection = connection

    async def open(self, effect: str, asked: MovementAsked) -> OpenedMovement | Mapping[str, Any]:
        values = {
            "effect": effect,
            "request_id": asked.request_id,
            "account_ids": list(asked.account_ids),
            "serials": [str(serial) for serial, _ in asked.lines],
            "quantities": [quantity_units for _, quantity_units in asked.lines],
            "opened_by_whole": entries_of_whole(asked.becomes),
            "certified": asked.certified,
        }
        opened: dict[str, Any] = (await self._connection.execute(_OPEN, values)).scalar_one()
        if "result" in opened:
            result: Mapping[str, Any] = opened["result"]
            return result
        return _opened(opened)


def _opened(opened: Mapping[str, Any]) -> OpenedMovement:
    """Of a frozen registry nothing but its state is read."""
    accounts = opened.get("accounts", ())
    return OpenedMovement(
        state=_state(opened["state"]),
        body=opened.get("body"),
        accounts={UUID(one["id"]): _account(one) for one in accounts},
        holders=frozenset(UUID(one["id"]) for one in accounts if one["holds"]),
        told={UUID(one["id"]): tuple(map(UUID, one["told"])) for one in accounts},
        lines=tuple(_line(line) if line else None for line in opened.get("lines", ())),
    )


def _state(row: Mapping[str, Any]) -> RegistryState:
    return RegistryState(
        row["frozen"], row["reason"], _uuid(row["changed_by"]), _moment(row["changed_at"])
    )


def _account(row: Mapping[str, Any]) -> Account:
    return Account(
        id=UUID(row["id"]),
        role=Role(row["role"]),
        email_verified=row["email_verified"],
        locked_until=_moment(row["locked_until"]),
        holding_id=_uuid(row["holding_id"]),
    )


def _line(row: Mapping[str, Any]) -> OpenedLine:
    entry = CreditEntry(
        id=UUID(row["id"]),
        serial=Serial.parse(row["serial"]),
        project_id=UUID(row["project_id"]),
        owner_id=UUID(row["owner_id"]),
        units=UnitRange(*row["units"]),
        status=EntryStatus(row["status"]),
        issued_at=_at(row["issued_at"]),
        last_action_at=_at(row["last_action_at"]),
        parent_id=_uuid(row["parent_id"]),
        suspended_for=_uuid(row["suspended_for"]),
    )
    after, serial = row["after_last"], entry.serial
    return OpenedLine(
        entry=entry,
        serials=tuple(
            Serial(serial.vintage, serial.project_number, number)
            for number in range(after - row["opened"], after)
        ),
        facts=facts_of(_with_moment(row["facts"], "completed_at")) if row["facts"] else None,
        losses=_losses(row["losses"] or ()),
    )


def _losses(rows: Sequence[Mapping[str, Any]]) -> tuple[OpenLoss, ...]:
    return tuple(
        OpenLoss(
            **_with_moment(row, "recorded_at")
            | {name: UUID(row[name]) for name in ("reversal_id", "project_id")}
        )
        for row in rows
    )


def _with_moment(row: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {**row, name: _at(row[name])}


def _uuid(value: str | None) -> UUID | None:
    return UUID(value) if value else None


def _moment(value: str | None) -> datetime | None:
    return _at(value) if value else None


def _at(value: str) -> datetime:
    """As the driver would give it: PostgreSQL writes the session's offset."""
    return datetime.fromisoformat(value).astimezone(UTC)
