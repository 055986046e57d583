"""Places for reading whole files, each of which keeps a database connection for as long as it is read."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from api.http.errors.error_mapping import Unavailable


class ExportPlaces:
    """So many at once in this process, and one for each caller: nobody can hold them all alone."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._held: Counter[str] = Counter()

    @contextmanager
    def take(self, host: str) -> Iterator[None]:
        """
        Hold a place; `host` is one caller (domain.accounts.session_origins.one_host).

        Raises:
            Unavailable: this caller has one, or others have all.
        """
        if self._held[host]:
            raise Unavailable(
                "You are reading a whole file already; wait for its end, or take the latest archive."
            )
        if self._held.total() >= self._places:
            raise Unavailable(
                "Others are reading whole files at the moment; try again, or take the latest archive."
            )
        self._held[host] += 1
        try:
            yield
        finally:
            del self._held[host]
