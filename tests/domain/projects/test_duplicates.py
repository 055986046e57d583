"""Which projects may be one and the same (ADR 0053)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import UnexplainedDuplicate
from domain.projects.duplicates import (
    distance_meters,
    likely_duplicate,
    mirrored,
    require_explained,
    title_key,
)
from domain.projects.projects import TITLE_LENGTH_MAX, Coordinates, ProjectType
from tests.factories import NOW, named, project

HERE = project()
OTHER = replace(HERE, id=named("other project"), title="Another forest")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Green Valley Forest", "green  valley FOREST"),
        ("Serra Atlântica\u2013Cerrado", "Serra Atlantica Cerrado"),
        ("“Green Valley” forest", "Green Valley: forest."),
        ("Wind\u200bfarm Müller", "Windfarm Mu\u0308ller"),
        ("Straße", "STRASSE"),
        ("\uff37\uff49\uff4e\uff44 2", "Wind \uff12"),
        ("江苏 高压", "江苏高压"),
        ("السَّلام", "السلام"),
        ("!!!", "!!!"),
    ],
)
def test_titles_that_a_reader_takes_for_one_have_one_key(one: str, other: str) -> None:
    assert title_key(one) == title_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Wind farm I", "Wind farm II"),
        ("Wind farm 1", "Wind farm 2"),
        ("江苏", "江蘇"),
        ("!!!", "???"),
        ("हिन्दी", "हन्दी"),
    ],
)
def test_titles_that_a_reader_tells_apart_have_two(one: str, other: str) -> None:
    assert title_key(one) != title_key(other)


@given(st.text(min_size=1, max_size=TITLE_LENGTH_MAX))
def test_a_key_fits_its_column_and_is_its_own_key(title: str) -> None:
    key = title_key(title)

    assert len(key) <= TITLE_LENGTH_MAX
    assert title_key(key) == key


@pytest.mark.parametrize(
    ("one", "other", "meters"),
    [
        # A degree of latitude, and one of longitude at 60 degrees, which is half of it.
        (("0", "0"), ("1", "0"), 111_195),
        (("60", "0"), ("60", "1"), 55_597),
        (("0", "179.99"), ("0", "-179.99"), 2_224),
        (("89.99", "0"), ("89.99", "180"), 2_224),
        (("44.66", "-63.57"), ("44.66", "-63.57"), 0),
    ],
)
def test_distances_are_measured_on_the_surface(
    one: tuple[str, str], other: tuple[str, str], meters: int
) -> None:
    assert distance_meters(Coordinates(*one), Coordinates(*other)) == pytest.approx(meters, abs=1)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, True),
        # 4.9 km and 5.1 km to the north.
        ({"coordinates": Coordinates("-32.325933", "-54.18")}, True),
        ({"coordinates": Coordinates("-32.324135", "-54.18")}, False),
        ({"type": ProjectType.BIOCHAR}, False),
        ({"start_date": date(2011, 7, 1)}, True),
        ({"start_date": date(2011, 7, 2)}, False),
        ({"start_date": date(2001, 7, 1)}, True),
        ({"start_date": date(2001, 6, 30)}, False),
    ],
)
def test_the_same_place_needs_type_distance_and_years(
    changes: dict[str, object], *, found: bool
) -> None:
    duplicate = likely_duplicate(HERE, replace(OTHER, **changes), at=NOW)  # type: ignore[arg-type]

    common = duplicate and (duplicate.same_title, duplicate.same_place)
    assert common == ((False, True) if found else None)


def test_the_same_title_is_enough_wherever_and_whenever() -> None:
    far = replace(
        OTHER,
        title=HERE.title.upper(),
        type=ProjectType.BIOCHAR,
        coordinates=Coordinates("50", "10"),
        start_date=HERE.start_date + timedelta(days=9_000),
    )

    duplicate = likely_duplicate(HERE, far, at=NOW)

    assert duplicate is not None
    assert (duplicate.same_title, duplicate.same_place) == (True, False)
    assert likely_duplicate(far, HERE, at=NOW) == mirrored(duplicate)


@pytest.mark.parametrize("explanation", [None, "", "  "])
def test_an_unexplained_duplicate_is_refused_and_named(explanation: str | None) -> None:
    duplicate = likely_duplicate(HERE, OTHER, at=NOW)
    assert duplicate is not None

    with pytest.raises(UnexplainedDuplicate) as refused:
        require_explained([duplicate], explanation)

    assert str(OTHER.id) in refused.value.detail
    assert [fault.pointer for fault in refused.value.faults] == ["/duplicateNote"]
    assert str(OTHER.id) in refused.value.faults[0].detail


def test_nothing_needs_to_be_said_where_nothing_is_alike_nor_where_it_was_said() -> None:
    duplicate = likely_duplicate(HERE, OTHER, at=NOW)
    assert duplicate is not None

    require_explained([], None)
    require_explained([duplicate], "Another forest, beyond the river.")
