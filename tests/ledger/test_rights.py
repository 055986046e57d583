"""What the application's role may do, table by table and column by column, stands in rights.txt."""

from tests.ledger.rights import RIGHTS, rights_of


async def test_every_table_and_column_has_its_line(database_url: str) -> None:
    """A new one fails here until `.venv/bin/python -m tests.ledger.rights` has written it down."""
    assert (await rights_of(database_url)).splitlines() == RIGHTS.read_text().splitlines()
