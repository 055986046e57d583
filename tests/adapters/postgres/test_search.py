"""
What a search finds (ADR 0052), on real PostgreSQL: the words of a name, whatever stands beside them.

The rows are few and each is one case; the last test looks at a plan among many.
"""

# ruff: noqa: RUF001 -- letters that look like others are the cases

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.postgres import tables
from adapters.postgres.credits.reads.retirements import BENEFICIARY_TEXT
from adapters.postgres.projects.reads import projects as reads_projects
from adapters.postgres.projects.reads.project_words import (
    country_words,
    has_project_words,
    type_words,
)
from adapters.postgres.projects.reads.projects import ProjectFilter
from adapters.postgres.queries import PageRequest
from adapters.postgres.search import words_of
from tests.databases import Databases, engine_for, save_people
from tests.factories import DEVELOPER, OTHER_DEVELOPER

AT = datetime(2026, 1, 1, tzinfo=UTC)
MANY = 3_000

FOUND = {
    "“Green Valley” forest": ("green", "GREEN valley", "fores", "orest"),
    "Serra Atlântica–Cerrado": ("Cerrado", "atlantica", "ATLÂNTICA cerrado"),
    "L’Oréal carbon": ("Oréal", "oreal", "L'Oréal", "loreal"),
    "Hydro\u00a0Power": ("Power", "hydro power"),
    "FORESTRY/AGROFORESTRY": ("AGROFORESTRY", "agroforestry forestry"),
    "Re.Green [phase_2] (A&B)": ("Green", "regreen", "phase", "re", "2", "b"),
    "江苏亨通高压海缆": ("亨通", "海", "高压海缆"),
    "株式会社カーボンゼロ": ("カーボンゼロ", "ゼロ", "株式会社"),
    "한국에너지 솔루션": ("에너지", "국에", "솔루"),
    "บริษัท พลังงาน": ("พลังงาน", "งาน"),
    "شَرِكَة الطاقة": ("شركة", "الطاقة"),
    "Türkiye Enerji İSTANBUL ışık": ("turkiye", "TÜRKİYE", "istanbul", "isik"),
    "Müller & Söhne, Große Straße": ("muller", "sohne", "strasse", "GROSSE"),
    "Produções Łódź Ærø Đà Nẵng": ("producoes", "lodz", "aero", "da nang"),
    "Straße des CO₂-ﬁlters": ("co2", "filters"),
    "So\u00adft hy\u200bphen": ("soft", "hyphen"),
    "Mu\u0308ller decomposed": ("Müller decomposed",),
    "Hawaiʻi O'Brien’s e‑mobility": ("hawaii", "obriens", "O’Brien", "emobility"),
    "Ёлка под водой": ("елка", "ВОДОЙ"),
}
NOT_FOUND = {
    "“Green Valley” forest": ("green river", "een valleys", "reen_x", "%", "en"),
    "江苏亨通高压海缆": ("通亨", "江通"),
    "Serra Atlântica–Cerrado": ("serracerrado",),
}


@pytest.fixture(scope="module")
async def engine(databases: Databases) -> AsyncIterator[AsyncEngine]:
    """Two suppliers and a project for each title, the newest last."""
    async with databases.fresh() as url:
        made = engine_for(url)
        await save_people(made)
        async with made.begin() as connection:
            await connection.execute(
                text("UPDATE users SET company = :company WHERE id = :id"),
                [
                    {"company": "Ørsted & Söhne", "id": DEVELOPER.id},
                    {"company": "Quokka Climate", "id": OTHER_DEVELOPER.id},
                ],
            )
            for number, title in enumerate(FOUND):
                await add_project(connection, title, number)
        yield made
        await made.dispose()


async def add_project(
    connection: AsyncConnection,
    title: str,
    number: int,
    *,
    developer_id: UUID = DEVELOPER.id,
    location: str = "Nowhere",
    country: str = "ISL",
    kind: str = "biochar",
) -> None:
    at = AT + timedelta(hours=number)
    project_id = uuid4()
    await connection.execute(
        insert(tables.projects).values(
            id=project_id, developer_id=developer_id, title=title, type=kind, description="",
            location=location, country=country, latitude=1, longitude=1, emissions_target_units=1,
            start_date=date(2024, 1, 1), status="pending", created_at=at, updated_at=at,
        )
    )  # fmt: skip
    await connection.execute(
        insert(tables.verification_requests).values(
            id=uuid4(), project_id=project_id, developer_id=developer_id, status="pending",
            submitted_at=at, updated_at=at,
        )
    )  # fmt: skip


async def titles(connection: AsyncConnection, words: str) -> Sequence[str]:
    found = await reads_projects.projects_found(connection, words, limit=50)
    return [view.project.title for view in found]


@pytest.mark.parametrize(("title", "searches"), FOUND.items(), ids=range(len(FOUND)))
async def test_a_name_is_found_by_any_of_its_words(
    engine: AsyncEngine, title: str, searches: Sequence[str]
) -> None:
    assert searches
    async with engine.connect() as connection:
        missed = [words for words in searches if title not in await titles(connection, words)]

    assert missed == []


@pytest.mark.parametrize(("title", "searches"), NOT_FOUND.items(), ids=range(len(NOT_FOUND)))
async def test_a_name_is_not_found_by_what_it_does_not_have(
    engine: AsyncEngine, title: str, searches: Sequence[str]
) -> None:
    assert searches
    async with engine.connect() as connection:
        wrong = [words for words in searches if title in await titles(connection, words)]

    assert wrong == []


