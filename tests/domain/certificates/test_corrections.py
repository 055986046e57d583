"""Where a certificate names another body than signed off, and how one that nobody signed is put right."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest

from domain.certificates.corrections import Statement, with_bodies, wrong_bodies

ONE, OTHER = UUID(int=1), UUID(int=2)
WRONG, RIGHT = "AENOR", "Registry staff, in the stead of AENOR"


def of_one(body: str | None) -> dict[str, Any]:
    return {
        "credits": [{"project": {"id": str(ONE)}}],
        "evidence": {"verificationBody": body, "signOffDigest": "ab"},
    }


def of_several(body: str | None, other: str | None) -> dict[str, Any]:
    return {
        "credits": [{"project": {"id": str(ONE)}}, {"project": {"id": str(OTHER)}}],
        "evidence": [
            {"projectId": str(ONE), "verificationBody": body},
            {"projectId": str(OTHER), "verificationBody": other},
        ],
    }


@pytest.mark.parametrize(
    ("document", "bodies", "found", "right"),
    [
        (
            of_one(WRONG),
            {ONE: RIGHT},
            [Statement("/evidence/verificationBody", WRONG, RIGHT)],
            of_one(RIGHT),
        ),
        (
            of_one(None),
            {ONE: RIGHT},
            [Statement("/evidence/verificationBody", None, RIGHT)],
            of_one(RIGHT),
        ),
        (of_one(RIGHT), {ONE: RIGHT}, [], of_one(RIGHT)),
        (of_one(WRONG), {OTHER: RIGHT}, [], of_one(WRONG)),
        (
            of_several(WRONG, WRONG),
            {OTHER: RIGHT},
            [Statement("/evidence/1/verificationBody", WRONG, RIGHT)],
            of_several(WRONG, RIGHT),
        ),
        (
            of_several(WRONG, "SGS"),
            {ONE: RIGHT, OTHER: None},
            [
                Statement("/evidence/0/verificationBody", WRONG, RIGHT),
                Statement("/evidence/1/verificationBody", "SGS", None),
            ],
            of_several(RIGHT, None),
        ),
    ],
)
def test_each_project_is_compared_with_the_body_that_signed_it_off(
    document: Mapping[str, Any],
    bodies: Mapping[UUID, str | None],
    found: list[Statement],
    right: Mapping[str, Any],
) -> None:
    assert list(wrong_bodies(document, bodies)) == found
    assert with_bodies(document, bodies) == right
