"""What the words of a search can mean of a project: its texts, its supplier, its country, its type."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from uuid import UUID

import pycountry
from sqlalchemy import ARRAY, ColumnElement, ScalarSelect, Text, Uuid, false, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY as PG_ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.search import Searched
from adapters.postgres.tables import organisations, projects
from domain.organisations.organisations import OrganisationKind
from domain.projects.countries import USER_ASSIGNED_CODES, USER_ASSIGNED_NAMES
from domain.projects.projects import ProjectType

_PREFIX_MIN = 3
"""So many characters of a name's word stand for it; codes are written out."""

_SUPPLIERS_MAX = 500
PROJECT_TEXT = Searched(projects.c.search_text, projects.c.search_grams)
_COMPANY = func.search_text(organisations.c.legal_name, type_=Text)
_COMPANY_TEXT = Searched(_COMPANY, func.search_grams(_COMPANY, type_=PG_ARRAY(Text)))

_ALSO_CALLED = {"GBR": "UK", "TUR": "Turkey"}


async def has_project_words(
    connection: AsyncConnection, words: Sequence[str]
) -> Sequence[ColumnElement[bool]]:
    """
    For a query of `projects`. `words` are `search.words_of` a question; without any, no project.

    Seen by: everybody.
    """
    if not words:
        return [false()]
    # Asked first: the planner knows how many projects these suppliers have, but could only guess how
    # many suppliers a part of the same statement will find.
    arrays = [func.array(_suppliers(word), type_=ARRAY(Uuid)) for word in words]
    suppliers = (await connection.execute(select(*arrays))).one()
    return [_has_word(*pair) for pair in zip(words, suppliers, strict=True)]


def _suppliers(word: str) -> ScalarSelect[UUID]:
    return (
        select(organisations.c.holding_account_id)
        .where(_COMPANY_TEXT.contains(word))
        .where(organisations.c.kind == OrganisationKind.DEVELOPER.value)
        .limit(_SUPPLIERS_MAX)
        .scalar_subquery()
    )


def _has_word(word: str, suppliers: Sequence[UUID]) -> ColumnElement[bool]:
    # What is cheap to try comes first.
    codes = (
        (projects.c.developer_id, suppliers),
        (projects.c.country, named_by(word, country_words())),
        (projects.c.type, named_by(word, type_words())),
    )
    meanings = [column.in_(known) for column, known in codes if known]
    return or_(*meanings, PROJECT_TEXT.contains(word))


def named_by(word: str, names: Mapping[str, Iterable[str]]) -> list[str]:
    """The codes one of whose words is `word`, or begins with it when it has three characters."""
    return [
        code
        for code, written in names.items()
        if any(
            word == name or (len(word) >= _PREFIX_MIN and name.startswith(word)) for name in written
        )
    ]


@cache
def country_words() -> Mapping[str, frozenset[str]]:
    """ISO 3166-1 alpha-3 to the words of the country's names and both of its codes."""
    known = {
        country.alpha_3: " ".join(
            (
                *(country.alpha_2, country.alpha_3, country.name),
                *(getattr(country, "common_name", ""), getattr(country, "official_name", "")),
                _ALSO_CALLED.get(country.alpha_3, ""),
            )
        )
        for country in pycountry.countries
    }
    for code, name in USER_ASSIGNED_NAMES.items():
        codes = (short for short, long in USER_ASSIGNED_CODES.items() if long == code)
        known[code] = " ".join((*codes, name))
    return {code: _words(names) for code, names in known.items()}


@cache
def type_words() -> Mapping[str, frozenset[str]]:
    return {kind.value: _words(kind.value) for kind in ProjectType}


def _words(names: str) -> frozenset[str]:
    """As `search_words` of the database has them; these few names have nothing that needs more."""
    decomposed = unicodedata.normalize("NFKD", names.casefold())
    plain = "".join(
        sign if sign.isalnum() else " " for sign in decomposed if not unicodedata.combining(sign)
    )
    return frozenset(plain.split())
