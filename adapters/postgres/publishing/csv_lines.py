"""Rows as lines of CSV, put together by the database itself."""

from collections.abc import Sequence

from adapters.postgres.publishing.json_lines import typed
from adapters.postgres.publishing.open_data_columns import Column


def csv_line(columns: Sequence[Column]) -> str:
    """What `concat` makes a line of: RFC 4180; cells that somebody typed are always quoted."""
    cells = ",',',".join(
        csv_text(column.sql) if typed(column) else column.sql for column in columns
    )
    return rf"{cells}, E'\r\n'"


def csv_text(sql: str) -> str:
    """A spreadsheet takes a cell that begins like this for a formula, so a quote is put before it."""
    guard = rf"CASE WHEN {sql} ~ E'^[-=+@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]' THEN '''' ELSE '' END"
    return rf"""'"' || {guard} || replace({sql}, '"', '""') || '"'"""
