"""Resuming a parked record."""

from datetime import timedelta

import pytest

from domain.accounts.roles import Account
from domain.chain.records import RecordStatus
from domain.chain.resumption import QueueEntry, resume
from domain.errors import Conflict, Forbidden
from tests.factories import ADMINISTRATOR, BUYER, DEVELOPER, NOW, VERIFIER, named

LATER = NOW + timedelta(hours=1)
PARKED = QueueEntry(named("record"), RecordStatus.PARKED, NOW, "Metadata: over 64 bytes", 5)


def test_a_parked_record_waits_again_from_now_on() -> None:
    resumed = resume(PARKED, actor=ADMINISTRATOR, at=LATER)

    assert resumed == QueueEntry(PARKED.id, RecordStatus.QUEUED, LATER, None, attempts=0)


@pytest.mark.parametrize("status", [s for s in RecordStatus if s is not RecordStatus.PARKED])
def test_only_a_parked_record_is_resumed(status: RecordStatus) -> None:
    with pytest.raises(Conflict) as refused:
        resume(QueueEntry(named("record"), status, NOW), actor=ADMINISTRATOR, at=LATER)

    assert refused.value.detail == f"Only a parked record can be resumed; this one is {status}."


@pytest.mark.parametrize("person", [DEVELOPER, VERIFIER, BUYER], ids=lambda person: person.role)
def test_only_staff_resume(person: Account) -> None:
    with pytest.raises(Forbidden):
        resume(PARKED, actor=person, at=LATER)
