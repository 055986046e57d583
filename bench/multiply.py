"""
A generated registry made many times as large by PostgreSQL itself: `python -m bench.multiply --times 10 --database-url URL`.

For measuring how plans and sizes grow, where bench/generator.py would take too long: a million entries from
a hundred thousand. Each copy has projects, units, serials and identifiers of its own, and the same holders. Guards
and foreign keys sleep meanwhile, as only the owner of the database can have it; sums are rebuilt, and what was
issued is compared with what there is. What records and certificates say in their documents stays the
original's: nothing that is measured reads it. Never for a registry that somebody uses.
"""

import argparse
import asyncio
import time
from typing import Any

import asyncpg

TABLES = (
    *("projects", "verification_requests", "documents", "credit_entries", "serial_counters"),
    *("retirements", "credit_transactions", "chain_transactions", "chain_records", "certificates"),
)
# Identifiers that a copy has of its own; accounts are everybody's.
_COPIED = frozenset(
    {"id", "project_id", "verification_id", "parent_id", "entry_id", "result_entry_id", "retirement_id", "transaction_id"}
)  # fmt: skip
_NUMBER = "split_part({0}, '-', 3)::bigint"
_EXPRESSIONS = {
    "tx_hash": "encode(sha256(convert_to({0} || '/' || copy, 'UTF8')), 'hex')",
    "digest": "encode(sha256(convert_to({0} || '/' || copy, 'UTF8')), 'hex')",
    "units": "int8range(lower({0}) + copy * $1::bigint, upper({0}) + copy * $1::bigint)",
    "serial": "concat_ws('-', split_part({0}, '-', 1), split_part({0}, '-', 2),"
    f" {_NUMBER} + copy * $2::bigint, split_part({{0}}, '-', 4))",
}
_COLUMNS = """
    SELECT column_name FROM information_schema.columns
     WHERE table_schema = 'public' AND table_name = $1 AND is_generated = 'NEVER' AND is_identity = 'NO'
     ORDER BY ordinal_position
"""
_UNEQUAL = """
    SELECT count(*) FROM (
        SELECT project_id, vintage FROM credit_sums
         GROUP BY 1, 2
        HAVING sum(quantity_units) FILTER (WHERE part = 'issued')
            <> sum(quantity_units) FILTER (WHERE part NOT IN ('issued', 'split', 'transferred'))) unequal
"""


async def multiply(database_url: str, times: int) -> tuple[int, float]:
    """
    How many credit entries there are now, and the seconds that it took without analysing.

    Raises:
        ValueError: project and vintage do not add up afterwards.
    """
    connection = await asyncpg.connect(database_url)
    try:
        began = time.perf_counter()
        async with connection.transaction():
            await connection.execute("SET LOCAL session_replication_role = replica")
            await connection.execute("SET LOCAL statement_timeout = 0")
            units = await connection.fetchval("SELECT next_unit - 1 FROM unit_counter")
            numbers = await connection.fetchval("SELECT max(number) FROM projects")
            for table in TABLES:
                await _copy(connection, table, times, units, numbers)
            await connection.execute(
                "UPDATE unit_counter SET next_unit = 1 + $1::bigint", units * times
            )
            await connection.execute("SELECT karbonica_rebuild_credit_sums()")
            if unequal := await connection.fetchval(_UNEQUAL):
                raise ValueError(f"{unequal} projects' vintages do not add up")
        seconds = time.perf_counter() - began
        await connection.execute("VACUUM ANALYZE")
        entries = await connection.fetchval("SELECT count(*) FROM credit_entries")
    finally:
        await connection.close()
    return entries, seconds


async def _copy(connection: Any, table: str, times: int, units: int, numbers: int) -> None:
    columns = [row["column_name"] for row in await connection.fetch(_COLUMNS, table)]
    values = ", ".join(_value(table, column) for column in columns)
    # Both parameters stand in each statement, so that each has a type.
    await connection.execute(
        f"INSERT INTO {table} ({', '.join(columns)})"
        f" SELECT {values} FROM {table}, generate_series(1, $3::int - 1) copy"
        " WHERE $1::bigint IS NOT NULL AND $2::bigint IS NOT NULL",
        units,
        numbers,
        times,
    )


def _value(table: str, column: str) -> str:
    if table == "projects" and column == "number":
        return "number + copy * $2::bigint"
    if column in _COPIED:
        return f"md5({column}::text || '/' || copy)::uuid"
    return _EXPRESSIONS.get(column, "{0}").format(column)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.multiply", description=__doc__)
    parser.add_argument("--times", type=int, required=True, help="how many times as large")
    parser.add_argument("--database-url", required=True, help="the owner's, as psql takes it")
    chosen = parser.parse_args()
    entries, seconds = asyncio.run(multiply(chosen.database_url, chosen.times))
    print(f"{entries:,} entries in {seconds:.0f} s: {entries / seconds:,.0f} entries/s")


if __name__ == "__main__":
    main()
