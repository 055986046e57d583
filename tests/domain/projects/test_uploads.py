"""An account awaits, and a project holds, no more than it may; the sentence says what is left."""

import pytest

from domain.errors import UploadQuotaExceeded
from domain.projects.uploads import MEBIBYTE, Held, UploadQuota, require_room

QUOTA = UploadQuota(
    open_files_per_account=3,
    open_bytes_per_account=10 * MEBIBYTE,
    files_per_project=5,
    bytes_per_project=20 * MEBIBYTE,
)

# What the account awaits, what the project holds, the new document's bytes, and what is said.
REFUSED = {
    "files of the account": (Held(3, 30), Held(3, 30), 1, "You have 3 documents"),
    "bytes of the account": (
        Held(1, 9 * MEBIBYTE),
        Held(1, 9 * MEBIBYTE),
        MEBIBYTE + 1,
        "There is room for 1.0 MiB (1,048,576 bytes) more",
    ),
    "files of the project": (Held(0, 0), Held(5, 50), 1, "This project has 5 documents"),
    "bytes of the project": (
        Held(0, 0),
        Held(4, 20 * MEBIBYTE - 7),
        8,
        "This project has room for 7 bytes more, and this document has 8 bytes.",
    ),
    "a project beyond a quota that was lowered": (
        Held(0, 0),
        Held(4, 30 * MEBIBYTE),
        1,
        "room for 0 bytes more",
    ),
}
TAKEN = {
    "the first": (Held(0, 0), Held(0, 0), 10 * MEBIBYTE),
    "the last byte": (Held(2, 9 * MEBIBYTE), Held(4, 19 * MEBIBYTE), MEBIBYTE),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_has_no_room_is_refused_with_the_room_that_is_left(case: str) -> None:
    open_of_account, of_project, size, said = REFUSED[case]

    with pytest.raises(UploadQuotaExceeded) as refused:
        require_room(QUOTA, size, open_of_account=open_of_account, of_project=of_project)

    assert said in refused.value.detail


@pytest.mark.parametrize("case", TAKEN)
def test_what_has_room_is_taken(case: str) -> None:
    open_of_account, of_project, size = TAKEN[case]

    require_room(QUOTA, size, open_of_account=open_of_account, of_project=of_project)
