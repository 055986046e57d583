"""The cursor of a list: opaque in addresses, the last row's position inside (moment and id, or a number)."""

import base64
from datetime import datetime
from uuid import UUID

from adapters.postgres.queries import Position


def write_cursor(position: Position) -> str:
    if len(position) == 1:
        return str(position[0])
    at, id = position
    return base64.urlsafe_b64encode(f"{at.isoformat()} {id}".encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[datetime, UUID] | None:
    """Moment and id; None when it is no cursor of ours: a list then begins at its beginning."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        at, _, id = base64.urlsafe_b64decode(padded.encode("ascii")).decode().rpartition(" ")
        moment = datetime.fromisoformat(at)
        return (moment, UUID(id)) if moment.tzinfo else None
    except ValueError:
        return None
