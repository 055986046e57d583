"""
How staff keep what others say: one records it with its source, another confirms it, and then the public reads it.

Nothing is told to a buyer on one person's word. What is withdrawn is withdrawn at once, by one person and with a
public reason: to tell less never waits for anybody (ADR 0120).
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import cast
from urllib.parse import urlsplit
from uuid import UUID

from domain.accounts.roles import Account, Permission
from domain.errors import Fault, Forbidden, Invalid, RecordSettled

URL_LENGTH_MAX = 2000


class RecordStatus(StrEnum):
    """
    recorded   one of staff recorded it; the public does not read it yet
    confirmed  another of staff compared it with its source; the public reads it
    withdrawn  for ever; once it was confirmed, the public reads that too, and why
    """

    RECORDED = "recorded"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Source:
    """
    Where it is written: a document of the project, or a web address, or both; `dated` is the day that it bears.

    Raises:
        Invalid: neither is named, or the address is none of the web's.
    """

    document_id: UUID | None
    url: str | None
    dated: date

    def __post_init__(self) -> None:
        if self.document_id is None and self.url is None:
            detail = "Name the document or the web address in which it is written."
            raise Invalid(detail, Fault("/source", detail))
        if self.url is not None and not _of_the_web(self.url):
            detail = "The source's address must begin with https:// and name a host."
            raise Invalid(detail, Fault("/source/url", detail))


@dataclass(frozen=True)
class Record:
    """Who recorded, confirmed and withdrew something, and when; `withdrawn_reason` is public."""

    recorded_by: UUID
    recorded_at: datetime
    status: RecordStatus = RecordStatus.RECORDED
    confirmed_by: UUID | None = None
    confirmed_at: datetime | None = None
    withdrawn_by: UUID | None = None
    withdrawn_at: datetime | None = None
    withdrawn_reason: str | None = None


def new_record(source: Source, *, actor: Account, at: datetime) -> Record:
    """
    Raises:
        Forbidden: only staff record.
        Invalid: the source bears a day that is still to come.
    """
    actor.require(Permission.RECORD_STANDARDS)
    if source.dated > at.date():
        detail = "The source cannot be dated later than today."
        raise Invalid(detail, Fault("/source/dated", detail))
    return Record(actor.id, at)


def confirm_record(record: Record, *, actor: Account, at: datetime) -> Record:
    """
    Raises:
        Forbidden: the actor is not staff, or has recorded it.
        RecordSettled: it is confirmed or withdrawn.
    """
    actor.require(Permission.RECORD_STANDARDS)
    if record.status is not RecordStatus.RECORDED:
        raise RecordSettled(f"This is {record.status} already.")
    if record.recorded_by == actor.id:
        raise Forbidden("The second pair of eyes cannot be the first one's.")
    return replace(record, status=RecordStatus.CONFIRMED, confirmed_by=actor.id, confirmed_at=at)


def withdraw_record(record: Record, reason: str, *, actor: Account, at: datetime) -> Record:
    """
    Raises:
        Forbidden: the actor is not staff.
        Invalid: the reason is empty.
        RecordSettled: it is withdrawn.
    """
    actor.require(Permission.RECORD_STANDARDS)
    if not reason.strip():
        detail = "Say why it is withdrawn; the public reads it."
        raise Invalid(detail, Fault("/reason", detail))
    if record.status is RecordStatus.WITHDRAWN:
        raise RecordSettled("This is withdrawn already.")
    return replace(
        record,
        status=RecordStatus.WITHDRAWN,
        withdrawn_by=actor.id,
        withdrawn_at=at,
        withdrawn_reason=reason,
    )


def require_vintages(first: int | None, last: int | None) -> None:
    """
    Both ends belong to a window; None and None: all vintages.

    Raises:
        Invalid: one of them is missing, or the first is later than the last.
    """
    if (first is None) != (last is None):
        missing = "/vintageFrom" if first is None else "/vintageTo"
        detail = "A window of vintages has a first and a last year."
        raise Invalid(detail, Fault(missing, detail))
    if first is not None and first > cast("int", last):
        detail = "The last vintage cannot be before the first."
        raise Invalid(detail, Fault("/vintageTo", detail))


def covers_vintage(first: int | None, last: int | None, vintage: int) -> bool:
    return first is None or first <= vintage <= cast("int", last)


def _of_the_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return (
        parts.scheme == "https"
        and bool(parts.hostname)
        and parts.username is None
        and len(url) <= URL_LENGTH_MAX
        and url.isprintable()
        and " " not in url
    )
