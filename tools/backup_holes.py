"""
Whether the stored log goes on where it ended: what a lost spool or a dropped slot leaves out.

pg_receivewal goes on after the last segment of its folder. Without that folder it begins where its slot stands, which is
where the server may forget; what it had received and nobody had stored lies before that, is asked for no more, and no
program says so.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.backup_places import BackupPlace, bases_in
from tools.postgres_programs import program, read_program

PARTIAL_SUFFIX = ".partial"
_WHOLE = re.compile(r"(?:wal/)?[0-9A-F]{8}([0-9A-F]{8})([0-9A-F]{8})(?:\.gz)?")
_BEGUN = re.compile(r"(?:wal/)?[0-9A-F]{8}([0-9A-F]{8})([0-9A-F]{8})\.partial(?:\.gz)?")
_BYTES_OF_FIRST_NUMBER = 1 << 32
_POSITION = """
    SELECT coalesce(
               restart_lsn,
               CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_flush_lsn() END
           ) - '0/0'::pg_lsn,
           pg_size_bytes(current_setting('wal_segment_size'))
      FROM pg_replication_slots WHERE slot_name = '{slot}'
"""
"""A slot that was never used keeps nothing: whoever begins with it begins where the server is."""


@dataclass(frozen=True)
class Segments:
    """Counts segments through all timelines, as the names of files do without saying so."""

    bytes_each: int

    def numbers(self, names: Iterable[str], form: re.Pattern[str] = _WHOLE) -> set[int]:
        each = _BYTES_OF_FIRST_NUMBER // self.bytes_each
        found = (form.fullmatch(name) for name in names)
        return {int(one[1], 16) * each + int(one[2], 16) for one in found if one}

    def begun(self, names: Iterable[str]) -> set[int]:
        """Those of which a part is there."""
        return self.numbers(names, _BEGUN)


def missing_segments(
    place: BackupPlace,
    spool: Path,
    slot: str,
    environment: Mapping[str, str],
    programs: Path | None = None,
) -> int:
    """
    How many segments stand neither in the store nor in the spool, and will not be received any more.

    Counted from the newest base backup on: nothing that lies before it is needed to restore to now. 0 also where
    there is no slot, and where nothing was ever stored.

    Raises:
        BackupFailed: the server cannot be asked.
    """
    answer = read_program(
        [program("psql", programs), "-XAtqF,", "-c", _POSITION.format(slot=slot)], environment
    )
    if not answer:
        return 0
    kept_from, bytes_each = (int(number) for number in answer.split(","))
    segments = Segments(bytes_each)
    with TemporaryDirectory() as scratch:
        bases = sorted(bases_in(place, Path(scratch)), key=lambda base: base.ended_at)
    stored = place.names("wal/")
    received = [path.name for path in spool.iterdir()] if spool.exists() else []
    present = segments.numbers(stored) | segments.numbers(received)
    begins = segments.begun(received) | {number + 1 for number in segments.numbers(received)}
    goes_on = max(begins, default=kept_from // bytes_each)
    known = present | segments.begun(stored)
    # A base backup has the log of its own time in it.
    first = (
        max(segments.numbers([bases[-1].last_segment])) + 1
        if bases
        else min(known, default=goes_on)
    )
    return len(set(range(first, goes_on)) - present)
