"""The parts of pages that are plain functions: shapes, words, cursors, addresses."""

from datetime import UTC, date, datetime
from urllib.parse import quote
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.postgres.credits.reads.totals import RetiredMonthView
from api.http.cursors import read_cursor, write_cursor
from api.pages.parts.assets import asset_address, assets
from api.pages.parts.charts import HEIGHT, WIDTH, chart_of, months_until, shares_of
from api.pages.parts.formats import file_size, grouped_tonnes, moment
from api.pages.parts.labels import country_name, word
from api.pages.parts.map import HEIGHT as MAP_HEIGHT
from api.pages.parts.map import WIDTH as MAP_WIDTH
from api.pages.parts.map import MapPoint, to_map, view_around

units = st.integers(min_value=0, max_value=10**15)


@given(st.datetimes(timezones=st.just(UTC)), st.uuids())
def test_a_cursor_is_read_back_as_it_was_written(at: datetime, id: UUID) -> None:
    cursor = write_cursor((at, id))

    assert read_cursor(cursor) == (at, id)
    assert quote(cursor) == cursor


@given(st.text())
def test_no_text_from_outside_breaks_the_reading_of_cursors(text: str) -> None:
    found = read_cursor(text)

    assert found is None or found[0].tzinfo is not None


def test_quantities_are_printed_to_be_read() -> None:
    printed = [grouped_tonnes(quantity) for quantity in (0, 1, 100, 123_456_789, -5)]

    assert printed == ["0.00", "0.01", "1.00", "1,234,567.89", "\u22120.05"]


def test_moments_are_printed_in_utc_without_a_leading_zero() -> None:
    at = datetime.fromisoformat("2024-01-05T00:30:00+02:00")

    assert moment(at) == "4 January 2024, 22:30 UTC"


def test_sizes_have_a_unit_that_fits_them() -> None:
    printed = [file_size(size) for size in (1, 1023, 1024, 1024**2 - 1, 2 * 1024**2)]

    assert printed == ["1 B", "1023 B", "1.0 kB", "1.0 MB", "2.0 MB"]


def test_countries_are_named_as_people_name_them() -> None:
    names = [country_name(code) for code in ("IND", "COD", "BOL", "XXX")]

    assert names == ["India", "The Democratic Republic of the Congo", "Bolivia", "XXX"]


def test_values_without_a_word_of_their_own_are_still_words() -> None:
    assert [word("direct_air_capture"), word("Corporate neutrality")] == [
        "Direct air capture",
        "Corporate neutrality",
    ]


def test_a_year_of_months_ends_with_this_one() -> None:
    months = months_until(date(2026, 3, 31), 12)

    assert (months[0], months[-1], len(months)) == (date(2025, 4, 1), date(2026, 3, 1), 12)


@given(st.dictionaries(st.sampled_from(range(12)), st.integers(1, 10**15), min_size=1))
def test_bars_stand_inside_the_chart_and_the_most_is_the_highest(by_index: dict[int, int]) -> None:
    months = months_until(date(2026, 3, 31), 12)
    retired = [RetiredMonthView(months[index], amount, 1) for index, amount in by_index.items()]

    bars = chart_of(months, retired).bars

    assert len(bars) == len(months)
    assert all(bar.x >= 0 and bar.x + bar.width <= WIDTH for bar in bars)
    assert all(bar.y >= 0 and bar.y + bar.height <= HEIGHT for bar in bars)
    assert max(bars, key=lambda bar: bar.quantity_units).height == max(b.height for b in bars)
    assert all((bar.height > 0) == (bar.quantity_units > 0) for bar in bars)


def test_a_chart_of_nothing_has_no_bars() -> None:
    assert chart_of(months_until(date(2026, 3, 31), 12), []).bars == ()


@given(units, units, units)
def test_the_parts_of_a_sum_fill_the_line(active: int, retired: int, cancelled: int) -> None:
    shares = shares_of({"active": active, "retired": retired, "cancelled": cancelled})

    filled = sum(share.width for share in shares)

    assert filled == pytest.approx(1000 if active + retired + cancelled else 0, abs=0.3)


@given(st.floats(min_value=-90, max_value=90), st.floats(min_value=-180, max_value=180))
def test_every_place_on_earth_is_on_the_map(latitude: float, longitude: float) -> None:
    point = to_map(latitude=latitude, longitude=longitude)
    left, top, width, height = (float(part) for part in view_around(point).split())

    assert 0 <= point.x <= MAP_WIDTH
    assert 0 <= point.y <= MAP_HEIGHT
    assert left <= point.x <= left + width
    assert top <= point.y <= top + height


def test_the_equator_meets_greenwich_in_the_middle_of_the_map() -> None:
    assert to_map(latitude=0, longitude=0).x == MAP_WIDTH / 2
    assert to_map(latitude=27, longitude=-180).x < to_map(latitude=27, longitude=74).x
    assert isinstance(to_map(latitude=90, longitude=0), MapPoint)


def test_static_files_have_their_content_in_their_address() -> None:
    sheet = assets()["site.css"]

    assert asset_address("site.css") == sheet.address
    assert sheet.address.startswith("/static/site.")
    assert b'url("/static/fonts/newsreader.' in sheet.body
    with pytest.raises(KeyError):
        asset_address("no-such-file.css")
