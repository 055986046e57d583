"""
A format that somebody made, version by version; each stays as it was saved, and another person reviews it.

Before its review a version is for whoever saved it alone. What was mapped by a version names it, and is
mapped by it again whatever came later (domain.ingestion.formats).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.accounts.roles import Account, Role
from domain.errors import Conflict, Fault, Forbidden, Invalid
from domain.ingestion.formats import Format, read_format

ID_PATTERN = re.compile(r"[a-z0-9](?:-?[a-z0-9]){2,39}")
ID_RULE = (
    "From 3 to 40 small letters and digits, with single hyphens between them, as “tank-7-ctd”."
)
NOTE_CHARACTERS_MAX = 2000
SAMPLE_ROWS_MAX = 5

REVIEWERS = frozenset({Role.VERIFIER, Role.ADMINISTRATOR})


class FormatReview(StrEnum):
    """`WAITING` and `REFUSED` versions are used by whoever saved them, and by nobody else."""

    WAITING = "to_review"
    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True)
class StoredFormat:
    """
    One version. `declared` is what a file of formats would say; `sample` is a header and the rows that its
    author lets be published, none at least and five at most.
    """

    id: str
    version: int
    declared: Mapping[str, Any]
    sample: Sequence[Sequence[str]]
    saved_by: UUID
    saved_at: datetime
    review: FormatReview = FormatReview.WAITING
    reviewed_by: UUID | None = None
    review_note: str | None = None
    reviewed_at: datetime | None = None

    @property
    def format(self) -> Format:
        """
        Raises:
            BadFormat: never for one that was saved by `new_version`.
        """
        return read_format(self.declared)

    def serves(self, account_id: UUID) -> bool:
        """Whether this account's files may be mapped by it."""
        return self.review is FormatReview.ACCEPTED or self.saved_by == account_id


def new_version(
    *,
    id: str,
    declared: Mapping[str, Any],
    sample: Sequence[Sequence[str]],
    before: StoredFormat | None,
    is_taken: bool,
    actor: Account,
    at: datetime,
) -> StoredFormat:
    """
    The version after `before`, or the first.

    `is_taken`: a format of the release has this id.

    Raises:
        Invalid: the id is none, or another's; the declaration has not changed.
        BadFormat: with every fault of the declaration.
    """
    if not ID_PATTERN.fullmatch(id):
        raise Invalid("This name cannot be used.", Fault("/id", ID_RULE))
    is_others = before is not None and before.saved_by != actor.id
    if is_taken or (is_others and actor.role is not Role.ADMINISTRATOR):
        raise Invalid(
            "This name cannot be used.", Fault("/id", "Another format has it. Choose another name.")
        )
    version = before.version + 1 if before else 1
    whole = {**declared, "id": id, "version": version}
    read_format(whole)
    if before is not None and {**before.declared, "version": version} == whole:
        raise Invalid(
            "Nothing has changed.", Fault("/id", f"This is what version {before.version} says.")
        )
    return StoredFormat(
        id=id,
        version=version,
        declared=whole,
        sample=[list(row) for row in sample[: SAMPLE_ROWS_MAX + 1]],
        saved_by=actor.id,
        saved_at=at,
    )


def reviewed(
    stored: StoredFormat, *, is_accepted: bool, note: str, actor: Account, at: datetime
) -> StoredFormat:
    """
    What a verifier, or staff, says of a version that somebody else saved.

    Raises:
        Forbidden: they may not review, or saved it themselves.
        Conflict: it was reviewed.
        Invalid: it is refused without a reason, or the note is too long.
    """
    if actor.role not in REVIEWERS:
        raise Forbidden("Verifiers and staff review formats.")
    if actor.id == stored.saved_by:
        raise Forbidden("You saved this version: somebody else reviews it.")
    if stored.review is not FormatReview.WAITING:
        raise Conflict(f"This version was {stored.review} already.")
    if not is_accepted and not note.strip():
        raise Invalid("The note is missing.", Fault("/note", "Say why it is refused."))
    if len(note) > NOTE_CHARACTERS_MAX:
        raise Invalid(
            "The note is too long.", Fault("/note", f"At most {NOTE_CHARACTERS_MAX:,} characters.")
        )
    return replace(
        stored,
        review=FormatReview.ACCEPTED if is_accepted else FormatReview.REFUSED,
        reviewed_by=actor.id,
        review_note=note.strip(),
        reviewed_at=at,
    )
