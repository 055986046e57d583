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
from api.pages.desks.typed_forms import FAILURES, Typed, faults_of, not_taken
from domain.accounts.roles import Account, Permission
from domain.projects.findings import FIELDS, FindingKind
from domain.projects.verification import Verification, VerificationStatus

TEXT_LENGTH_MAX = 5000
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
    request: Request, verification_id: UUID, typed: Mapping[str, str]
) -> FindingView | Typed:
    """The finding that a form asks for; or why there is none."""
    document_id = typed.get("document_id") or None
    sent = {
        name: typed.get(name, "").strip() or None
        for name in ("kind", "text", "page", "row", "field")
    }
    if sent["field"] is not None and sent["field"] not in FIELDS:
        return Typed(400, "raise", typed, {"field": "Choose what of the project it is about."})
    try:
        written = FindingForm.model_validate(sent | {"text": sent["text"] or ""})
        about = UUID(document_id) if document_id else None
    except ValidationError as error:
        return Typed(400, "raise", typed, faults_of(error))
    except ValueError:
        return Typed(404, "raise", typed, {"": "There is no such document."})
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
    except FAILURES as no:
        return not_taken(no, "raise", typed)


def raising(
    verification: Verification, account: Account, refused: Typed | None
) -> dict[str, object]:
    """What the form for a new finding needs, on whichever page it stands (desks/raise_finding.html)."""
    return {
        "may_raise": is_verifier(account, verification)
        and verification.status is VerificationStatus.IN_REVIEW,
        "raise_at": f"/desk/reviews/{verification.id}/findings",
        "kinds_of_finding": tuple(FindingKind),
        "typed": refused.typed if refused else {},
        "faults": refused.faults if refused else {},
        "key": (refused.key if refused else "") or str(uuid4()),
    }


def is_verifier(account: Account, verification: Verification) -> bool:
    return account.may(Permission.RAISE_FINDING) and account.id == verification.verifier_id
