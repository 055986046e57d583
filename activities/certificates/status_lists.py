"""Status lists: what became of credentials is signed anew where it changed (ADR 0113)."""

import hashlib

from temporalio import activity

from activities.payloads import Payload
from activities.ports.certificates import CertificateSigner, StoredStatusList
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from domain.certificates.certificates import IssuingRegistry, canonical_bytes
from domain.certificates.credentials import (
    did_web,
    hash_data,
    proof_options,
    with_integrity_proof,
)
from domain.certificates.status_lists import PLACES, Status, bits, list_document


class SignStatusLists(Payload):
    """It names nothing: every list is looked at."""


class StatusListsSigned(Payload):
    """How many lists there are, and how many of them say something else since."""

    lists: int
    changed: int


class StatusListActivities:
    def __init__(
        self,
        database: Database,
        signer: CertificateSigner,
        clock: Clock,
        registry: IssuingRegistry,
    ) -> None:
        self._database = database
        self._signer = signer
        self._clock = clock
        self._name, self._url = registry.name, registry.url.rstrip("/")

    @activity.defn
    async def sign_status_lists(
        self,
        request: SignStatusLists,  # noqa: ARG002 -- it names nothing
    ) -> StatusListsSigned:
        """
        Sign each list whose bits changed; the next empty one is there before anybody has a place in it.

        Beside another attempt it finds the same bits, and the version's key lets one of them in.
        """
        async with self._database.transaction() as work:
            last = await work.certificates.last_status_place()
        numbers = range((last // PLACES if last is not None else 0) + 2)
        changed = 0
        for number in numbers:
            for status in Status:
                activity.heartbeat()
                async with self._database.transaction() as work:
                    changed += await self._sign(work, status, number)
        return StatusListsSigned(lists=len(numbers) * len(Status), changed=changed)

    async def _sign(self, work: UnitOfWork, status: Status, number: int) -> bool:
        first = number * PLACES
        # First: whatever another attempt signs from here on has the version that this one would take.
        standing = await work.certificates.status_list(status, number)
        places = await work.certificates.places_of(status, first, first + PLACES - 1)
        content = bits(place - first for place in places)
        sha256 = hashlib.sha256(content).hexdigest()
        if standing and standing.bits_sha256 == sha256:
            return False
        now = self._clock.now()
        registry = {"did": did_web(self._url), "name": self._name, "url": self._url}
        unsigned = list_document(registry, status, number, content, at=now)
        options = proof_options(unsigned, self._signer.public_key)
        signature = self._signer.sign(hash_data(unsigned, options))
        await work.certificates.add_status_list(
            StoredStatusList(
                status,
                number,
                standing.version + 1 if standing else 1,
                sha256,
                canonical_bytes(with_integrity_proof(unsigned, options, signature)),
                now,
            )
        )
        return True
