"""What of a project's issuances goes into the buffer, and who decides it until when."""

from decimal import Decimal

import pytest

from domain.accounts.roles import Account
from domain.errors import AlreadyDecided, Forbidden, Invalid, Refusal
from domain.projects.buffer_share import (
    REVERSIBLE_TYPES,
    BufferShare,
    ReversalRisk,
    default_percent,
    default_share,
    rate,
)
from domain.projects.projects import ProjectStatus, ProjectType
from tests.factories import ADMINISTRATOR, DEVELOPER, NOW, project


def test_carbon_that_may_be_lost_gives_something_even_unrated() -> None:
    for kind in ProjectType:
        shares = {risk: default_percent(kind, risk) for risk in ReversalRisk}
        if kind in REVERSIBLE_TYPES:
            assert min(shares.values()) == 10
            assert shares[ReversalRisk.NOT_RATED] == max(shares.values()) == 20
        else:
            assert set(shares.values()) == {0}


def test_an_unrated_project_follows_the_table_and_nobody_decided() -> None:
    assert default_share(project(type=ProjectType.SOIL_CARBON), at=NOW) == BufferShare(
        project().id, ReversalRisk.NOT_RATED, Decimal(20), NOW
    )


@pytest.mark.parametrize(
    ("percent", "becomes"), [(None, "10"), ("0", "0"), ("12.25", "12.25"), ("60", "60")]
)
def test_staff_rate_a_pending_project(percent: str | None, becomes: str) -> None:
    given = None if percent is None else Decimal(percent)

    rated = rate(
        project(), ReversalRisk.LOW, given, actor=ADMINISTRATOR, reason="Wet soils.", at=NOW
    )

    assert rated == BufferShare(
        project().id, ReversalRisk.LOW, Decimal(becomes), NOW, ADMINISTRATOR.id, "Wet soils."
    )


@pytest.mark.parametrize(
    ("actor", "status", "percent", "refusal"),
    [
        (DEVELOPER, ProjectStatus.PENDING, "10", Forbidden),
        (ADMINISTRATOR, ProjectStatus.VERIFIED, "10", AlreadyDecided),
        (ADMINISTRATOR, ProjectStatus.REJECTED, "10", AlreadyDecided),
        (ADMINISTRATOR, ProjectStatus.PENDING, "60.01", Invalid),
        (ADMINISTRATOR, ProjectStatus.PENDING, "-0.01", Invalid),
        (ADMINISTRATOR, ProjectStatus.PENDING, "1.001", Invalid),
    ],
)
def test_a_share_is_refused(
    actor: Account, status: ProjectStatus, percent: str, refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        rate(
            project(status=status),
            ReversalRisk.LOW,
            Decimal(percent),
            actor=actor,
            reason="Wet soils.",
            at=NOW,
        )
