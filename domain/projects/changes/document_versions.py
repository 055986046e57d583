"""
Versions of a document: a newer one comes in the place of the former, and both stay.

Source: ADR 0090; seed, "Document management" (version history).
"""

from dataclasses import replace
from datetime import datetime

from domain.accounts.roles import Account, Role
from domain.errors import AlreadySuperseded, Conflict, Fault, Forbidden, Invalid
from domain.projects.documents import Document, DocumentStatus, DocumentType


def require_replaceable(
    former: Document,
    document_type: DocumentType,
    actor: Account,
    *,
    uploader_role: Role,
    developer_id: object,
) -> None:
    """
    May `actor` put a version in the place of `former`? Its uploader may, and of a supplier's document
    whoever acts for that supplier; nobody replaces what the other side has said.

    Raises:
        Forbidden: somebody else's document.
        Conflict: it was never completed, so that it can simply be announced anew.
        AlreadySuperseded: a newer version is there, which is the one to replace.
        Invalid: a version is of another type than the document.
    """
    is_suppliers = uploader_role is Role.DEVELOPER and actor.acts_for == developer_id
    if actor.id != former.uploaded_by and not is_suppliers:
        raise Forbidden(
            "Only its uploader, or who acts for the supplier that it is of, replaces it."
        )
    if former.status is not DocumentStatus.COMPLETED:
        raise Conflict("This document has not been completed yet; announce another one.")
    require_newest(former)
    if document_type is not former.document_type:
        detail = f"A version is of the same type as the document: {former.document_type}."
        raise Invalid(detail, Fault("/documentType", detail))


def require_newest(former: Document) -> None:
    """
    Raises:
        AlreadySuperseded: a newer version is there; the sentence names it.
    """
    if former.superseded_by is not None:
        raise AlreadySuperseded(
            f"This document is superseded by {former.superseded_by}: replace that one."
        )


def supersede(former: Document, version: Document, *, at: datetime) -> Document:
    """
    The former, which counts no more as evidence from now on.

    Raises:
        AlreadySuperseded: another version was completed first.
    """
    require_newest(former)
    return replace(former, superseded_by=version.id, superseded_at=at)
