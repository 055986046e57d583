"""
Compliance reports: kinds, what one is asked for by, its files, and its manifest.

A report states a period as the ledger had it at a moment. It rests on facts that are only ever added, so that
the same terms give the same bytes whenever they are asked for again (ADR 0121).

Source: seed, "Compliance Service"; issue 19.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import rfc8785

from domain.accounts.roles import Account, Permission
from domain.credits.ledger import Conservation
from domain.errors import Fault, Forbidden, Invalid
from domain.quantities import format_tonnes

SETTLED_AFTER = timedelta(minutes=15)
"""No transaction lasts so long: what was to be seen of a moment is seen by then, and stays."""

FIRST_DAY_MIN = date(2000, 1, 1)
FORM_VERSION = 1
"""Of tables and columns. A form that changes gets the next number, and its reports another version."""


class ReportKind(StrEnum):
    """
    holdings      what accounts held, received, sent and used up, with each movement
    retirements   what was retired, by country, sector, vintage and beneficiary
    article_6     the agreed electronic format of Article 6.2: submission, authorizations, actions, holdings, entities
    corsia        units that CORSIA accepts, and what was cancelled for it
    cad_trust     the registry in the CAD Trust data model 2.0
    buffer        what lies in the buffer of each project, and the losses it stood for
    verification  how many rounds were decided, how long they took, and deadlines that passed
    audit         entries of the audit log, for a regulator
    processing    the register of processing of personal data (GDPR 30)
    """

    HOLDINGS = "holdings"
    RETIREMENTS = "retirements"
    ARTICLE_6 = "article_6"
    CORSIA = "corsia"
    CAD_TRUST = "cad_trust"
    BUFFER = "buffer"
    VERIFICATION = "verification"
    AUDIT = "audit"
    PROCESSING = "processing"


class ReportFormat(StrEnum):
    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"
    PDF = "pdf"


MEDIA_TYPES: Mapping[ReportFormat, str] = {
    ReportFormat.JSON: "application/json",
    ReportFormat.CSV: "text/csv; charset=utf-8; header=present",
    ReportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ReportFormat.PDF: "application/pdf",
}

OF_ONE_ACCOUNT = frozenset({ReportKind.HOLDINGS})
OF_A_PARTY = frozenset({ReportKind.ARTICLE_6})


@dataclass(frozen=True)
class ReportTerms:
    """
    What a report is asked for by; the same terms give the same report.

    Days are of UTC, both counted in. `known_at` is when it is told from: what was recorded later is not in it,
    so that with the period's end it is as it was then, and with a later moment corrected. `account_id` narrows
    holdings to one account; `party` (ISO 3166-1 alpha-3) is whose agreed electronic format it is.
    """

    kind: ReportKind
    first_day: date
    last_day: date
    known_at: datetime
    account_id: UUID | None = None
    party: str | None = None

    @property
    def begins(self) -> datetime:
        return datetime.combine(self.first_day, time(), UTC)

    @property
    def ends(self) -> datetime:
        """The first moment that is not in it."""
        return end_of(self.last_day)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) by which the same terms are known."""
        return hashlib.sha256(rfc8785.dumps(terms_of(self))).hexdigest()


def end_of(day: date) -> datetime:
    """The first moment after it; of the calendar's last day its last."""
    if day == date.max:
        return datetime.max.replace(tzinfo=UTC)
    return datetime.combine(day + timedelta(days=1), time(), UTC)


def require_terms(terms: ReportTerms, *, at: datetime) -> None:
    """
    May a report be asked for so at this moment?

    Raises:
        Invalid: every fault at once, with its pointer: days out of order or too old, a period or a moment that
            has not settled yet, an account or a Party where none belongs, or a Party that is missing.
    """
    faults = [*_period_faults(terms, at=at), *_subject_faults(terms)]
    if faults:
        raise Invalid(" ".join(fault.detail for fault in faults), *faults)


def _period_faults(terms: ReportTerms, *, at: datetime) -> list[Fault]:
    faults = []
    if terms.first_day < FIRST_DAY_MIN:
        faults.append(Fault("/firstDay", f"The first day is not before {FIRST_DAY_MIN}."))
    if terms.last_day < terms.first_day:
        faults.append(Fault("/lastDay", "The last day is not before the first."))
    if terms.ends > at - SETTLED_AFTER:
        faults.append(
            Fault(
                "/lastDay", "A period is reported once its last day is over by 15 minutes, in UTC."
            )
        )
    elif terms.known_at > at - SETTLED_AFTER:
        faults.append(
            Fault("/knownAt", "What is known is told 15 minutes later, when it has settled.")
        )
    if terms.known_at < terms.ends:
        faults.append(Fault("/knownAt", "It cannot be told from before the period's end."))
    return faults