async def test_lists_find_what_the_search_finds(engine: AsyncEngine) -> None:
    chosen, page = ProjectFilter(words="muller strasse"), PageRequest(10)
    async with engine.connect() as connection:
        listed = await reads_projects.projects_page(connection, chosen, page, account=None)
        lines = await reads_projects.project_summaries_page(connection, chosen, page)

    assert [view.project.title for view in listed] == ["Müller & Söhne, Große Straße"]
    assert [line.project.title for line in lines] == ["Müller & Söhne, Große Straße"]


@pytest.mark.parametrize("words", ["", "  ", "\x00", "“”", "!?&|:*\\'", "🌍", "\ud800", "\u200b"])
async def test_without_a_letter_nothing_is_found(engine: AsyncEngine, words: str) -> None:
    async with engine.connect() as connection:
        assert await titles(connection, words) == []


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("orsted wind", True),
        ("Quokka wind", False),
        ("brazil wind", True),
        ("BR wind", True),
        ("bra wind", True),
        ("ivoire wind", False),
        ("renewable wind", True),
        ("forest wind", False),
        ("amazonas wind farm", True),
        ("brazil renewable orsted amazonas", True),
    ],
)
async def test_supplier_country_type_and_place_count_as_words(
    engine: AsyncEngine, words: str, found: bool
) -> None:
    async with engine.connect() as connection, connection.begin() as all_of_it:
        await add_project(
            connection, "Wind farm", 90, location="Amazonas", country="BRA", kind="renewable_energy"
        )
        assert ("Wind farm" in await titles(connection, words)) is found
        await all_of_it.rollback()


async def test_whole_words_of_titles_come_first_then_the_newest(engine: AsyncEngine) -> None:
    best_first = ["A Zebra", "Zebra old", "Zebras", "Grzebrany", "Elsewhere"]
    async with engine.connect() as connection, connection.begin() as all_of_it:
        for number, title in enumerate(reversed(["Zebra old", *best_first[2:]])):
            location = "Zebra river" if title == "Elsewhere" else "Nowhere"
            await add_project(connection, title, 100 - number, location=location)
        await add_project(connection, "A Zebra", 200)

        assert await titles(connection, "zebra") == best_first
        await all_of_it.rollback()


async def test_names_of_countries_and_types_are_words_as_the_database_has_them(
    engine: AsyncEngine,
) -> None:
    """These few are taken apart without asking it."""
    names = (*country_words().values(), *type_words().values())
    known = sorted({word for words in names for word in words})
    async with engine.connect() as connection:
        found = await connection.scalar(
            text(
                "SELECT array_agg(search_words(word) ORDER BY place)"
                " FROM unnest(CAST(:known AS text[])) WITH ORDINALITY AS names (word, place)"
            ),
            {"known": known},
        )

    assert len(known) > len(country_words())
    assert found == known


async def test_beneficiaries_are_found_likewise(engine: AsyncEngine) -> None:
    async with engine.connect() as connection, connection.begin() as all_of_it:
        await connection.execute(
            insert(tables.retirements),
            [
                {
                    "id": uuid4(), "account_id": DEVELOPER.id, "quantity_units": 1,
                    "beneficiary_name": name, "beneficiary_country": name and "DEU",
                    "beneficiary_identifier": identifier, "purpose": "p", "reason": "r",
                    "retired_at": AT,
                }
                for name, identifier in (
                    ("Müller, Inc.", "HRB 4711"), ("江苏亨通高压海缆", None), (None, None),
                )
            ],
        )  # fmt: skip
        found = {
            words: [
                row["beneficiary_name"]
                for row in (
                    await connection.execute(
                        tables.retirements.select().where(
                            BENEFICIARY_TEXT.contains_all(await words_of(connection, words) or ())
                        )
                    )
                ).mappings()
            ]
            for words in ("muller inc", "亨通", "4711", "HRB-4711", "none")
        }
        await all_of_it.rollback()

    named = ["Müller, Inc."]
    assert found == {
        "muller inc": named, "亨通": ["江苏亨通高压海缆"], "4711": named, "HRB-4711": named, "none": [],
    }  # fmt: skip


async def test_among_many_projects_an_index_finds_them(engine: AsyncEngine) -> None:
    words = ("zanzibar",)
    async with engine.connect() as connection, connection.begin() as all_of_it:
        await connection.execute(
            text("""
                INSERT INTO projects (id, developer_id, title, type, description, location, country,
                    latitude, longitude, emissions_target_units, start_date, status, created_at, updated_at)
                SELECT gen_random_uuid(), :developer, 'Forest ' || n, 'biochar', repeat('A page. ', 200), 'North', 'CAN',
                       1, 1, 1, '2024-01-01', 'pending', now(), now() FROM generate_series(1, :many) n
            """),
            {"developer": DEVELOPER.id, "many": MANY},
        )
        await connection.execute(text("ANALYZE projects, users"))
        query = tables.projects.select().where(*await has_project_words(connection, words))
        compiled = query.compile(connection.sync_connection, compile_kwargs={"literal_binds": True})
        plan = "\n".join(
            (await connection.execute(text(f"EXPLAIN {compiled}".replace(":", r"\:")))).scalars()
        )
        await all_of_it.rollback()

    assert "ix_projects_search" in plan
    assert "Seq Scan on projects" not in plan
