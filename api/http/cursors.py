"""The cursor of a list: opaque in addresses, the last row's moment and id inside."""

import base64
from datetime import datetime
from uuid import UUID


def write_cursor(at: datetime, id: UUID) -> str:
    return base64.urlsafe_b64encode(f"{at.isoformat()} {id}".encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[datetime, UUID] | None:
    """None when it is no cursor of ours; a list then begins at its beginning."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        at, _, id = base64.urlsafe_b64decode(padded.encode("ascii")).decode().rpartition(" ")
        moment = datetime.fromisoformat(at)
        return (moment, UUID(id)) if moment.tzinfo else None
    except ValueError:
        return None
