"""What follows from real forms and real series, and that anybody works out the same."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from adapters.monitoring.declared import declared_calculations
from domain.errors import CannotQuantify
from domain.monitoring.calculations import Calculation, DeclarationFault, calculation_from
from domain.monitoring.quantifications import (
    inputs_from,
    inputs_of,
    recomputed_sha256,
    result_of,
    vintages_of,
)
from domain.monitoring.tonnes import InputRow, ParameterValue, parameters_of
from domain.projects.assurance.quantified import QuantifiedRound, above_quantified_words
from domain.projects.verification import MonitoringPeriod, VintageQuantity

ROUND = UUID("7e57ab1e-0000-5000-8000-000000000001")
REAL = Path("/work/shared/data")
FORMS = REAL / "guardian-verifier-forms"
real = pytest.mark.skipif(not REAL.exists(), reason="the real files are not at hand")


def calculation(name: str) -> Calculation:
    return declared_calculations()[name]


def row(at: datetime, value: str, uncertainty: str | None = None) -> InputRow:
    return InputRow(
        at, Decimal(value), None if uncertainty is None else Decimal(uncertainty), "d/1/1"
    )


def told(**values: str) -> list[ParameterValue]:
    return [ParameterValue(name, Decimal(value), None, "form") for name, value in values.items()]


def result(
    name: str,
    period: MonitoringPeriod,
    rows: Mapping[str, Sequence[InputRow]],
    parameters: Sequence[ParameterValue] = (),
) -> dict[str, Any]:
    of = calculation(name)
    inputs = inputs_of(of, ROUND, period, parameters_of(of, parameters), rows)
    worked_out = result_of(inputs)
    # Whoever has the document has the same number.
    assert result_of(inputs_from(inputs.content)) == worked_out
    return worked_out


def year_end(year: int) -> datetime:
    return datetime(year, 12, 31, tzinfo=UTC)


def form(name: str) -> Any:
    return json.loads((FORMS / name).read_text("utf-8"))


@real
def test_a_landfill_form_of_one_year_gives_the_880_tonnes_that_it_states() -> None:
    cells = form("car_us_landfill_project_data_report.json")["G29"]
    destroyed = cells["G6"][0]["G7"].removesuffix(" tons").replace(",", "")
    emitted = [cells["G15"][0][cell].split()[0] for cell in ("G7", "G8", "G9")]
    at = datetime(2023, 11, 30, tzinfo=UTC)

    found = result(
        "landfill-gas-destruction",
        MonitoringPeriod(date(2023, 6, 1), date(2023, 12, 31)),
        {"destroyed": [row(at, destroyed)], "emitted": [row(at, one) for one in emitted]},
    )

    assert [one["quantity"] for one in found["vintages"]] == ["880.00"]
    assert cells["G22"][0]["G9"] == "880 CRTs"


@real
def test_the_vintages_of_a_landfill_form_make_a_tonne_more_than_its_total() -> None:
    cells = form("acr_landfill_monitoring_report.json")
    years = {one["G5"]: str(one["G6"]) for one in cells["G72"]}

    found = result(
        "landfill-gas-destruction",
        MonitoringPeriod(date(2021, 4, 1), date(2023, 9, 30)),
        {
            "destroyed": [row(datetime(year, 9, 30, tzinfo=UTC), of) for year, of in years.items()],
            "emitted": [row(datetime(year, 9, 30, tzinfo=UTC), "0") for year in years],
        },
        told(oxidation="0"),
    )

    assert {one["vintage"]: one["quantity"] for one in found["vintages"]} == {
        2021: "63180.00",
        2022: "83971.00",
        2023: "81421.00",
    }
    assert sum(one.quantity_units for one in vintages_of(found)) == 22_857_200
    assert cells["G68"].startswith("228,571")


@real
def test_a_cooking_form_is_reproduced_to_the_kilogram() -> None:
    cells = form("gs_mecd_cookstove_er_method1_electricity.json")
    baseline, electricity = cells["case1"], cells["project_emission_electricity"]

    found = result(
        "metered-cooking",
        MonitoringPeriod(date(2024, 1, 1), date(2024, 12, 31)),
        {
            "useful_energy": [row(year_end(2024), str(baseline["EGp_useful_y"]))],
            "electricity": [row(year_end(2024), str(electricity["EGp_d_y"]))],
        },
        told(
            baseline_factor=str(baseline["EFb_useful"]),
            grid_factor=str(electricity["EFel_y"]),
            losses=str(electricity["TDL_j_y"]),
            leakage=str(cells["leakage_emission"]["leakage_emission_factor"]),
        ),
    )

    assert abs(Decimal(found["vintages"][0]["tonnes"]) - Decimal("1214.45291")) < Decimal("0.01")


@real
def test_the_real_series_of_a_mesocosm_gives_what_plain_floats_give() -> None:
    lines = (REAL / "mcdr-mesocosm/240801_reyna.csv").read_text().splitlines()[1:]
    # Two moments come twice, with another CO2; a series has one value at each.
    by_time = {line.split(",")[0]: line.split(",") for line in lines}
    rows: dict[str, list[InputRow]] = {"temperature": [], "salinity": [], "pco2": []}
    for moment, temperature, salinity, _, pco2 in by_time.values():
        at = datetime.fromisoformat(moment)
        for name, value in (("temperature", temperature), ("salinity", salinity), ("pco2", pco2)):
            rows[name].append(row(at, value, "0.5" if name == "pco2" else None))

    found = result(
        "ocean-alkalinity-gas-exchange",
        MonitoringPeriod(date(2023, 8, 14), date(2023, 8, 17)),
        rows,
        told(pco2_without="700", wind_speed="5", area="1000000", emissions="0.5"),
    )["vintages"][0]

    assert (found["rows"], len(by_time)) == (3 * len(by_time), 1151)
    assert float(found["tonnes"]) == pytest.approx(_uptake(list(by_time.values())) - 0.5, rel=1e-9)
    assert 0 < float(found["uncertainty"]) < float(found["tonnes"])


def _uptake(rows: list[list[str]]) -> float:
    """Wanninkhof 2014 and Weiss 1974 in floats, by another hand than the declaration's."""
    from math import exp, log

    fluxes = []
    for moment, *numbers in rows:
        celsius, salinity, _, pco2 = map(float, numbers)
        hundreds = (celsius + 273.15) / 100
        schmidt = 2116.8 + celsius * (
            -136.25 + celsius * (4.7353 + celsius * (-0.092307 + celsius * 0.0007555))
        )
        solubility = exp(
            -58.0931
            + 90.5069 / hundreds
            + 22.2940 * log(hundreds)
            + salinity * (0.027766 - 0.025888 * hundreds + 0.0050578 * hundreds**2)
        )
        velocity = 0.251 * 25 * (schmidt / 660) ** -0.5 / 100
        flux = velocity * solubility * 1000 * (700 - pco2) / 1e6
        fluxes.append((datetime.fromisoformat(moment), flux))
    moles = sum(
        (one + other) / 2 * (after - before).total_seconds() / 3600
        for (before, one), (after, other) in pairwise(fluxes)
        if (after - before).total_seconds() <= 3600
    )
    return float(moles * 1_000_000 * 44.009 / 1e6)


