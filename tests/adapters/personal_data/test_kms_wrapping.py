"""Data keys wrapped by a KMS: a process of its own (ministack) that speaks AWS's protocol."""

import os
from collections.abc import Iterator

import pytest

from adapters.personal_data.wrapping import (
    KEY_BYTES,
    KmsWrapping,
    LocalWrapping,
    UnreadablePersonalData,
    kms_wrapping,
)
from tests.adapters.chain.keys.kms_processes import REGION, connect, running_kms

FORMER = os.urandom(KEY_BYTES)
DATA_KEY = os.urandom(KEY_BYTES)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ACCESS_KEY_ID", "test")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "not-a-real-secret-access-key")
        with running_kms(tmp_path_factory.mktemp("kms")) as address:
            yield address


def wrapping(url: str, *former: bytes) -> KmsWrapping:
    created = connect(url).create_key(KeySpec="SYMMETRIC_DEFAULT", KeyUsage="ENCRYPT_DECRYPT")
    key_id = created["KeyMetadata"]["KeyId"]
    return kms_wrapping(key_id, endpoint_url=url, region=REGION, former=former)


def test_what_the_kms_wraps_it_alone_unwraps(url: str) -> None:
    ours = wrapping(url)
    wrapped = ours.wrap(DATA_KEY)

    assert ours.unwrap(wrapped) == DATA_KEY
    assert ours.is_current(wrapped)
    # It stands in a column beside the rows, so the key itself must not.
    assert DATA_KEY.hex() not in wrapped
    # Whether another key of a KMS may unwrap it, AWS decides: this process does not look at the key's name.
    with pytest.raises(UnreadablePersonalData):
        LocalWrapping(FORMER).unwrap(wrapped)


def test_a_registry_that_moves_to_a_kms_reads_what_was_wrapped_before(url: str) -> None:
    before = LocalWrapping(FORMER).wrap(DATA_KEY)
    moved, forgot = wrapping(url, FORMER), wrapping(url)

    assert moved.unwrap(before) == DATA_KEY
    assert not moved.is_current(before)
    with pytest.raises(UnreadablePersonalData, match="FORMER_PERSONAL_DATA_KEYS"):
        forgot.unwrap(before)


@pytest.mark.parametrize("wrapped", ["kms.", "kms.AAAA", "kms.ä", "local.x.y", "", "kms"])
def test_a_wrapped_key_that_was_changed_is_one_sentence(url: str, wrapped: str) -> None:
    with pytest.raises(UnreadablePersonalData):
        wrapping(url, FORMER).unwrap(wrapped)


def test_a_kms_that_is_away_is_said_by_the_errors_name_alone(url: str) -> None:
    away = kms_wrapping("x", endpoint_url="http://127.0.0.1:1", region=REGION, former=())

    with pytest.raises(UnreadablePersonalData, match="The KMS does not wrap: EndpointConnection"):
        away.wrap(DATA_KEY)
