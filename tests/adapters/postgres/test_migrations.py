"""The revisions themselves: one line of them, forward only (ADR 0031)."""

import os
import re
import sys
from asyncio import create_subprocess_exec
from asyncio.subprocess import PIPE, STDOUT

import asyncpg
import pytest
from alembic.config import Config
from alembic.script import Script, ScriptDirectory

import migrations
from tests.databases import PROJECT_ROOT, sqlalchemy_url


def revisions() -> list[Script]:
    """The oldest first."""
    directory = ScriptDirectory.from_config(Config(PROJECT_ROOT / "alembic.ini"))
    return list(directory.walk_revisions())[::-1]


def test_the_revisions_are_one_line_and_their_numbers_rise() -> None:
    line = revisions()

    numbers = [revision.revision for revision in line]
    assert [revision.down_revision for revision in line] == [None, *numbers[:-1]]
    assert numbers == sorted(numbers)
    assert all(re.fullmatch(r"\d{4}", number) for number in numbers)


def test_numbers_that_were_never_given_are_said() -> None:
    given = {int(revision.revision) for revision in revisions()}
    said = re.search(r"Numbers (.*) were never given", migrations.__doc__ or "")

    assert said
    missing = set(range(1, max(given) + 1)) - given
    assert {int(number) for number in re.findall(r"\d{4}", said[1])} == missing


def test_every_revision_says_why() -> None:
    line = revisions()

    assert line
    assert [one.revision for one in line if "\nWhy: " not in f"\n{one.longdoc}"] == []


def test_no_revision_has_a_way_back() -> None:
    line = revisions()

    assert line
    assert [one.revision for one in line if hasattr(one.module, "downgrade")] == []


@pytest.mark.parametrize("target", ["-1", "base"])
async def test_a_downgrade_is_refused_with_a_sentence(database_url: str, target: str) -> None:
    process = await create_subprocess_exec(
        *(sys.executable, "-m", "alembic", "downgrade", target),
        cwd=PROJECT_ROOT,
        env={**os.environ, "DATABASE_URL": sqlalchemy_url(database_url)},
        stdout=PIPE,
        stderr=STDOUT,
    )
    output, _ = await process.communicate()

    assert await process.wait() != 0
    assert "Migrations go forward only" in output.decode()
    connection = await asyncpg.connect(database_url)
    assert await connection.fetchval("SELECT version_num FROM alembic_version") == (
        revisions()[-1].revision
    )
    await connection.close()
