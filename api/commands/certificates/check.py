"""A certificate that somebody brings, checked: what the call and the page both answer with."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from adapters.postgres.certificates import reads as reads_certificates
from adapters.postgres.certificates.reads import SealView, StandingView
from adapters.postgres.chain.platform_addresses import read_platform_addresses
from adapters.postgres.credits.reads.corrections import CorrectionView
from api.commands.certificates.published_keys import published_document
from api.http.resources import Resources
from domain.accounts.session_origins import one_host
from domain.certificates.certificates import chain_parts
from domain.certificates.check_results import Check, Verdict
from domain.certificates.checks import verdict
from domain.certificates.published_keys import Trusted, read_published
from domain.certificates.schema import read_certificate
from domain.errors import Fault, Invalid

FAULTS_TOLD_MAX = 20
FAULT_CHARACTERS_MAX = 200

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class CheckedCertificate:
    """
    `document` is what was brought, whether or not it is true.

    `database_answers` False means that the registry's own word could not be read; `standing` None,
    that it knows no such certificate. Neither plays a part in the checks.
    """

    document: dict[str, Any]
    checks: Sequence[Check]
    database_answers: bool
    standing: StandingView | None

    @property
    def verdict(self) -> Verdict:
        return verdict(self.checks)

    @property
    def certificate_id(self) -> UUID:
        return UUID(self.document["certificateId"])

    @property
    def networks(self) -> list[str]:
        return list(dict.fromkeys(chain["network"] for chain in chain_parts(self.document)))

    @property
    def tx_hashes(self) -> list[str]:
        return list(dict.fromkeys(chain["txHash"] for chain in chain_parts(self.document)))

    @property
    def superseded_by(self) -> SealView | None:
        if self.standing is None or "proof" not in self.document:
            return None
        return self.standing.superseded_by(self.document["proof"]["digest"])

    @property
    def corrections(self) -> Sequence[CorrectionView]:
        if self.standing is None or "proof" not in self.document:
            return ()
        return self.standing.corrections_of(self.document["proof"]["digest"])


async def count_check(parts: Resources, address: str) -> None:
    """
    Raises:
        TooManyRequests: this address has checked enough for a minute.
    """
    await parts.check_limit.count(one_host(address))


async def check_bytes(parts: Resources, raw: bytes) -> CheckedCertificate:
    """
    Raises:
        Invalid: the bytes are no certificate; every fault of a document of another shape.
    """
    read = read_certificate(raw)
    if read.document is None:
        raise _no_certificate(raw, read.faults)
    checks = await parts.certificate_checks.check(raw, await _published(parts))
    retirement_id = UUID(read.document["certificateId"])
    try:
        async with parts.reading() as connection:
            standing = await reads_certificates.standing(connection, retirement_id)
    except (SQLAlchemyError, OSError) as error:
        log.warning("registry_word_unavailable", error=type(error).__name__)
        return CheckedCertificate(read.document, checks, False, None)
    return CheckedCertificate(read.document, checks, True, standing)


async def _published(parts: Resources) -> Trusted:
    """
    What strangers are told, so that we check by nothing that they cannot know.

    An address that only the database names settles nothing: the check of the payer then says that
    it was not made, here as in the command (domain/certificates/chain_checks.py).
    """
    settings = parts.settings
    try:
        async with parts.reading() as connection:
            addresses = await read_platform_addresses(connection)
    except (SQLAlchemyError, OSError) as error:
        log.warning("platform_addresses_unavailable", error=type(error).__name__)
        return read_published(published_document(settings, ()))
    return read_published(published_document(settings, addresses))


def _no_certificate(raw: bytes, sentences: Sequence[str]) -> Invalid:
    if not raw:
        detail = "Send the bytes of a certificate.json."
        return Invalid(detail, Fault("", detail))
    faults = [_fault(sentence[:FAULT_CHARACTERS_MAX]) for sentence in sentences[:FAULTS_TOLD_MAX]]
    return Invalid(faults[0].detail, *faults)


def _fault(sentence: str) -> Fault:
    """A fault of the shape begins with the pointer to its place, a fault of the whole does not."""
    pointer = sentence.partition(" ")[0] if sentence.startswith("/") else ""
    return Fault(pointer, f"This is not a certificate: {sentence}.")
