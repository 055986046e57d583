"""Labels: what each scheme can be said of, on which days it stands, and that two of staff stand behind it."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from domain.errors import Forbidden, Invalid, RecordSettled
from domain.standards.labels import CorsiaPhase, Label, LabelTerms, Scheme, record_label
from domain.standards.records import (
    StandardRecordStatus,
    StandardSource,
    confirm_record,
    withdraw_record,
)
from domain.standards.scheme_names import SCHEME_NAMES
from tests.factories import ADMINISTRATOR, DEVELOPER, OTHER_ADMINISTRATOR, named

AT = datetime(2026, 9, 1, 12, tzinfo=UTC)
SOURCE = StandardSource(None, "https://icvcm.example/decisions/7", date(2026, 8, 31))
CORSIA = LabelTerms(
    Scheme.CORSIA,
    date(2026, 1, 1),
    vintage_from=2021,
    vintage_to=2026,
    programme="Verified Carbon Standard",
    phase=CorsiaPhase.FIRST,
)
SDG = LabelTerms(Scheme.SDG, date(2026, 1, 1), goals=(13, 5))


def recorded(terms: LabelTerms, **changes: Any) -> Label:
    facts = {"actor": ADMINISTRATOR, "at": AT, **changes}
    return record_label(named("label"), named("project"), terms, SOURCE, **facts)


@pytest.mark.parametrize(
    ("terms", "pointers"),
    [
        (replace(CORSIA, programme=None, phase=None), ["/programme", "/phase"]),
        (replace(CORSIA, vintage_from=None, vintage_to=None), ["/vintageFrom"]),
        (replace(CORSIA, vintage_from=None), ["/vintageFrom"]),
        (replace(CORSIA, vintage_from=2027), ["/vintageTo"]),
        (replace(CORSIA, valid_until=date(2025, 12, 31)), ["/validUntil"]),
        (replace(CORSIA, goals=(1,)), ["/goals"]),
        (replace(SDG, goals=()), ["/goals"]),
        (replace(SDG, goals=(0, 18)), ["/goals"]),
        (replace(SDG, phase=CorsiaPhase.PILOT), ["/phase"]),
    ],
)
def test_what_a_scheme_cannot_be_said_of_is_refused_all_at_once(
    terms: LabelTerms, pointers: list[str]
) -> None:
    with pytest.raises(Invalid) as refused:
        recorded(terms)
    assert [fault.pointer for fault in refused.value.faults] == pointers


@pytest.mark.parametrize(
    "source",
    [
        {"document_id": None, "url": None},
        {"document_id": None, "url": "http://icvcm.example/7"},
        {"document_id": None, "url": "https://user@icvcm.example/7"},
        {"document_id": None, "url": "https:///7"},
        {"document_id": None, "url": "https://[icvcm.example/7"},
        {"document_id": None, "url": "javascript:alert(1)"},
    ],
)
def test_it_is_written_somewhere_that_everybody_can_open(source: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        StandardSource(**source, dated=date(2026, 8, 31))


def test_a_source_of_tomorrow_is_refused_and_so_is_whoever_is_not_staff() -> None:
    with pytest.raises(Invalid, match="later than today"):
        recorded(SDG, at=datetime(2026, 8, 30, tzinfo=UTC))
    with pytest.raises(Forbidden):
        recorded(SDG, actor=DEVELOPER)


def test_it_stands_once_another_of_staff_has_confirmed_it_on_its_days_and_for_its_vintages() -> (
    None
):
    label = recorded(replace(CORSIA, valid_until=date(2026, 12, 31)))
    assert not label.stands_on(date(2026, 6, 1))
    with pytest.raises(Forbidden):
        confirm_record(label.record, actor=ADMINISTRATOR, at=AT)

    confirmed = replace(
        label, record=confirm_record(label.record, actor=OTHER_ADMINISTRATOR, at=AT)
    )

    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1)]
    assert [confirmed.stands_on(day) for day in days] == [False, True, True, False]
    assert [confirmed.covers(year) for year in (2020, 2021, 2026, 2027)] == [
        False,
        True,
        True,
        False,
    ]


def test_it_is_confirmed_once_and_withdrawn_for_ever() -> None:
    record = confirm_record(recorded(SDG).record, actor=OTHER_ADMINISTRATOR, at=AT)
    with pytest.raises(RecordSettled):
        confirm_record(record, actor=OTHER_ADMINISTRATOR, at=AT)
    with pytest.raises(Invalid, match="why"):
        withdraw_record(record, "  ", actor=ADMINISTRATOR, at=AT)

    withdrawn = withdraw_record(record, "Taken back.", actor=ADMINISTRATOR, at=AT)

    assert withdrawn.status is StandardRecordStatus.WITHDRAWN
    assert withdrawn.confirmed_by == OTHER_ADMINISTRATOR.id
    with pytest.raises(RecordSettled):
        withdraw_record(withdrawn, "Again.", actor=ADMINISTRATOR, at=AT)


def test_every_scheme_is_named_with_its_source() -> None:
    assert set(SCHEME_NAMES) == set(Scheme)
    assert all(names.source.startswith("https://") for names in SCHEME_NAMES.values())
