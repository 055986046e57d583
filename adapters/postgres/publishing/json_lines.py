"""Rows as lines of JSON, put together by the database itself."""

from collections.abc import Sequence
from itertools import groupby

from adapters.postgres.publishing.open_data_columns import Column, Kind

_WRITTEN_AS_THEY_ARE = frozenset({Kind.INTEGER, Kind.NUMBER, Kind.JSON})


def json_line(columns: Sequence[Column]) -> str:
    """What `concat` makes a line of. Columns with a dot in their names come together, as one object."""
    members = []
    for name, grouped in groupby(columns, key=lambda column: column.name.partition(".")[0]):
        group = list(grouped)
        if "." in group[0].name:
            inner = ", ',', ".join(_member(c.name.partition(".")[2], _json(c)) for c in group)
            members.append(f"""'"{name}":{{', {inner}, '}}'""")
        else:
            members.append(_member(name, _json(group[0])))
    return rf"""'{{', {", ',', ".join(members)}, E'}}\n'"""


def _member(name: str, value: str) -> str:
    return f"""'"{name}":', {value}"""


def _json(column: Column) -> str:
    if typed(column):
        return f"coalesce(to_json({column.sql})::text, 'null')"
    if column.kind in _WRITTEN_AS_THEY_ARE:
        return f"coalesce(({column.sql})::text, 'null')"
    return f"""coalesce('"' || {column.sql} || '"', 'null')"""


def typed(column: Column) -> bool:
    """Whether somebody typed it, so that it may hold anything."""
    return column.kind is Kind.TEXT
