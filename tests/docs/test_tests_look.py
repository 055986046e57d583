"""Tests look at something, and at what is public (tests/docs/looks.py)."""

from pathlib import Path

import pytest

from tests.docs.looks import doubts, private_names

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"


def test_every_test_looks() -> None:
    files = sorted(TESTS.rglob("test_*.py"))
    found = [
        f"{file.relative_to(ROOT)}:{doubt}" for file in files for doubt in doubts(file.read_text())
    ]

    assert len(files) > 100
    assert found == [], "\n".join(["", *found])


def test_no_test_takes_a_private_name() -> None:
    files = sorted(TESTS.rglob("*.py"))
    found = [
        f"{file.relative_to(ROOT)}:{name}"
        for file in files
        for name in private_names(file.read_text())
    ]

    assert len(files) > 200
    assert found == [], "\n".join(["", *found])


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("from api.http.health import _in_time", ["1 _in_time"]),
        ("from api import _health as health", ["1 _health"]),
        ('monkeypatch.setattr(health, "_in_time", there)', ["1 _in_time"]),
        ('monkeypatch.setattr("api.http.health._in_time", there)', ["1 _in_time"]),
        ('getattr(hand, "_origin", None)', ["1 _origin"]),
        ("from __future__ import annotations", []),
        ('monkeypatch.setattr(health, "chain_answers", there)', []),
        ('getattr(made, "__traceback__")', []),
        ("_mine = made._asdict()", []),
    ],
)
def test_a_private_name_is_known_by_its_first_letter(line: str, found: list[str]) -> None:
    assert private_names(line) == found


@pytest.mark.parametrize(
    "body",
    [
        "if made: assert made.holds",
        "if made: pass\n else: assert made.holds",
        "if made:\n  with pytest.raises(ValueError): made()",
        "if made: return\n assert made.holds",
        "match made:\n  case 1: assert made.holds\n  case _: pass",
        "try: made()\n except ValueError as error: assert error.args",
        "for one in made: assert one.holds",
        "async for one in made: assert one.holds",
        "for one in made:\n  with pytest.raises(ValueError): one()",
        "for one in NONE: assert one.holds",
        "for one in [one for one in (1, 2) if one in made]: assert one",
        "same = sorted(made)\n for one in same: assert one.holds",
        "made = made + made\n for one in made: assert one.holds",
        "for one, other in zip((1, 2), made): assert one == other",
        "for one, other in pairwise([1, *made]): assert one == other",
        "for one in range(count): assert one in made",
        "for one in (1, 2):\n  if one in made: continue\n  assert one",
        "assert 3 not in made\n for one in made: assert one.holds",
        "assert all(one.holds for one in made)",
        "assert not any(one.fails for one in made)",
        "assert [one for one in made if one.fails] == []",
        "failed = {one for one in made if one.fails}\n assert failed == set()",
        "assert [fault for one in made for fault in one.faults] == []",
    ],
)
def test_what_may_look_at_nothing_is_found(body: str) -> None:
    assert len(doubts(f"NONE = ()\nasync def test_it(made, count):\n {body}\n")) == 1


@pytest.mark.parametrize(
    "body",
    [
        "assert made",
        "if made: assert made.holds\n else: assert made.fails",
        "if made: made.open()\n assert made.holds",
        "while not made: made.wait()\n assert made",
        "for one in made: one.open()\n assert made.holds",
        "for one in (1, *made): assert one",
        "for one in range(3): assert one in made",
        "for one in range(COUNT): assert one in made",
        "for one in Kind: assert one.holds",
        "for one in SOME: assert one.holds",
        "for one in some(): assert one.holds",
        "for one in {'a': 1}.items(): assert one in made",
        "for one in sorted([1] * 3): assert one in made",
        "for one, other in zip((1, 2), made, strict=True): assert one == other",
        "answers = [made(n) for n in range(3)]\n for one in answers: assert one.holds",
        "for one in await gather(*(made() for _ in range(3))): assert one.holds",
        "assert len(made) == 3\n for one in made: assert one.holds",
        "assert [one.name for one in made] == ['a']\n assert all(one.holds for one in made)",
        "assert any(one.holds for one in made)\n assert not any(one.fails for one in made)",
        "first, second = made\n for one in made: assert one.holds",
        "assert made[0] == 1\n assert [one for one in made if one.fails] == []",
        "assert made == []",
    ],
)
def test_what_looks_is_left_alone(body: str) -> None:
    module = f"SOME = (1,)\ndef some(): return [1]\nasync def test_it(made):\n {body}\n"

    assert doubts(module) == []


@pytest.mark.parametrize(
    ("decorator", "arguments"),
    [
        ("given(st.lists(numbers))", "drawn"),
        ("given(st.lists(numbers))", "fixture, drawn"),
        ("given(drawn=numbers)", "drawn"),
        ("pytest.mark.parametrize(('drawn', 'other'), TABLE)", "drawn, other"),
    ],
)
def test_what_is_drawn_or_given_by_a_table_is_something(decorator: str, arguments: str) -> None:
    module = f"@{decorator}\ndef test_it({arguments}):\n for one in drawn: assert one\n"

    assert doubts(module) == []


def test_what_a_fixture_gives_may_be_nothing() -> None:
    module = "@given(st.integers())\ndef test_it(made, drawn):\n for one in made: assert one\n"

    assert doubts(module) == ["3 test_it: loops over what may be empty: made"]


def test_helpers_are_not_read() -> None:
    assert doubts("def opened(made):\n if made: assert made.holds\n") == []
