"""Serials of other registries: one meaning, however they are spelt."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Forbidden, Invalid
from domain.standards.foreign_serials import GRAMMARS, ForeignRegistry, read_serial, record_range
from domain.standards.records import StandardSource
from tests.factories import ADMINISTRATOR, BUYER, named

AT = datetime(2026, 9, 1, tzinfo=UTC)
SOURCE = StandardSource(None, "https://registry.example/cancellations/1", date(2026, 8, 31))
VERRA = "19385-941467007-941467431-VCS-VCU-1507-VER-ET-14-1340-01012020-31122020-1"
ACR = "ACR-FR-1129-2025-2917-30932 to 35143"
ABOUT = (named("project"), named("verification"), 2020)


@pytest.mark.parametrize("registry", ForeignRegistry)
def test_each_registrys_own_example_is_read_by_its_grammar_alone(registry: ForeignRegistry) -> None:
    read = read_serial(GRAMMARS[registry].example)

    assert read.registry is registry
    assert read == read_serial(GRAMMARS[registry].example, registry)
    other = ForeignRegistry.ART if registry is not ForeignRegistry.ART else ForeignRegistry.ACR
    with pytest.raises(Invalid, match=re.escape(GRAMMARS[other].name)):
        read_serial(GRAMMARS[registry].example, other)


@pytest.mark.parametrize(
    "spelling",
    [
        "acr-fr-1129-2025-2917-30932 to 35143",
        "ACR-FR-1129-2025-2917-30932  TO  35143",
        "ACR-FR-1129-2025-2917-30932-35143",
        "ACR\u2013FR\u20131129\u20132025\u20132917\u201330932 to 35143",
        "ACR - FR - 1129 - 2025 - 2917 - 030932 to 035143",
        "ACR-FR-01129-2025-002917-30932 to 35143",
    ],
)
def test_another_spelling_means_the_same_numbers(spelling: str) -> None:
    assert replace(read_serial(spelling), serial=ACR) == read_serial(ACR)


def test_verras_numbers_are_the_whole_registrys_whatever_batch_they_came_to_stand_in() -> None:
    """A split gives a block another first field; its numbers stay."""
    split = read_serial(VERRA.replace("19385-941467007-941467431", "20001-941467100-941467200"))

    assert split.block == read_serial(VERRA).block == ""


@given(first=st.integers(1, 10**12), more=st.integers(0, 10**6))
def test_a_range_is_as_many_tonnes_as_it_has_numbers(first: int, more: int) -> None:
    read = read_serial(f"GS1-1-KE-GS11603-16-2025-30256-{first}-{first + more}")

    assert (read.first, read.last) == (first, first + more)
    assert read.quantity_units == (more + 1) * 100


@pytest.mark.parametrize(
    "text",
    [
        "",
        "KRB-2024-001-000001",
        "ACR-FR-1129-2025-2917-5 to 4",
        "ACR-FR-1129-2025-2917-0 to 4",
        "ACR-FR-1129-2025-2917-\u0661 to 4",
        "ACR-FR-1129-2025-2917-1 to 9" + "9" * 190,
        "GS1-1-KE-GS11603-16-2025-30256",
        VERRA + "-0",
    ],
)
def test_what_is_no_serial_is_refused_with_a_pointer(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_serial(text)
    assert refused.value.faults[0].pointer == "/serial"


@pytest.mark.parametrize(
    ("quantity_units", "issued_units", "converted_units", "said"),
    [
        (42_400, 100_000, 0, "The range has 425.00 t, and the quantity is 424.00 t."),
        (42_500, 42_499, 0, "424.99 t were issued"),
        (42_500, 100_000, 60_000, "600.00 t stand on other ranges"),
    ],
)
def test_a_range_agrees_with_the_quantity_and_the_issuance(
    quantity_units: int, issued_units: int, converted_units: int, said: str
) -> None:
    with pytest.raises(Invalid, match=said.replace(".", r"\.")):
        record_range(
            named("range"),
            read_serial(VERRA),
            about=ABOUT,
            quantity_units=quantity_units,
            issued_units=issued_units,
            converted_units=converted_units,
            source=SOURCE,
            actor=ADMINISTRATOR,
            at=AT,
        )


def test_only_staff_record_a_range() -> None:
    with pytest.raises(Forbidden):
        record_range(
            named("range"),
            read_serial(VERRA),
            about=ABOUT,
            quantity_units=42_500,
            issued_units=42_500,
            converted_units=0,
            source=SOURCE,
            actor=BUYER,
            at=AT,
        )
