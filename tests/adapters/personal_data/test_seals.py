"""Seals of personal values: each good in its own table, column and row alone, under keys that are wrapped."""

import base64
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pydantic import SecretStr

from adapters.personal_data.opening import UnfitPersonalDataKey, open_personal_data
from adapters.personal_data.seals import PersonalData, Sealed
from adapters.personal_data.wrapping import LocalWrapping, UnreadablePersonalData
from adapters.settings.database import DatabaseSettings
from tests.databases import PERSONAL_KEYS
from tests.factories import named

OLD, NEW, INDEX = bytes(range(32)), bytes(range(32, 64)), bytes(range(64, 96))
ROW, OTHER_ROW = named("row"), named("other row")
EMAIL = "users.email"


def sealed_for(row: UUID, *keys: bytes, column: str = EMAIL, text: str = "李 雷") -> Sealed:
    personal = PersonalData(LocalWrapping(*keys), INDEX)
    return personal.seal(text, personal.new_data_key(1), column, row)


@pytest.mark.parametrize("text", ["", "asha@supplier.example", "李 雷", "O'Neil", "é" * 255])
def test_what_was_sealed_is_read_and_nothing_of_it_shows(text: str) -> None:
    kept = sealed_for(ROW, NEW, text=text).text

    assert kept.startswith("sealed:1:local.")
    assert not text or text not in kept
    assert PersonalData(LocalWrapping(NEW), INDEX).open(kept, EMAIL, str(ROW)) == text
    assert sealed_for(ROW, NEW, text=text).text != kept


def test_a_value_from_before_is_read_as_it_is() -> None:
    assert PersonalData(LocalWrapping(NEW), INDEX).open("Asha", EMAIL, str(ROW)) == "Asha"


@pytest.mark.parametrize(
    ("kept", "column", "row", "says"),
    [
        (sealed_for(ROW, NEW), EMAIL, OTHER_ROW, "was not sealed for it"),
        (sealed_for(ROW, NEW), "users.name", ROW, "was not sealed for it"),
        (Sealed(sealed_for(ROW, NEW).text[:-4] + "AAAA"), EMAIL, ROW, "was not sealed for it"),
        (Sealed(sealed_for(ROW, NEW).text.replace("d:1:", "d:2:")), EMAIL, ROW, "was not sealed"),
        (Sealed("sealed:1:x"), EMAIL, ROW, "is no whole seal"),
        (sealed_for(ROW, OLD), EMAIL, ROW, "neither PERSONAL_DATA_KEY nor among FORMER"),
    ],
    ids=["another row", "another column", "changed", "another version", "cut off", "another key"],
)
def test_a_seal_of_elsewhere_is_refused(kept: Sealed, column: str, row: UUID, says: str) -> None:
    with pytest.raises(UnreadablePersonalData, match=says):
        PersonalData(LocalWrapping(NEW), INDEX).open(kept.text, column, str(row))


def test_a_former_key_still_reads_what_it_wrapped() -> None:
    both = PersonalData(LocalWrapping(NEW, OLD), INDEX)

    assert both.open(sealed_for(ROW, OLD).text, EMAIL, str(ROW)) == "李 雷"
    assert both.wrapping.is_current(both.new_data_key(2).wrapped)


def test_an_email_has_one_hash_in_any_case_and_another_under_another_key() -> None:
    here = PersonalData(LocalWrapping(NEW), INDEX)

    assert here.email_hash("Asha@Supplier.example") == here.email_hash("asha@supplier.example")
    assert len(here.email_hash("asha@supplier.example")) == 64
    assert here.email_hash("a@b.example") != PersonalData(LocalWrapping(NEW), OLD).email_hash(
        "a@b.example"
    )


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"personal_data_key": None},
            "^Neither PERSONAL_DATA_KEY nor PERSONAL_DATA_KEY_FILE is set",
        ),
        ({"personal_index_key": None}, "^Neither PERSONAL_INDEX_KEY nor"),
        (
            {"personal_data_key": SecretStr("aGVsbG8=")},
            "^PERSONAL_DATA_KEY is not 32 bytes in base64$",
        ),
        (
            {"former_personal_data_keys": [SecretStr("aGVsbG8=")]},
            "^One of FORMER_PERSONAL_DATA_KEYS is not 32 bytes",
        ),
    ],
)
def test_without_fit_keys_nothing_starts(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(UnfitPersonalDataKey, match=says):
        open_personal_data(DatabaseSettings(**PERSONAL_KEYS | changes))


def test_a_key_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "personal-data.key"
    file.write_text(base64.b64encode(NEW).decode() + "\n")
    file.chmod(0o600)
    settings = DatabaseSettings(**PERSONAL_KEYS, personal_data_key_file=file)

    kept = sealed_for(ROW, NEW)

    assert open_personal_data(settings).open(kept.text, EMAIL, str(ROW)) == "李 雷"
