"""
The credit ledger as a child would keep it: one line for each unit, saying who has it and how.

Deliberately naive, and independent of domain/: no ranges, no trees, no movements, only dictionaries
of unit numbers. It is slow and short enough to be believed, and the state machine holds the real
ledger against it after every step.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from uuid import UUID

Unit = int
Serial = str

HELD, BUFFER, RETIRED, CANCELLED = "active", "buffer", "retired", "cancelled"
SUSPENDED, RESERVED = "suspended", "reserved"
GONE = {RETIRED, CANCELLED}


class Refused(Exception):
    """By the naive rules this must not happen, and must change nothing."""


@dataclass(frozen=True)
class Line:
    """What is written beside one unit."""

    owner: UUID
    state: str
    serial: Serial


@dataclass
class NaiveLedger:
    """`receivers` are the accounts that may receive credits; `registry` holds the buffer."""

    receivers: frozenset[UUID]
    registry: UUID
    units: dict[Unit, Line] = field(default_factory=dict)
    project_of: dict[Serial, int] = field(default_factory=dict)
    developer_of: dict[int, UUID] = field(default_factory=dict)
    running_numbers: dict[tuple[int, int], int] = field(default_factory=dict)
    issued_as: dict[Unit, tuple[int, int]] = field(default_factory=dict)
    reserved_for: dict[Serial, UUID] = field(default_factory=dict)
    losses: list[tuple[int, int | None, int]] = field(default_factory=list)
    frozen: bool = False

    def issue(
        self, project: int, vintage: int, developer: UUID, quantity: int, buffer: int = 0
    ) -> None:
        """New units, numbered on from the last one; the developer's come first, the buffer's after."""
        self._must_be_open()
        self.developer_of[project] = developer
        parts = [(quantity - buffer, developer, HELD), (buffer, self.registry, BUFFER)]
        for count, owner, state in parts:
            if count:
                first = len(self.units) + 1
                new = list(range(first, first + count))
                self._write(new, owner, state, self._next_serial(project, vintage))
                self.issued_as |= dict.fromkeys(new, (project, vintage))

    def transfer(self, serial: Serial, quantity: int, sender: UUID, recipient: UUID) -> None:
        self._must_be_open()
        if self._line(serial).state == RESERVED:
            # Whole, and to whom it is set aside for.
            if (recipient, quantity) != (self.reserved_for[serial], len(self._under(serial))):
                raise Refused("it is set aside")
            self._must_hold(serial, sender, RESERVED, quantity)
        else:
            self._must_hold(serial, sender, HELD, quantity)
        if recipient not in self.receivers or recipient == sender:
            raise Refused("the recipient cannot receive")
        self._take(serial, quantity, recipient, HELD, renamed=True)

    def reserve(self, serial: Serial, quantity: int, requester: UUID) -> None:
        """Asked for by one who may receive, and accepted by the holder."""
        self._must_be_open()
        holder = self._line(serial).owner
        self._must_hold(serial, holder, HELD, quantity)
        if requester not in self.receivers or requester == holder:
            raise Refused("nobody reserves what is theirs")
        first = self._under(serial)[0]
        self._take(serial, quantity, holder, RESERVED, renamed=True)
        self.reserved_for[self.units[first].serial] = requester

    def give_back(self, serial: Serial) -> None:
        self._must_be_open()
        self._take(serial, len(self._under(serial)), self._line(serial).owner, HELD, renamed=True)

    def retire(self, lines: list[tuple[Serial, int]], holder: UUID) -> None:
        """All lines or none."""
        self._must_be_open()
        if len({serial for serial, _ in lines}) < len(lines):
            raise Refused("an entry is named twice")
        for serial, quantity in lines:
            self._must_hold(serial, holder, HELD, quantity)
        for serial, quantity in sorted(lines):
            self._take(serial, quantity, holder, RETIRED, renamed=False)

    def cancel(self, serial: Serial, quantity: int) -> None:
        """Staff take units out, whoever holds them; the buffer's too."""
        self._must_be_open()
        line = self._line(serial)
        self._must_hold(serial, line.owner, line.state, quantity)
        if line.state in GONE | {SUSPENDED, RESERVED}:
            raise Refused("it is gone, or blocked")
        self._take(serial, quantity, line.owner, CANCELLED, renamed=False)

    def release(self, serial: Serial, quantity: int) -> None:
        """Staff give buffer units to the project's developer."""
        self._must_be_open()
        self._must_hold(serial, self.registry, BUFFER, quantity)
        developer = self.developer_of[self.project_of[serial]]
        self._take(serial, quantity, developer, HELD, renamed=True)

    def reverse(self, project: int, vintage: int | None, quantity: int) -> None:
        """
        Carbon of a project was lost: cancel so many buffer units, or all there are.

        The project's own come first, those of the vintage before its others; then anybody's. What
        they do not cover suspends active units of the project (and vintage), each entry's share.
        """
        self._must_be_open()
        for lost_of in {vintage, None}:
            lost = sum(q for p, v, q in self.losses if p == project and lost_of in {None, v})
            issued = sum(1 for of in self.issued_as.values() if _matches(of, project, lost_of))
            if not 0 < quantity <= issued - lost:
                raise Refused("more would be lost than was issued")
        self.losses.append((project, vintage, quantity))

        def turn(unit: Unit) -> tuple[bool, bool, Unit]:
            of = self.issued_as[unit]
            return not _matches(of, project, None), not _matches(of, project, vintage), unit

        buffer = [unit for unit, line in self.units.items() if line.state == BUFFER]
        drawn: dict[Serial, int] = {}
        for unit in sorted(buffer, key=turn)[:quantity]:
            serial = self.units[unit].serial
            drawn[serial] = drawn.get(serial, 0) + 1
        for serial, count in drawn.items():
            self._take(serial, count, self.registry, CANCELLED, renamed=False)
        if quantity > sum(drawn.values()):
            # What is set aside stands for a loss like everything else.
            for serial, units in sorted(self.living(RESERVED).items()):
                if _matches(self.issued_as[units[0]], project, vintage):
                    self.give_back(serial)
        blocks = {
            serial: units
            for serial, units in self.living(HELD).items()
            if _matches(self.issued_as[units[0]], project, vintage)
        }
        for serial, count in self._shared_out(blocks, quantity - sum(drawn.values())).items():
            self._take(serial, count, self._line(serial).owner, SUSPENDED, renamed=True)

    @staticmethod
    def _shared_out(blocks: dict[Serial, list[Unit]], quantity: int) -> dict[Serial, int]:
        """One unit after the other to whoever is furthest behind its share; ties to the lowest number."""
        held = sum(map(len, blocks.values()))
        wanted = min(quantity, held)
        exact = {serial: Fraction(wanted * len(blocks[serial]), max(held, 1)) for serial in blocks}
        given = {serial: int(share) for serial, share in exact.items()}
        behind = sorted(
            blocks, key=lambda serial: (given[serial] - exact[serial], blocks[serial][0])
        )
        for serial in behind[: wanted - sum(given.values())]:
            given[serial] += 1
        # In the order of units, which is the order that new serials are given in.
        return {s: given[s] for s in sorted(blocks, key=lambda s: blocks[s][0]) if given[s]}

    def living(self, *states: str) -> dict[Serial, list[Unit]]:
        """The units under each serial that has some in one of these states."""
        found: dict[Serial, list[Unit]] = {}
        for unit, line in sorted(self.units.items()):
            if line.state in states:
                found.setdefault(line.serial, []).append(unit)
        return found

    def _must_be_open(self) -> None:
        if self.frozen:
            raise Refused("the registry is frozen")

    def _must_hold(self, serial: Serial, account: UUID, state: str, quantity: int) -> None:
        line = self._line(serial)
        if (line.owner, line.state) != (account, state):
            raise Refused("not theirs, or not there any more")
        if not 0 < quantity <= len(self._under(serial)):
            raise Refused("nothing, or more than there is")

    def _take(
        self, serial: Serial, quantity: int, owner: UUID, state: str, *, renamed: bool
    ) -> None:
        """The lowest numbers move; what is left of a part, too, gets a serial of its own."""
        units, before = self._under(serial), self._line(serial)
        taken, rest = units[:quantity], units[quantity:]
        if not rest and not renamed:
            self._write(taken, owner, state, serial)
            return
        project, vintage = self.project_of[serial], int(serial.split("-")[1])
        self._write(taken, owner, state, self._next_serial(project, vintage))
        if rest:
            self._write(rest, before.owner, before.state, self._next_serial(project, vintage))

    def _line(self, serial: Serial) -> Line:
        for line in self.units.values():
            if line.serial == serial:
                return line
        raise Refused("nothing lives under this serial")

    def _under(self, serial: Serial) -> list[Unit]:
        return sorted(unit for unit, line in self.units.items() if line.serial == serial)

    def _write(self, units: list[Unit], owner: UUID, state: str, serial: Serial) -> None:
        for unit in units:
            self.units[unit] = Line(owner, state, serial)

    def _next_serial(self, project: int, vintage: int) -> Serial:
        number = self.running_numbers.get((project, vintage), 0) + 1
        self.running_numbers[project, vintage] = number
        serial = f"KRB-{vintage}-{project:03d}-{number:06d}"
        self.project_of[serial] = project
        return serial


def _matches(issued_as: tuple[int, int], project: int, vintage: int | None) -> bool:
    return issued_as == (project, issued_as[1] if vintage is None else vintage)
