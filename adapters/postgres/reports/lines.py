"""Rows of a report in three forms at once, written by the database itself: CSV, JSON and a workbook's XML."""

from collections.abc import Sequence
from dataclasses import replace

from adapters.postgres.publishing.csv_lines import csv_line
from adapters.postgres.publishing.json_lines import json_line
from adapters.postgres.publishing.open_data_columns import Column, Kind
from adapters.postgres.reports.sources.moments import ReportTable

CELL_CHARACTERS_MAX = 32_000
"""A workbook's cell has 32,767 UTF-16 units; what is longer is cut there, and whole in the other files."""

_NUMBERS = frozenset({Kind.DECIMAL, Kind.INTEGER})
# What XML 1.0 cannot hold; and what a workbook would read as the code of a character (ECMA-376, ST_Xstring).
_UNWRITABLE = r"E'[\x01-\x08\x0B\x0C\x0E-\x1F\uFFFE\uFFFF]'"
_LOOKS_ESCAPED = "'_(x[0-9A-Fa-f]{4}_)'"


def line_query(table: ReportTable) -> str:
    """
    Three columns a row: its line of CSV, its JSON object with members in canonical order, its `row` element.

    Names of columns are an official form's own and may have quotes.
    """
    columns = [replace(one, name=one.name.replace("'", "''")) for one in table.columns]
    # As RFC 8785 sorts members: by UTF-16, which for names within ASCII is by letters.
    canonical = json_line(sorted(columns, key=lambda column: column.name))
    # Put together from constants and typed values (Literals). Colons would be taken for names of values.
    return (
        f"SELECT concat({csv_line(columns)}), concat({canonical}), concat({_row(columns)}) {table.rows}"
    ).replace(":", r"\:")


def count_query(table: ReportTable) -> str:
    """How many rows it has; their order is of no matter."""
    rows = table.rows.rpartition(" ORDER BY ")[0]
    return f"SELECT count(*) {rows}".replace(":", r"\:")


def csv_header(table: ReportTable) -> str:
    return ",".join(f'"{c.name}"' if "," in c.name else c.name for c in table.columns) + "\r\n"


def _row(columns: Sequence[Column]) -> str:
    cells = ", ".join(_number(c.sql) if c.kind in _NUMBERS else _text(c) for c in columns)
    return f"'<row>', {cells}, '</row>'"


def _number(sql: str) -> str:
    return f"coalesce('<c><v>' || ({sql}) || '</v></c>', '<c/>')"


def _text(column: Column) -> str:
    shown = f"({column.sql})::text"
    if column.kind in {Kind.TEXT, Kind.JSON}:
        shown = f"left({shown}, {CELL_CHARACTERS_MAX // 2})"
        shown = rf"regexp_replace({shown}, {_UNWRITABLE}, '', 'g')"
        shown = rf"regexp_replace({shown}, {_LOOKS_ESCAPED}, '_x005F_\1', 'g')"
        shown = f"replace(replace(replace({shown}, '&', '&amp;'), '<', '&lt;'), '>', '&gt;')"
    return (
        'coalesce(\'<c t="inlineStr"><is><t xml:space="preserve">\' || '
        f"{shown} || '</t></is></c>', '<c/>')"
    )
