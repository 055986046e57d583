"""What the page of the open data reads."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.publishing.open_data import Dataset


async def row_counts(connection: AsyncConnection) -> dict[Dataset, int]:
    """How many rows the files of this moment have."""
    found = await connection.execute(
        text(
            "SELECT (SELECT count(*) FROM projects) AS projects,"
            " (SELECT count(*) FROM credit_entries) AS credits,"
            " (SELECT count(*) FROM credit_transactions WHERE retirement_id IS NOT NULL)"
            " AS retirements"
        )
    )
    row = found.mappings().one()
    return {dataset: row[dataset.value] for dataset in Dataset}
