"""What all tables share: the one `metadata`, how constraints are called, and checks used more than once."""

from collections.abc import Iterable
from enum import StrEnum

from sqlalchemy import DDL, CheckConstraint, DateTime, MetaData, event

from adapters.postgres import search_functions

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

for _function in search_functions.CREATE:
    # Columns and indexes are declared by them. DDL formats its text with %.
    _made = DDL(_function.replace("%", "%%"))  # type: ignore[no-untyped-call]  # SQLAlchemy's own
    event.listen(metadata, "before_create", _made)

# With it an exclusion constraint can ask for equal identifiers: a range of one overlaps with itself.
_UUID_RANGE = DDL("CREATE TYPE uuid_range AS RANGE (subtype = uuid)")  # type: ignore[no-untyped-call]
event.listen(metadata, "before_create", _UUID_RANGE)
_TEXT_RANGE = DDL('CREATE TYPE text_range AS RANGE (subtype = text, collation = "C")')  # type: ignore[no-untyped-call]
event.listen(metadata, "before_create", _TEXT_RANGE)

Moment = DateTime(timezone=True)

RANDOM = {"random": True}
"""What depends on random salts: two registries that did the same differ in these columns."""


def one_of(column: str, values: Iterable[StrEnum]) -> CheckConstraint:
    listed = ", ".join(f"'{value.value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def sha256_hex(column: str) -> CheckConstraint:
    return CheckConstraint(f"{column} ~ '^[0-9a-f]{{64}}$'", name=f"{column}_is_sha256")
