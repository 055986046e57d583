"""Where a certificate names another body than signed off, and how one that nobody signed is put right."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest

from domain.certificates.corrections import Statement, with_bodies, wrong_bodies

ONE, OTHER = UUID(int=1), UUID(int=2)
ONES, OTHERS = "ab" * 32, "cd" * 32
"""What was signed off of each."""
WRONG, RIGHT = "AENOR", "Registry staff, in the stead of AENOR"


def of_one(body: str | None) -> dict[str, Any]:
    return {
        "credits": [{"project": {"id": str(ONE)}}],
        "evidence": {"verificationBody": body, "signOffDigest": ONES},
    }


def of_several(body: str | None, other: str | None) -> dict[str, Any]:
    return {
        "credits": [{"project": {"id": str(ONE)}}, {"project": {"id": str(OTHER)}}],
        "evidence": [
            {"projectId": str(ONE), "signOffDigest": ONES, "verificationBody": body},
            {"projectId": str(OTHER), "signOffDigest": OTHERS, "verificationBody": other},
        ],
    }


@pytest.mark.parametrize(
    ("document", "bodies", "found", "right"),
    [
        (
            of_one(WRONG),
            {ONES: RIGHT},
            [Statement("/evidence/verificationBody", WRONG, RIGHT)],
            of_one(RIGHT),
        ),
        (
            of_one(None),
            {ONES: RIGHT},
            [Statement("/evidence/verificationBody", None, RIGHT)],
            of_one(RIGHT),
        ),
        (of_one(RIGHT), {ONES: RIGHT}, [], of_one(RIGHT)),
        (of_one(WRONG), {OTHERS: RIGHT}, [], of_one(WRONG)),
        (
            of_several(WRONG, WRONG),
            {OTHERS: RIGHT},
            [Statement("/evidence/1/verificationBody", WRONG, RIGHT)],
            of_several(WRONG, RIGHT),
        ),
        (
            of_several(WRONG, "SGS"),
            {ONES: RIGHT, OTHERS: None},
            [
                Statement("/evidence/0/verificationBody", WRONG, RIGHT),
                Statement("/evidence/1/verificationBody", "SGS", None),
            ],
            of_several(RIGHT, None),
        ),
    ],
)
def test_each_approval_is_compared_with_the_body_that_signed_it_off(
    document: Mapping[str, Any],
    bodies: Mapping[str, str | None],
    found: list[Statement],
    right: Mapping[str, Any],
) -> None:
    assert list(wrong_bodies(document, bodies)) == found
    assert with_bodies(document, bodies) == right