def test_plots_of_a_forest_differ_and_their_mean_is_as_sure_as_that() -> None:
    plots = [row(year_end(2024), value) for value in ("4", "6", "5", "5")]

    found = result(
        "forest-carbon-stock",
        MonitoringPeriod(date(2024, 1, 1), date(2024, 12, 31)),
        {"growth": plots},
        told(area="1000", carbon_fraction="0.47", leakage="100"),
    )["vintages"][0]

    assert found["quantity"] == "8516.66"
    assert round(Decimal(found["uncertainty"]), 4) == Decimal("703.5479")


PERIOD = MonitoringPeriod(date(2024, 7, 1), date(2025, 6, 30))
ROWS = {
    "destroyed": [row(year_end(2024), "100"), row(datetime(2025, 6, 30, tzinfo=UTC), "50")],
    "emitted": [
        row(year_end(2024), "120"),
        row(datetime(2025, 6, 30, 23, 59, tzinfo=UTC), "1.005"),
    ],
}


def test_each_year_stands_for_itself_and_a_year_that_emitted_more_has_nothing() -> None:
    found = result("landfill-gas-destruction", PERIOD, ROWS)

    assert [(one["vintage"], one["tonnes"], one["quantity"]) for one in found["vintages"]] == [
        (2024, "-30", "0.00"),
        (2025, "43.995", "43.99"),
    ]


def test_all_that_is_missing_is_told_at_once() -> None:
    of = calculation("landfill-gas-destruction")
    rows = {"destroyed": ROWS["destroyed"][:1], "emitted": ()}

    with pytest.raises(CannotQuantify) as refused:
        result("landfill-gas-destruction", PERIOD, rows)
    with pytest.raises(CannotQuantify) as other:
        parameters_of(calculation("metered-cooking"), told(losses="0", wind="1"))

    assert len(refused.value.faults) == 3
    assert {fault.pointer for fault in other.value.faults} == {"/parameters", "/parameters/1/name"}
    assert len(other.value.faults) == 3
    assert of.version == 1


def test_another_value_or_another_formula_is_another_result() -> None:
    of = calculation("landfill-gas-destruction")
    inputs = inputs_of(of, ROUND, PERIOD, parameters_of(of, ()), ROWS)
    changed = inputs.content.replace(b'"1.005"', b'"1.006"')
    formula = inputs.content.replace(b"(1 - oxidation)", b"(2 - oxidation)")

    digests = {recomputed_sha256(one) for one in (inputs.content, changed, formula)}

    assert len(digests) == 3
    assert recomputed_sha256(b"{}") == ""


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"steps": []}, "last step"),
        ({"id": "Not One"}, "id"),
        ({"version": 0}, "Versions"),
        ({"gap_hours": "0"}, "gap_hours"),
        ({"project_types": ["moon"]}, "moon"),
        ({"series": [{"name": "sum", "quantity": "q", "unit": "t", "description": "d"}]}, "sum"),
        ({"series": [{"name": "s", "quantity": "q", "unit": "pH", "description": "d"}]}, "pH"),
    ],
)
def test_a_calculation_that_cannot_be_right_is_refused(change: dict[str, Any], fault: str) -> None:
    declared = {**calculation("landfill-gas-destruction").document, **change}

    with pytest.raises(DeclarationFault, match=fault):
        calculation_from(declared)


def test_more_than_follows_from_the_data_is_told_year_by_year() -> None:
    quantified = QuantifiedRound("a" * 64, (VintageQuantity(2024, 100), VintageQuantity(2025, 200)))
    same = quantified.vintages
    more = (same[0], replace(same[1], quantity_units=201), VintageQuantity(2026, 1))

    assert not quantified.is_exceeded_by(same)
    assert quantified.is_exceeded_by(more)
    assert above_quantified_words(quantified, more) == (
        "2.01 t of 2025 are more than the 2.00 t that follow from the monitoring data; "
        "0.01 t of 2026 are more than the 0.00 t that follow from the monitoring data"
    )
