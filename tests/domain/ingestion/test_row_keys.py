"""A row is the same row wherever it stands and whatever is mended in the column that an issue is about."""

import pytest

from domain.ingestion.chunks import chunked
from domain.ingestion.formats import own_format
from domain.ingestion.model import IngestedKind
from domain.ingestion.tables import Row

HEAD = ["registry", "projectId", "quantity", "serials"]
FAULTY = ["example", "EX1", "five", "EX-1-1-5"]
OTHERS = [
    ("another line", 7, FAULTY, True),
    ("another fault in the same column", 2, ["example", "EX1", "six", "EX-1-1-5"], True),
    ("a mended word in another column", 2, ["sample", "EX1", "five", "EX-1-1-5"], True),
    ("another project", 2, ["example", "EX2", "five", "EX-1-1-5"], False),
    ("another serial", 2, ["example", "EX1", "five", "EX-1-6-10"], False),
]


def key(line: int, cells: list[str]) -> str | None:
    rows = [Row(1, HEAD), Row(line, cells)]
    (chunk,) = chunked(rows, own_format(IngestedKind.ISSUANCE))
    (issue,) = [one for one in chunk.issues if one.column == "quantity"]
    return issue.row_key


@pytest.mark.parametrize(
    ("line", "cells", "is_same"), [one[1:] for one in OTHERS], ids=[one[0] for one in OTHERS]
)
def test_rows_are_told_apart_by_what_people_know_them_by(
    line: int, cells: list[str], is_same: bool
) -> None:
    assert (key(line, cells) == key(2, FAULTY)) == is_same


def test_the_first_rows_with_a_fault_are_kept_as_found() -> None:
    rows = [Row(1, HEAD), *(Row(line, FAULTY) for line in range(2, 40))]
    (chunk,) = chunked(rows, own_format(IngestedKind.ISSUANCE))

    assert [one.line for one in chunk.faulty] == [2, 3, 4, 5, 6]
    assert chunk.faulty[0].cells == tuple(zip(HEAD, FAULTY, strict=True))
