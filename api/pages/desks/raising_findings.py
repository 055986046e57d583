"""Raising a finding from a form, on whichever page it stands (desks/raise_finding.html)."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID, uuid4

from pydantic import Field, ValidationError
from starlette.requests import Request

from activities.projects.findings import FindingPayload
from adapters.postgres.projects.reads.findings import FindingView
from api.commands.projects import findings as commands
from api.http.fields import Text
from api.http.resources import resources
from api.http.schema import RequestSchema
from api.pages.desks.actions import somebody
from api.pages.desks.unfinished import UnfinishedForm
from api.pages.parts.forms import NOT_CARRIED_OUT, FormFaults, FormNotTaken, form_faults
from domain.accounts.roles import Account, Permission
from domain.projects.findings import FIELDS, FindingKind
from domain.projects.verification import Verification, VerificationStatus

TEXT_LENGTH_MAX = 5000
FINDING_FIELDS = {name: name for name in ("kind", "text", "page", "row", "field")} | {
    "note": "text"
}
"""Of the forms about findings, by the places that the API has for them."""
_PLACE_MAX = 10_000_000

Words = Annotated[str, Text(TEXT_LENGTH_MAX, lines=True)]
Place = Annotated[int, Field(ge=1, le=_PLACE_MAX)]


class FindingForm(RequestSchema):
    kind: FindingKind
    text: Words
    page: Place | None = None
    row: Place | None = None
    field: str | None = None


async def raise_in(
    request: Request, verification_id: UUID, typed: Mapping[str, str], about: UUID | None
) -> FindingView | FormNotTaken:
    """The finding that a form asks for, about a document or the round; or why there is none."""
    sent = {
        name: typed.get(name, "").strip() or None
        for name in ("kind", "text", "page", "row", "field")
    }
    if sent["field"] is not None and sent["field"] not in FIELDS:
        fault = {"field": "Choose what of the project it is about."}
        return FormNotTaken("raise", typed, FormFaults(400, fault))
    try:
        written = FindingForm.model_validate(sent | {"text": sent["text"] or ""})
    except ValidationError as error:
        return FormNotTaken("raise", typed, form_faults(error, FINDING_FIELDS))
    asked = FindingPayload(
        kind=written.kind,
        text=written.text,
        document_id=about,
        page=written.page,
        row=written.row,
        field=written.field,
    )
    try:
        return await commands.raise_finding(
            resources(request),
            somebody(request).account,
            typed.get("key") or str(uuid4()),
            verification_id,
            asked,
        )
    except NOT_CARRIED_OUT as no:
        return FormNotTaken("raise", typed, form_faults(no, FINDING_FIELDS))


def unfinished_finding(about: UUID) -> UnfinishedForm:
    """Of the form for a new finding; `about` a document, or a round as a whole."""
    return UnfinishedForm(f"finding/{about}", frozenset({"kind", "text", "page", "row", "field"}))


async def raising(
    request: Request,
    verification: Verification,
    account: Account,
    refused: FormNotTaken | None,
    *,
    document_id: UUID | None = None,
) -> dict[str, object]:
    """What the form for a new finding needs, on whichever page it stands (desks/raise_finding.html)."""
    may_raise = (
        is_verifier(account, verification) and verification.status is VerificationStatus.IN_REVIEW
    )
    kept: Mapping[str, str] = {}
    if may_raise and refused is None:
        kept = await unfinished_finding(document_id or verification.id).kept(request)
    return {
        "may_raise": may_raise,
        "is_kept": bool(kept),
        "raise_at": f"/desk/reviews/{verification.id}"
        + (f"/documents/{document_id}" if document_id else "")
        + "/findings",
        "kinds_of_finding": tuple(FindingKind),
        "typed": refused.typed if refused else kept,
        "faults": refused.faults if refused else {},
        "key": (refused.key if refused else kept.get("key", "")) or str(uuid4()),
    }


def is_verifier(account: Account, verification: Verification) -> bool:
    return account.may(Permission.RAISE_FINDING) and account.id == verification.verifier_id
