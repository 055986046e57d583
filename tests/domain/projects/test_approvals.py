"""What an approval of a monitoring period says of each vintage, and what its digest binds."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.credits.issuance import require_issuable
from domain.errors import Invalid, PeriodNotOver
from domain.projects.approvals import Approval, approve, digest_of
from domain.projects.projects import ProjectStatus
from domain.projects.verification import MonitoringPeriod, Verification, VintageQuantity
from tests.factories import EVIDENCE, NOW, VERIFIER, document, in_review, named, project

ACROSS = MonitoringPeriod(date(2023, 7, 1), date(2024, 6, 30))
OF = project(status=ProjectStatus.VERIFIED, start_date=date(2022, 1, 1))
DOCUMENTS = [document(document_type) for document_type in EVIDENCE]


def approving(
    vintages: dict[int, int] | list[tuple[int, int]] | None,
    period: MonitoringPeriod = ACROSS,
    quantity_units: int | None = None,
) -> Verification:
    said = vintages.items() if isinstance(vintages, dict) else vintages
    quantities = None if said is None else tuple(VintageQuantity(*one) for one in said)
    return approve(
        in_review(number=2, monitoring_period=period),
        Approval("Sampled.", quantity_units, vintages=quantities),
        project=OF,
        documents=DOCUMENTS,
        actor=VERIFIER,
        needs_countersignature=False,
        at=NOW,
    )


@pytest.mark.parametrize(
    ("vintages", "told", "only"),
    [
        ({2023: 40_000, 2024: 42_000}, {2023: 40_000, 2024: 42_000}, None),
        ({2024: 42_000, 2023: 0}, {2023: 0, 2024: 42_000}, 2024),
        ({2023: 40_000}, {2023: 40_000, 2024: 0}, 2023),
    ],
)
def test_each_year_of_the_period_has_its_quantity_and_zero_is_said(
    vintages: dict[int, int], told: dict[int, int], only: int | None
) -> None:
    decided = approving(vintages)

    assert {one.vintage: one.quantity_units for one in decided.approved_vintages} == told
    assert (decided.vintage, decided.verified_quantity_units) == (only, sum(told.values()))
    assert require_issuable(decided) == tuple(
        VintageQuantity(year, units) for year, units in told.items() if units
    )


@pytest.mark.parametrize(
    ("vintages", "pointers"),
    [
        ([(2022, 10)], {"/vintages/0/vintage"}),
        ([(2022, 10), (2023, 5), (2025, 1)], {"/vintages/0/vintage", "/vintages/2/vintage"}),
        ([(2023, 10), (2023, 5)], {"/vintages/1/vintage"}),
        ([(2023, 0), (2024, 0)], {"/vintages"}),
        (None, {"/vintages"}),
    ],
)
def test_what_is_no_vintage_of_the_period_is_refused_all_at_once(
    vintages: list[tuple[int, int]] | None, pointers: set[str]
) -> None:
    with pytest.raises(Invalid) as refused:
        approving(vintages)

    assert {fault.pointer for fault in refused.value.faults} == pointers


def test_a_period_inside_one_year_needs_no_vintage_and_one_across_two_does() -> None:
    inside = MonitoringPeriod(date(2023, 1, 1), date(2023, 12, 31))

    assert approving(None, inside, quantity_units=70).vintage == 2023
    with pytest.raises(Invalid, match="has several vintages"):
        approving(None, quantity_units=70)


def test_a_period_is_approved_once_it_is_over() -> None:
    lasting = MonitoringPeriod(date(2026, 1, 1), NOW.date())

    with pytest.raises(PeriodNotOver):
        approving({2026: 10}, lasting)
    assert approving({2026: 10}, replace(lasting, last_day=NOW.date() - timedelta(days=1)))


@given(st.dictionaries(st.integers(2020, 2027), st.integers(0, 10**6), min_size=1))
def test_whatever_is_said_only_years_of_the_period_are_issued_and_add_up(
    vintages: dict[int, int],
) -> None:
    fits = vintages.keys() <= set(ACROSS.years) and any(vintages.values())
    issued = issuable(vintages)

    assert bool(issued) == fits
    assert {one.vintage for one in issued} <= set(ACROSS.years)
    assert sum(one.quantity_units for one in issued) == (sum(vintages.values()) if fits else 0)


def issuable(vintages: dict[int, int]) -> Sequence[VintageQuantity]:
    """Nothing of what is refused."""
    try:
        # What is above the target waits for a second person, which is another rule.
        return require_issuable(replace(approving(vintages), needs_countersignature=False))
    except Invalid:
        return ()


@pytest.mark.parametrize(
    "changes",
    [
        {"number": 3},
        {"monitoring_period": replace(ACROSS, last_day=date(2024, 6, 29))},
        {"monitoring_period": None},
        {"vintages": (VintageQuantity(2023, 41_000), VintageQuantity(2024, 41_000))},
        {"sign_off_version": 1},
        {"sign_off_version": 2},
        {"methodology_version_id": named("version")},
        {"sign_off_version": 3},
        {"statement_sha256": "b" * 64},
        {"quantification_sha256": "c" * 64},
    ],
)
def test_the_digest_binds_the_round_its_period_and_its_vintages(changes: dict[str, object]) -> None:
    decided = approving({2023: 40_000, 2024: 42_000})

    assert decided.sign_off_digest == digest_of(decided, OF, DOCUMENTS)
    assert digest_of(replace(decided, **changes), OF, DOCUMENTS) != decided.sign_off_digest  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("version", "digest"),
    [
        (1, "accf8e5abefd6d3739591ea16f9c4974425d4807990ac9d318c1f4f4568e66c4"),
        (2, "5624f14d93a12e735b06a75292ade9290afb8978b69e95b3b3c4dbdcff0aed72"),
        (3, "7dea233a86148809b8214a4e50552ff8ec68f3ac7d7a252faf139a9fcfe248ae"),
    ],
)
def test_a_digest_of_an_earlier_version_is_still_made_as_it_was_signed(
    version: int, digest: str
) -> None:
    signed = replace(
        approving({2023: 40_000}),
        sign_off_version=version,
        methodology_version_id=named("version"),
        statement_sha256="b" * 64,
        quantification_sha256="c" * 64,
    )

    assert digest_of(signed, OF, DOCUMENTS) == digest


def test_the_digest_binds_the_end_of_the_crediting_period() -> None:
    decided = approving({2023: 40_000})
    shorter = replace(OF, crediting_period_ends=date(2030, 1, 1))

    assert digest_of(decided, shorter, DOCUMENTS) != decided.sign_off_digest
