"""What counts as the database being away, so that the same may succeed later."""

import pytest
from jinja2 import TemplateNotFound

from adapters.postgres.outages import database_is_away


@pytest.mark.parametrize(
    ("error", "away"),
    [
        (ConnectionRefusedError(), True),
        (TimeoutError(), True),
        (OSError("Multiple exceptions: refused, refused"), True),
        # An OSError too, which would be told as an outage that ends by itself.
        (TemplateNotFound("parts/moved.html"), False),
        (ValueError(), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_says_whether_the_database_is_away(error: Exception, away: bool) -> None:
    assert database_is_away(error) is away