def _subject_faults(terms: ReportTerms) -> list[Fault]:
    faults = []
    if terms.account_id is not None and terms.kind not in OF_ONE_ACCOUNT:
        faults.append(Fault("/accountId", "Only holdings are of one account."))
    if terms.party is not None and terms.kind not in OF_A_PARTY:
        faults.append(Fault("/party", "Only the agreed electronic format is of a Party."))
    if terms.party is None and terms.kind in OF_A_PARTY:
        faults.append(Fault("/party", "Name the Party that reports, as ISO 3166-1 alpha-3."))
    if terms.kind in OF_A_PARTY and terms.first_day.year != terms.last_day.year:
        faults.append(
            Fault(
                "/firstDay", "The agreed electronic format is of one calendar year, or part of it."
            )
        )
    return faults


def require_maker(account: Account, terms: ReportTerms) -> None:
    """
    May this account have that report made? Staff any; whoever holds credits their own organisation's statement.

    Raises:
        Forbidden: neither.
    """
    if account.may(Permission.MAKE_REPORTS):
        return
    if terms.kind in OF_ONE_ACCOUNT and terms.account_id == account.acts_for:
        return
    raise Forbidden("You may have the statement of your own holdings made; the rest is for staff.")


def may_read(account: Account, terms: ReportTerms) -> bool:
    """Staff read all reports; others those of the account that they act for."""
    return account.may(Permission.MAKE_REPORTS) or (
        terms.account_id is not None and terms.account_id == account.acts_for
    )


@dataclass(frozen=True)
class ReportFile:
    """`table` is None where the file holds all of them; `rows` are those of its tables together."""

    name: str
    format: ReportFormat
    table: str | None
    rows: int
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class Report:
    """
    A report that was made. `version` counts those of the same terms whose bytes differ, from 1.

    `manifest` is canonical JSON, `sha256` (hex) its hash; `signature` is the registry's Ed25519 over the
    manifest's bytes by `public_key`, both hex.
    """

    id: UUID
    terms: ReportTerms
    version: int
    made_at: datetime
    made_by: UUID | None
    manifest: bytes
    sha256: str
    public_key: str
    signature: str


def terms_of(terms: ReportTerms) -> dict[str, Any]:
    return {
        "kind": terms.kind.value,
        "firstDay": terms.first_day.isoformat(),
        "lastDay": terms.last_day.isoformat(),
        "knownAt": moment_text(terms.known_at),
        "accountId": str(terms.account_id) if terms.account_id else None,
        "party": terms.party,
    }


def manifest_bytes(
    terms: ReportTerms,
    files: Sequence[ReportFile],
    sums: Conservation,
    *,
    registry_name: str,
    movements: int,
) -> bytes:
    """
    What the registry signs: terms, the sum of the ledger at the period's end, and each file with its SHA-256.

    It says nothing of when or by whom it was made, so that making it again gives the same bytes. `movements` are
    those of the ledger before the period's end.
    """
    return rfc8785.dumps(
        {
            "registry": registry_name,
            "form": FORM_VERSION,
            "terms": terms_of(terms),
            "ledger": {
                "movements": movements,
                "issued": format_tonnes(sums.issued_units),
                "held": format_tonnes(
                    sums.active_units + sums.reserved_units + sums.suspended_units
                ),
                "retired": format_tonnes(sums.retired_units),
                "cancelled": format_tonnes(sums.cancelled_units),
                "buffer": format_tonnes(sums.buffer_units),
                "holds": sums.holds,
            },
            "files": [
                {
                    "name": file.name,
                    "table": file.table,
                    "rows": file.rows,
                    "bytes": file.size_bytes,
                    "sha256": file.sha256,
                }
                for file in files
            ],
        }
    )


def manifest_sha256(manifest: bytes) -> str:
    return hashlib.sha256(manifest).hexdigest()


TITLES: Mapping[ReportKind, str] = {
    ReportKind.HOLDINGS: "Holdings and movements of accounts",
    ReportKind.RETIREMENTS: "Retirements",
    ReportKind.ARTICLE_6: "Agreed electronic format (Article 6.2)",
    ReportKind.CORSIA: "CORSIA eligible units",
    ReportKind.CAD_TRUST: "CAD Trust data model 2.0",
    ReportKind.BUFFER: "Buffer and losses",
    ReportKind.VERIFICATION: "Verification: throughput and deadlines",
    ReportKind.AUDIT: "Extract of the audit log",
    ReportKind.PROCESSING: "Register of processing (GDPR 30)",
}


def title_of(terms: ReportTerms) -> str:
    """As `Retirements, 2024-01-01 to 2024-12-31`."""
    return f"{TITLES[terms.kind]}, {terms.first_day} to {terms.last_day}"


def moment_text(at: datetime) -> str:
    """RFC 3339 in UTC, with microseconds where there are any."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def file_name(format: ReportFormat, table: str | None = None) -> str:
    return f"{table or 'report'}.{format}"
