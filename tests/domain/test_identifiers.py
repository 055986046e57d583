"""Serials name credit entries for ever; derived identifiers make a repeated request meet its own row."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Invalid
from domain.identifiers import Serial, derived_id, operation_id
from tests.factories import BUYER, DEVELOPER

serials = st.builds(
    Serial,
    vintage=st.integers(1000, 9999),
    project_number=st.integers(1, 999_999_999),
    running_number=st.integers(1, 999_999_999_999),
)


def test_a_serial_reads_as_vintage_project_and_running_number() -> None:
    assert str(Serial(2024, 1, 1)) == "KRB-2024-001-000001"
    assert str(Serial(2024, 12_345, 7_654_321)) == "KRB-2024-12345-7654321"


@given(serials)
def test_a_printed_serial_reads_back_as_itself(serial: Serial) -> None:
    assert Serial.parse(str(serial)) == serial


@given(st.from_regex(r"KRB-[0-9]{3,5}-[0-9]{2,5}-[0-9]{5,8}", fullmatch=True))
def test_no_two_spellings_name_the_same_serial(text: str) -> None:
    try:
        serial = Serial.parse(text)
    except Invalid:
        return

    assert str(serial) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "KRB",
        "KRB-2024-001",
        "krb-2024-001-000001",
        "VCS-2024-001-000001",
        "KRB-24-001-000001",
        "KRB-0999-001-000001",
        "KRB-2024-01-000001",
        "KRB-2024-001-00001",
        "KRB-2024-0001-000001",
        "KRB-2024-001-0000001",
        "KRB-2024-000-000001",
        "KRB-2024-001-000000",
        "KRB-2024-001-000001 ",
        "KRB-2024-001-000001\n",
        # Digits of another script, which int() would read.
        "KRB-2024-001-\N{ARABIC-INDIC DIGIT ONE}\N{ARABIC-INDIC DIGIT ONE}0001",
        "KRB-2024-001-1000000000000",
    ],
)
def test_what_no_serial_prints_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        Serial.parse(text)

    assert refused.value.detail == f"{text!r} is not a credit serial such as KRB-2024-001-000001"


def test_the_same_request_names_the_same_operation_for_ever() -> None:
    # Written out, because rows of years ago were saved under these very identifiers.
    assert (
        str(operation_id(DEVELOPER.id, "retire", "key-1")) == "ffbbcfcc-f383-5307-b131-ef8d713aa9ae"
    )


def test_another_account_action_or_key_names_another_operation() -> None:
    identifiers = {
        operation_id(DEVELOPER.id, "retire", "key-1"),
        operation_id(BUYER.id, "retire", "key-1"),
        operation_id(DEVELOPER.id, "transfer", "key-1"),
        operation_id(DEVELOPER.id, "retire", "key-2"),
    }

    assert len(identifiers) == 4


def test_a_parent_has_one_child_of_each_name() -> None:
    assert derived_id(DEVELOPER.id, "entry") == derived_id(DEVELOPER.id, "entry")
    assert derived_id(DEVELOPER.id, "entry") != derived_id(DEVELOPER.id, "record")
    assert derived_id(DEVELOPER.id, "entry") != derived_id(BUYER.id, "entry")
