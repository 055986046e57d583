"""
What each audience sees, and from when on: declared once, for each field and each kind of document.

`domain/publishing/disclosed_fields.py` holds the fields; a test holds every answer of the API to it (ADR 0075).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from domain.projects.documents import Disclosure, DocumentType


class PublicMoment(StrEnum):
    """What must have happened before everybody sees something."""

    ALWAYS = "always"
    SUBMISSION = "submission"
    EVENT = "event"
    DECISION = "decision"


@dataclass(frozen=True)
class DisclosureRule:
    """
    A class and, for what is public, from when on: so many whole days after the moment. Nothing else ever is.

    internal      those who work on the project or with the thing, and staff
    confidential  the account that it is about, and staff where their work needs it
    restricted    whoever it was made for, once or while it holds
    """

    disclosure: Disclosure
    moment: PublicMoment = PublicMoment.EVENT
    days: int = 0

    def is_public(
        self, *, submitted_at: datetime | None, decided_at: datetime | None, at: datetime
    ) -> bool:
        """Whether everybody sees it at that moment; what happens is public as it happens."""
        if self.disclosure is not Disclosure.PUBLIC:
            return False
        if self.moment in (PublicMoment.ALWAYS, PublicMoment.EVENT):
            return True
        begins = submitted_at if self.moment is PublicMoment.SUBMISSION else decided_at
        if begins is None:
            return False
        # Without days it is public with the event itself, whatever a clock says.
        return not self.days or begins + timedelta(days=self.days) <= at

    @property
    def sentence(self) -> str:
        """As people read it."""
        if self.disclosure is not Disclosure.PUBLIC:
            return "never public"
        begins = f"public {self.days} days after" if self.days else "public from"
        on = "" if self.days else " on"
        return {
            PublicMoment.ALWAYS: "always public",
            PublicMoment.SUBMISSION: f"{begins} registration{on}",
            PublicMoment.EVENT: "public as soon as it happens",
            PublicMoment.DECISION: f"{begins} the decision{on}",
        }[self.moment]


def public_from(moment: PublicMoment, *, days: int = 0) -> DisclosureRule:
    return DisclosureRule(Disclosure.PUBLIC, moment, days)


INTERNAL = DisclosureRule(Disclosure.INTERNAL)
CONFIDENTIAL = DisclosureRule(Disclosure.CONFIDENTIAL)
RESTRICTED = DisclosureRule(Disclosure.RESTRICTED)

DOCUMENT_KINDS: Mapping[DocumentType, DisclosureRule] = {
    DocumentType.PROJECT_DESCRIPTION: public_from(PublicMoment.SUBMISSION),
    DocumentType.METHODOLOGY: public_from(PublicMoment.SUBMISSION),
    DocumentType.BASELINE_ASSESSMENT: public_from(PublicMoment.SUBMISSION),
    DocumentType.MONITORING_REPORT: public_from(PublicMoment.SUBMISSION),
    DocumentType.VALIDATION_REPORT: public_from(PublicMoment.SUBMISSION),
    DocumentType.VERIFICATION_REPORT: public_from(PublicMoment.SUBMISSION),
    DocumentType.SITE_EVIDENCE: INTERNAL,
    DocumentType.LABORATORY_ANALYSIS: INTERNAL,
    DocumentType.LAND_TITLE: CONFIDENTIAL,
    DocumentType.OTHER: INTERNAL,
}
"""What a document is where its uploader says nothing else; type and SHA-256 are public in every class."""


def disclosed(
    rules: Mapping[str, DisclosureRule],
    values: Mapping[str, Any],
    *,
    submitted_at: datetime | None,
    decided_at: datetime | None,
    at: datetime,
) -> dict[str, Any]:
    """
    The values with None in the place of each that is not public yet.

    Raises:
        KeyError: a value has no rule.
    """
    return {
        name: value
        if rules[name].is_public(submitted_at=submitted_at, decided_at=decided_at, at=at)
        else None
        for name, value in values.items()
    }
