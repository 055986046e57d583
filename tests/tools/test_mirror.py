"""The mirror makes a ledger of the movements it is told, and refuses what no ledger could have done."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tools.mirrored_ledger import Mirror, NotALedger

Change = dict[str, Any]
PROJECT_ID = "0b6f2a3c-5a51-5a0e-9f0e-3f6a1c2d4e5f"
LOSS_ID = "6a7b8c9d-0e1f-5a2b-8c3d-4e5f6a7b8c9d"


def serial(n: int) -> str:
    return f"KRB-2024-001-{n:06d}"


def units(first: int, last: int) -> dict[str, int]:
    return {"first": first, "last": last}


def change(seq: int, kind: str, of: int, to: int, moved: dict[str, int], *opened: Any) -> Change:
    return {
        "seq": seq,
        "id": f"movement {seq}",
        "type": kind,
        "completedAt": f"2026-03-01T00:00:{seq:02d}.000000Z",
        "projectId": PROJECT_ID,
        "vintage": 2024,
        "serial": serial(of),
        "resultSerial": serial(to),
        "quantity": "1.00",
        "units": moved,
        "opened": [{"serial": serial(n), "units": part} for n, part in opened],
        "suspendedFor": LOSS_ID if kind == "suspension" else None,
        "reason": None,
        "retirement": {
            "id": f"retirement {seq}",
            "quantity": "1.00",
            "beneficiary": None,
            "purpose": "A claim",
            "reason": "Ours",
            "retiredAt": "2026-03-01T00:00:00.000000Z",
        }
        if kind == "retirement"
        else None,
    }


def story() -> list[Change]:
    """100 units: 60 sold, of which 20 retired, 40 set aside and 30 given back; 40 suspended, reinstated, and lost."""
    return [
        change(1, "issuance", 1, 1, units(1, 100), (1, units(1, 100))),
        change(2, "transfer", 1, 2, units(1, 60), (2, units(1, 60)), (3, units(61, 100))),
        change(3, "retirement", 2, 4, units(1, 20), (4, units(1, 20)), (5, units(21, 60))),
        change(4, "suspension", 3, 6, units(61, 100), (6, units(61, 100))),
        change(5, "reinstatement", 6, 7, units(61, 70), (7, units(61, 70)), (8, units(71, 100))),
        change(6, "cancellation", 8, 8, units(71, 100)),
        change(7, "buffer_contribution", 9, 9, units(101, 110), (9, units(101, 110))),
        change(8, "buffer_release", 9, 10, units(101, 110), (10, units(101, 110))),
        change(9, "retirement", 10, 10, units(101, 110)),
        change(10, "reservation", 5, 11, units(21, 50), (11, units(21, 50)), (12, units(51, 60))),
        change(11, "reservation_release", 11, 13, units(21, 50), (13, units(21, 50))),
        change(12, "reservation", 12, 14, units(51, 60), (14, units(51, 60))),
    ]


def mirrored(changes: list[Change]) -> Mirror:
    mirror = Mirror(":memory:")
    mirror.apply(json.dumps(one) for one in changes)
    return mirror


def test_a_story_adds_up() -> None:
    assert mirrored(story()).sums() == {
        (PROJECT_ID, 2024): {
            "issued": "1.10",
            "active": "0.40",
            "reserved": "0.10",
            "suspended": "0.00",
            "retired": "0.30",
            "cancelled": "0.30",
            "buffer": "0.00",
        }
    }


def test_the_root_is_that_of_the_documentation() -> None:
    """Fixed: whoever wrote a mirror of their own must find the same."""
    state = mirrored(story()[:9]).state()

    assert (state.last_seq, state.entries) == (9, 10)
    assert state.root == "fcd87e38adc66bfcdb94f79ea6ee98cf6ffa423072b7be41067a150869ce827d"


def edited(n: int, **fields: Any) -> Callable[[list[Change]], None]:
    return lambda changes: changes[n - 1].update(fields)


FALSE: dict[str, tuple[Callable[[list[Change]], Any], str]] = {
    "a number is left out": (lambda changes: changes.pop(3), "Movement 4 was to come, and 5 came."),
    "a movement comes twice": (lambda c: c.insert(3, c[2]), "Movement 4 was to come, and 3 came."),
    "the same identifier again": (edited(3, id="movement 2"), "names what is there already"),
    "no such kind": (edited(2, type="gift"), "Movement 2 has not the fields of one."),
    "a field is missing": (lambda changes: changes[2].pop("units"), "has not the fields of one"),
    "a number that is text": (edited(3, seq="3"), "Movement 3 has no number."),
    "units are text": (edited(3, units=units("1", 20)), "has not the fields of one"),  # type: ignore[arg-type]
    "units end before they begin": (edited(1, units=units(100, 1)), "has not the fields of one"),
    "an empty movement": (lambda changes: changes[0].clear(), "Movement 1 has no number."),
    "what was never issued moves": (edited(2, serial=serial(77)), "which was never issued"),
    "what was retired is sold": (edited(5, serial=serial(4)), "which is retired"),
    "what is set aside is retired": (
        lambda c: c.append(change(13, "retirement", 14, 14, units(51, 60))),
        "which is reserved",
    ),
    "a part of what is set aside is sold": (
        lambda c: c.append(
            change(13, "transfer", 14, 15, units(51, 55), (15, units(51, 55)), (16, units(56, 60)))
        ),
        "are not the units of",
    ),
    "what was sold is sold again": (edited(4, serial=serial(1)), "which is split"),
    "buffer units are retired": (
        lambda changes: changes[7].update(type="retirement", retirement=story()[8]["retirement"]),
        "which is buffer",
    ),
    "units are issued twice": (
        lambda changes: changes[6].update(
            units=units(100, 109), opened=[{"serial": serial(9), "units": units(100, 109)}]
        ),
        "issues units of KRB-2024-001-000001 once more",
    ),
    "a serial is given twice": (
        lambda changes: changes[2]["opened"][1].update(serial=serial(1)),
        "names what is there already",
    ),
    "the remainder is too small": (
        lambda changes: changes[1]["opened"][1].update(units=units(62, 100)),
        "are not the units of KRB-2024-001-000001",
    ),
    "the remainder is missing": (
        lambda changes: changes[1]["opened"].pop(),
        "are not the units of KRB-2024-001-000001",
    ),
    "more is moved than there is": (
        lambda changes: changes[8].update(units=units(101, 111)),
        "are not the units of KRB-2024-001-000010",
    ),
    "another vintage": (edited(2, vintage=2023), "says another project or vintage"),
    "suspended for nothing": (edited(4, suspendedFor=None), "its loss does not fit"),
}


@pytest.mark.parametrize("what", FALSE)
def test_what_is_no_ledger_is_refused(what: str) -> None:
    falsify, sentence = FALSE[what]
    changes = story()
    falsify(changes)

    with pytest.raises(NotALedger, match=sentence):
        mirrored(changes)
