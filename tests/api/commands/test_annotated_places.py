"""Files with their issues in them have few places on the disk, and no reader keeps one for ever."""

import asyncio
from pathlib import Path

import pytest

from api.commands.ingestion import annotated


async def sent(place: annotated.SendingPlace) -> bytes:
    return b"".join([piece async for piece in place.pieces()])


@pytest.mark.parametrize("seconds", [30.0, 0.0])
async def test_a_place_is_given_back_once_by_the_reader_or_by_the_clock(
    seconds: float, tmp_path: Path
) -> None:
    path = tmp_path / "annotated"
    path.write_bytes(b"line\n" * 50_000)
    free = annotated.PLACES._value  # noqa: SLF001
    await annotated.PLACES.acquire()
    place = annotated.SendingPlace(seconds)
    place.file = path.open("rb")
    path.unlink()
    await asyncio.sleep(0.01)

    if seconds:
        assert await sent(place) == b"line\n" * 50_000
    else:
        with pytest.raises(TimeoutError):
            await sent(place)

    place.give_back()
    assert (annotated.PLACES._value, place.file.closed) == (free, True)  # noqa: SLF001
